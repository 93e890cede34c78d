"""The retriever: best-sentence dense search and BM25 over passages, fused by score."""

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
import numpy.typing as npt
from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from bot.clock import lap
from bot.coverage import Coverage, year_agreement
from bot.editions import Editions, editions
from bot.fit import fit
from bot.question import Question, understand
from bot.words.expand import expand
from bot.words.glossary import Glossary
from ingest.document import Document, Passage
from ingest.embed import Vectors
from ingest.reader import Reader

Scores = npt.NDArray[np.float64]

# The weights of a conditional logit over the passages found (McFadden 1974); docs/ACCURACY.md says what they were fitted to.
_WEIGHTS = {
    "meaning": 3.36,
    "words": 0.48,
    "coverage": 2.09,
    "kind": 0.52,
    "year": 1.04,
    "recent": 1.0,  # set on the tune half
    "superseded": -3.0,  # set on the tune half
}
_NEAREST, _MATCHING = 60, 30  # sentences and passages taken from either index
_RETURNED = 20
READ = 5  # of the best passages every sentence is compared with the question
_ANSWERING = 0.85  # about the inner product of a question with what answers it
_FARTHER = (
    0.15  # so much less like the question is, about, what was found by words alone; set on the tune half
)
_FEW = 100  # documents: of so many every passage is scored, of more those that a deeper search finds
_DEEPER = 3
_CHINESE_WEIGHT = 0.4
_BESIDE = ThreadPoolExecutor(1, "embedding a question")


@dataclass(frozen=True)
class RankedPassage:
    """A passage found for a question. `score` is the fused score; higher is better, 0 is the average
    candidate. `coverage` is from 0 to 1. `is_elsewhere` says that it is about other years, or another session, than those
    asked for. `dense` holds the inner product of each sentence with the question; behind the best READ passages only those
    of the sentences nearest to it, and nan for the others."""

    document: Document
    passage: Passage
    score: float
    coverage: float
    is_elsewhere: bool
    dense: Scores

    @property
    def start(self) -> int:
        """Offset of its first character in the displayed text."""
        return self.document.span(self.passage)[0]

    @property
    def end(self) -> int:
        """Offset behind its last character."""
        return self.document.span(self.passage)[1]


class HuiwenRetriever(BaseRetriever):
    """LangChain's retriever over the library: one document for each passage, best first."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    library: Reader

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002
    ) -> list[LangChainDocument]:
        question = self.understand(query)
        return [_as_langchain(each) for each in self.library.at_one_moment(lambda: self.search(question))]

    def understand(self, question: str, history: Sequence[str] = ()) -> Question:
        """Parse a question with the glossary of this library, and expand it; `history` is oldest first."""
        return expand(self.library, understand(question, history, Glossary.load(self.library.home)))

    def search(self, question: Question, only: Collection[str] | None = None) -> list[RankedPassage]:
        """The best passages for a question, of the documents named in `only` if given.

        Call it inside a snapshot of the library.
        """
        found, values, vector = self.candidates(question, only)
        scores = sum((weight * values[name] for name, weight in _WEIGHTS.items()), np.zeros(len(found)))
        order = np.argsort(-scores, kind="stable")[:_RETURNED]
        best = [replace(found[n], score=float(scores[n])) for n in order]
        lap("judge")
        read = self._read(best[:READ], vector)
        lap("vectors")
        return [*read, *best[READ:]]

    def candidates(
        self, question: Question, only: Collection[str] | None = None
    ) -> tuple[list[RankedPassage], dict[str, Scores], Vectors]:
        """The passages that may answer, without their scores, what speaks for each, by name, shape (passages,), and the
        question's vector.

        Call it inside a snapshot of the library.
        """
        depth = 1 if only is None else _DEEPER
        embedded = _BESIDE.submit(self._embed, question)
        lexical = self._lexical_scores(question, depth)
        lap("words")
        vector = embedded.result()
        lap("embed")
        if only is not None and len(only) <= _FEW:
            documents = {each.version: each for name in only if (each := self.library.get(name))}
            places = {(each.version, p.first) for each in documents.values() for p in each.passages}
            dense = self._inner_products(
                [(v, n) for v, d in documents.items() for n in range(len(d.sentences))], vector
            )
        else:
            dense = {
                (v, number): score for v, number, score in self.library.nearest(vector, _NEAREST * depth)
            }
            lap("vectors")
            documents = self.library.versions({v for v, _ in (*dense, *lexical)})
            places = lexical.keys() | {
                (v, documents[v].passage_of(n).first) for v, n in dense if v in documents
            }
        lap("documents")
        coverage = Coverage(self.library, question)
        found = [
            _unranked(documents[version], first, dense, coverage)
            for version, first in sorted(places)
            if version in documents and (only is None or documents[version].name in only)
        ]
        words = [lexical.get((each.document.version, each.passage.first), 0.0) for each in found]
        return found, self._features(question, found, words), vector

    def _features(
        self, question: Question, found: Sequence[RankedPassage], words: Sequence[float]
    ) -> dict[str, Scores]:
        current = editions(self.library)
        superseded = [
            not question.compares and _is_of_another_edition(question, each, current) for each in found
        ]
        return {
            "meaning": standardise(_meaning(found)),
            "words": standardise(np.array(words, float)),
            "coverage": np.array([each.coverage for each in found], float),
            "kind": np.array([_is_of_type(question, each) for each in found], float),
            "year": np.array(
                [year_agreement(question, each.document, each.passage) for each in found], float
            ),
            "recent": recency([each.document.date for each in found]) * question.current,
            "superseded": np.array(superseded, float),
        }

    def _embed(self, question: Question) -> Vectors:
        """The question's vector; a follow-up's focus weighs as much as all of it, an English question is joined by
        the Chinese words for its terms."""
        embedder = self.library.embedder
        if question.language != "en":
            texts = dict.fromkeys((question.text, question.focus))
            return cast(Vectors, embedder.queries(list(texts)).mean(axis=0))
        chinese = " ".join(term.words[1] for term in question.terms if len(term.words) > 1)
        english, translated = embedder.queries([question.text, chinese or question.text])
        both = english + _CHINESE_WEIGHT * translated
        return cast(Vectors, both / np.linalg.norm(both))

    def _lexical_scores(self, question: Question, depth: int) -> dict[tuple[str, int], float]:
        hits = self.library.matching(question.tokens, _MATCHING * depth)
        return {(hit.version, hit.first): hit.score for hit in hits}

    def _read(self, found: Sequence[RankedPassage], vector: Vectors) -> list[RankedPassage]:
        """With the inner products of all sentences, not only of those nearest to the question."""
        unknown = [
            (each.document.version, each.passage.first + n)
            for each in found
            for n in np.flatnonzero(np.isnan(each.dense)).tolist()
        ]
        known = self._inner_products(unknown, vector)
        # A sentence loses its vector when its document is replaced meanwhile: words alone speak for it then.
        lowest = min(known.values(), default=_ANSWERING)
        return [
            replace(
                each,
                dense=np.array(
                    [
                        known.get((each.document.version, number), lowest) if np.isnan(score) else score
                        for number, score in enumerate(each.dense, each.passage.first)
                    ]
                ),
            )
            for each in found
        ]

    def _inner_products(
        self, places: Sequence[tuple[str, int]], vector: Vectors
    ) -> dict[tuple[str, int], float]:
        found = self.library.vectors(places)
        rows = np.concatenate(list(found.values())) if found else np.empty(0, np.float32)
        return dict(zip(found, (rows.reshape(-1, len(vector)) @ vector).tolist(), strict=True))


def _unranked(
    document: Document, first: int, dense: Mapping[tuple[str, int], float], coverage: Coverage
) -> RankedPassage:
    passage = document.passage_of(first)
    numbers = range(passage.first, passage.last + 1)
    share, is_elsewhere = coverage.of(document, passage)
    return RankedPassage(
        document,
        passage,
        score=0.0,
        coverage=share,
        is_elsewhere=is_elsewhere,
        dense=np.array([dense.get((document.version, number), np.nan) for number in numbers]),
    )


def _meaning(found: Sequence[RankedPassage]) -> Scores:
    """The inner product of the nearest sentence of each passage; less than any of them for one that has none of the
    nearest."""
    best = np.array([np.fmax.reduce(each.dense) for each in found], float)
    return np.where(np.isnan(best), np.fmin.reduce(best, initial=_ANSWERING) - _FARTHER, best)


def standardise(scores: Scores) -> Scores:
    """z-scores; all zero where every score is the same."""
    spread = scores.std() if len(scores) else 0.0
    return (scores - scores.mean()) / spread if spread > 0 else np.zeros_like(scores)


def _is_of_another_edition(question: Question, found: RankedPassage, current: Editions) -> bool:
    """Whether a later edition has replaced its document, or, if what held before is asked for, it has replaced an
    earlier one; and its year is not the one asked for."""
    if year_agreement(question, found.document, found.passage) > 0:
        return False
    name = found.document.name
    return current.replaces(name) if question.former else current.successor(name) is not None


def _is_of_type(question: Question, found: RankedPassage) -> float:
    """1 when a passage holds what the question asks for, -1 when it holds but headings."""
    document, numbers = found.document, range(found.passage.first, found.passage.last + 1)
    introduces = any(each.lead in numbers for each in document.enumerations)
    if all(document.sentences[number].kind == "heading" for number in numbers) and not introduces:
        return -1.0
    if question.type == "list":
        return float(introduces)
    if question.type == "who":
        return 0.0  # nearly every passage of minutes and reports names somebody
    return min(fit(question, document.index[found.start : found.end]), 1.0)


def recency(dates: Sequence[str | None]) -> Scores:
    """From 0 for the oldest, or one without a date, to 1 for the newest."""
    ranks = {date: rank for rank, date in enumerate(sorted({date or "" for date in dates}))}
    return np.array([ranks[date or ""] for date in dates]) / max(len(ranks) - 1, 1)


def _as_langchain(found: RankedPassage) -> LangChainDocument:
    document = found.document
    return LangChainDocument(
        page_content=document.text[found.start : found.end],
        metadata={
            "document": document.name,
            "title": document.title,
            "date": document.date,
            "start": found.start,
            "end": found.end,
            "score": found.score,
        },
    )
