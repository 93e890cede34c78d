"""Real parts for the tests: a home ingested from corpus/, a running server, Debian's chromium."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import IO

import console
import httpx
import pytest
from filelock import FileLock
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

from bot.answer import Answerer
from ingest.embed import Embedder
from ingest.library import Library
from ingest.settings import Settings

pytest_plugins = ["access_site", "asking", "chat", "desk_site", "small_home"]

# The same examples on every run: a failure is one that the change under test made.
settings.register_profile("huiwen", derandomize=True, deadline=None)
settings.load_profile("huiwen")

ROOT = Path(__file__).parent.parent
HUIWEN = Path(sys.executable).with_name("huiwen")

HOSTILE_TEXT = (
    "关于网站测试代码的通知\n\n"
    "网站测试代码的内容为<script>window.hacked=1</script>和<img src=x onerror='window.hacked=1'>以及"
    "[链接](javascript:window.hacked=1)。\n"
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """How far an experiment goes."""
    parser.addoption("--kills", type=int, default=3, help="how many writers test_crashes.py kills")


@pytest.fixture(scope="session")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document that tries to be markup, with a name that tries the same."""
    path = tmp_path_factory.mktemp("hostile") / "网站测试<b>代码&#38;.txt"
    path.write_text(HOSTILE_TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, hostile_file: Path, testrun_uid: str) -> Path:
    """A home that holds corpus/ and the hostile file, a copy for each of the test processes. Tests must not change it."""
    made = tmp_path_factory.getbasetemp().parent / f"home-{testrun_uid}"
    with FileLock(f"{made}.lock"):  # the others wait, so the one that makes it may use every processor
        if not made.is_dir():
            unfinished = tmp_path_factory.mktemp("unfinished")
            processors = {"OMP_NUM_THREADS": str(os.cpu_count())}
            done = run_huiwen(unfinished, "ingest", "add", ROOT / "corpus", hostile_file, **processors)
            assert done.returncode == 0, done.stdout + done.stderr
            unfinished.rename(made)
    return shutil.copytree(made, tmp_path_factory.mktemp("home"), dirs_exist_ok=True)


@pytest.fixture(scope="session")
def server(sample_home: Path) -> Iterator[str]:
    """The address of a running `huiwen serve`, warm: its first seconds are no matter of a page's test."""
    with huiwen_server(sample_home) as address:
        httpx.post(
            f"{address}/api/ask", json={"question": "洪灾捐款是多少？"}, timeout=120
        ).raise_for_status()
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's chromium, without its own traffic to the outside."""
    chromium = shutil.which("chromium")
    assert chromium, "chromium is missing; install it with: apt-get install chromium"
    quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking"]
    quiet += ["--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-gpu", *quiet]
        )
        yield browser
        browser.close()


@contextmanager
def huiwen_server(home: Path, stderr: IO[str] | None = None, **environment: str) -> Iterator[str]:
    """The address of a `huiwen serve` on a home when it is ready; in the end it is stopped as by Ctrl+C."""
    process = subprocess.Popen(
        [HUIWEN, "serve", "--port", "0"],
        env=_environment(home) | environment, stdout=subprocess.PIPE, stderr=stderr, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    ready = next((line for line in process.stdout if "Huiwen is ready" in line), "")
    address = next((word for word in ready.split() if word.startswith("http://")), "")
    assert address, "huiwen serve ended without becoming ready"
    yield address
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    process.stdout.close()


def run_huiwen(home: Path, *arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The outcome of the console script on a home, as a user runs it."""
    return subprocess.run(
        [HUIWEN, *arguments],
        env=_environment(home) | environment,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="session")
def huiwen() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the console script: huiwen(home, *arguments)."""
    return run_huiwen


@pytest.fixture(scope="session")
def embedder(tmp_path_factory: pytest.TempPathFactory) -> Embedder:
    """The model of this process, loaded once for all libraries that the tests open in it."""
    return Embedder(Settings(home=tmp_path_factory.mktemp("unused")))


@pytest.fixture
def open_library(embedder: Embedder) -> Iterator[Callable[[Path], Library]]:
    """Opens the library of a home in this process: open_library(home)."""
    opened: list[Library] = []

    def open_(home: Path) -> Library:
        library = Library(Settings(home=home), embedder)
        opened.append(library)
        return library

    yield open_
    for library in opened:
        library.close()


@pytest.fixture(scope="session")
def sample(sample_home: Path, embedder: Embedder) -> Iterator[Answerer]:
    """Answers over corpus/ in this process. Tests must not change its library."""
    with Library(Settings(home=sample_home), embedder) as library:
        yield Answerer(library)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 16 MB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=16m", "none", disk]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("only root may mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", disk], check=True)


@pytest.fixture
def start_huiwen(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., console.Running]:
    """Starts the console command without waiting for it, or for torch: start_huiwen(home, *arguments)."""
    folder, numbers = tmp_path_factory.mktemp("output"), count()
    return lambda home, *arguments: console.start(home, folder / str(next(numbers)), *arguments)


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "HUIWEN_HOME": str(home)}
