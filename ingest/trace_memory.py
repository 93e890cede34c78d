"""Searching the texts in this process's memory, in a copy of the process that does nothing else.

Never in the process itself: holding on to every object breaks what other threads are just building.
"""

import gc
import json
import os
import signal

from ingest.errors import LibraryError

_LONGEST = 120  # seconds


def search_memory(needles: set[str], shortest: int) -> list[str]:
    """The kinds of objects that hold a text with one of `needles` in it.

    Texts of fewer than `shortest` characters are passed over. Raises LibraryError when the copy fails.
    """
    gc.collect()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _report(needles, shortest, writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as answer:
        content = answer.read()
    os.waitpid(child, 0)
    if not content:
        raise LibraryError(
            "The server's memory could not be searched; is there enough of it? Search again."
            " / 无法检查服务器内存，内存是否不足？请再查一次。"
        )
    places: list[str] = json.loads(content)
    return places


def _report(needles: set[str], shortest: int, writer: int) -> None:
    """Search and tell the outcome, in the child, which ends here whatever happens."""
    try:
        signal.alarm(_LONGEST)
        gc.disable()
        found = json.dumps(_search(needles, shortest)).encode()
        os.write(writer, found)
    finally:
        os._exit(0)


def _search(needles: set[str], shortest: int) -> list[str]:
    places: dict[str, None] = {}
    seen: set[int] = set()
    for holder in gc.get_objects():
        if holder is needles:
            continue
        for text in gc.get_referents(holder):
            if type(text) is not str or len(text) < shortest or id(text) in seen:
                continue
            seen.add(id(text))
            # Equal to one: it is the one that is searched for.
            if text not in needles and any(needle in text for needle in needles):
                places[f"{type(holder).__module__}.{type(holder).__qualname__}"] = None
    return list(places)
