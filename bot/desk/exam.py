"""The evaluation questions of one home, and their runs in the background after every change of the library.

A run is a process of its own, `huiwen eval run`, because the bot does not know the package that measures it.
Of its report only scores are kept: the answers quote documents, which may be withdrawn.
"""

import json
import logging
import os
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from pydantic import BaseModel, Field

from bot.desk.whole_file import write_whole
from ingest.errors import LibraryError

_log = logging.getLogger(__name__)

_FILE = "evaluation.jsonl"
_RESULT = "evaluation.json"
_NICE = 10
_LONGEST = 3600  # seconds
_REASON_LINES = 10


class ExamQuestion(BaseModel):
    """A line of the question file, as `huiwen eval run --questions` reads it; no `docs` means: must be refused."""

    id: str
    question: str
    lang: str
    type: str
    docs: list[str] = []
    key_points: list[str] = []
    history: list[str] = []


class Change(BaseModel):
    """A question that a run answered otherwise than the one before."""

    question: str
    metric: str
    before: float
    after: float
    better: bool


class Result(BaseModel):
    """A finished run: `right` of `asked` questions; `reason` says why there are no scores. `scores` is what the
    next run is compared with, in the form of --baseline."""

    finished: datetime
    because: str
    asked: int = 0
    right: float = 0
    changes: list[Change] = []
    failed: list[str] = []
    reason: str = ""
    scores: dict[str, Any] = Field(default_factory=dict)


class ExamQuestions:
    """The question file of one home. Thread safe within the serving process."""

    def __init__(self, home: Path) -> None:
        self.path = home / _FILE
        self._lock = threading.Lock()

    def all(self) -> list[ExamQuestion]:
        """Every question, oldest first. Raises LibraryError when somebody has spoilt the file."""
        try:
            lines = self.path.read_text(encoding="utf-8-sig").split("\n")
            return [ExamQuestion.model_validate_json(line) for line in lines if line.strip()]
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise LibraryError(
                f"{self.path.name} cannot be read: repair it or move it aside."
                f" / {self.path.name} 无法读取，请修复或移走该文件。"
            ) from error

    def add(self, question: ExamQuestion) -> bool:
        """Add a question; False when its words are in already."""
        with self._lock:
            known = self.all()
            if any((each.question, each.history) == (question.question, question.history) for each in known):
                return False
            self._write([*known, question])
            return True

    def remove(self, id_: str) -> ExamQuestion | None:
        """Take a question out, and return it; None when it is not in."""
        with self._lock:
            known = self.all()
            removed = next((question for question in known if question.id == id_), None)
            if removed:
                self._write([question for question in known if question is not removed])
            return removed

    def _write(self, questions: list[ExamQuestion]) -> None:
        lines = "".join(question.model_dump_json(exclude_defaults=True) + "\n" for question in questions)
        write_whole(self.path, lines)


class Exam:
    """Runs the questions, never two runs at once; what changes during a run is seen by one more after it."""

    def __init__(self, questions: ExamQuestions, home: Path) -> None:
        self._questions = questions
        self._home = home
        self._result = home / _RESULT
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted: str | None = None
        self._state: Literal["idle", "running", "closed"] = "idle"

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self._state == "running"

    def last(self) -> Result | None:
        """The last finished run."""
        try:
            return Result.model_validate_json(self._result.read_bytes())
        except (OSError, ValueError):
            return None

    def start(self, because: str) -> None:
        """Run because of something that happened; a run under way is broken off, for the library is another."""
        with self._lock:
            if self._state == "closed":
                return
            self._wanted = because
            if self._process:
                self._process.terminate()
            if self._state == "idle":
                self._state = "running"
                threading.Thread(target=self._run_all, name="exam", daemon=True).start()

    def close(self) -> None:
        """Break off a run under way."""
        with self._lock:
            self._state, self._wanted = "closed", None
            if self._process:
                self._process.terminate()

    def _run_all(self) -> None:
        while because := self._next():
            try:
                self._keep(self._outcome(because))
            except Exception:  # a full disk, for one: the next run may find room
                _log.exception("the evaluation's result was not kept")

    def _outcome(self, because: str) -> Result | None:
        try:
            return self._run(because) if self._questions.all() else None
        except Exception as error:  # shown on the desk instead of a result
            _log.exception("the evaluation failed")
            return Result(finished=datetime.now(UTC), because=because, reason=str(error))

    def _keep(self, result: Result | None) -> None:
        if result and self._state == "running" and not self._wanted:  # else it was broken off
            write_whole(self._result, result.model_dump_json())

    def _next(self) -> str | None:
        with self._lock:
            because, self._wanted = self._wanted, None
            if because is None and self._state == "running":
                self._state = "idle"
            return because if self._state == "running" else None

    def _run(self, because: str) -> Result:
        temporary = self._home / "tmp"  # where a proof of deletion looks, too
        temporary.mkdir(exist_ok=True)
        with TemporaryDirectory(prefix="exam-", dir=temporary) as folder:
            report, baseline = Path(folder) / "report.json", Path(folder) / "baseline.json"
            command = [str(Path(sys.executable).with_name("huiwen")), "eval", "run", "--library"]
            command += ["--questions", str(self._questions.path.absolute()), "--json", str(report.absolute())]
            last = self.last()
            if last and last.scores:
                baseline.write_text(json.dumps(last.scores), encoding="utf-8")
                command += ["--baseline", str(baseline.absolute())]
            failure = self._finish(command)
            if failure or not report.exists():
                scores = last.scores if last else {}
                return Result(finished=datetime.now(UTC), because=because, reason=failure, scores=scores)
            return _result(because, json.loads(report.read_bytes()))

    def _finish(self, command: list[str]) -> str:
        """Run a command to its end; returns what it said when it failed."""
        with self._lock:
            if self._wanted or self._state == "closed":
                return ""
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={**os.environ, "HUIWEN_HOME": str(self._home.absolute())},
                process_group=0,  # Ctrl-C is for the server, which ends this itself
            )
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _NICE)
        try:
            _, said = self._process.communicate(timeout=_LONGEST)
        except subprocess.TimeoutExpired:
            self._process.kill()
            _, said = self._process.communicate()
        code = self._process.returncode
        with self._lock:
            self._process = None
        lines = said.decode(errors="replace").strip().splitlines()
        return "\n".join(lines[-_REASON_LINES:]) or f"exit {code}" if code else ""


def _result(because: str, report: dict[str, Any]) -> Result:
    """What is kept of a report: scores, and no answer."""
    asked = [
        {
            "id": each["id"],
            "question": each["question"],
            "history": each["history"],
            "answer": {"refused": each["answer"]["refused"]},
            "scores": each["scores"],
        }
        for each in report["questions"]
    ]
    right = [each["scores"].get("answer_accuracy") for each in asked]
    comparison = report.get("baseline") or {}
    return Result(
        finished=datetime.now(UTC),
        because=because,
        asked=len(asked),
        right=sum(value or 0 for value in right),
        changes=[Change.model_validate(change) for change in comparison.get("changes", ())],
        failed=[each["question"] for each, value in zip(asked, right, strict=True) if not value],
        scores={"revision": report.get("revision"), "questions": asked},
    )
