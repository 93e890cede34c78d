"""Verification: which sentences of the sources hold up what a model wrote.

A statement stands only when one sentence, or one with the sentence before it, or one of the same
document for each of its clauses, has every number, date, time, code, name and title of office that it states, in the same
connection (but for a frame, which names the document: see `bot.writing.frame`); denies what it denies; and
is near enough to it in words and in meaning. Whatever cannot be
verified counts as unsupported: a member never misses more than the wording, for the quotes remain.
"""

import re
from collections.abc import Collection, Sequence
from itertools import pairwise

import numpy as np

from bot.writing.evidence import Evidence, Place, Statement, is_instruction, same_language
from bot.writing.support import LEAST_COSINE, LEAST_COSINE_ACROSS, shared, supports
from ingest.embed import Vectors
from ingest.reader import Reader

_CLAUSE_END = re.compile(r"[，；;]|,\s")
_LOCATES = re.compile(
    r"\s*(?:按(?!时|期|月|年|次)|依照|依据|根据|据(?!点|悉|说)|under\b|according to\b|as of\b)", re.IGNORECASE
)


class Verifier:
    """Finds the sentences that support a statement, among `places`."""

    def __init__(self, library: Reader, places: Sequence[Place]) -> None:
        self._library = library
        self._places = [place for place in places if _kind(place) != "heading" and not is_instruction(place)]
        self._single = {place: Evidence([place]) for place in self._places}
        self._pairs = [Evidence(pair) for pair in pairwise(self._places) if _reads_on(*pair)]
        self._vectors = library.vectors([(p.document.version, p.number) for p in self._places])

    def support(self, text: str, preferred: Collection[Place] = ()) -> tuple[Place, ...]:
        """The fewest sentences that together support a statement, in document order; none when it is not
        supported. Those the model cited are `preferred`, others repair its citation."""
        statement = Statement.of(text)
        if not statement.words and not statement.facts.numbers:
            return ()
        for evidences in (self._single.values(), self._pairs):
            found = [each for each in evidences if supports(statement, each)]
            if best := self._nearest(statement, found, preferred):
                return best.places
        return self._by_clauses(text, preferred)

    def _by_clauses(self, text: str, preferred: Collection[Place]) -> tuple[Place, ...]:
        clauses = _clauses(text)
        if len(clauses) < 2:
            return ()
        places: dict[Place, None] = {}
        for clause in clauses:
            statement = Statement.of(clause)
            found = [each for each in self._single.values() if supports(statement, each)]
            best = self._nearest(statement, found, preferred)
            if best is None:
                return ()
            places |= dict.fromkeys(best.places)
        if len({place.document.name for place in places}) > 1:
            return ()  # one statement made of two documents may say of the one what holds of the other
        return tuple(sorted(places, key=lambda place: self._places.index(place)))

    def _nearest(
        self, statement: Statement, found: Sequence[Evidence], preferred: Collection[Place]
    ) -> Evidence | None:
        """The nearest in meaning, of those near enough; among them the one that the model cited."""
        if not found:
            return None
        vector = self._library.embedder.documents([statement.text])[0]
        cosines = [max(self._cosine(vector, place) for place in each.places) for each in found]
        near = [
            (each.places[-1] in preferred, shared(statement, each.text.has), cosine, -at)
            for at, (each, cosine) in enumerate(zip(found, cosines, strict=True))
            if cosine >= (LEAST_COSINE if same_language(statement, each) else LEAST_COSINE_ACROSS)
        ]
        return found[-max(near)[-1]] if near else None

    def _cosine(self, vector: Vectors, place: Place) -> float:
        stored = self._vectors.get((place.document.version, place.number))
        return float(np.dot(vector, stored)) if stored is not None else 0.0


def _clauses(text: str) -> list[str]:
    """The clauses of a statement. One that says where the next stands (「按2023年的办法，」) is part of it: another sentence that
    speaks of that holds up neither."""
    clauses, before = list[str](), ""
    for part in filter(str.strip, _CLAUSE_END.split(text)):
        if _LOCATES.match(part):
            before += f"{part}，"
        else:
            clauses.append(before + part)
            before = ""
    return [*clauses, before] if before else clauses


def _kind(place: Place) -> str:
    return place.document.sentences[place.number].kind


def _reads_on(first: Place, second: Place) -> bool:
    """Whether two sentences are read together, as one that says who did it and one that says what."""
    document = first.document
    return (
        document is second.document
        and first.number + 1 == second.number
        and _kind(first) == _kind(second) == "sentence"
        and any(each.first <= first.number and second.number <= each.last for each in document.passages)
        and not any(second.number == item[0] for each in document.enumerations for item in each.items)
    )
