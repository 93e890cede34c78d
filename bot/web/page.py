"""The page around the chat: its language, head, header and source panel, and what all our pages share."""

import re
from functools import cache
from hashlib import sha256
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request

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
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-src 'self'; "
    "base-uri 'none'; form-action 'self'; object-src 'none'; frame-ancestors 'self'"
)


def templates_of(package: str) -> Environment:
    """The templates of a package: what is put into them is text and never markup."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


_templates = templates_of("bot.web")


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


def language_cookie(language: Language) -> str:
    """The Set-Cookie value that keeps a chosen language for a year."""
    cookie = SimpleCookie({LANGUAGE_COOKIE: language})
    cookie[LANGUAGE_COOKIE]["path"] = "/"
    cookie[LANGUAGE_COOKIE]["max-age"] = str(365 * 24 * 3600)
    cookie[LANGUAGE_COOKIE]["samesite"] = "Lax"
    return cookie[LANGUAGE_COOKIE].OutputString()


def dress(html: str, request: Request, language: Language) -> str:
    """Gradio's start page with our language, head, header and source panel."""
    html = _GRADIO_TAGS.sub("", html.replace('lang="en"', f'lang="{BROWSER_LOCALES[language]}"', 1))
    head = render("head.jinja", language, embedded=is_embedded(request))
    header = render("header.jinja", language, languages=LANGUAGE_NAMES, visitor=visitor(request))
    html = html.replace("<head>", "<head>" + head, 1)
    html = html.replace("<gradio-app", header + "<gradio-app", 1)
    return html.replace("</gradio-app>", "</gradio-app>" + render("panel.jinja", language), 1)


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
