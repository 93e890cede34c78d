"""Choosing the sentences that answer: every sentence of the best passages, scored by meaning and by words."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.question import Question
from bot.retrieve import RankedPassage, standardise
from ingest.document import Document, Sentence
from ingest.fold import fold
from ingest.library import Library
from ingest.metadata import is_date
from ingest.tokens import tokenize

_PASSAGES = 5  # whose sentences are considered
_DENSE_WEIGHT, _LEXICAL_WEIGHT, _PASSAGE_WEIGHT, _TYPE_WEIGHT = 0.6, 0.4, 0.5, 1.2
_K1, _B = 1.2, 0.75  # BM25's usual constants
_NUMERIC = ("how_many", "how_much")  # what holds no number answers neither
_WITHOUT_NUMBER = 0.4  # what is left of the confidence when a number is asked for and none is found
LEAST_CONFIDENCE = 0.47  # below it Huiwen refuses; set on the development questions (docs/ACCURACY.md)
_MOST_SENTENCES = 3
_MARGIN = 1.4  # a further sentence is cited when its score is this near to the best one's
_COVERAGE_MARGIN = 0.2  # and when its passage covers the question about as well
_ATTRIBUTE_BONUS = 1.0
_LIST_MARGIN = 0.8  # a whole list is cited when what introduces it is this near to the best sentence


@dataclass(frozen=True)
class ScoredSentence:
    """Sentence `number` of a document, and how well it answers; scores compare within one question.

    `coverage` is that of the passage it stands in; `fit` says whether it holds what is asked for.
    """

    document: Document
    number: int
    score: float
    coverage: float
    fit: float

    @property
    def sentence(self) -> Sentence:
        """Its span."""
        return self.document.sentences[self.number]

    @property
    def index(self) -> str:
        """Its index text."""
        return self.document.index_quote(self.number)


@dataclass(frozen=True)
class Selection:
    """What to cite: `sentences` best first, or the lead-in and items of one list in their order.

    `confidence`, from 0 to 1, is how well the best of them covers the question, less when it holds nothing
    of the kind asked for. It alone decides whether Huiwen refuses: see `answers`.
    """

    sentences: tuple[ScoredSentence, ...]
    is_list: bool
    confidence: float

    @property
    def answers(self) -> bool:
        """Whether the sentences may be shown as the answer."""
        return bool(self.sentences) and self.confidence >= LEAST_CONFIDENCE


def select(library: Library, question: Question, passages: Sequence[RankedPassage]) -> Selection:
    """The sentences that answer the question, from the best passages. Empty when there are none."""
    scored = score_sentences(library, question, passages)
    prose = [each for each in scored if each.sentence.kind != "heading"]
    if question.type in ("list", "what") and (members := _best_list(question, scored)):
        return Selection(members, is_list=True, confidence=members[0].coverage)
    best = _near_best(question, prose)
    if question.current:  # what an older document says beside it may hold no longer
        best = [each for each in best if each.document is best[0].document]
    confidence = best[0].coverage if best else 0.0
    if question.type in _NUMERIC and not any(each.fit for each in best):
        confidence *= _WITHOUT_NUMBER
    return Selection(tuple(best), is_list=False, confidence=confidence)


def _near_best(question: Question, scored: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """The best sentence, and those as good: they score nearly as high, in a passage that covers the
    question as well. What is like the answer but of another year or another thing is left out."""
    return [
        each
        for each in scored[:_MOST_SENTENCES]
        if each.score > scored[0].score - _MARGIN
        and each.coverage >= scored[0].coverage - _COVERAGE_MARGIN
        and (each.fit >= min(scored[0].fit, 1.0) or question.type not in _NUMERIC)
    ]


def score_sentences(
    library: Library, question: Question, passages: Sequence[RankedPassage]
) -> list[ScoredSentence]:
    """The sentences of the best passages, best first."""
    places = [
        (found, number)
        for found in passages[:_PASSAGES]
        for number in _numbers(found)
        if _states_something(found.document, number)
    ]
    if not places:
        return []
    dense = np.array([found.dense[number - found.passage.first] for found, number in places], dtype=float)
    texts = [found.document.index_quote(number) for found, number in places]
    context = np.array([found.score for found, _ in places])
    words = bm25(library, _telling(question.tokens, passages[0].document), texts)
    fits = [question.fit(text) for text in texts]
    scores = (
        _DENSE_WEIGHT * standardise(dense)
        + _LEXICAL_WEIGHT * standardise(np.array(words))
        + _PASSAGE_WEIGHT * standardise(context)
        + _TYPE_WEIGHT * np.array(fits)
    )
    sentences = [
        ScoredSentence(found.document, number, float(score), found.coverage, fit)
        for (found, number), score, fit in zip(places, scores, fits, strict=True)
    ]
    return sorted(sentences, key=lambda each: -each.score)


def _states_something(document: Document, number: int) -> bool:
    """Whether a sentence says more than its document's title, a date or a form of address does."""
    span = document.sentences[number]
    index = document.index_quote(number)
    if span.kind == "heading" or any(each.lead == number for each in document.enumerations):
        return True
    return not (index in fold(document.title) or index.endswith(":") or is_date(index))


def _numbers(found: RankedPassage) -> range:
    return range(found.passage.first, found.passage.last + 1)


def _telling(tokens: Sequence[str], document: Document) -> list[str]:
    """The tokens that tell the sentences of a document apart.

    What its title and first sentence say is its subject, and is meant by every sentence that follows;
    the one that repeats it is not the better answer for it.
    """
    subject = set(tokenize(fold(document.title) + "\n" + document.index_quote(0)))
    return [token for token in tokens if token not in subject] or list(tokens)


def bm25(library: Library, query: Sequence[str], texts: Sequence[str]) -> list[float]:
    """BM25 (Robertson and Zaragoza 2009) of each text, with document frequencies of the library's passages."""
    frequencies, total = library.document_frequencies(query)
    idf = {t: math.log(1 + (total - n + 0.5) / (n + 0.5)) for t, n in frequencies.items()}
    bags = [Counter(tokenize(text)) for text in texts]
    lengths = [bag.total() for bag in bags]
    average = sum(lengths) / len(lengths) or 1.0
    return [
        sum(
            weight * bag[token] * (_K1 + 1) / (bag[token] + _K1 * (1 - _B + _B * length / average))
            for token, weight in idf.items()
            if token in bag
        )
        for bag, length in zip(bags, lengths, strict=True)
    ]


def _best_list(question: Question, scored: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """Lead-in and items of the list that the question asks for; empty when it asks for no list.

    A list is asked for when the sentence or heading that introduces it is (nearly) the best match; a
    question that does not say that it wants a list gets one only if that match is the best.
    """
    margin = _LIST_MARGIN if question.type == "list" else 0.0
    lists = [(each, members) for each in scored if (members := _introduced(each))]
    if not lists:
        return ()
    introduction, members = max(lists, key=lambda pair: _introduction_score(question, pair[0]))
    if _introduction_score(question, introduction) < scored[0].score - margin:
        return ()
    return tuple(replace(introduction, number=number) for number in members)


def _introduction_score(question: Question, introduction: ScoredSentence) -> float:
    """The score of what introduces a list; higher when it names what is asked for (「享有下列权利：」)."""
    names_it = question.attribute is not None and question.attribute in introduction.index
    return introduction.score + _ATTRIBUTE_BONUS * names_it


def _introduced(introduction: ScoredSentence) -> list[int]:
    """The sentence numbers of the list that a sentence leads in, or that stands first under a heading.

    A heading is not repeated as the lead-in of its list; of an item that is several sentences long, or a
    section of its own, the first sentence stands for it.
    """
    document, number = introduction.document, introduction.number
    section = _section(document, number) if _is_heading(document, number) else range(number, number + 1)
    for enumeration in document.enumerations:
        lead = enumeration.lead
        if lead is not None and (lead == number or (lead in section and not _is_heading(document, lead))):
            shown = [] if _is_heading(document, lead) else [lead]
            return shown + [item[0] for item in enumeration.items]
    return []


def _is_heading(document: Document, number: int) -> bool:
    return document.sentences[number].kind == "heading"


def _section(document: Document, heading: int) -> range:
    """The sentences under a heading, up to the next one."""
    following = range(heading + 1, len(document.sentences))
    end = next((n for n in following if document.sentences[n].kind == "heading"), len(document.sentences))
    return range(heading + 1, end)
