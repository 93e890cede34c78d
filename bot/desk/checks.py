"""What staff should look at before an uploaded file goes in."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from bot.desk.errors import DeskError
from bot.desk.near import COPY, Sketch, resemblance, sketch
from bot.desk.staging import Item, Staging
from ingest.document import Document, LoadedFile
from ingest.reader import Reader

ReadStaged = Callable[[str], tuple[Item, Document, LoadedFile]]


@dataclass(frozen=True)
class Doubt:
    """Either the key of a text with what to fill in, or, with `key` empty, a loader's own words."""

    key: str = ""
    values: dict[str, str] = field(default_factory=dict)
    words: str = ""


@dataclass(frozen=True)
class _Known:
    """What is kept of an uploaded file: nothing that tells its text."""

    doubts: tuple[Doubt, ...]  # whatever else is uploaded or in the library
    sketch: Sketch
    digest: str  # of the file


class Checks:
    """What is doubtful about the uploaded files of a home. Thread safe."""

    def __init__(self, library: Reader, staging: Staging, read: ReadStaged) -> None:
        """`read` gives an uploaded file as the document it would be, or raises DeskError."""
        self._library, self._staging, self._read = library, staging, read
        self._lock = threading.Lock()
        self._known: dict[Item, _Known] = {}  # an item with other decisions is another one
        self._sketches: dict[str, Sketch] = {}  # of the library, by version
        self._found: dict[str, list[Doubt]] = {}
        self._found_for: object = None

    def doubts(self) -> dict[str, list[Doubt]]:
        """The doubts about every file that is ready, by its id."""
        with self._lock:
            items = [item for item in self._staging.items() if item.state != "failed"]
            generation = self._library.generation()
            if self._found_for != (items, generation):
                self._learn(items)
                self._found = {item.id: list(self._about(item, items)) for item in self._known}
                self._found_for = (items, generation)
            return self._found

    def passed(self, items: list[Item]) -> list[Item]:
        """Those that are ready, and nothing about them is doubtful."""
        doubts = self.doubts()
        # One that became ready just now was not looked through yet.
        return [item for item in items if item.state == "ready" and not doubts.get(item.id, True)]

    def _learn(self, items: list[Item]) -> None:
        known, self._known = self._known, {}
        for item in items:
            if item.state != "ready":
                continue
            try:
                self._known[item] = known.get(item) or _known(*self._read(item.id))
            except DeskError:
                continue  # published or discarded meanwhile
        sketches, self._sketches = self._sketches, {}
        for info in self._library.documents() if self._known else ():
            if info.version in sketches:
                self._sketches[info.version] = sketches[info.version]
            elif document := self._library.version(info.version):
                self._sketches[info.version] = sketch(document)

    def _about(self, item: Item, items: list[Item]) -> Iterator[Doubt]:
        known = self._known[item]
        yield from known.doubts
        if any(other.name == item.name and other.id != item.id for other in items):
            yield Doubt("warning.same_name", {"name": item.name})
        if standing := self._library.get(item.name):
            yield Doubt("warning.same_file" if standing.digest == known.digest else "warning.replaces")
        published = [
            (info.name, self._sketches[info.version])
            for info in self._library.documents()
            if info.version in self._sketches
        ]
        uploaded = [(other.name, each.sketch) for other, each in self._known.items()]
        yield from _copies("warning.copy", item.name, known.sketch, published)
        yield from _copies("warning.staged_copy", item.name, known.sketch, uploaded)


def _known(item: Item, document: Document, loaded: LoadedFile) -> _Known:
    doubts = [Doubt(words=words) for words in loaded.warnings]
    if document.date is None:
        doubts.append(Doubt("warning.no_date"))
    elif document.date > date.today().isoformat()[: len(document.date)]:  # a year, a month or a day
        doubts.append(Doubt("warning.future_date", {"date": document.date}))
    if document.kind == "minutes" and item.decisions.audience == "public":
        doubts.append(Doubt("warning.public_minutes"))
    return _Known(tuple(doubts), sketch(document), document.digest)


def _copies(key: str, name: str, own: Sketch, others: list[tuple[str, Sketch]]) -> Iterator[Doubt]:
    """Near copies under another name, nearest first."""
    found = [(resemblance(own, each), other) for other, each in others if other != name]
    for share, other in sorted(found, reverse=True):
        if share >= COPY:
            yield Doubt(key, {"name": other, "percent": f"{share:.0%}"})
