"""The page around the chat: language, head, header and source panel, added to Gradio's start page.

Gradio adds custom markup only after its own scripts have run. Put in by the server, the header and the
styles are there from the first paint, the `lang` attribute is right, and no framework owns the panel.
"""

import json
import re
from functools import cache
from hashlib import sha256
from html import escape
from http.cookies import SimpleCookie
from pathlib import Path

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.access.texts import TEXTS as ACCESS_TEXTS
from bot.access.visitor import visitor
from bot.web.texts import BROWSER_LOCALES, LANGUAGE_NAMES, LANGUAGES, TEXTS, interface_language
from ingest.fold import Language

STATIC = Path(__file__).parent / "static"
LANGUAGE_COOKIE = "huiwen_lang"

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='8' fill='%23a5282c'/%3E"
    "%3Cpath d='M8 9h16v11h-9l-5 4v-4H8z' fill='white'/%3E%3C/svg%3E"
)

# Gradio's cards for social networks, with its own name and pictures.
_SOCIAL_TAGS = re.compile(r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*')

# The browser itself refuses any outside request. Gradio's own page needs inline scripts, so what keeps
# text from becoming one is that it is escaped wherever it is shown.
_CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; worker-src 'self' blob:; "
    "object-src 'none'; form-action 'self'; frame-ancestors 'self'"
)


def request_language(request: Request) -> Language:
    """The interface language of a request: ?lang, else the cookie of a choice, else the browser's."""
    return interface_language(
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        accept_language=request.headers.get("accept-language"),
    )


def is_embedded(request: Request) -> bool:
    """Whether the page is asked for to be shown in a frame of another site."""
    return request.query_params.get("embed") == "1"


class PageShell:
    """ASGI middleware that puts header and source panel into the HTML of `/`; all else passes untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        # An uncompressed page is asked for, because it is going to be edited.
        headers = [pair for pair in scope["headers"] if pair[0] != b"accept-encoding"]
        await self._app({**scope, "headers": headers}, receive, _PageEditor(Request(scope), send))


class _PageEditor:
    """Holds back the start of a response until its whole body is there to be edited."""

    def __init__(self, request: Request, send: Send) -> None:
        self._request = request
        self._send = send
        self._start: Message = {}
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
            return
        if message["type"] != "http.response.body":  # of an extension: early hints, what tests are told
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        if Headers(raw=self._start["headers"]).get("content-type", "").startswith("text/html"):
            self._edit()
        await self._send(self._start)
        await self._send({"type": "http.response.body", "body": self._body})

    def _edit(self) -> None:
        language = request_language(self._request)
        is_known = visitor(self._request).name is not None
        self._body = dress_page(self._body.decode(), language, is_known, is_embedded(self._request)).encode()
        headers = MutableHeaders(raw=self._start["headers"])
        headers["Content-Length"] = str(len(self._body))
        headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY
        headers["Cache-Control"] = "no-store"
        headers["Vary"] = "Accept-Language, Cookie"
        if "lang" in self._request.query_params:
            headers.append("Set-Cookie", language_cookie(language))


def language_cookie(language: Language) -> str:
    """The Set-Cookie value that keeps a chosen language for a year."""
    cookie = SimpleCookie({LANGUAGE_COOKIE: language})
    cookie[LANGUAGE_COOKIE]["path"] = "/"
    cookie[LANGUAGE_COOKIE]["max-age"] = str(365 * 24 * 3600)
    cookie[LANGUAGE_COOKIE]["samesite"] = "Lax"
    return cookie[LANGUAGE_COOKIE].OutputString()


def dress_page(html: str, language: Language, is_known: bool, embedded: bool) -> str:
    """Gradio's start page with our language, head, header and source panel; `is_known`: is logged in."""
    html = _SOCIAL_TAGS.sub("", html.replace('lang="en"', f'lang="{BROWSER_LOCALES[language]}"', 1))
    html = html.replace("<head>", "<head>" + _head(language, embedded), 1)
    html = html.replace("<gradio-app", _header(language, is_known) + "<gradio-app", 1)
    return html.replace("</gradio-app>", "</gradio-app>" + _panel(language), 1)


def _head(language: Language, embedded: bool) -> str:
    texts = json.dumps(TEXTS[language], ensure_ascii=False).replace("<", "\\u003c")
    locale = json.dumps(BROWSER_LOCALES[language])
    # Gradio takes its language from the browser only, so a choice made here has to be told through it.
    framed = f'<link rel="stylesheet" href="{asset_url("embed.css")}"><script src="{asset_url("embed.js")}"></script>'
    return (
        f'<title>会问 Huiwen</title><link rel="icon" href="{ICON}">'
        f'<script id="huiwen-texts" type="application/json">{texts}</script>'
        f'<script>Object.defineProperty(navigator, "language", {{get: () => {locale}}})</script>'
        f'<link rel="stylesheet" href="{asset_url("huiwen.css")}">'
        f'<script defer src="{asset_url("huiwen.js")}"></script>'
        f"{framed if embedded else ''}"
    )


@cache
def asset_url(name: str) -> str:
    """The address of a static file of ours."""
    # The address changes with the content, so that no browser keeps an old file after an update.
    return f"/ui/{name}?{sha256((STATIC / name).read_bytes()).hexdigest()[:12]}"


def _header(language: Language, is_known: bool) -> str:
    texts = TEXTS[language]
    account, account_label = ("/account", "account") if is_known else ("/login", "log_in")
    choices = "".join(
        f'<a href="/?lang={code}" lang="{code}"{" aria-current=true" if code == language else ""}>{name}</a>'
        for code, name in ((code, LANGUAGE_NAMES[code]) for code in LANGUAGES)
    )
    return (
        '<header id="hw-header"><a id="hw-brand" href="/"><img alt="" width="30" height="30" '
        f'src="{ICON}"><span>会问 <b>Huiwen</b></span></a>'
        f'<p id="hw-tagline">{escape(texts["tagline"])}</p>'
        f'<nav aria-label="{escape(texts["language_choice"])}">{choices}</nav>'
        f'<a id="hw-account" href="{account}">{escape(ACCESS_TEXTS[language][account_label])}</a>'
        f'<a id="hw-new" href="/">{escape(texts["new_chat"])}</a></header>'
    )


def _panel(language: Language) -> str:
    texts = TEXTS[language]
    return (
        '<aside id="hw-source" role="dialog" aria-labelledby="hw-source-title" tabindex="-1" hidden>'
        f'<div id="hw-source-head"><div><p id="hw-source-label">{escape(texts["source"])}</p>'
        '<h2 id="hw-source-title"></h2><p id="hw-source-facts"></p></div>'
        f'<button id="hw-source-close" type="button" aria-label="{escape(texts["close"])}">'
        '<svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true"><path d="M5 5l10 10M15 5L5 15" '
        'stroke="currentColor" stroke-width="1.8" stroke-linecap="round"/></svg></button></div>'
        '<p id="hw-source-note" role="status" hidden></p>'
        '<article id="hw-source-text" tabindex="0" aria-labelledby="hw-source-title"></article></aside>'
    )
