"""The chat on the association's own site: a script that brings a button, and the page made for a frame."""

import re
from collections.abc import Sequence

from fastapi import FastAPI
from fastapi.responses import FileResponse
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.page import LANGUAGE_COOKIE, STATIC, is_embedded
from ingest.errors import HuiwenError

_ORIGIN = re.compile(r"https?://(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.IGNORECASE)
_ONLY_SELF = "frame-ancestors 'self'"


def add_widget(app: FastAPI) -> None:
    """Serve the script at /widget.js; before anything is mounted at `/`."""

    @app.get("/widget.js", include_in_schema=False)
    def widget() -> FileResponse:
        # Its address stands in other sites' pages and cannot change with its content, so it is kept briefly.
        headers = {"Cache-Control": "public, max-age=3600", "Cross-Origin-Resource-Policy": "cross-origin"}
        return FileResponse(STATIC / "widget.js", media_type="text/javascript", headers=headers)


def allow_frames(app: FastAPI, origins: Sequence[str]) -> None:
    """Let the pages of these origins show `/?embed=1` in a frame; after what makes that page.

    Raises HuiwenError for what is no origin.
    """
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise HuiwenError(
                f"HUIWEN_EMBED_ORIGINS: {origin!r} is no origin; write it like https://www.example.org, "
                "without a path. / 不是网站地址，请写成 https://www.example.org 这样的形式，后面不带路径。"
            )
    app.add_middleware(_Frames, origins=origins)


class _Frames:
    """ASGI middleware: names the origins in the policy of the embedded page, and of no other."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self._app = app
        self._ancestors = " ".join([_ONLY_SELF, *origins])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or not is_embedded(Request(scope)):
            await self._app(scope, receive, send)
            return

        async def send_framed(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                policy = headers.get("content-security-policy", _ONLY_SELF)
                headers["Content-Security-Policy"] = policy.replace(_ONLY_SELF, self._ancestors)
                if scope["scheme"] == "https":
                    _keep_in_frames(headers)
            await send(message)

        await self._app(scope, receive, send_framed)


def _keep_in_frames(headers: MutableHeaders) -> None:
    # A frame of another site gets no cookie but one that is its own for that site: the choice of language.
    cookie = headers.get("set-cookie", "")
    if "SameSite=Lax" in cookie and LANGUAGE_COOKIE in cookie:
        headers["Set-Cookie"] = cookie.replace("SameSite=Lax", "SameSite=None; Secure; Partitioned")
