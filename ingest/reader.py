"""Reading the library with one clearance: to a reader, what it may not read does not exist."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, TypeVar, cast

from ingest import lexical
from ingest.catalogue import CATALOGUE, EMBEDDING_MODEL, PLACE, WHOLE, Catalogue, DocumentInfo, sentence_id
from ingest.chroma import ChromaFolder, ChromaServer, Place
from ingest.document import AUDIENCES, Audience, Document, audiences_within
from ingest.embed import Embedder, Vectors
from ingest.errors import LibraryError
from ingest.lexical import PassageHit
from ingest.originals import Originals
from ingest.restoring import check_restored
from ingest.settings import Settings
from ingest.vectors import VectorStore

T = TypeVar("T")
NOT_WHOLE = (
    "The vectors are being made anew, or that was interrupted: unless `huiwen ingest rebuild` is running, run it."
    " / 向量正在重建，或重建曾被中断；若没有正在运行的 huiwen ingest rebuild，请运行它。"
)
_PLACES = {"folder": "in its own folder, not on a Chroma server", "server": "on a Chroma server"}
_MOST_READINGS = 10
_CACHED_DOCUMENTS = 2048
_CACHED_VECTORS = 60_000  # of one clearance; about 120 MB


class Reader:
    """The documents whose audience is within `clearance`, and their sentence vectors. Thread safe."""

    def __init__(
        self, home: Path, stores: "Stores", embedder: Embedder, clearance: Audience = AUDIENCES[-1]
    ) -> None:
        self.home = home
        self.embedder = embedder
        self.clearance = clearance
        self._allowed = audiences_within(clearance)
        self._derived: tuple[int, dict[Hashable, Any]] = (-1, {})  # as of a generation
        self._known = VectorCache()
        self._stores = stores
        self._catalogue, self._vectors = stores.catalogue, stores.vectors

    def documents(self) -> list[DocumentInfo]:
        """What is in, by name."""
        return list(self.derived("documents", lambda: self._catalogue.infos(self._allowed)))

    def derived(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of the library as it is now; kept under `key` until the library changes."""
        with self.snapshot():
            generation = self.generation()
            made_at, kept = self._derived
            if made_at != generation:
                kept = {}
                self._derived = generation, kept
            if key not in kept:
                kept[key] = make()
            return cast(T, kept[key])

    def forget(self) -> None:
        """Let go of all that is kept in memory."""
        self._derived = -1, {}
        self._known = VectorCache()

    def get(self, name: str) -> Document | None:
        """The document of this name, or None."""
        with self.snapshot():
            version = self._catalogue.version(name)
            return self.version(version) if version else None

    def version(self, version: str) -> Document | None:
        """The document of a version that the catalogue has just named; None when it is gone since."""
        return self.versions([version]).get(version)

    def versions(self, versions: Iterable[str]) -> dict[str, Document]:
        """The documents of versions that the catalogue has just named; one that is gone since is left out."""
        generation = self.generation()
        found = {version: self._stores.documents.get(version, generation) for version in versions}
        return {
            version: document
            for version, document in found.items()
            if document and document.decisions.audience in self._allowed
        }

    def original(self, name: str) -> Path | None:
        """The file that a document was made from; None when there is no such document, or no file of it."""
        document = self.get(name)
        return self._stores.originals.path(document.digest, name) if document else None

    def snapshot(self) -> AbstractContextManager[None]:
        """Reads inside see the library at one moment: never two versions of a document."""
        return self._catalogue.database.snapshot()

    def at_one_moment(self, reading: Callable[[], T]) -> T:
        """What `reading` makes of the library as it is at one moment.

        A snapshot holds the catalogue still, but not the vectors: where another process takes some out meanwhile, or
        its writing disturbs the Chroma that is open here, all is read again.
        """
        for _ in range(_MOST_READINGS - 1):
            departures = self._catalogue.departures()
            try:
                with self.snapshot():
                    found = reading()
                if self._catalogue.departures() == departures:
                    return found
            except LibraryError:
                if self._vectors.place.kind == "folder":
                    self._vectors.close()
                elif self._catalogue.departures() == departures:  # nobody's writing disturbs a server
                    raise
        with self.snapshot():
            return reading()

    def generation(self) -> int:
        """A number that grows with every change of the library."""
        return self._catalogue.generation()

    def nearest(self, vector: Vectors, count: int) -> list[tuple[str, int, float]]:
        """The (version, sentence number, inner product) of the sentences nearest to `vector`, best first.

        Raises LibraryError when the vectors cannot be used.
        """
        self._check_vectors()
        found = self._vectors.search(vector, count, self.generation(), self._allowed)
        if not found:
            self._check_lost()
        return [(*_split(id_), score) for id_, score in found]

    def vectors(self, sentences: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Vectors]:
        """The vectors of sentences given as (version, number); one that is out is left out.

        Raises LibraryError when the vectors cannot be used.
        """
        self._check_vectors()
        known = self._known.as_of(self.generation())
        missing = {sentence_id(*place): place for place in sentences if place not in known}
        if missing:
            found = self._vectors.fetch(list(missing), self.generation(), self._allowed)
            if not found:
                self._check_lost()
            known |= {missing[id_]: vector for id_, vector in found.items()}
        return {place: known[place] for place in sentences if place in known}

    def matching(self, tokens: Sequence[str], count: int) -> list[PassageHit]:
        """The passages that share tokens with a question, by BM25, best first."""
        with self.snapshot():
            telling = lexical.most_telling(*self.document_frequencies(tokens))
            return lexical.search(self._catalogue.database, self.clearance, telling, count)

    def document_frequencies(self, tokens: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many passages each of `tokens` stands, those that stand in none left out, and how many passages
        there are."""
        with self.snapshot():
            known = self.derived("frequencies", dict[str, int])
            if unknown := [token for token in tokens if token not in known]:
                database = self._catalogue.database
                known |= dict.fromkeys(unknown, 0) | lexical.document_frequencies(
                    database, self.clearance, unknown
                )
            total = self.derived("passages", lambda: self._catalogue.passages(self._allowed))
        return {token: known[token] for token in tokens if known[token]}, total

    def present(self, tokens: Sequence[str]) -> set[str]:
        """Which of `tokens`, that may be thousands of which hardly any stands anywhere, some passage has; nothing of them is
        kept."""
        with self.snapshot():
            return set(lexical.document_frequencies(self._catalogue.database, self.clearance, tokens))

    def _check_vectors(self) -> None:
        """Refuse vectors that are not all made."""
        self._check_model()
        if self._catalogue.meta(WHOLE) == "no":
            raise LibraryError(NOT_WHOLE)

    def _check_model(self) -> None:
        """The vectors of two models cannot be compared, and those left in another place are not found: refuse."""
        built_by = self._catalogue.meta(EMBEDDING_MODEL)
        if built_by not in (None, self.embedder.name):
            raise LibraryError(
                f"The library {self.home} was built with the embedding model {built_by!r}, and it is {self.embedder.name!r} "
                "now: after an upgrade run `huiwen ingest rebuild`, or set HUIWEN_EMBEDDING_MODEL back."
                " / 资料库是用另一个向量模型建立的：升级后请运行 huiwen ingest rebuild；若改过 HUIWEN_EMBEDDING_MODEL，请改回原值。"
            )
        place = self._catalogue.meta(PLACE) or ("folder" if built_by else None)  # once there were but folders
        if place not in (None, self._vectors.place.kind):
            raise LibraryError(
                f"The vectors of the library {self.home} are {_PLACES[place]}. Set HUIWEN_CHROMA back, or run "
                "`huiwen ingest rebuild`. / 请恢复原来的 HUIWEN_CHROMA 设置，或运行 huiwen ingest rebuild。"
            )

    def _check_lost(self) -> None:
        """Refuse to pass over it in silence that there are documents, but no vectors."""
        if self._catalogue.passages(self._allowed) and self._vectors.is_empty(
            self.generation(), self._allowed
        ):
            raise LibraryError(
                f"The vectors of the library {self.home} are gone: stop the server and run `huiwen ingest rebuild`."
                " / 向量已丢失，请停止服务后运行 huiwen ingest rebuild 重建。"
            )


class DocumentCache:
    """Documents by version, as many as were used last; those that the catalogue has let go are let go."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lock = threading.Lock()
        self._documents: OrderedDict[str, Document] = OrderedDict()
        self._generation = -1

    def get(self, version: str, generation: int) -> Document | None:
        """The document of a version as of `generation`."""
        with self._lock:
            if generation > self._generation:
                digests = self._catalogue.digests(list(self._documents))
                stale = [
                    each.version
                    for each in self._documents.values()
                    if digests.get(each.version) != each.digest
                ]
                for gone in stale:
                    del self._documents[gone]
                self._generation = generation
            if version in self._documents:
                self._documents.move_to_end(version)
                return self._documents[version]
        document = self._catalogue.document(version)
        with self._lock:
            if document and generation == self._generation:
                self._documents[version] = document
                if len(self._documents) > _CACHED_DOCUMENTS:
                    self._documents.popitem(last=False)
        return document


class VectorCache:
    """Vectors of sentences that were asked for since the library last changed; all are forgotten once they are too many."""

    def __init__(self) -> None:
        self._vectors: dict[tuple[str, int], Vectors] = {}
        self._generation = -1

    def as_of(self, generation: int) -> dict[tuple[str, int], Vectors]:
        """Those of `generation`, to be read and added to."""
        if generation != self._generation or len(self._vectors) > _CACHED_VECTORS:
            self._vectors, self._generation = {}, generation
        return self._vectors


class Stores:
    """What a library consists of, shared by its readers."""

    def __init__(self, settings: Settings) -> None:
        check_restored(settings.home)
        self.catalogue = Catalogue(settings.home / CATALOGUE)
        self.vectors = VectorStore(_place(settings, self.catalogue))
        self.originals = Originals(settings.home)
        self.documents = DocumentCache(self.catalogue)


def _place(settings: Settings, catalogue: Catalogue) -> Place:
    server = settings.chroma.get_secret_value()
    return ChromaServer(server, catalogue.identity()) if server else ChromaFolder(settings.home / "chroma")


def _split(id_: str) -> tuple[str, int]:
    version, _, number = id_.rpartition(":")
    return version, int(number)
