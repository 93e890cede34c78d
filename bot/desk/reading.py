"""Reading uploaded files in the background, in the bounded worker processes of `ingest.worker`."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from bot.desk.staging import Item, Staging
from ingest.document import Decisions
from ingest.errors import HuiwenError, LoadError
from ingest.make import make_document
from ingest.worker import Loader

_log = logging.getLogger(__name__)

_READERS = 2  # a long scan does not keep a short notice waiting
_INTERNAL = "The file could not be read; the log says why. / 文件没能读入，原因见日志。"


class Reading:
    """Reads what waits in the staging folder, oldest first; zip archives give way to the files in them."""

    def __init__(self, staging: Staging, decisions: Callable[[str], Decisions]) -> None:
        """`decisions` gives what is decided so far about the document of a name."""
        self._staging = staging
        self._decisions = decisions
        self.pages = Loader()  # somebody waits for the picture of a page
        self.kept = Loader()  # or for a file that is in to be read once more, which may be a long scan
        self._loaders = [Loader() for _ in range(_READERS)]
        self._free: SimpleQueue[Loader] = SimpleQueue()
        for loader in self._loaders:
            self._free.put(loader)
        self._threads = ThreadPoolExecutor(_READERS, "reading")
        self._closing = threading.Event()
        for item in staging.items():
            self.add(item)

    def add(self, item: Item) -> None:
        """Read an item when its turn comes."""
        if item.state == "waiting":
            self._threads.submit(self._read, item.id)

    def close(self) -> None:
        """Stop; what is being read waits for the next start."""
        self._closing.set()
        for loader in (self.pages, self.kept, *self._loaders):
            loader.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _read(self, id_: str) -> None:
        item = self._staging.move(id_, "waiting", "reading")
        if item is None:
            return
        loader = self._free.get()
        try:
            if item.name.lower().endswith(".zip"):
                self._unpack(loader, item)
            else:
                self._load(loader, item)
        except HuiwenError as error:
            self._fail(id_, str(error))
        except Exception:
            # Not by its name, which may be a person's; the folder of staging/ has the id.
            _log.exception("The upload %s could not be read", id_)
            self._fail(id_, _INTERNAL)
        finally:
            self._free.put(loader)

    def _load(self, loader: Loader, item: Item) -> None:
        loaded = loader.load(self._staging.file(item))
        make_document(item.name, "", loaded)  # raises LoadError when cleaning leaves no text
        self._staging.keep_loaded(item, loaded)
        self._staging.move(item.id, "reading", "ready")

    def _unpack(self, loader: Loader, item: Item) -> None:
        archive = self._staging.file(item)
        with TemporaryDirectory(prefix="unpacked-", dir=archive.parent.parent) as folder:
            refused = [
                reason for file in loader.unpack(archive, Path(folder)) if (reason := self._stage(file, item))
            ]
        if refused:
            raise LoadError("\n".join(refused))
        self._staging.remove(item)

    def _stage(self, file: Path, archive: Item) -> str:
        """Put a file of an archive among the uploaded ones; returns why it cannot be."""
        try:
            staged = self._staging.add(
                file, file.name, archive.by, self._decisions, archive.asked, archive.decisions.audience
            )
        except LoadError as error:
            return str(error)
        self.add(staged)
        return ""

    def _fail(self, id_: str, reason: str) -> None:
        if not self._closing.is_set():  # else it was not the file's fault
            self._staging.move(id_, "reading", "failed", reason)
