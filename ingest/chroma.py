"""Where Chroma keeps the vectors: in a folder of the home, or on a server of its own."""

import shutil
from dataclasses import dataclass
from pathlib import Path
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

    def problem(self, error: Exception) -> LibraryError:
        """What to tell people of an error."""


@dataclass(frozen=True)
class ChromaFolder:
    """Chroma inside this process, in a folder that no other library uses."""

    path: Path
    kind = "folder"

    def open(self) -> "ClientAPI":
        """See `Place`."""
        import chromadb
        from chromadb.config import Settings

        return chromadb.PersistentClient(str(self.path), Settings(anonymized_telemetry=False))

    def collection(self, audience: Audience) -> str:
        """See `Place`."""
        return _COLLECTIONS[audience]

    def wipe(self) -> None:
        """See `Place`."""
        if self.path.exists():
            shutil.rmtree(self.path)

    def problem(self, error: Exception) -> LibraryError:
        """See `Place`."""
        return LibraryError(f"The vector store in {self.path} cannot be used ({error}). {DAMAGE_ADVICE}")


class ChromaServer:
    """A Chroma server at an http or https address, which may have a path; several libraries may share it.

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
        """See `Place`."""
        import chromadb
        import httpx
        from chromadb.config import Settings

        # Chroma's own client waits for ever, for a connection and for each answer.
        answer = httpx.get(f"{self._url}/api/v2/heartbeat", timeout=_CONNECT_SECONDS, trust_env=False)
        answer.raise_for_status()
        client = chromadb.HttpClient(self._url, settings=Settings(anonymized_telemetry=False))
        cast(Any, client)._server._session.timeout = httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS)
        return client

    def collection(self, audience: Audience) -> str:
        """See `Place`."""
        return f"huiwen-{self._library}-{_COLLECTIONS[audience]}"

    def wipe(self) -> None:
        """See `Place`."""
        client = self.open()
        mine = {self.collection(audience) for audience in AUDIENCES}
        for collection in client.list_collections():
            if collection.name in mine:
                client.delete_collection(collection.name)

    def problem(self, error: Exception) -> LibraryError:
        """See `Place`."""
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        return LibraryError(
            f"The Chroma server {self._shown} cannot be used ({reason}). Is it running, and is HUIWEN_CHROMA "
            "right? / 无法使用 Chroma 服务器，请检查它是否在运行、HUIWEN_CHROMA 是否正确。"
        )
