"""The refusal curve: what refusing would have cost and saved at every threshold of the confidence."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.confidence import LEAST_CONFIDENCE
from bot.events import Answer
from evals.questions import Question

_STEPS = 50


@dataclass(frozen=True)
class CurvePoint:
    """Refusing below `threshold`: the metrics of score.py of these names; None where one does not apply."""

    threshold: float
    refusal_precision: float | None
    refusal_recall: float | None
    refusal_f1: float | None
    false_refusal_rate: float | None


def refusal_curve(cases: Sequence[tuple[Question, Answer]]) -> list[CurvePoint]:
    """One point for each of 51 thresholds from 0 to 1 and for the one in force, in order.

    An answer that was refused although its confidence sufficed is refused at every threshold.
    Source: the precision-recall curve of SQuAD 2.0's no-answer threshold (Rajpurkar et al. 2018).
    """
    thresholds = {LEAST_CONFIDENCE} | {step / _STEPS for step in range(_STEPS + 1)}
    return [_point(threshold, cases) for threshold in sorted(thresholds)]


def _point(threshold: float, cases: Sequence[tuple[Question, Answer]]) -> CurvePoint:
    refused = [question for question, answer in cases if _refuses(answer, threshold)]
    unanswerable = sum(not question.answerable for question, _ in cases)
    right = sum(not question.answerable for question in refused)
    return CurvePoint(
        threshold,
        refusal_precision=_ratio(right, len(refused)),
        refusal_recall=_ratio(right, unanswerable),
        refusal_f1=_ratio(2 * right, len(refused) + unanswerable),
        false_refusal_rate=_ratio(len(refused) - right, len(cases) - unanswerable),
    )


def _refuses(answer: Answer, threshold: float) -> bool:
    # As by a model that is relied on.
    is_decided_otherwise = answer.refused != (answer.confidence < LEAST_CONFIDENCE)
    return answer.refused if is_decided_otherwise else answer.confidence < threshold


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
