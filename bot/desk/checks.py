"""What staff should look at before an uploaded file goes in."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.desk.near import COPY, Sketch, resemblance, sketch
from bot.desk.staging import Item
from ingest.document import Document, LoadedFile
from ingest.reader import Reader


@dataclass(frozen=True)
class Doubt:
    """Either the key of a text with what to fill in, or, with `key` empty, a loader's own words."""

    key: str = ""
    values: dict[str, str] = field(default_factory=dict)
    words: str = ""


class NearCopies:
    """The documents of a library that a document nearly repeats. Thread safe."""

    def __init__(self, library: Reader) -> None:
        self._library = library
        self._lock = threading.Lock()
        self._sketches: dict[str, Sketch] = {}  # by version

    def of(self, document: Document) -> list[tuple[str, float]]:
        """Names of near copies under another name, with the share of wording in common, nearest first."""
        its = sketch(document)
        sketches = self._current()
        found = [
            (info.name, resemblance(its, sketches[info.version]))
            for info in self._library.documents()
            if info.name != document.name and info.version in sketches
        ]
        return sorted((each for each in found if each[1] >= COPY), key=lambda each: -each[1])

    def _current(self) -> dict[str, Sketch]:
        with self._lock:
            known, self._sketches = self._sketches, {}
            for info in self._library.documents():
                if info.version in known:
                    self._sketches[info.version] = known[info.version]
                elif document := self._library.version(info.version):
                    self._sketches[info.version] = sketch(document)
            return self._sketches


def find_warnings(
    item: Item, document: Document, loaded: LoadedFile, copies: NearCopies, staged: Sequence[Item]
) -> list[Doubt]:
    """What is doubtful about an uploaded file; `staged` are all uploaded files."""
    found = [Doubt(words=words) for words in loaded.warnings]
    if document.date is None:
        found.append(Doubt("warning.no_date"))
    if document.kind == "minutes" and item.decisions.audience == "public":
        found.append(Doubt("warning.public_minutes"))
    for name, share in copies.of(document):
        found.append(Doubt("warning.copy", {"name": name, "percent": f"{share:.0%}"}))
    if any(other.name == item.name and other.id != item.id for other in staged):
        found.append(Doubt("warning.same_name", {"name": item.name}))
    return found
