"""Files of unknown origin are read in processes apart: one that hangs, eats memory or crashes fails alone."""

import contextlib
import os
import resource
import signal
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from threading import Lock
from typing import Any, Final, Self, TypeVar

from pebble import ProcessExpired, ProcessPool

from ingest import archive
from ingest.document import LoadedFile
from ingest.errors import LoadError, WorkerError
from ingest.formats import pages
from ingest.load import SCANS, load

_T = TypeVar("_T")
# Text takes seconds; a scanned page up to ten on a busy PC, and 300 of them are still one document.
_SECONDS: Final = 120
_SCAN_SECONDS: Final = 3600
_PAGE_SECONDS: Final = 30
_GRACE: Final = 60  # seconds; a worker whose parent is gone ends itself
_MEMORY: Final = 3 << 30  # bytes; a scan takes about 1 GB
_FILE_SIZE: Final = 256 << 20  # bytes that may be written to one file
_FILES_EACH: Final = 200  # after so many a worker is replaced, with whatever memory was lost in it
_NO_MEMORY: Final = 77  # exit code
_TOO_SLOW: Final = (
    "Reading the file took too long; is it damaged? Split it, or save it in another format."
    " / 读取超时：文件可能已损坏，请拆分或另存为其他格式。"
)
_TOO_MUCH_MEMORY: Final = (
    "Reading the file took too much memory; split it. / 读取该文件占用内存过多，请拆分。"
)
_CRASHED: Final = (
    "The file makes the reader crash; it is probably damaged. Save it anew from the program that made it."
    " / 读取时出错，文件可能已损坏，请用原程序重新保存。"
)
_NO_WORKER: Final = (
    "The process that reads files does not start or was ended. Is there enough free memory?"
    " / 读取文件的进程无法启动或被终止，内存是否不足？"
)
_CLOSED: Final = "Huiwen is being stopped; add the file again later. / 会问正在关闭，请稍后重新添加该文件。"


class Loader:
    """Reads files in `workers` processes, which start with the first file.

    May be used from several threads; more of them than there are workers wait for one another. Where
    someone waits for a page to be shown, a Loader of its own keeps that from waiting for a long scan.
    Close it, or use it in `with`.
    """

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._lock = Lock()
        self._current: ProcessPool | None = None
        self._closed = False
        self._reading: set[Future[Any]] = set()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the workers. A file that is being read fails."""
        with self._lock:
            pool, self._current = self._current, None
            self._closed = True
            for future in self._reading:  # stopping a pool leaves whoever waits for it waiting
                future.cancel()
        if pool is not None:
            _end(pool)

    def load(self, path: Path) -> LoadedFile:
        """The text of a file as blocks, as `ingest.load.load` reads it. Raises LoadError."""
        seconds = _SCAN_SECONDS if path.suffix.lower() in SCANS else _SECONDS
        return self._run(seconds, load, path.absolute())

    def unpack(self, path: Path, folder: Path) -> list[Path]:
        """The files of a zip archive, as `ingest.archive.unpack` unpacks it. Raises LoadError."""
        return self._run(_SECONDS, archive.unpack, path.absolute(), folder.absolute())

    def page_image(self, path: Path, page: int) -> bytes:
        """A PNG of a page (from 1), as `pages.page_image` draws it. Raises LoadError."""
        return self._run(_PAGE_SECONDS, pages.page_image, path.absolute(), page)

    def _run(self, seconds: int, function: Callable[..., _T], *arguments: object) -> _T:
        for _ in range(2):  # a worker that is killed between two files takes its pool with it
            pool = self._pool()
            try:
                future = pool.schedule(_task, (seconds, function, arguments), timeout=seconds)
                outcome: _T = self._result(future)
                return outcome
            except FutureTimeoutError:
                raise WorkerError(_TOO_SLOW) from None
            except ProcessExpired as error:
                raise LoadError(_TOO_MUCH_MEMORY if error.exitcode == _NO_MEMORY else _CRASHED) from None
            except (BrokenProcessPool, CancelledError, RuntimeError, OSError):
                self._drop(pool)
        raise WorkerError(_NO_WORKER)

    def _result(self, future: "Future[_T]") -> _T:
        with self._lock:
            self._reading.add(future)
            if self._closed:
                future.cancel()
        try:
            return future.result()
        finally:
            with self._lock:
                self._reading.discard(future)

    def _pool(self) -> ProcessPool:
        with self._lock:
            if self._closed:
                raise WorkerError(_CLOSED)
            if self._current is None:
                self._current = ProcessPool(
                    max_workers=self._workers,
                    max_tasks=_FILES_EACH,
                    initializer=_bound,
                    initargs=(_MEMORY,),
                    context=get_context("spawn"),
                )
            return self._current

    def _drop(self, pool: ProcessPool) -> None:
        with self._lock:
            if self._current is not pool:
                return  # whoever took it out ends it
            self._current = None
        with contextlib.suppress(Exception):
            _end(pool)


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _bound(memory: int) -> None:
    """Set the limits of this worker."""
    # Memory that is written to. Address space would count what threads and libraries merely reserve,
    # which grows with the machine's cores.
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FILE_SIZE, _FILE_SIZE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what is in a document stays out of core dumps
    os.nice(5)  # a scan does not keep members waiting for their answers
    silence = os.open(os.devnull, os.O_WRONLY)
    for stream in (1, 2):  # what libraries print of damaged files is no message for people
        os.dup2(silence, stream)


def _task(seconds: int, function: Callable[..., _T], arguments: tuple[object, ...]) -> _T:
    signal.alarm(seconds + _GRACE)
    try:
        return function(*arguments)
    except MemoryError:
        os._exit(_NO_MEMORY)  # what is left of this process is not to be relied on
    finally:
        signal.alarm(0)
