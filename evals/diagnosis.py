"""Why a question failed: at which step from the documents to the answer its evidence was lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.confidence import LEAST_CONFIDENCE
from bot.events import Answer
from evals.evidence import Span
from evals.questions import Question
from evals.ranking import relevance

Step = Literal["not refused", "refused", "not retrieved", "not chosen", "not said", "badly cited"]

_CITED_SHARE = 0.5  # of a gold quote's characters, from which on it counts as cited


@dataclass(frozen=True)
class QuoteFate:
    """What became of a gold quote: the rank (from 1) of the first passage that holds some of it, None when
    no retrieved passage does, and whether the answer cites it."""

    quote: str
    rank: int | None
    cited: bool


@dataclass(frozen=True)
class Diagnosis:
    """The step at which a failed question was lost, that in a sentence, and the fate of each gold quote."""

    step: Step
    explanation: str
    quotes: list[QuoteFate]


def diagnose(
    question: Question,
    answer: Answer,
    wrong: bool,
    gold: Sequence[Sequence[Span]],
    retrieved: Sequence[Span],
) -> Diagnosis:
    """Where a failed question was lost. `wrong` says that the answer is, and not only its citations;
    `gold` holds the places of each gold quote, `retrieved` the passages, best first."""
    fates = quote_fates(question, answer, gold, retrieved)
    step = _step(question, answer, wrong, fates)
    sure = f"its confidence is {answer.confidence:.2f}, the threshold {LEAST_CONFIDENCE:.2f}"
    explanation = {
        "not refused": f"answered where the documents hold no answer: {sure}",
        "refused": f"refused: {sure}",
        "not retrieved": "no retrieved passage holds the evidence that is missing",
        "not chosen": "the passage was retrieved, but the sentence in it was not chosen",
        "not said": "the evidence is cited, but the answer lacks a key point, or says something forbidden",
        "badly cited": "the answer is right, but not every citation is",
    }[step]
    return Diagnosis(step, explanation, fates)


def quote_fates(
    question: Question, answer: Answer, gold: Sequence[Sequence[Span]], retrieved: Sequence[Span]
) -> list[QuoteFate]:
    """The fate of each gold quote of a question, in order."""
    cited = {at for c in answer.citations for at in Span(c.document, c.start, c.end).positions()}
    fates = []
    for quote, places in zip(question.quotes, gold, strict=True):
        holding = relevance([places], retrieved)
        fates.append(
            QuoteFate(
                quote,
                rank=holding.index(True) + 1 if True in holding else None,
                cited=any(
                    len(place.positions() & cited) >= _CITED_SHARE * (place.end - place.start)
                    for place in places
                ),
            )
        )
    return fates


def _step(question: Question, answer: Answer, wrong: bool, fates: Sequence[QuoteFate]) -> Step:
    if not question.answerable:
        return "not refused"
    if answer.refused:
        return "refused"
    if not wrong:
        return "badly cited"
    lost = [fate for fate in fates if not fate.cited]
    if any(fate.rank is None for fate in lost):
        return "not retrieved"
    return "not chosen" if lost else "not said"
