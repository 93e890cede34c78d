"""The page around the chat: language, head, header and source panel, added to Gradio's start page.

Gradio adds custom markup only after its own scripts have run. Put in by the server, the header and the
styles are there from the first paint, the `lang` attribute is right, and no framework owns the panel.
"""

import re
import secrets
from functools import cache
from hashlib import sha256
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.access.visitor import visitor
from bot.web.language import interface_language
from bot.web.texts import BROWSER_LOCALES, LANGUAGE_NAMES, TEXTS
from ingest.fold import Language

STATIC = Path(__file__).parent / "static"
LANGUAGE_COOKIE = "huiwen_lang"

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'%3E"
    "%3Crect width='32' height='32' rx='8' fill='%23a5282c'/%3E"
    "%3Cpath d='M8 9h16v11h-9l-5 4v-4H8z' fill='white'/%3E%3C/svg%3E"
)

# Gradio's cards for social networks, with its own name and pictures, its manifest, and a needless base.
_GRADIO_TAGS = re.compile(
    r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*|<link rel="manifest"[^>]*>|<base [^>]*>'
)

# The browser itself refuses any outside request, and any script that the server did not put there. Gradio
# sets styles from its scripts, so those are allowed inline.
_CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'self'"
)

_templates = Environment(loader=PackageLoader("bot.web"), autoescape=True, undefined=StrictUndefined)


def request_language(request: Request) -> Language:
    """The interface language of a request: ?lang, else the cookie of a choice, else the browser's."""
    return interface_language(
        request.query_params.get("lang"),
        request.cookies.get(LANGUAGE_COOKIE),
        accept_language=request.headers.get("accept-language"),
    )


def render(template: str, language: Language, **values: Any) -> str:
    """A template of ours, whose values are text and never markup."""
    return _templates.get_template(template).render(
        texts=TEXTS[language],
        language=language,
        locale=BROWSER_LOCALES[language],
        icon=ICON,
        asset_url=asset_url,
        **values,
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
        nonce = secrets.token_urlsafe(16)
        self._body = _dressed(self._body.decode(), self._request, language, nonce).encode()
        headers = MutableHeaders(raw=self._start["headers"])
        headers["Content-Length"] = str(len(self._body))
        headers["Content-Security-Policy"] = _CONTENT_SECURITY_POLICY.format(nonce=nonce)
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


def _dressed(html: str, request: Request, language: Language, nonce: str) -> str:
    """Gradio's start page with our language, head, header and source panel, and a nonce for each script."""
    html = _GRADIO_TAGS.sub("", html.replace('lang="en"', f'lang="{BROWSER_LOCALES[language]}"', 1))
    head = render("head.jinja", language, embedded=is_embedded(request))
    header = render("header.jinja", language, languages=LANGUAGE_NAMES, visitor=visitor(request))
    html = html.replace("<head>", "<head>" + head, 1)
    html = html.replace("<gradio-app", header + "<gradio-app", 1)
    html = html.replace("</gradio-app>", "</gradio-app>" + render("panel.jinja", language), 1)
    return html.replace("<script", f'<script nonce="{nonce}"')


@cache
def _static_version() -> str:
    digest = sha256()
    for file in sorted(STATIC.iterdir()):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def asset_url(name: str) -> str:
    """The address of a static file of ours."""
    # It changes with the content, that of what a file imports too, so that no browser keeps an old one.
    return f"/ui/{_static_version()}/{name}"
