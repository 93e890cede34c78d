"""Whether the documents say it: one score from 0 to 1, and the threshold below which Huiwen refuses."""

import math
import re

from bot.question import Question
from bot.retrieve import RankedPassage
from ingest.fold import fold
from ingest.library import Library

THRESHOLD = 0.5
_PARTIAL = 0.5  # the least share of a word's bigrams that counts as a trace of it
_YEAR = re.compile(r"(?:19|20)\d{2}")


def confidence(library: Library, question: Question, found: RankedPassage) -> float:
    """The share of what the question asks about that the passage speaks of, in its own or other words.

    Each content word weighs its inverse passage frequency, so that a word the library does not know
    weighs most; its title, headings and date count as part of the passage.
    """
    if not question.terms:
        return 0.0
    evidence = _evidence(found)
    weights = _weights(library, question)
    covered = sum(
        weight * max(_presence(word, evidence) for word in term)
        for term, weight in zip(question.terms, weights, strict=True)
    )
    return covered / sum(weights)


def _evidence(found: RankedPassage) -> str:
    document = found.document
    leads = [
        document.sentences[each.lead]
        for each in document.enumerations
        if each.lead is not None
        and any(found.passage.first <= n <= found.passage.last for item in each.items for n in item)
    ]
    above = [document.title, document.date or "", *found.passage.headings]
    parts = [*above, *(document.text[lead.start : lead.end] for lead in leads)]
    return fold("\n".join(parts)) + "\n" + document.index[found.start : found.end]


def _weights(library: Library, question: Question) -> list[float]:
    frequencies, total = library.document_frequencies([word for term in question.terms for word in term])
    return [
        math.log(1 + total / (1 + max(frequencies.get(word, 0) for word in term))) for term in question.terms
    ]


def _presence(word: str, evidence: str) -> float:
    """1 when the word stands in the evidence, else the share of its bigrams that do, if it is large."""
    if word in evidence:
        return 1.0
    if word.isascii() or len(word) < 3:
        return 0.0
    bigrams = [word[n : n + 2] for n in range(len(word) - 1)]
    share = sum(bigram in evidence for bigram in bigrams) / len(bigrams)
    return share if share >= _PARTIAL else 0.0
