"""Searching files byte for byte, in a process of its own.

Never in one that has a database open: closing a file that SQLite has open too gives up all locks that the
process has on it.
"""

import hashlib
import mmap
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

Trace = Literal["words", "lexical", "vector", "id", "file", "memory"]
Needle = tuple[Trace, bytes]


@dataclass(frozen=True)
class Finding:
    """Something of the document that is still there: `place` is a path below the home, or a kind of object."""

    place: str
    trace: Trace


@dataclass(frozen=True)
class SearchedFiles:
    """Paths below the home, how many bytes they have, and what was found in them."""

    names: tuple[str, ...]
    size: int
    findings: tuple[Finding, ...]


def search_files(home: Path, needles: Sequence[Needle], digests: frozenset[str]) -> SearchedFiles:
    """Search every file below `home` for needles, and for files whose SHA-256 is one of `digests`."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_search, home, needles, digests).result()


def _search(home: Path, needles: Sequence[Needle], digests: frozenset[str]) -> SearchedFiles:
    names, size, findings = [], 0, []
    for path in sorted(home.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        place = path.relative_to(home).as_posix()
        try:
            found, length = _search_one(path, needles, digests)
        except FileNotFoundError:  # gone meanwhile
            continue
        names.append(place)
        size += length
        findings += [Finding(place, trace) for trace in found]
    return SearchedFiles(tuple(names), size, tuple(findings))


def _search_one(path: Path, needles: Sequence[Needle], digests: frozenset[str]) -> tuple[list[Trace], int]:
    """What of the document a file holds, each kind once, and the file's size in bytes."""
    with path.open("rb") as stream:
        size = stream.seek(0, 2)
        if size == 0:
            return [], 0
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            found: list[Trace] = []
            for trace, needle in needles:
                if trace not in found and content.find(needle) >= 0:
                    found.append(trace)
            if hashlib.sha256(content).hexdigest() in digests:
                found.append("file")
    return found, size
