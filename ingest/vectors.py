"""Sentence vectors in Chroma, a collection for each audience. Derived data: the catalogue says which of them count."""

import ctypes
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ingest.chroma import Place, TornIndexError
from ingest.document import AUDIENCES, Audience
from ingest.embed import Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_LIBC = ctypes.CDLL(None)
_PERTURB = -6  # M_PERTURB of malloc.h
_PAGE = 10_000  # ids a `get` asks for; Chroma refuses 32,000 and more
_SEARCH_WIDTH = 400  # neighbours HNSW keeps while searching; at least as many as are ever asked for


class VectorStore:
    """Vectors by sentence id, ranked by inner product. Thread safe.

    An open Chroma does not see what another process writes, so `generation`, which the caller reads from
    the catalogue, says when to open it anew.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._lock = threading.RLock()
        self._client: ClientAPI | None = None
        self._collections: dict[Audience, Collection] = {}  # those that exist
        self._generation = -1

    def search(
        self, vector: Vectors, count: int, generation: int, audiences: Sequence[Audience]
    ) -> list[tuple[str, float]]:
        """The (id, inner product) of the `count` best sentences of these audiences, best first; `vector` has one
        dimension."""
        hits: list[tuple[str, float]] = []
        with self._using(generation) as collections:
            for collection in _among(collections, audiences):
                found = collection.query(
                    query_embeddings=[cast("Sequence[float]", vector)], n_results=count, include=["distances"]
                )
                distances = (found["distances"] or [[]])[0]
                hits += [
                    (id_, 1 - distance) for id_, distance in zip(found["ids"][0], distances, strict=True)
                ]
        return sorted(hits, key=lambda hit: -hit[1])[:count]

    def fetch(self, ids: Sequence[str], generation: int, audiences: Sequence[Audience]) -> dict[str, Vectors]:
        """The stored vectors of those `ids` that exist among these audiences."""
        vectors: dict[str, Vectors] = {}
        with self._using(generation) as collections:
            for collection in _among(collections, audiences):
                missing = [id_ for id_ in ids if id_ not in vectors]
                for start in range(0, len(missing), _PAGE):
                    found = collection.get(ids=missing[start : start + _PAGE], include=["embeddings"])
                    stored = np.asarray(found["embeddings"], dtype=np.float32)
                    vectors |= zip(found["ids"], stored, strict=True)
        return vectors

    def put(self, ids: Sequence[str], vectors: Vectors, audience: Audience = "public") -> None:
        """Store vectors; an id that exists is overwritten."""
        with self._using(writing=True):
            collection = self._make(audience)
            assert self._client is not None
            size = self._client.get_max_batch_size()
            for start in range(0, len(ids), size):
                part = slice(start, start + size)
                collection.upsert(ids=list(ids[part]), embeddings=cast(Any, vectors[part]))

    def wipe(self) -> None:
        """Forget all vectors, damaged or not."""
        with self._using(writing=True, wiping=True):
            pass

    def delete(self, ids: Sequence[str]) -> None:
        """Forget these ids, whether they exist or not."""
        for start in range(0, len(ids), _PAGE):
            with self._using(writing=True) as collections:
                for collection in collections.values():
                    collection.delete(ids=list(ids[start : start + _PAGE]))

    def ids(self) -> list[str]:
        """Every stored id."""
        with self._using() as collections:
            return [
                id_
                for collection in collections.values()
                for start in range(0, collection.count(), _PAGE)
                for id_ in collection.get(include=[], limit=_PAGE, offset=start)["ids"]
            ]

    def is_empty(self, generation: int, audiences: Sequence[Audience]) -> bool:
        """Whether there are no vectors for these audiences."""
        with self._using(generation) as collections:
            return not any(collection.count() for collection in _among(collections, audiences))

    def ping(self) -> None:
        """Raise LibraryError when the store does not answer; waits for nobody's search."""
        client = self._client
        with suppress(AttributeError):  # closed meanwhile, to be opened anew
            if client is not None:
                with self._told():
                    client.heartbeat()
                return
        with self._using():
            pass  # opening it asks it

    def is_torn(self) -> bool:
        """Whether a writer was ended so that nothing can be read before all is made anew."""
        try:
            with self.place.using(writing=False):
                return False
        except TornIndexError:
            return True
        except OSError as error:
            raise self.place.problem(error) from error

    def reopen(self, generation: int) -> None:
        """See what other processes wrote up to `generation`."""
        with self._lock:
            if generation > self._generation:
                self.close()
                self._generation = generation

    def written(self, generation: int) -> None:
        """Take note that this process itself made `generation`: its open Chroma has seen it."""
        self._generation = generation

    def close(self) -> None:
        """Release the store; it opens again when it is next used."""
        with self._lock:
            client, self._client, self._collections = self._client, None, {}
            if client is not None:
                cast(Any, client).close()  # the class has it, its declared interface does not

    @contextmanager
    def _using(
        self, generation: int | None = None, *, writing: bool = False, wiping: bool = False
    ) -> "Iterator[dict[Audience, Collection]]":
        """The open collections, at least as new as `generation`. Raises LibraryError."""
        with self._lock:
            if generation is not None:
                self.reopen(generation)
            with self._told(), self.place.using(writing=writing, torn=wiping), _blank_memory():
                if wiping:
                    self.close()
                    self.place.wipe()
                if self._client is None:
                    self._open()
                yield self._collections

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Chroma's errors become errors for people."""
        from chromadb.errors import ChromaError
        from httpx import HTTPError

        try:
            yield
        except (ChromaError, HTTPError, OSError, ValueError, TornIndexError) as error:
            raise self.place.problem(error) from error
        except Exception as error:
            if type(error) is Exception:  # what Chroma makes of the answer of a web server before it
                raise self.place.problem(error) from error
            raise

    def _open(self) -> None:
        self._client = self.place.open()
        try:
            existing = {collection.name for collection in self._client.list_collections()}
            for audience in AUDIENCES:
                if self.place.collection(audience) in existing:
                    self._make(audience)
        except BaseException:
            self.close()  # Chroma would hand the same out again, for as long as the process lives
            raise

    def _make(self, audience: Audience) -> "Collection":
        assert self._client is not None
        if audience not in self._collections:
            self._collections[audience] = self._client.get_or_create_collection(
                self.place.collection(audience),
                embedding_function=None,
                configuration={"hnsw": {"space": "ip", "ef_search": _SEARCH_WIDTH}},
            )
        return self._collections[audience]


def _among(collections: "dict[Audience, Collection]", audiences: Sequence[Audience]) -> "list[Collection]":
    return [collection for audience, collection in collections.items() if audience in audiences]


@contextmanager
def _blank_memory() -> Iterator[None]:
    """Chroma writes the whole memory of an index to its file, used or not. What lay there before, such as the text
    of a document, must not get into the file: inside, glibc overwrites the memory that it gives out."""
    mallopt = getattr(_LIBC, "mallopt", None)  # other C libraries have none, and no such option
    if mallopt is None:
        yield
        return
    mallopt(_PERTURB, 0x55)
    try:
        yield
    finally:
        mallopt(_PERTURB, 0)
