"""The running server: how soon it answers, what it takes, how it bears many members at once."""

import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from evals.bench.library import Measure
from evals.bench.questions import questions
from ingest.errors import HuiwenError

HUIWEN = (sys.executable, "-c", "from evals.cli import main; main()")
_MEMBERS = 50
_MEMORY_LIMIT, _MEMORY_LIMITED_TO = 1.2, 100_000  # GB, sentences
LONGEST = 30.0  # seconds an answer may take


def measure_command() -> Measure:
    """How long the command takes to say what it can do."""
    started = time.perf_counter()
    subprocess.run([*HUIWEN, "--help"], capture_output=True, check=True)
    return Measure("huiwen --help", time.perf_counter() - started, "s", 0.5)


def measure_server(home: Path, sentences: int, seconds: float) -> Iterator[Measure]:
    """A server over the library of `home`, which has so many `sentences`, asked by many members for so many
    `seconds`."""
    started = time.perf_counter()
    with serving(home) as (address, process):
        ask(address, next(questions(_MEMBERS)))
        yield Measure("cold start to first answer", time.perf_counter() - started, "s", 8.0, at=sentences)
        answers, health, errors = asyncio.run(_crowd(address, seconds))
        p95 = statistics.quantiles(answers, n=20)[-1]
        memory_limit = _MEMORY_LIMIT if sentences <= _MEMORY_LIMITED_TO else None
        yield Measure(f"{_MEMBERS} members at once, answers", len(answers) / seconds, "1/s", at=sentences)
        yield Measure(f"{_MEMBERS} members at once, p95", p95, "s", at=sentences)
        yield Measure(f"{_MEMBERS} members at once, errors", errors, "", 0, at=sentences)
        yield Measure("health meanwhile, slowest", 1000 * max(health), "ms", 50.0, at=sentences)
        yield Measure(
            "memory of the server", _peak_memory(process.pid) / 1e9, "GB", memory_limit, at=sentences
        )


def ask(address: str, question: str) -> None:
    """One question over HTTP. Raises httpx.HTTPError."""
    answer = httpx.post(f"{address}/api/ask", json={"question": question}, timeout=LONGEST, trust_env=False)
    answer.raise_for_status()


@contextmanager
def serving(home: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The address and the process of a server over the library of `home`. Raises HuiwenError."""
    process = subprocess.Popen(
        [*HUIWEN, "serve", "--port", "0"],
        env={**os.environ, "HUIWEN_HOME": str(home), "HUIWEN_CHROMA": ""},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        words = (word for line in process.stdout for word in line.split())
        address = next((word for word in words if word.startswith("http://")), None)
        if address is None:
            raise HuiwenError("The server ended before it was ready; what it said is above.")
        yield address, process
    finally:
        process.terminate()
        process.wait(timeout=30)


async def _crowd(address: str, seconds: float) -> tuple[list[float], list[float], int]:
    """Seconds of each answer, seconds of each look at the health, and how many requests failed."""
    answers: list[float] = []
    health: list[float] = []
    errors = 0
    end = time.perf_counter() + seconds

    async def member(client: httpx.AsyncClient, number: int) -> None:
        nonlocal errors
        for question in questions(number):
            if (started := time.perf_counter()) >= end:
                return
            try:
                answer = await client.post(f"{address}/api/ask", json={"question": question})
                answer.raise_for_status()
                answers.append(time.perf_counter() - started)
            except httpx.HTTPError:
                errors += 1

    def watch() -> None:  # in a thread: what the crowd's own loop takes is not the server's
        with httpx.Client(timeout=LONGEST, trust_env=False) as client:
            while time.perf_counter() < end:
                started = time.perf_counter()
                client.get(f"{address}/api/health").raise_for_status()
                health.append(time.perf_counter() - started)
                time.sleep(0.2)

    limits = httpx.Limits(max_connections=_MEMBERS)
    async with httpx.AsyncClient(timeout=LONGEST, limits=limits, trust_env=False) as client:
        await asyncio.gather(
            asyncio.to_thread(watch), *(member(client, number) for number in range(_MEMBERS))
        )
    return answers, health, errors


def _peak_memory(pid: int) -> float:
    """Bytes that a process has had in memory at most."""
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return 1024.0 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
