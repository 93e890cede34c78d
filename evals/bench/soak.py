"""A quarter of an hour of work: members ask while documents come, change and go; the server must not grow."""

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from evals.bench.library import Measure
from evals.bench.made_up import MadeUp
from evals.bench.questions import questions
from evals.bench.server import HUIWEN, LONGEST, serving
from ingest.errors import HuiwenError

_MEMBERS = 4
_PAUSE = 1.0  # seconds a member reads before the next question
_BETWEEN_WRITES = 3.0
_BETWEEN_LOOKS = 5.0
_FILES, _SENTENCES_EACH = 20, 40  # what is in all the time
_WARM_UP = 1 / 3  # of the time; caches fill and threads start in it
_MORE_MEMORY, _MORE_FILES, _MORE_THREADS = 40.0, 8, 6  # MB and counts that may come after warm-up


@dataclass(frozen=True)
class _Look:
    """The server at one moment; memory in MB, resident."""

    seconds: float
    memory: float
    files: int
    threads: int


@dataclass
class _Work:
    """What was done so far, and what went wrong, a line each."""

    answers: int = 0
    changes: int = 0
    failures: list[str] = field(default_factory=list)
    looks: list[_Look] = field(default_factory=list)


def soak(minutes: float, progress: Callable[[str], None]) -> Iterator[Measure]:
    """Serve a small library in a temporary home for so many minutes, asked and changed all the time.

    `progress` hears of every minute and of each failure.
    """
    with TemporaryDirectory(prefix="huiwen-soak-") as folder:
        home, files = Path(folder) / "home", Path(folder) / "files"
        files.mkdir()
        made_up = MadeUp(seed=17)
        for number in range(_FILES):
            (files / f"{number}.txt").write_text(made_up.text(number, _SENTENCES_EACH), encoding="utf-8")
        if failure := asyncio.run(_command(home, "ingest", "add", str(files))):
            raise HuiwenError(f"The documents of the soak could not be added: {failure}")
        with serving(home) as (address, process):
            work = asyncio.run(_work(address, process.pid, home, Path(folder), 60 * minutes, progress))
    yield from _measures(work, 60 * minutes)


async def _work(
    address: str, pid: int, home: Path, folder: Path, seconds: float, progress: Callable[[str], None]
) -> _Work:
    work = _Work()
    started = time.monotonic()

    def running() -> bool:
        return time.monotonic() - started < seconds

    async def member(client: httpx.AsyncClient, number: int) -> None:
        for question in questions(number):  # never asked before: they show what is remembered of every one
            if not running():
                return
            try:
                await _asked(client, question, streamed=number % 2 == 0)
                work.answers += 1
            except httpx.HTTPError as error:
                work.failures.append(f"{question}: {error!r}")
                progress(work.failures[-1])
            await asyncio.sleep(_PAUSE)

    async def writer() -> None:
        made_up = MadeUp(seed=19)
        file = folder / "coming and going.txt"
        commands = [
            ("ingest", "add", str(file)),
            ("ingest", "add", str(file)),
            ("ingest", "remove", file.name),
        ]
        while running():
            file.write_text(made_up.text(work.changes, _SENTENCES_EACH), encoding="utf-8")
            command = commands[work.changes % len(commands)]
            if failure := await _command(home, *command):
                work.failures.append(f"huiwen {' '.join(command)}: {failure}")
                progress(work.failures[-1])
            work.changes += 1
            await asyncio.sleep(_BETWEEN_WRITES)

    async def watch() -> None:
        minute = 0
        while running():
            look = _look(pid, time.monotonic() - started)
            work.looks.append(look)
            if look.seconds >= 60 * (minute + 1):
                minute += 1
                progress(
                    f"{minute} min: {look.memory:.0f} MB, {look.files} open files, {look.threads} threads, "
                    f"{work.answers} answers, {work.changes} changes, {len(work.failures)} failures"
                )
            await asyncio.sleep(_BETWEEN_LOOKS)

    async with httpx.AsyncClient(base_url=address, timeout=LONGEST, trust_env=False) as client:
        await asyncio.gather(watch(), writer(), *(member(client, number) for number in range(_MEMBERS)))
    return work


async def _asked(client: httpx.AsyncClient, question: str, *, streamed: bool) -> None:
    """Ask, then open the first document that the answer cites, as the source panel does."""
    if streamed:
        accept = {"accept": "text/event-stream"}
        answer = await client.post("/api/ask", json={"question": question}, headers=accept)
        answer.raise_for_status()
        if "event: answer" not in answer.text:
            raise httpx.RemoteProtocolError(f"a stream without an answer: {answer.text[-200:]}")
        return
    answer = await client.post("/api/ask", json={"question": question})
    answer.raise_for_status()
    for citation in answer.json()["citations"][:1]:
        document = await client.get(f"/api/documents/{citation['document']}")
        if document.status_code != httpx.codes.NOT_FOUND:  # it may be taken out meanwhile
            document.raise_for_status()


async def _command(home: Path, *arguments: str) -> str:
    """Run `huiwen`; what it says when it fails, else nothing."""
    process = await asyncio.create_subprocess_exec(
        *HUIWEN,
        *arguments,
        env={**os.environ, "HUIWEN_HOME": str(home), "HUIWEN_CHROMA": ""},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return said.decode().strip() or "it ended without a word" if process.returncode else ""


def _look(pid: int, seconds: float) -> _Look:
    process = Path(f"/proc/{pid}")
    pages = int((process / "statm").read_text(encoding="ascii").split()[1])
    memory = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
    return _Look(
        seconds, memory, len(list((process / "fd").iterdir())), len(list((process / "task").iterdir()))
    )


def _measures(work: _Work, seconds: float) -> Iterator[Measure]:
    """The figures after warm-up and in the end, each the median of a sixth of the time, and the growth between."""

    def between(first: float, last: float) -> Sequence[_Look]:
        return [each for each in work.looks if first <= each.seconds / seconds < last]

    early, late = between(_WARM_UP, _WARM_UP + 1 / 6), between(5 / 6, 1)
    for name, unit, limit in (
        ("memory", "MB", _MORE_MEMORY),
        ("files", "", _MORE_FILES),
        ("threads", "", _MORE_THREADS),
    ):
        before, after = (statistics.median(getattr(each, name) for each in looks) for looks in (early, late))
        yield Measure(f"{name} after warm-up", before, unit)
        yield Measure(f"{name}, growth until the end", after - before, unit, limit)
    yield Measure("answers", work.answers, "")
    yield Measure("changes of the library", work.changes, "")
    yield Measure("failures", len(work.failures), "", 0)
