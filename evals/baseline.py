"""Comparing a run with an earlier one: what got better and what got worse, question by question."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ValidationError

from evals.examiner import Record
from evals.questions import first_problem
from evals.run import Exam
from evals.score import METRICS
from evals.summary import Estimate, difference
from ingest.errors import HuiwenError

_LEAST_EVIDENCE_CHANGE = 0.1  # of evidence F1, that is worth telling


class _Reply(BaseModel):
    refused: bool


class _Asked(BaseModel):
    id: str
    question: str
    history: list[str]
    answer: _Reply
    scores: dict[str, float | None]


class Baseline(BaseModel):
    """What a comparison needs of an earlier run's JSON."""

    revision: str | None
    questions: list[_Asked]


@dataclass(frozen=True)
class Change:
    """A question on which the runs differ; `metric` is answer_accuracy, refused (0 or 1) or evidence_f1."""

    id: str
    question: str
    metric: str
    before: float
    after: float
    better: bool


@dataclass(frozen=True)
class Comparison:
    """Two runs over the questions that both asked: `left_out` counts those that only one did, or that were
    worded otherwise. `differences` are later minus earlier."""

    revision: str | None
    common: int
    left_out: int
    changes: list[Change]
    differences: dict[str, Estimate]


def load_baseline(path: Path) -> Baseline:
    """Read what `huiwen eval run --json` wrote. Raises HuiwenError for anything else."""
    try:
        return Baseline.model_validate_json(path.read_bytes())
    except OSError as error:
        raise HuiwenError(f"--baseline {path}: it cannot be read ({error.strerror}).") from None
    except ValidationError as error:
        raise HuiwenError(
            f"--baseline {path}: not the --json of an earlier run ({first_problem(error)})."
        ) from None


def compare(baseline: Baseline, exam: Exam) -> Comparison:
    """What changed from `baseline` to `exam`."""
    earlier = {(each.id, each.question, *each.history): each for each in baseline.questions}
    pairs = [
        (old, record)
        for record in exam.records
        if (old := earlier.get((record.question.id, record.question.question, *record.question.history)))
    ]
    before, after = [old.scores for old, _ in pairs], [record.scores for _, record in pairs]
    ids = {each.id for each in baseline.questions} | {record.question.id for record in exam.records}
    return Comparison(
        revision=baseline.revision,
        common=len(pairs),
        left_out=len(ids) - len(pairs),
        changes=[change for old, record in pairs for change in _changes(old, record)],
        differences={name: difference(name, before, after) for name in METRICS},
    )


def _changes(old: _Asked, record: Record) -> Iterator[Change]:
    """A refusal gained or lost, a change of accuracy, and one of evidence F1 that is worth telling."""
    question = record.question

    def change(metric: str, before: float, after: float, better: bool) -> Change:
        return Change(question.id, question.question, metric, before, after, better)

    if old.answer.refused != record.answer.refused:
        better = record.answer.refused != question.answerable
        yield change("refused", float(old.answer.refused), float(record.answer.refused), better)
    for metric, least in (("answer_accuracy", 0.0), ("evidence_f1", _LEAST_EVIDENCE_CHANGE)):
        before, after = old.scores.get(metric), record.scores.get(metric)
        if before is not None and after is not None and abs(after - before) > least:
            yield change(metric, before, after, better=after > before)
