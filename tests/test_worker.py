"""The process that reads files: bounded in time and memory, and replaced when a file ends it."""

import io
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Timer

import hostile as h
import pytest
from PIL import Image
from test_load import written

from ingest import worker
from ingest.errors import LoadError
from ingest.worker import Loader


@pytest.fixture
def loader() -> Iterator[Loader]:
    with Loader() as loader:
        yield loader


@pytest.fixture
def workers() -> Callable[[], list[int]]:
    """The process ids of this test's workers; services of other tests in this process have their own."""

    def children() -> set[int]:
        return {child.pid for child in multiprocessing.active_children() if child.pid}

    others = children()
    return lambda: sorted(children() - others)


def long_scan(path: Path) -> Path:
    """Forty pages of a blank scan; reading them takes many seconds."""
    page = Image.new("L", (1000, 1400), 255)
    page.save(path, "TIFF", save_all=True, append_images=[page] * 39, compression="tiff_deflate")
    return path


def assert_reads_on(loader: Loader, tmp_path: Path) -> None:
    assert h.READ in loader.load(written(tmp_path / "good.txt", h.GOOD)).blocks[1].text


def test_a_file_that_takes_too_long_fails_alone(
    loader: Loader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_SCAN_SECONDS", 1)
    started = time.monotonic()
    with pytest.raises(LoadError, match="too long"):
        loader.load(long_scan(tmp_path / "a.tif"))
    assert time.monotonic() - started < 10
    assert_reads_on(loader, tmp_path)


def test_a_file_that_eats_memory_fails_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_MEMORY", 250 << 20)
    with Loader() as loader:
        with pytest.raises(LoadError, match="too much memory"):
            loader.load(written(tmp_path / "a.png", h.png(10_000, 10_000)))
        assert_reads_on(loader, tmp_path)


@pytest.mark.parametrize("way", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_file_that_crashes_the_worker_fails_alone(
    loader: Loader, tmp_path: Path, way: signal.Signals, workers: Callable[[], list[int]]
) -> None:
    scan = long_scan(tmp_path / "a.tif")
    assert_reads_on(loader, tmp_path)
    (process,) = workers()
    Timer(0.5, os.kill, (process, way)).start()
    with pytest.raises(LoadError, match="crash"):
        loader.load(scan)
    assert_reads_on(loader, tmp_path)


def test_a_worker_that_was_ended_between_files_is_replaced(
    loader: Loader, tmp_path: Path, workers: Callable[[], list[int]]
) -> None:
    assert_reads_on(loader, tmp_path)
    (process,) = workers()
    os.kill(process, signal.SIGKILL)
    time.sleep(0.5)
    assert_reads_on(loader, tmp_path)


def test_a_worker_that_cannot_start_is_said_to_be_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "_MEMORY", "much")  # no such limit can be set
    with Loader() as loader, pytest.raises(LoadError, match="does not start"):
        loader.load(written(tmp_path / "a.txt", h.GOOD))


def test_several_threads_share_one_worker(
    loader: Loader, tmp_path: Path, workers: Callable[[], list[int]]
) -> None:
    files = [written(tmp_path / f"{n}.txt", f"{h.GOOD}第{n}号。") for n in range(40)]
    with ThreadPoolExecutor(8) as threads:
        loaded = list(threads.map(loader.load, files))
    assert [each.blocks[-1].text for each in loaded] == [f"第{n}号。" for n in range(40)]
    assert len(workers()) == 1


def test_closing_ends_the_worker_and_what_it_reads_once(
    tmp_path: Path, workers: Callable[[], list[int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by running it often: whose file was broken off ended the workers, too, and closing failed.
    ended, end = list[object](), worker._end
    monkeypatch.setattr(worker, "_end", lambda pool: [ended.append(pool), end(pool)])
    loader = Loader()
    assert_reads_on(loader, tmp_path)
    closing = Timer(0.5, loader.close)
    closing.start()
    with pytest.raises(LoadError, match="being stopped"):
        loader.load(long_scan(tmp_path / "a.tif"))
    closing.join()
    assert not workers() and len(ended) == 1


def test_the_worker_starts_light(tmp_path: Path) -> None:
    written(tmp_path / "a.txt", h.GOOD)
    program = (
        "import sys, time; from pathlib import Path; from ingest.worker import Loader\n"
        "if __name__ == '__main__':\n"
        " with Loader() as loader: print(len(loader.load(Path('a.txt')).blocks))\n"
        " print({'torch', 'chromadb', 'gradio', 'numpy', 'lxml'} & set(sys.modules))\n"
    )
    written(tmp_path / "program.py", program)
    done = subprocess.run(
        [sys.executable, "program.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("2\nset()\n", "")


def test_a_page_as_a_picture(loader: Loader, tmp_path: Path) -> None:
    scan = Image.new("RGB", (1500, 2000), "red")
    scan.save(tmp_path / "a.tif", save_all=True, append_images=[Image.new("RGB", (1500, 2000), "blue")])
    turned = Image.new("RGB", (80, 40), "red")
    turned.getexif()[0x0112] = 6  # the camera was held upright
    turned.save(tmp_path / "a.jpg", exif=turned.getexif())
    written(tmp_path / "a.pdf", h.pages(3))

    def picture(name: str, page: int) -> Image.Image:
        return Image.open(io.BytesIO(loader.page_image(tmp_path / name, page)))

    assert picture("a.pdf", 3).size[0] in (1000, 1001)
    assert len(set(picture("a.pdf", 3).convert("L").tobytes())) > 10  # letters, in shades of grey
    assert picture("a.tif", 2).getpixel((9, 9)) == (0, 0, 255)
    assert picture("a.tif", 2).size == (1000, 1333)
    assert picture("a.jpg", 1).size == (40, 80)


@pytest.mark.parametrize(
    ("name", "content", "page", "reason"),
    [
        ("a.pdf", h.pages(3), 4, "no page 4"),
        ("a.pdf", h.pages(3), 0, "no page 0"),
        ("a.png", h.png(9, 9), 2, "no page 2"),
        ("a.png", h.png(30_000, 30_000), 1, "too large"),
        ("a.txt", h.GOOD, 1, "cannot be shown"),
        ("a.pdf", b"%PDF-1.7", 1, "cannot be shown"),
        ("a.pdf", h.pdf_page(h.WORDS, box=b"0 0 1 14400"), 1, None),
        ("a.pdf", h.pdf_page(h.WORDS, box=b"0 0 999999999 999999999"), 1, None),
    ],
)
def test_a_page_that_cannot_be_shown(
    loader: Loader, tmp_path: Path, name: str, content: bytes | str, page: int, reason: str | None
) -> None:
    path = written(tmp_path / name, content)
    if reason is None:
        width, height = Image.open(io.BytesIO(loader.page_image(path, page))).size
        assert width * height < 13_000_000
    else:
        with pytest.raises(LoadError, match=reason):
            loader.page_image(path, page)
