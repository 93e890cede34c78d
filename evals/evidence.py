"""Evidence: the characters that an answer cites against those of the gold quotes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from evals.matching import occurrences
from evals.questions import Question, alternatives


@dataclass(frozen=True)
class Span:
    """displayed_text[start:end] of `document` (character offsets)."""

    document: str
    start: int
    end: int

    def positions(self) -> set[tuple[str, int]]:
        """The characters of the span, each as (document, offset)."""
        return {(self.document, offset) for offset in range(self.start, self.end)}

    def overlaps(self, other: "Span") -> bool:
        """Whether the two spans share a character."""
        return self.document == other.document and self.start < other.end and other.start < self.end


def locate(question: Question, texts: Mapping[str, str]) -> list[list[Span]]:
    """Per gold quote, every place where one of its alternatives stands in the question's documents.

    `texts` holds displayed texts by document name. An empty inner list is an error of the exam.
    """
    names = [name for entry in question.docs for name in alternatives(entry) if name in texts]
    return [
        [
            Span(name, start, end)
            for name in dict.fromkeys(names)
            for alternative in alternatives(entry)
            for start, end in occurrences(alternative, texts[name])
        ]
        for entry in question.quotes
    ]


def exam_faults(question: Question, texts: Mapping[str, str]) -> list[str]:
    """Where the question does not fit the documents: an unknown name, a gold quote that is nowhere."""
    names = [name for entry in question.docs for name in alternatives(entry)]
    absent = [f"{question.id}: there is no document {name}" for name in names if name not in texts]
    located = zip(question.quotes, locate(question, texts), strict=True)
    return absent or [f"{question.id}: not in its documents: {quote}" for quote, at in located if not at]


def evidence(gold: Sequence[Sequence[Span]], cited: Iterable[Span]) -> tuple[float, float, float] | None:
    """(precision, recall, F1) of the cited characters against the gold characters.

    Precision = gold characters cited ÷ characters cited; recall = gold characters cited ÷ gold characters;
    F1 is their harmonic mean. Characters are counted once however often they are cited. Of the places of a
    gold quote the one that is covered best counts. No citation scores 0 on all three: an empty answer is
    not skipped. None if the question has no gold quote.
    Source: span-level precision, recall and F1 as SQuAD has them by token (Rajpurkar et al. 2016).
    """
    if not gold:
        return None
    cited_at = {position for span in cited for position in span.positions()}
    gold_at = set()
    for places in gold:
        gold_at |= max((p.positions() for p in places), key=lambda at: len(at & cited_at) / len(at))
    shared = len(gold_at & cited_at)
    if not shared:
        return 0.0, 0.0, 0.0
    precision, recall = shared / len(cited_at), shared / len(gold_at)
    return precision, recall, 2 * precision * recall / (precision + recall)
