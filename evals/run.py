"""`huiwen eval run`: every question asked and scored, of a folder of documents or of the library itself."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from langchain_core.language_models import BaseChatModel

from bot.answer import Answerer
from bot.writing.model import ModelFailure, chat_model
from bot.writing.reading import reads_well
from evals.curve import CurvePoint, refusal_curve
from evals.evidence import exam_faults
from evals.examiner import Examiner, Record
from evals.homes import temporary_settings
from evals.output import Progress
from evals.questions import Question
from evals.summary import Estimate, summarise
from ingest.add import add_paths, find_files
from ingest.document import Document
from ingest.errors import HuiwenError
from ingest.library import Library
from ingest.settings import Settings

if TYPE_CHECKING:
    from evals.judge import Judge, Judged


class ExamError(HuiwenError):
    """The exam itself is wrong: a question names a document or quotes a text that the corpus lacks."""


@dataclass(frozen=True)
class Exam:
    """A finished run.

    `groups` holds the estimates by what they are grouped by (see GROUPS), then by that label's value;
    `curves` the refusal curve of "all" questions and of each half; `judged` the grades of the chat model,
    None if it was not asked to judge.
    """

    settings: dict[str, object]
    revision: str | None
    corpus: list[str]
    records: list[Record]
    overall: dict[str, Estimate]
    groups: dict[str, dict[str, dict[str, Estimate]]]
    curves: dict[str, list[CurvePoint]]
    judged: "Judged | None"

    @property
    def failed(self) -> list[Record]:
        """The records with a failure."""
        return [record for record in self.records if record.failures]


# What the metrics are broken down by; a gate can name a half or a language within a half.
GROUPS: dict[str, Callable[[Record], str]] = {
    "half": lambda record: record.half,
    "half/lang": lambda record: f"{record.half}/{record.question.lang}",
    "lang": lambda record: record.question.lang,
    "type": lambda record: record.question.type,
    "turn": lambda record: "follow-up" if record.question.history else "first question",
}


def run_exam(
    halves: Mapping[str, Sequence[Question]], corpus: Path | None, progress: Progress, *, judge: bool = False
) -> Exam:
    """Ask every question of every half and score the answers, over `corpus` in a temporary home.

    Without `corpus`, the library of HUIWEN_HOME is asked, and a question whose document is gone fails like any other.
    Where the settings name a chat model, it writes the answers, as for members.
    `progress` gets (what is counted, done, all). With `judge` the configured chat model grades them too.
    Raises ExamError if a question does not fit the corpus, and HuiwenError if a document fails to ingest, so that no
    score would be of the whole corpus: one line for each fault. Raises HuiwenError if `judge` finds no chat model.
    """
    settings = Settings()
    model = chat_model(settings)
    judging = _judge(model, settings) if judge else None
    with _examined(settings, halves, corpus, progress) as (library, documents):
        answerer = Answerer(library, model, settings.model_timeout)
        is_relied_on = model is not None and _reads_well(model, settings.model_timeout)
        answerer.rely_on_model(is_relied_on)
        answerer.warm_up()  # what loads on first use loads here, not in the first timing
        records = list(_asked(Examiner(answerer, documents), halves, progress))
    curves = {"all": records} | {half: [r for r in records if r.half == half] for half in halves}
    return Exam(
        settings={
            "mode": "generated" if model else "extractive",
            "model_relied_on": is_relied_on,
            # Not the model's address: it may hold a password.
            **settings.model_dump(include={"embedding_model", "model", "model_timeout"}),
        },
        revision=_revision(),
        corpus=sorted(documents),
        records=records,
        overall=summarise([record.scores for record in records]),
        groups={kind: _grouped(records, label) for kind, label in GROUPS.items()},
        curves={name: refusal_curve([(r.question, r.answer) for r in of]) for name, of in curves.items()},
        judged=judging.grade(records, progress) if judging else None,
    )


def _reads_well(model: BaseChatModel, seconds: float) -> bool:
    try:
        return reads_well(model, seconds)
    except ModelFailure:
        return False


@contextmanager
def _examined(
    settings: Settings, halves: Mapping[str, Sequence[Question]], corpus: Path | None, progress: Progress
) -> Iterator[tuple[Library, dict[str, Document]]]:
    """The library that is examined, with all its documents by name."""
    if corpus is None:
        with Library(settings) as library:
            yield library, _documents(library)
        return
    with (
        tempfile.TemporaryDirectory(prefix="huiwen-eval-") as home,
        Library(temporary_settings(Path(home))) as library,
    ):
        _ingest(library, corpus, progress)
        documents = _documents(library)
        _check([question for half in halves.values() for question in half], documents)
        yield library, documents


def _asked(
    examiner: Examiner, halves: Mapping[str, Sequence[Question]], progress: Progress
) -> Iterator[Record]:
    questions = [(half, question) for half, of in halves.items() for question in of]
    for done, (half, question) in enumerate(questions, start=1):
        yield examiner.ask(half, question)
        progress("questions", done, len(questions))


def _ingest(library: Library, corpus: Path, progress: Progress) -> None:
    files = find_files([corpus])
    failed = []
    for done, outcome in enumerate(add_paths(library, files), start=1):
        if outcome.status == "failed":
            failed.append(f"{outcome.name}: not ingested: {outcome.reason}")
        progress("documents", done, len(files))
    if failed:
        raise HuiwenError("\n".join(failed))


def _documents(library: Library) -> dict[str, Document]:
    stored = (library.get(info.name) for info in library.documents())
    return {document.name: document for document in stored if document}


def _check(questions: Sequence[Question], documents: Mapping[str, Document]) -> None:
    texts = {name: document.text for name, document in documents.items()}
    faults = [fault for question in questions for fault in exam_faults(question, texts)]
    if faults:
        raise ExamError("\n".join(faults))


def _grouped(records: Sequence[Record], label: Callable[[Record], str]) -> dict[str, dict[str, Estimate]]:
    labels = dict.fromkeys(map(label, records))
    return {name: summarise([r.scores for r in records if label(r) == name]) for name in labels}


def _judge(model: BaseChatModel | None, settings: Settings) -> "Judge":
    from evals.judge import Judge

    if model is None:
        raise HuiwenError("--judge: no chat model is set; set HUIWEN_MODEL.")
    return Judge(model, settings.model_timeout)


def _revision() -> str | None:
    """The source's git revision, "+" if it has uncommitted changes; None outside a repository."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--dirty=+"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() or None
    except (OSError, subprocess.CalledProcessError):
        return None
