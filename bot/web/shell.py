"""Putting our own markup and policy into the start pages of Gradio's applications.

Gradio adds custom markup only after its own scripts have run. Put in by the server, the header and the
styles are there from the first paint, the `lang` attribute is right, and no framework owns the panel.
"""

import secrets
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.page import language_cookie, request_language
from ingest.fold import Language

Dress = Callable[[str, Request, Language], str]


class PageShell:
    """ASGI middleware that edits the HTML of one path; all else passes untouched."""

    def __init__(self, app: ASGIApp, path: str, dress: Dress, policy: str) -> None:
        """`dress` edits the page for a request; `policy` is its Content-Security-Policy, with {nonce} where the
        scripts that the server sent are named."""
        self._app = app
        self._path, self._dress, self._policy = path, dress, policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != self._path or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        # An uncompressed page is asked for, because it is going to be edited.
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": headers}, receive, self._editing(Request(scope), send))

    def _editing(self, request: Request, send: Send) -> Send:
        """Holds back the start of a response until its whole body is there to be edited."""
        start: Message = {}
        body = b""

        async def hold(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            if message["type"] != "http.response.body":  # of an extension: early hints, what tests are told
                await send(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            if Headers(raw=start["headers"]).get("content-type", "").startswith("text/html"):
                body = self._edited(body.decode(), request, MutableHeaders(raw=start["headers"]))
            await send(start)
            await send({"type": "http.response.body", "body": body})

        return hold

    def _edited(self, html: str, request: Request, headers: MutableHeaders) -> bytes:
        language, nonce = request_language(request), secrets.token_urlsafe(16)
        dressed = self._dress(html, request, language)
        page = dressed.replace("<script", f'<script nonce="{nonce}"').encode()
        headers["Content-Length"] = str(len(page))
        headers["Content-Security-Policy"] = self._policy.format(nonce=nonce)
        if "lang" in request.query_params:
            headers.append("Set-Cookie", language_cookie(language))
        return page
