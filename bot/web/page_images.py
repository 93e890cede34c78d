"""Pages of documents as pictures, drawn once for as long as the library stays as it is."""

from functools import lru_cache
from pathlib import Path

from ingest.worker import Loader

_KEPT = 32  # pictures of some 200 kB


class PageImages:
    """Pictures of pages, kept in memory. Thread safe."""

    def __init__(self, loader: Loader) -> None:
        self._drawn = lru_cache(maxsize=_KEPT)(loader.page_image)
        self._generation = -1

    def png(self, original: Path, page: int, generation: int) -> bytes:
        """The picture of a page. Raises LoadError when the file has no such page.

        Nothing of an earlier `generation` of the library is kept: what was withdrawn is gone here, too.
        """
        if generation != self._generation:
            self._drawn.cache_clear()
            self._generation = generation
        return self._drawn(original, page)
