"""Real parts for the tests: a home ingested from corpus/, a running server, Debian's chromium."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).parent.parent
HUIWEN = Path(sys.executable).with_name("huiwen")

HOSTILE_TEXT = (
    "关于网站测试代码的通知\n\n"
    "网站测试代码的内容为<script>window.hacked=1</script>和<img src=x onerror='window.hacked=1'>以及"
    "[链接](javascript:window.hacked=1)。\n"
)


@pytest.fixture(scope="session")
def hostile_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A document that tries to be markup, with a name that tries the same."""
    path = tmp_path_factory.mktemp("hostile") / "网站测试<b>代码&#38;.txt"
    path.write_text(HOSTILE_TEXT, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def sample_home(tmp_path_factory: pytest.TempPathFactory, hostile_file: Path) -> Path:
    """A home that holds corpus/ and the hostile file. Tests must not change it."""
    home = tmp_path_factory.mktemp("home")
    done = run_huiwen(home, "ingest", "add", ROOT / "corpus", hostile_file)
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.fixture(scope="session")
def server(sample_home: Path) -> Iterator[str]:
    """The address of a running `huiwen serve`."""
    process = subprocess.Popen(
        [HUIWEN, "serve", "--port", "0"], env=_environment(sample_home), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    ready = next((line for line in process.stdout if "Huiwen is ready" in line), "")
    address = next((word for word in ready.split() if word.startswith("http://")), "")
    assert address, "huiwen serve ended without becoming ready"
    yield address
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)


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


def run_huiwen(home: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The outcome of the console script on a home, as a user runs it."""
    return subprocess.run(
        [HUIWEN, *arguments],
        env=_environment(home),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="session")
def huiwen() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the console script: huiwen(home, *arguments)."""
    return run_huiwen


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "HUIWEN_HOME": str(home)}
