"""Proof of deletion: whether anything under a home, or in this process's memory, still holds a document's text."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from math import ceil
from pathlib import Path
from typing import Self, TypeVar

from ingest.document import Document
from ingest.fold import fold
from ingest.library import Library
from ingest.tokens import tokenize
from ingest.trace_files import Finding, Needle, search_files
from ingest.trace_memory import search_memory

_T = TypeVar("_T")

_SENTENCES = 24  # searched for, evenly spread, of those that only this document has
_SHORTEST, _LONGEST = 8, 20  # characters of a sentence that are searched for
_MARKS = "。；;！!？?，,、：:. "
_ENCODINGS = ("utf-8", "gb18030", "utf-16-le")
_VECTOR_BYTES = 64  # of the start of a vector: 16 numbers
_HAN_RUN = re.compile(r"[\u3400-\u9fff]{6,}")


@dataclass(frozen=True)
class Report:
    """What was searched, and what was found. `telling` is how many sentences only this document had: with none,
    only its file, ids and vectors could be searched for."""

    telling: int
    files: tuple[str, ...]
    size: int  # bytes
    findings: tuple[Finding, ...]

    @property
    def texts(self) -> list[Finding]:
        """The findings of text; the others are numbers: ids of sentences, and vectors."""
        return [finding for finding in self.findings if finding.trace not in ("id", "vector")]

    @property
    def numbers(self) -> list[str]:
        """The files that still hold ids or vectors, which their store overwrites in its own time."""
        return sorted({finding.place for finding in self.findings if finding.trace in ("id", "vector")})


class Traces:
    """What tells a document from all others, taken before it is removed, to be searched for afterwards."""

    def __init__(
        self, version: str, telling: Sequence[str], needles: Sequence[Needle], digests: Iterable[str]
    ) -> None:
        self.version = version
        self.telling = telling
        self._needles = needles
        self._digests = frozenset(digests)

    @classmethod
    def of(cls, library: Library, name: str) -> Self:
        """The traces that the document of this name would leave, its previous version included by its file."""
        document = library.get(name)
        if document is None:
            return cls("", (), (), ())
        previous = library.previous(name)
        others = _others(library, name)
        numbers = _telling(document, others)
        telling = [_beginning(document, number) for number in numbers]
        ids = [(document.version, number) for number in range(len(document.sentences))]
        vectors = list(library.vectors(ids).values())
        needles: list[Needle] = [("id", f"{document.version}:".encode())]
        needles += [("words", written) for words in telling for written in _written(words)]
        tokens = [_tokens(document.index_quote(number), others) for number in numbers]
        needles += [("lexical", each.encode()) for each in tokens if each]
        needles += [
            ("vector", vector.tobytes()[:_VECTOR_BYTES]) for vector in islice(_spread(vectors), _SENTENCES)
        ]
        digests = [document.digest, previous.digest if previous else ""]
        return cls(document.version, telling, list(dict.fromkeys(needles)), filter(None, digests))

    def search(self, home: Path) -> Report:
        """Search every file below `home` byte for byte, and every text in this process."""
        files = search_files(home, self._needles, self._digests)
        places = search_memory({*self.telling, *map(fold, self.telling)}, _SHORTEST)
        findings = [*files.findings, *(Finding(place, "memory") for place in places)]
        return Report(len(self.telling), files.names, files.size, tuple(findings))


def _others(library: Library, name: str) -> list[str]:
    """The index texts of all other documents."""
    found = (library.version(info.version) for info in library.documents() if info.name != name)
    return [document.index for document in found if document]


def _telling(document: Document, others: Sequence[str]) -> list[int]:
    """The numbers of sentences whose beginnings stand in no other document.

    What the file is named after is none of them: its name stays in the log of who withdrew it.
    """
    beginnings = {_beginning(document, number): number for number in range(len(document.sentences))}
    long = [
        (fold(words), number)
        for words, number in beginnings.items()
        if sum(map(str.isalnum, words)) >= _SHORTEST
    ]
    texts = [fold(document.name), *others]
    only = (number for words, number in _spread(long) if not any(words in text for text in texts))
    return sorted(islice(only, _SENTENCES))  # to look for more would take minutes in a large library


def _beginning(document: Document, number: int) -> str:
    return document.quote(number).strip()[:_LONGEST].rstrip(_MARKS)  # a copy may end otherwise


def _spread(values: Sequence[_T]) -> Iterator[_T]:
    """All of the values; the first _SENTENCES, and those after them, are evenly spread."""
    step = ceil(len(values) / _SENTENCES)
    return chain.from_iterable(values[start::step] for start in range(step))


def _written(words: str) -> Iterator[bytes]:
    """How words may stand in a file: as they are and folded, in every encoding, and escaped in JSON."""
    for form in dict.fromkeys((words, fold(words))):
        for encoding in _ENCODINGS:
            yield form.encode(encoding)
        if not form.isascii():
            yield json.dumps(form)[1:-1].encode()


def _tokens(index: str, others: Sequence[str]) -> str:
    """How the lexical index has the longest run of Chinese in a sentence that stands in no other document."""
    runs = [run for run in _HAN_RUN.findall(index) if not any(run in other for other in others)]
    return " ".join(tokenize(max(runs, key=len))) if runs else ""
