"""The whole application in this process, on a port of its own, with accounts of its own."""

import socket
import threading
from collections.abc import Callable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from bot.access.access import Access
from bot.access.visitor import Role
from bot.answer import Answerers
from bot.web.serve import create_app
from ingest.library import Library
from ingest.settings import Settings

PASSWORD = "correct horse battery"


class Service:
    """One server; `url` is its address."""

    def __init__(self, library: Library, home: Path, **settings: Any) -> None:
        chosen = Settings(home=home, **settings)
        self._access = Access(chosen)
        self._numbers = count()
        self._listener = socket.socket()
        self._listener.bind(("127.0.0.1", 0))
        self._listener.listen()  # so that who comes before the server is ready waits for it
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.app = create_app(Answerers(library), self._access, chosen)
        self._server = uvicorn.Server(
            uvicorn.Config(self.app, log_level="warning", timeout_graceful_shutdown=1)
        )
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._listener]})
        self._thread.start()

    def token(self, role: Role) -> str:
        """A token of a user with this role."""
        accounts, name = self._access.accounts, f"{role}-{next(self._numbers)}"
        accounts.add(name, role, PASSWORD, "test")
        user = accounts.get(name)
        assert user
        return self._access.tokens.make(user, "test", "test")

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._access.close()


def services(library: Library, folders: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    """What a fixture yields: serves a library with these settings, and closes all in the end.

    The same settings again are the same service.
    """
    opened: list[Service] = []

    @cache
    def serve(**settings: Any) -> Service:
        opened.append(Service(library, folders.mktemp("served"), **settings))
        return opened[-1]

    yield serve
    for service in opened:
        service.close()
