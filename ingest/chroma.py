"""Where Chroma keeps the vectors: in a folder of the home, or on a server of its own."""

import fcntl
import os
import pickle
import shutil
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Protocol, cast
from urllib.parse import urlsplit

from ingest.document import AUDIENCES, Audience
from ingest.errors import DAMAGE_ADVICE, LibraryError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI

_COLLECTIONS: dict[Audience, str] = {
    "public": "sentences",
    "members": "sentences-members",
    "committee": "sentences-committee",
}
_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 60.0
_LOCK_SECONDS, _LOCK_LOOK = 30.0, 0.005


class TornIndexError(Exception):
    """A writer was ended while Chroma wrote its index, which may be half of one and half of another."""


class Place(Protocol):
    """Where the vectors of one library are; `kind` is remembered by the library, which keeps to it."""

    @property
    def kind(self) -> str:
        """ "folder" or "server"."""

    def open(self) -> "ClientAPI":
        """A new client. Raises the errors of Chroma, of HTTP and of the system."""

    def collection(self, audience: Audience) -> str:
        """The name of the collection for an audience."""

    def wipe(self) -> None:
        """Delete every vector of this library, damaged or not. Raises as `open` does."""

    def using(self, *, writing: bool, torn: bool = False) -> AbstractContextManager[None]:
        """Inside, no other process writes; if `writing`, none reads either. Raises as `open` does, and TornIndexError
        unless it may be `torn`."""

    def problem(self, error: Exception) -> LibraryError:
        """What to tell people of an error."""


@dataclass(frozen=True)
class ChromaFolder:
    """A `Place`: Chroma inside this process, in a folder that no other library uses."""

    path: Path
    kind = "folder"

    def open(self) -> "ClientAPI":
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        try:
            return chromadb.PersistentClient(str(self.path), settings)
        except AttributeError:  # once, after it failed: what it had begun then stands in its way
            return chromadb.PersistentClient(str(self.path), settings)

    def collection(self, audience: Audience) -> str:
        return _COLLECTIONS[audience]

    def wipe(self) -> None:
        if self.path.is_dir():
            shutil.rmtree(self.path)
        else:
            self.path.unlink(missing_ok=True)

    @contextmanager
    def using(self, *, writing: bool, torn: bool = False) -> Iterator[None]:
        """Chroma writes its index over the old one, file by file, from time to time, and whoever reads one that is
        half written takes whatever stands there for the size of what to keep in memory. So a file is locked, and
        holds a mark as long as somebody writes."""
        mark = os.open(self.path.with_name("chroma.lock"), os.O_RDWR | os.O_CREAT)
        try:
            _lock(mark, fcntl.LOCK_EX if writing else fcntl.LOCK_SH)
            if os.fstat(mark).st_size and not torn and self._is_half_written():
                raise TornIndexError
            if writing:
                os.pwrite(mark, b"writing", 0)
            yield
            if writing:  # and nothing went wrong
                os.ftruncate(mark, 0)
        finally:
            fcntl.flock(mark, fcntl.LOCK_UN)  # a copy of this process would keep it
            os.close(mark)

    def _is_half_written(self) -> bool:
        """Whether an index was being written when the writer ended: of its files, the pickle is the last."""
        for last in self.path.glob("*/index_metadata.pickle"):
            written = last.stat().st_mtime_ns
            if any(file.stat().st_mtime_ns > written for file in last.parent.iterdir()):
                return True
            if not last.read_bytes().endswith(pickle.STOP):
                return True
        return False

    def problem(self, error: Exception) -> LibraryError:
        if isinstance(error, TornIndexError):
            return LibraryError(
                "A program was ended while it wrote the index of the vectors. Run `huiwen ingest check`, which mends "
                "it. / 有程序在写入向量索引时被中断，请运行 huiwen ingest check 修复。"
            )
        if isinstance(error, BlockingIOError):
            return LibraryError(
                "Another process is writing the vectors; try again when it has finished."
                " / 另一个程序正在写入向量，请等它结束后再试。"
            )
        return LibraryError(f"The vector store in {self.path} cannot be used ({error}). {DAMAGE_ADVICE}")


class ChromaServer:
    """A `Place`: a Chroma server at an http or https address, which may have a path. Several libraries may share it.

    `library` is the name that no other library has. Raises LibraryError for what is no such address.
    """

    kind = "server"

    def __init__(self, url: str, library: str) -> None:
        self._url = url.rstrip("/")
        self._library = library
        try:
            parts = urlsplit(self._url)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            parts, port = urlsplit(""), ""
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise LibraryError(
                "HUIWEN_CHROMA is no address of a server; write it like http://127.0.0.1:8000. "
                "/ HUIWEN_CHROMA 不是服务器地址，请写成 http://127.0.0.1:8000 这样的形式。"
            )
        self._shown = f"{parts.scheme}://{parts.hostname}{port}"  # a password in the address is not

    def open(self) -> "ClientAPI":
        import chromadb
        import httpx
        from chromadb.api import fastapi
        from chromadb.config import Settings

        def client_of(**options: Any) -> httpx.Client:
            return httpx.Client(**options | {"timeout": waiting, "trust_env": False})

        waiting = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
        # Chroma would wait for ever, for a connection and for each answer, and ask through the environment's proxies.
        cast(Any, fastapi).httpx = SimpleNamespace(Client=client_of)
        answer = httpx.get(f"{self._url}/api/v2/heartbeat", timeout=_CONNECT_SECONDS, trust_env=False)
        answer.raise_for_status()
        return chromadb.HttpClient(self._url, settings=Settings(anonymized_telemetry=False))

    def collection(self, audience: Audience) -> str:
        return f"huiwen-{self._library}-{_COLLECTIONS[audience]}"

    def wipe(self) -> None:
        client = self.open()
        mine = {self.collection(audience) for audience in AUDIENCES}
        for collection in client.list_collections():
            if collection.name in mine:
                client.delete_collection(collection.name)

    def using(self, *, writing: bool, torn: bool = False) -> AbstractContextManager[None]:  # noqa: ARG002
        """The server takes care of it."""
        return nullcontext()

    def problem(self, error: Exception) -> LibraryError:
        reason = " ".join(str(error).replace(self._url, self._shown).split())[:200] or type(error).__name__
        return LibraryError(
            f"The Chroma server {self._shown} cannot be used ({reason}). Is it running, and is HUIWEN_CHROMA "
            "right? / 无法使用 Chroma 服务器，请检查它是否在运行、HUIWEN_CHROMA 是否正确。"
        )


def _lock(descriptor: int, how: int) -> None:
    """Wait for a lock on an open file, but not for ever. Raises OSError."""
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, how | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise
            time.sleep(_LOCK_LOOK)
