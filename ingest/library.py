"""The library: the only door to what is stored, for the bot and for staff alike.

Two stores agree by one rule: the catalogue's transaction decides. Vectors of a new version are written
before it commits and those of the old one are deleted after it, so that whatever is left over by a crash
is a vector that the catalogue does not know, which no reader ever sees and the next writer sweeps away.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from types import TracebackType
from typing import Literal, Self

from filelock import FileLock, Timeout

from ingest.catalogue import Catalogue, DocumentInfo, PassageHit, sentence_id
from ingest.document import Document
from ingest.embed import Embedder, Vectors
from ingest.errors import LibraryError
from ingest.settings import Settings
from ingest.vectors import VectorStore

Status = Literal["added", "replaced", "unchanged"]

_CACHED_DOCUMENTS = 512
_LOCK_SECONDS = 60.0
_SWEPT, _MODEL = "swept", "embedding_model"  # keys of the catalogue's meta table


class Library:
    """Documents and their sentence vectors under `settings.home`. Thread safe for readers and writers."""

    def __init__(self, settings: Settings) -> None:
        """Open the library, or make an empty one. Raises LibraryError when it cannot be used."""
        self.home = settings.home
        try:
            self.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"The folder {self.home} cannot be made ({error.strerror}).") from error
        self.embedder = Embedder(settings)
        self._catalogue = Catalogue(self.home / "catalogue.sqlite")
        self._vectors = VectorStore(self.home / "chroma")
        self._lock = FileLock(self.home / "writer.lock", timeout=_LOCK_SECONDS)
        self._document = lru_cache(maxsize=_CACHED_DOCUMENTS)(self._load)
        self._check_model()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Release every file."""
        self._vectors.close()
        self._catalogue.database.close()

    def documents(self) -> list[DocumentInfo]:
        """What is in, by name."""
        return self._catalogue.infos()

    def get(self, name: str) -> Document | None:
        """The document of this name, or None."""
        with self.snapshot():
            version = self._catalogue.version(name)
            return self.version(version) if version else None

    def version(self, version: str) -> Document | None:
        """The document of a version that the catalogue has just named; None when it is gone since."""
        try:
            return self._document(version)
        except KeyError:
            return None

    def _load(self, version: str) -> Document:
        document = self._catalogue.document(version)
        if document is None:
            raise KeyError(version)  # an exception is not cached, a None would be
        return document

    def snapshot(self) -> AbstractContextManager[None]:
        """Reads inside see the library at one moment: never two versions of a document."""
        return self._catalogue.database.snapshot()

    def generation(self) -> int:
        """A number that grows with every change of the library."""
        return self._catalogue.generation()

    def put(self, document: Document, vectors: Vectors) -> Status:
        """Swap `document` in; `vectors` has one row for each of its sentences."""
        with self._writing():
            old = self._catalogue.version(document.name)
            if old == document.version:
                return "unchanged"
            stale = self._sentence_ids(old) if old else []
            ids = [sentence_id(document.version, number) for number in range(len(document.sentences))]
            self._catalogue.set_meta(_MODEL, self.embedder.name)
            self._vectors.put(ids, vectors)
            self._catalogue.put(document)
            self._vectors.delete(stale)
            return "replaced" if old else "added"

    def remove(self, name: str) -> None:
        """Take a document out of every store. Raises LibraryError when there is none of this name."""
        with self._writing():
            version = self._catalogue.version(name)
            if version is None:
                raise LibraryError(unknown_name(name))
            stale = self._sentence_ids(version)
            self._catalogue.remove(name)
            self._vectors.delete(stale)

    def _sentence_ids(self, version: str) -> list[str]:
        document = self.version(version)
        return [sentence_id(version, n) for n in range(len(document.sentences))] if document else []

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """One writer at a time among all processes; it first sweeps up what a crashed one left."""
        with self._locked():
            self._check_model()  # another process may have written the first document since this one began
            self._sweep()
            self._catalogue.set_meta(_SWEPT, "no")
            yield
            # Once more: a reader that opened Chroma anew before the old vectors were gone has to again.
            self._vectors.written(self._catalogue.advance())
            self._catalogue.set_meta(_SWEPT, "yes")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """No other process writes meanwhile, and this one sees all that was written."""
        try:
            self._lock.acquire()
        except Timeout as error:
            raise LibraryError(
                "Another process is writing to the library; try again when it has finished."
            ) from error
        try:
            self._vectors.reopen(self._catalogue.generation())
            yield
        finally:
            self._lock.release()

    def sweep(self) -> None:
        """Take out what a crashed writer left behind, if one did."""
        if self._catalogue.meta(_SWEPT) == "no":
            with self._writing():
                pass

    def _sweep(self) -> None:
        if self._catalogue.meta(_SWEPT) == "no":
            known = self._catalogue.sentence_ids()
            self._vectors.delete([id_ for id_ in self._vectors.ids() if id_ not in known])

    def _check_model(self) -> None:
        """The vectors of two models cannot be compared: refuse to mix them."""
        built_by = self._catalogue.meta(_MODEL)
        if built_by not in (None, self.embedder.name):
            raise LibraryError(
                f"The library {self.home} was built with the embedding model {built_by!r}, but "
                f"{self.embedder.name!r} is set. Set HUIWEN_EMBEDDING_MODEL back, or use another HUIWEN_HOME."
            )

    def nearest(self, vector: Vectors, count: int) -> list[tuple[str, int, float]]:
        """The (version, sentence number, inner product) of the sentences nearest to `vector`, best first."""
        found = self._vectors.search(vector, count, self._catalogue.generation())
        return [(*_split(id_), score) for id_, score in found]

    def vectors(self, sentences: Sequence[tuple[str, int]]) -> dict[tuple[str, int], Vectors]:
        """The vectors of sentences given as (version, number); one that is out is left out."""
        ids = [sentence_id(version, number) for version, number in sentences]
        found = self._vectors.fetch(ids, self._catalogue.generation())
        return {_split(id_): vector for id_, vector in found.items()}

    def matching(self, tokens: Sequence[str], count: int) -> list[PassageHit]:
        """The passages that share tokens with a question, by BM25, best first."""
        return self._catalogue.search(tokens, count)

    def passage_of(self, version: str, number: int) -> int | None:
        """The first sentence of the passage that holds sentence `number`; None when it is out."""
        return self._catalogue.passage_of(version, number)

    def document_frequencies(self, tokens: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many passages each of `tokens` stands, and how many passages there are."""
        return self._catalogue.document_frequencies(tokens)

    def check(self) -> list[str]:
        """What disagrees between the stores, one sentence each; nothing when all is well."""
        with self._locked():
            known, stored = self._catalogue.sentence_ids(), set(self._vectors.ids())
            problems = self._catalogue.problems()
            if stored - known:
                self._catalogue.set_meta(_SWEPT, "no")  # so that the next writer sweeps
        if missing := known - stored:
            names = ", ".join(sorted(self._names({id_.rpartition(":")[0] for id_ in missing})))
            problems.append(
                f"{len(missing)} sentences have no vector (of {names}): remove and add them again."
            )
        if orphans := stored - known:
            problems.append(
                f"{len(orphans)} vectors belong to no document: the next `ingest add` removes them."
            )
        return problems

    def _names(self, versions: set[str]) -> list[str]:
        return [info.name for info in self.documents() if info.version in versions]


def _split(id_: str) -> tuple[str, int]:
    version, _, number = id_.rpartition(":")
    return version, int(number)


def unknown_name(name: str) -> str:
    """What to say of a name that no document has."""
    return f"No document is named {name!r}; `huiwen ingest list` shows the names. / 没有名为“{name}”的文件。"
