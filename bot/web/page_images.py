"""Pages of documents as pictures, drawn once for as long as the library stays as it is."""

from functools import lru_cache
from pathlib import Path

from ingest.worker import Loader

_KEPT = 32  # pictures of some 200 kB


class PageImages:
    """Pictures of pages, kept in memory. Thread safe."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._drawn = lru_cache(maxsize=_KEPT)(self._draw)
        self._generation = -1

    def png(self, original: Path, page: int, generation: int) -> bytes:
        """The picture of a page. Raises LoadError when the file has no such page.

        What was drawn in an earlier `generation` of the library is given to nobody: what was withdrawn is gone here, too.
        """
        if generation != self._generation:
            self._drawn.cache_clear()
            self._generation = generation
        return self._drawn(original, page, generation)

    def _draw(self, original: Path, page: int, _generation: int) -> bytes:
        # What was begun before a change and ends after it is kept under the generation that it is of.
        return self._loader.page_image(original, page)
