"""The console command in processes of their own that start at once: forked from one that imported what is large."""

import asyncio
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_LONGEST = 900  # seconds any command may take; the whole exam takes ten minutes on a slow machine
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # before Gradio is imported, as in bot/web/mount.py
_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    [
        "onnxruntime",
        "tokenizers",
        "chromadb.api.rust",
        "ingest.add",
        "gradio",
        "sentence_transformers",  # of another model than the bundled one
    ]
)


@dataclass(frozen=True)
class Running:
    """A running `huiwen`, whose output goes to files."""

    process: multiprocessing.process.BaseProcess
    arguments: Sequence[str]
    output: Path

    def kill(self) -> None:
        """End it, and all that it has started, as a power cut would."""
        if self.process.pid and self.process.is_alive():
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.join()

    def result(self) -> subprocess.CompletedProcess[str]:
        """Wait for its end."""
        self.process.join(_LONGEST)
        if self.process.exitcode is None:
            self.kill()
            raise TimeoutError(f"huiwen {' '.join(self.arguments)} did not end within {_LONGEST} s")
        texts = [self.output.with_suffix(suffix).read_text() for suffix in (".out", ".err")]
        return subprocess.CompletedProcess(self.arguments, self.process.exitcode, *texts)


def start(home: Path, output: Path, *arguments: str | Path) -> Running:
    """Start `huiwen` with `arguments` on a home."""
    words = [str(each) for each in arguments]
    settings = {name: value for name, value in os.environ.items() if name.startswith("HUIWEN_")}
    settings["HUIWEN_HOME"] = str(home)
    process = _FORKS.Process(target=_main, args=(settings, str(output), words))
    process.start()
    return Running(process, words, output)


def _main(settings: dict[str, str], output: str, words: list[str]) -> None:
    from evals.cli import main

    os.setsid()
    for descriptor, suffix in ((1, ".out"), (2, ".err")):
        with Path(output).with_suffix(suffix).open("wb") as file:
            os.dup2(file.fileno(), descriptor)
    for name in [name for name in os.environ if name.startswith("HUIWEN_")]:
        del os.environ[name]  # it has those of when the first one was forked
    os.environ.update(settings)
    sys.argv = ["huiwen", *words]
    main()


def in_a_thread(coroutine: Coroutine[Any, Any, T]) -> T:
    """The outcome of a coroutine, wherever it is called: after a browser test, this thread has an event loop."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
