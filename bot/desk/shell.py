"""The page around the desk: language, header and policy, put into Gradio's start page.

Gradio adds custom markup only after its own scripts have run; put in by the server, the language is right and
the header is there from the first paint.
"""

import json
import secrets
from html import escape

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.access.visitor import visitor
from bot.desk.texts import TEXTS
from bot.web.page import ICON, asset_url, language_cookie, request_language
from bot.web.texts import BROWSER_LOCALES, LANGUAGE_NAMES
from bot.web.texts import TEXTS as CHAT_TEXTS
from ingest.fold import Language

PATH = "/staff/"

_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


class DeskShell:
    """ASGI middleware that dresses the HTML of the desk; all else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        # An uncompressed page is asked for, because it is going to be edited.
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": headers}, receive, _dressed(Request(scope), send))


def _dressed(request: Request, send: Send) -> Send:
    start: Message = {}
    body = b""

    async def hold(message: Message) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message
            return
        if message["type"] != "http.response.body":
            await send(message)
            return
        body += message.get("body", b"")
        if message.get("more_body"):
            return
        if Headers(raw=start["headers"]).get("content-type", "").startswith("text/html"):
            body = _edited(request, start, body)
        await send(start)
        await send({"type": "http.response.body", "body": body})

    return hold


def _edited(request: Request, start: Message, body: bytes) -> bytes:
    language, nonce = request_language(request), secrets.token_urlsafe(16)
    html = _dress(body.decode(), language, visitor(request).name or "")
    page = html.replace("<script", f'<script nonce="{nonce}"').encode()
    headers = MutableHeaders(raw=start["headers"])
    headers["Content-Length"] = str(len(page))
    headers["Content-Security-Policy"] = _POLICY.format(nonce=nonce)
    headers["Cache-Control"] = "no-store"
    if "lang" in request.query_params:
        headers.append("Set-Cookie", language_cookie(language))
    return page


def _dress(html: str, language: Language, name: str) -> str:
    html = html.replace('lang="en"', f'lang="{BROWSER_LOCALES[language]}"', 1)
    html = html.replace("<head>", "<head>" + _head(language), 1)
    html = html.replace("<body", '<body class="hw-desk"', 1)
    return html.replace("<gradio-app", _header(language, name) + "<gradio-app", 1)


def _head(language: Language) -> str:
    # Gradio takes its language from the browser only, so a choice made here has to be told through it.
    locale = json.dumps(BROWSER_LOCALES[language])
    return (
        f'<title>{escape(TEXTS[language]["desk"])} - 会问 Huiwen</title><link rel="icon" href="{ICON}">'
        f'<script>Object.defineProperty(navigator, "language", {{get: () => {locale}}})</script>'
        f'<link rel="stylesheet" href="{asset_url("huiwen.css")}">'
        f'<link rel="stylesheet" href="{asset_url("desk.css")}">'
        f'<script defer src="{asset_url("desk.js")}"></script>'
    )


def _header(language: Language, name: str) -> str:
    texts = TEXTS[language]
    choices = "".join(
        f'<a href="{PATH}?lang={code}" lang="{code}"{" aria-current=true" if code == language else ""}>{label}</a>'
        for code, label in LANGUAGE_NAMES.items()
    )
    return (
        f'<a id="hw-skip" href="#hw-desk">{escape(texts["skip"])}</a>'
        f'<header id="hw-header"><a id="hw-brand" href="{PATH}"><img alt="" width="30" height="30" src="{ICON}">'
        f"<span>会问 <b>{escape(texts['desk'])}</b></span></a>"
        f'<nav aria-label="{escape(CHAT_TEXTS[language]["language_choice"])}">{choices}</nav>'
        f'<a class="hw-away" href="/">{escape(texts["to_chat"])}</a>'
        f'<a class="hw-away" href="/account">{escape(name)}</a></header>'
    )
