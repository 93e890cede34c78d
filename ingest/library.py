"""The library: the only door to what is stored, for the bot and for staff alike.

Two stores agree by one rule: the catalogue's transaction decides. Vectors of a new version are written
before it commits and those of the old one are deleted after it, so that whatever is left over by a crash
is a vector that the catalogue does not know, which no reader ever sees and whoever next opens the library
sweeps away.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal, Self

import numpy as np
from filelock import FileLock, Timeout

from ingest.catalogue import EMBEDDING_MODEL, PLACE, SWEPT, WHOLE, Previous, sentence_id
from ingest.check import lost_originals, problems
from ingest.document import AUDIENCES, Audience, Decisions, Document
from ingest.embed import Embedder, Vectors
from ingest.errors import DAMAGE_ADVICE, LibraryError
from ingest.reader import Reader, Stores
from ingest.settings import Settings

Status = Literal["added", "replaced", "unchanged"]
Stands = Callable[[Document | None], bool]  # of the document that is in, if any

_log = logging.getLogger(__name__)
_LOCK_SECONDS = 60.0
_EMBEDDING_ANEW = (
    "A program was ended while it wrote the index of the vectors: they are made anew, which may take minutes."
    " / 有程序在写入向量索引时被中断，正在重建，可能需要几分钟。"
)
_CHANGED = (
    "Somebody else has changed the document meanwhile, and it stays as it is now: try again."
    " / 刚才已有他人更改了这份文件，这次没有保存，请重试。"
)


@dataclass(frozen=True)
class Standing:
    """A document that is in: its version, what staff decided, and whether the file it was made from is kept."""

    version: str
    decisions: Decisions
    has_file: bool


class Library(Reader):
    """Documents and their sentence vectors under `settings.home`, to read all of and to change. Thread safe."""

    def __init__(
        self, settings: Settings, embedder: Embedder | None = None, *, rebuilding: bool = False
    ) -> None:
        """Open the library, or make an empty one. Raises LibraryError when it cannot be used.

        `embedder` may be one that is loaded already. When `rebuilding`, the vectors may be of another model or
        place, or damaged; they are of no use then before they are made `anew`.
        """
        try:
            settings.home.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(f"The folder {settings.home} cannot be made ({error.strerror}).") from error
        super().__init__(settings.home, Stores(settings), embedder or Embedder(settings))
        self._readers = {
            clearance: Reader(self.home, self._stores, self.embedder, clearance) for clearance in AUDIENCES
        }
        self._lock = FileLock(self.home / "writer.lock")
        self._stores.originals.clear_up()
        if not rebuilding:
            self._check_model()
            self._repair()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release every file."""
        self._vectors.close()
        self._catalogue.database.close()

    def reader(self, clearance: Audience) -> Reader:
        """The library as a person of this clearance may see it."""
        return self._readers[clearance]

    def arriving(self, file: Path) -> AbstractContextManager[tuple[Path, str]]:
        """A private copy of a file that may become a document, and its digest; see `Originals`."""
        return self._stores.originals.arriving(file)

    def standing(self, name: str) -> Standing | None:
        """What there is to know of a document before a new version of it is read."""
        found = self._catalogue.standing(name)
        if found is None:
            return None
        version, digest, decisions = found
        return Standing(version, decisions, self._stores.originals.path(digest, name) is not None)

    def previous(self, name: str) -> Previous | None:
        """The version of a document before the one that is in."""
        return self._catalogue.previous(name)

    def previous_original(self, name: str) -> Path | None:
        """The file of the previous version; None when there is none."""
        previous = self.previous(name)
        return self._stores.originals.path(previous.digest, name) if previous else None

    def outcomes(self) -> dict[str, int]:
        """How many documents were added, replaced and removed, and how many files could not be added, by whatever
        process."""
        return self._catalogue.outcomes()

    def count_failure(self) -> None:
        """Count a file that could not be added."""
        with suppress(LibraryError):  # such as of the full disk that it failed for
            self._catalogue.count("failed")

    def embed(self, document: Document) -> Vectors:
        """The vectors of a document's sentences."""
        return self.embed_together([document])[0]

    def embed_together(self, documents: Sequence[Document]) -> list[Vectors]:
        """For each document the vectors of its sentences."""
        texts = [[each.in_context(n) for n in range(len(each.sentences))] for each in documents]
        if not texts:
            return []
        together = self.embedder.documents(list(chain.from_iterable(texts)))
        return np.split(together, np.cumsum([len(each) for each in texts])[:-1])

    def put(
        self, document: Document, vectors: Vectors, original: Path | None = None, stands: Stands | None = None
    ) -> Status:
        """Swap `document` in; `vectors` has one row for each of its sentences, `original` is an arriving copy
        of its file. Raises LibraryError unless what is in by now `stands`, as it was when the new one was made."""
        with self._writing():
            old = self.get(document.name)
            if old and (old.version, old.digest) == (document.version, document.digest):
                if not original or self._stores.originals.path(document.digest, document.name):
                    return "unchanged"
                self._stores.originals.keep(original, document.digest)  # it was lost
                return "replaced"
            if stands and not stands(old):
                raise LibraryError(_CHANGED)
            ids = _sentence_ids(document)
            stale = list(set(_sentence_ids(old)).difference(ids)) if old else []
            outdated = self.previous(document.name)
            if original:
                self._stores.originals.keep(original, document.digest)
            self._catalogue.set_meta(EMBEDDING_MODEL, self.embedder.name)
            self._catalogue.set_meta(PLACE, self._vectors.place.kind)
            self._vectors.put(ids, vectors, document.decisions.audience)
            self._catalogue.put(document)
            self._vectors.delete(stale)
            self._drop_originals(document.name, [outdated.digest] if outdated else [])
            return "replaced" if old else "added"

    @contextmanager
    def anew(self) -> Iterator[None]:
        """Inside, all vectors are made anew, from none, by `remake` or `put_vectors`.

        Nobody else writes meanwhile, and whoever asks is refused: until the end, or after an interruption until all
        are made anew another time.
        """
        with self.still():
            self._catalogue.disown_vectors(self.embedder.name, self._vectors.place.kind)
            self._vectors.wipe()
            yield
            self._sweep()
            self._catalogue.set_meta(WHOLE, "yes")
            self._finish(purging=True)

    def remake(self, document: Document, vectors: Vectors) -> None:
        """Inside `anew`: index a document that is in as it is made today."""
        self._vectors.put(_sentence_ids(document), vectors, document.decisions.audience)
        self._catalogue.remake(document)

    def put_vectors(self, document: Document, vectors: Vectors) -> None:
        """Inside `anew`: store the vectors of a document that is in, one row for each of its sentences."""
        self._vectors.put(_sentence_ids(document), vectors, document.decisions.audience)

    def embed_anew(self) -> None:
        """Make all vectors anew, from the documents as they are in."""
        with self.anew():
            for document in filter(None, (self.version(info.version) for info in self.documents())):
                self.put_vectors(document, self.embed(document))

    def forget_vectors(self) -> None:
        """Leave no vectors behind of a library that is given up."""
        self._vectors.wipe()

    def remove(self, *names: str) -> None:
        """Take documents out of every store, with their files. Raises LibraryError, and removes nothing, when
        there is none of one of the names."""
        with self._writing(removing=True):
            for name in names:
                if self._catalogue.version(name) is None:
                    raise LibraryError(f"{unknown_name(name)} Nothing was removed.")
            for name in names:
                self._remove(name)
        for reader in (self, *self._readers.values()):
            reader.forget()

    def _remove(self, name: str) -> None:
        document, previous = self.get(name), self.previous(name)
        if document:
            self._catalogue.remove(name)
            self._vectors.delete(_sentence_ids(document))
            self._drop_originals(name, [document.digest, *([previous.digest] if previous else [])])

    def _drop_originals(self, name: str, digests: Sequence[str]) -> None:
        for digest in digests:
            if not self._catalogue.keeps(digest, name):
                self._stores.originals.drop(digest, name)

    def _repair(self) -> None:
        """Take out what a crashed writer left behind. Where one is at work it is no crash, or is swept up by it; what
        cannot be done now hinders no reading."""
        with suppress(LibraryError):
            if self._catalogue.meta(SWEPT) == "no" or self._vectors.is_torn():
                with self._writing(wait=0):
                    pass

    @contextmanager
    def _writing(self, wait: float = _LOCK_SECONDS, *, removing: bool = False) -> Iterator[None]:
        """One writer at a time among all processes; it first sweeps up what a crashed one left."""
        with self.still(wait):
            self._check_vectors()  # another process may have made them of another model since this one began
            swept = self._sweep()
            self._check_lost()
            self._catalogue.set_meta(SWEPT, "no")
            yield
            self._finish(purging=removing or swept)

    def _finish(self, *, purging: bool) -> None:
        # Once more: a reader that opened Chroma anew before the old vectors were gone has to again.
        self._vectors.written(self._catalogue.advance())
        try:
            if purging:
                self._catalogue.purge()
            self._catalogue.set_meta(SWEPT, "yes")
        except LibraryError as error:
            # All is done but that; where the disk is full, the next writer tries again.
            _log.warning("%s", error)

    @contextmanager
    def still(self, wait: float = _LOCK_SECONDS) -> Iterator[None]:
        """No other process writes meanwhile, and this one sees all that was written. Another has `wait` seconds to end."""
        try:
            self._lock.acquire(wait)
        except Timeout as error:
            raise LibraryError(
                "Another process is writing to the library; try again when it has finished."
                " / 另一个程序正在写入，请等它结束后再试。"
            ) from error
        except OSError as error:
            raise LibraryError(
                f"The folder {self.home} cannot be written ({error.strerror}). {DAMAGE_ADVICE}"
            ) from error
        try:
            self._vectors.reopen(self._catalogue.generation())
            yield
        finally:
            self._lock.release()

    def _sweep(self) -> bool:
        """Whether there was anything to sweep up: it may have been a removal."""
        if self._vectors.is_torn():
            _log.warning(_EMBEDDING_ANEW)
            self.embed_anew()
        if self._catalogue.meta(SWEPT) != "no":
            return False
        known = self._catalogue.sentence_ids()
        self._vectors.delete([id_ for id_ in self._vectors.ids() if id_ not in known])
        self._stores.originals.sweep(self._catalogue.originals())
        return True

    def ping(self) -> None:
        """Raise LibraryError when the vectors cannot be read, such as when a Chroma server is down."""
        self._vectors.ping()

    def check(self) -> list[str]:
        """What disagrees between the stores, one sentence each; nothing when all is well."""
        with self.still():
            return problems(self._stores)

    def lost_originals(self) -> list[str]:
        """Which files are no longer kept, one sentence each."""
        return lost_originals(self._stores)


def _sentence_ids(document: Document) -> list[str]:
    return [sentence_id(document.version, number) for number in range(len(document.sentences))]


def unknown_name(name: str) -> str:
    """What to say of a name that no document has."""
    return f"No document is named {name!r}; `huiwen ingest list` shows the names. / 没有名为“{name}”的文件。"
