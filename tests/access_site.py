"""Parts for the tests of access: an application with one user of each role, and browsers without a screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.testclient import TestClient

from bot.access.access import Access
from bot.access.visitor import ROLES

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
