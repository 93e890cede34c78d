"""Parts for the tests of access: an application with one user of each role, and browsers without a screen.

Its fixtures are known to all tests: conftest.py names it as a plugin.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.testclient import TestClient
from typer.testing import CliRunner

import bot.access.store
from bot.access import passwords
from bot.access.access import Access
from bot.access.visitor import ROLES
from bot.answer import Answerer, Answerers
from bot.web.serve import create_app
from evals.cli import app as command
from ingest.settings import Settings

MakeSite = Callable[..., "Site"]

PASSWORD = "correct horse battery"
ORIGIN = "http://testserver"
SESSION_COOKIE = "huiwen_session"


@dataclass(frozen=True)
class Site:
    """The application, and its users, each named after the role."""

    app: FastAPI
    access: Access

    def browser(self, address: str = "192.0.2.1", scheme: str = "http") -> "Browser":
        return Browser(self.app, address, scheme)

    def browser_with(self, cookie: str) -> "Browser":
        """A browser that holds the session cookie of another."""
        browser = self.browser()
        browser.cookies.set(SESSION_COOKIE, cookie, domain="testserver.local")
        return browser

    def logged_in(self, name: str, address: str = "192.0.2.1") -> "Browser":
        browser = self.browser(address)
        assert browser.log_in(name).status_code == 303
        return browser


class Browser(TestClient):
    """Keeps cookies and says where a request comes from, as browsers do; follows no redirect by itself."""

    def __init__(self, app: FastAPI, address: str, scheme: str) -> None:
        super().__init__(
            app,
            base_url=f"{scheme}://testserver",
            follow_redirects=False,
            client=(address, 50000),
            headers={"Sec-Fetch-Site": "same-origin"},
            raise_server_exceptions=False,
        )

    def form(self, path: str) -> dict[str, str]:
        """The hidden fields of the first form of a page that is not the logout."""
        html = self.get(path).text
        fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html)
        assert "csrf" in dict(fields), html
        return dict(fields)

    def log_in(self, name: str, password: str = PASSWORD, **fields: str) -> Any:
        form = {**self.form("/login"), "name": name, "password": password, **fields}
        return self.post("/login", data=form)

    def submit(self, path: str, **fields: str) -> Any:
        return self.post(path, data={"csrf": self.form("/account")["csrf"], **fields})

    @property
    def is_logged_in(self) -> bool:
        return self.get("/account").status_code == 200


def add_users(access: Access) -> None:
    for role in ROLES:
        access.accounts.add(role, role, PASSWORD, "test")


@dataclass(frozen=True)
class RouteCase:
    """One way into the application: a method and a path that the route takes."""

    method: str
    path: str


def route_cases(app: FastAPI, value: str = "1") -> list[RouteCase]:
    """Every route of an application and of what is mounted in it, each parameter filled with `value`."""
    return list(dict.fromkeys(_cases(app.routes, "", value)))


def _cases(routes: list[BaseRoute], prefix: str, value: str) -> Iterator[RouteCase]:
    for context in iter_route_contexts(routes):
        route: Any = getattr(context, "original_route", context)
        path = prefix + (context.path or "")
        if isinstance(route, Mount):
            # Whatever is mounted may answer to any path under it.
            yield RouteCase("GET", path + "/")
            if not route.routes:
                yield RouteCase("GET", path + "/file.txt")
            yield from _cases(route.routes, path, value)
        elif isinstance(route, WebSocketRoute):
            yield RouteCase("WEBSOCKET", _filled(path, value))
        else:
            for method in sorted(context.methods or {"GET"}):
                yield RouteCase(method, _filled(path, value))


def _filled(path: str, value: str) -> str:
    return re.sub(r"\{\w+(:\w+)?\}", value, path)


@pytest.fixture(scope="module")
def quick_hashes() -> Iterator[PasswordHasher]:
    """Hashes of a thousandth of the memory for these tests; yields the real hasher."""
    with pytest.MonkeyPatch.context() as patch:
        real = passwords._hasher
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield real


@pytest.fixture
def make_site(sample: Answerer, quick_hashes: PasswordHasher, tmp_path: Path) -> Iterator[MakeSite]:  # noqa: ARG001
    """Makes the application over corpus/ with accounts of its own: make_site(require_login=…)."""
    opened: list[Access] = []

    def make(**settings: Any) -> Site:
        chosen = Settings(home=tmp_path / f"home{len(opened)}", **settings)
        access = Access(chosen)
        opened.append(access)
        add_users(access)
        return Site(create_app(Answerers(sample.library), access, chosen), access)

    yield make
    for access in opened:
        access.close()


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Moves time on: clock(seconds)."""
    moved = 0
    real = bot.access.store.time.time
    monkeypatch.setattr(bot.access.store.time, "time", lambda: real() + moved)

    def move(seconds: int) -> None:
        nonlocal moved
        moved += seconds

    return move


def users(home: Path, *arguments: str, stdin: str | None = None) -> Any:
    """The outcome of `huiwen users` on a home."""
    return CliRunner().invoke(command, ["users", *arguments], input=stdin, env={"HUIWEN_HOME": str(home)})
