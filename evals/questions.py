"""The question file: JSON Lines, one question a line, every field checked before anything runs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from ingest.errors import QuestionError

# The halves of the development set, which share no document: answers are tuned on one, checked on the other.
HALVES = tuple(Path(__file__).parent / "data" / f"{half}.jsonl" for half in ("tune", "check"))

NonEmpty = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


class Question(BaseModel):
    """One question with what a right answer cites, quotes and says.

    `lang` and `type` label groups of the report. In `docs`, `quotes` and `key_points` an entry may hold
    alternatives, separated by "|". No `docs`: the documents do not answer it, and the answer must be a
    refusal. `history` are the earlier user questions, oldest first. A `forbidden` string makes an answer
    wrong.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    id: NonEmpty
    question: NonEmpty
    lang: NonEmpty
    type: NonEmpty
    docs: list[NonEmpty] = Field(default_factory=list)
    quotes: list[NonEmpty] = Field(default_factory=list)
    key_points: list[NonEmpty] = Field(default_factory=list)
    history: list[NonEmpty] = Field(default_factory=list)
    forbidden: list[NonEmpty] = Field(default_factory=list)

    @property
    def answerable(self) -> bool:
        """Whether the documents hold an answer."""
        return bool(self.docs)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not self.docs and (self.quotes or self.key_points):
            raise ValueError("has quotes or key_points but no docs")
        if self.docs and not (self.quotes or self.key_points):
            raise ValueError("has docs but neither quotes nor key_points, so no answer to it can be judged")
        for entry in (*self.docs, *self.quotes, *self.key_points):
            if not all(alternatives(entry)):
                raise ValueError(f"empty alternative in {entry!r}")
        return self


def alternatives(entry: str) -> list[str]:
    """The alternatives of one entry of `docs`, `quotes` or `key_points`."""
    return [alternative.strip() for alternative in entry.split("|")]


def load_questions(path: Path) -> list[Question]:
    """Read and check a question file; blank lines are skipped.

    Raises QuestionError, with the line number, at the first line that is not a question.
    """
    try:
        content = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise QuestionError(f"{path}: there is no such question file; give one with --questions.") from None
    except UnicodeDecodeError:
        raise QuestionError(f"{path}: the question file is not UTF-8; save it as UTF-8.") from None
    except OSError as error:
        raise QuestionError(f"{path}: the question file cannot be read ({error.strerror}).") from None
    questions: dict[str, Question] = {}
    # Not splitlines(): it also cuts at characters such as U+2028, which may stand inside a JSON string.
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        question = _parse(line, f"{path}, line {number}")
        if question.id in questions:
            raise QuestionError(f"{path}, line {number}: the id {question.id!r} is used twice; rename one.")
        questions[question.id] = question
    if not questions:
        raise QuestionError(f"{path}: the question file holds no question.")
    return list(questions.values())


def load_halves(paths: Sequence[Path]) -> dict[str, list[Question]]:
    """The questions of several files by the file's name without its ending, which names the half.

    Raises QuestionError as load_questions does, and when two files share a name or an id.
    """
    halves: dict[str, list[Question]] = {}
    places: dict[str, Path] = {}
    for path in paths:
        if path.stem in halves:
            raise QuestionError(f"{path}: two question files are named {path.stem!r}; rename one.")
        halves[path.stem] = load_questions(path)
        for question in halves[path.stem]:
            if question.id in places:
                raise QuestionError(
                    f"{path}: the id {question.id!r} is used in {places[question.id]} too; rename one."
                )
            places[question.id] = path
    return halves


def interleave(questions: Sequence[Question]) -> list[Question]:
    """The first questions, each as if its asker had asked another one before, about other documents: what was said before
    must not change the answer to a question that stands alone."""
    first = [question for question in questions if not question.history]
    asked = []
    for number, question in enumerate(first):
        others = (*first[number + len(first) // 2 :], *first)
        before = next((each for each in others if not {*each.docs} & {*question.docs}), None)
        asked.append(question.model_copy(update={"history": [before.question] if before else []}))
    return asked


def first_problem(error: ValidationError) -> str:
    """What is wrong with a file that was read, and where in it."""
    first = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return f"{place}: {message}" if place else message


def _parse(line: str, place: str) -> Question:
    try:
        return Question.model_validate(json.loads(line))
    except json.JSONDecodeError as error:
        raise QuestionError(f"{place}: not JSON ({error.msg} at character {error.pos + 1}).") from None
    except ValidationError as error:
        raise QuestionError(f"{place}: {first_problem(error)}.") from None
