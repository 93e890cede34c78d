"""Sentence vectors in an embedded Chroma. Derived data: the catalogue says which of them count."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from ingest.embed import Vectors
from ingest.errors import DAMAGE_ADVICE, LibraryError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

_COLLECTION = "sentences"
_PAGE = 10_000  # ids a `get` asks for; Chroma refuses 32,000 and more
_SEARCH_WIDTH = 400  # neighbours HNSW keeps while searching; at least as many as are ever asked for


class VectorStore:
    """Vectors by sentence id, ranked by inner product. Thread safe.

    An open Chroma does not see what another process writes, so `generation`, which the caller reads from
    the catalogue, says when to open it anew.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.RLock()
        self._client: ClientAPI | None = None
        self._collection: Collection | None = None
        self._generation = -1

    def search(self, vector: Vectors, count: int, generation: int) -> list[tuple[str, float]]:
        """The (id, inner product) of the `count` best sentences, best first; `vector` has one dimension."""
        with self._using(generation) as collection:
            found = collection.query(
                query_embeddings=[cast("Sequence[float]", vector)], n_results=count, include=["distances"]
            )
        distances = found["distances"] or [[]]
        return [(id_, 1 - distance) for id_, distance in zip(found["ids"][0], distances[0], strict=True)]

    def fetch(self, ids: Sequence[str], generation: int) -> dict[str, Vectors]:
        """The stored vectors of those `ids` that exist."""
        if not ids:
            return {}
        with self._using(generation) as collection:
            found = collection.get(ids=list(ids), include=["embeddings"])
        embeddings = found["embeddings"]
        vectors = np.asarray(embeddings if embeddings is not None else [], dtype=np.float32)
        return dict(zip(found["ids"], vectors, strict=True))

    def put(self, ids: Sequence[str], vectors: Vectors) -> None:
        """Store vectors; an id that exists is overwritten."""
        with self._using() as collection:
            assert self._client is not None
            size = self._client.get_max_batch_size()
            for start in range(0, len(ids), size):
                part = slice(start, start + size)
                collection.upsert(ids=list(ids[part]), embeddings=cast(Any, vectors[part]))

    def delete(self, ids: Sequence[str]) -> None:
        """Forget these ids, whether they exist or not."""
        for start in range(0, len(ids), _PAGE):
            with self._using() as collection:
                collection.delete(ids=list(ids[start : start + _PAGE]))

    def ids(self) -> list[str]:
        """Every stored id."""
        with self._using() as collection:
            offsets = range(0, collection.count(), _PAGE)
            return [
                id_
                for start in offsets
                for id_ in collection.get(include=[], limit=_PAGE, offset=start)["ids"]
            ]

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
            if self._client is not None:
                cast(Any, self._client).close()  # the class has it, its declared interface does not
            self._client = self._collection = None

    @contextmanager
    def _using(self, generation: int | None = None) -> "Iterator[Collection]":
        """The open collection, at least as new as `generation`; Chroma's errors become errors for people."""
        from chromadb.errors import ChromaError

        with self._lock:
            if generation is not None:
                self.reopen(generation)
            try:
                yield self._collection or self._open()
            except (ChromaError, OSError, ValueError) as error:
                raise LibraryError(
                    f"The vector store in {self.folder} cannot be used ({error}). {DAMAGE_ADVICE}"
                ) from error

    def _open(self) -> "Collection":
        import chromadb
        from chromadb.config import Settings

        self._client = chromadb.PersistentClient(str(self.folder), Settings(anonymized_telemetry=False))
        self._collection = self._client.get_or_create_collection(
            _COLLECTION,
            embedding_function=None,
            configuration={"hnsw": {"space": "ip", "ef_search": _SEARCH_WIDTH}},
        )
        return self._collection
