"""The metrics by name, and those of the answer's text and of refusing.

Every per-question metric is a number from 0 to 1, or None where it does not apply; None is left out of
every mean, never counted as 0.
"""

from bot.events import Answer
from evals.matching import contains, occurrences
from evals.questions import Question, alternatives
from evals.statements import plain

METRICS = (
    "answer_accuracy",
    "key_point_recall",
    "evidence_precision",
    "evidence_recall",
    "evidence_f1",
    "citation_validity",
    "citation_precision",
    "citation_recall",
    "refusal_precision",
    "refusal_recall",
    "refusal_f1",
    "false_refusal_rate",
    "hit@1",
    "hit@3",
    "hit@5",
    "mrr",
    "ndcg@10",
    "latency_ms_p50",
    "latency_ms_p95",
)
CEILING_METRICS = tuple(name for name in METRICS if name.startswith(("latency", "false")))
FLOOR_METRICS = tuple(name for name in METRICS if name not in CEILING_METRICS)


def answer_failures(question: Question, answer: Answer) -> list[str]:
    """Why the answer is wrong, one reason each; empty when it is right.

    Key points and forbidden strings are looked for in the answer's text; each entry of `docs` must be
    cited.
    """
    if not question.answerable:
        return [] if answer.refused else ["answered, though the documents hold no answer"]
    if answer.refused:
        return ["refused, though the documents hold the answer"]
    text = plain(answer.answer)
    cited = {citation.document for citation in answer.citations}
    return [
        *(f"key point missing: {point}" for point in question.key_points if not contains(text, point)),
        *(f"forbidden: {entry}" for entry in question.forbidden if occurrences(entry, text)),
        *(f"not cited: {entry}" for entry in question.docs if cited.isdisjoint(alternatives(entry))),
    ]


def answer_accuracy(question: Question, answer: Answer) -> float:
    """1 if the answer has no failure (see answer_failures), else 0."""
    return float(not answer_failures(question, answer))


def key_point_recall(question: Question, answer: Answer) -> float | None:
    """Key points in the answer ÷ key points. None if the question has none; a refusal scores 0.

    Source: claim recall over hand-written claims, as in ALCE (Gao et al. 2023), by string comparison.
    """
    if not question.key_points:
        return None
    if answer.refused:
        return 0.0
    text = plain(answer.answer)
    return sum(contains(text, point) for point in question.key_points) / len(question.key_points)


def refusal_precision(question: Question, answer: Answer) -> float | None:
    """Right refusals ÷ refusals: of one question, 1 or 0 if refused, None if answered.

    Source: precision of the class "unanswerable", as SQuAD 2.0 (Rajpurkar et al. 2018) judges no-answer.
    """
    return float(not question.answerable) if answer.refused else None


def refusal_recall(question: Question, answer: Answer) -> float | None:
    """Right refusals ÷ unanswerable questions: of one question, None if it is answerable.

    Source: recall of the class "unanswerable", as for refusal_precision.
    """
    return None if question.answerable else float(answer.refused)


def false_refusal_rate(question: Question, answer: Answer) -> float | None:
    """Refused answerable questions ÷ answerable questions: of one question, None if unanswerable.

    Source: the false positive rate of refusing; the lower the better.
    """
    return float(answer.refused) if question.answerable else None
