"""The page around the desk: its language, head, header and policy; see bot.web.shell for how they get there."""

import json
from html import escape

from starlette.requests import Request

from bot.access.visitor import visitor
from bot.desk.texts import TEXTS
from bot.web.page import ICON, asset_url
from bot.web.texts import BROWSER_LOCALES, LANGUAGE_NAMES
from bot.web.texts import TEXTS as CHAT_TEXTS
from ingest.fold import Language

PATH = "/staff/"

POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)


def dress(html: str, request: Request, language: Language) -> str:
    """Gradio's start page with our language, head and header."""
    html = html.replace('lang="en"', f'lang="{BROWSER_LOCALES[language]}"', 1)
    html = html.replace("<head>", "<head>" + _head(language), 1)
    html = html.replace("<body", '<body class="hw-desk"', 1)
    return html.replace("<gradio-app", _header(language, visitor(request).name or "") + "<gradio-app", 1)


def _head(language: Language) -> str:
    # Gradio takes its language from the browser only, so a choice made here has to be told through it.
    locale = json.dumps(BROWSER_LOCALES[language])
    return (
        f'<title>{escape(TEXTS[language]["desk"])} - 会问 Huiwen</title><link rel="icon" href="{ICON}">'
        f'<script>Object.defineProperty(navigator, "language", {{get: () => {locale}}})</script>'
        f'<link rel="stylesheet" href="{asset_url("huiwen.css")}">'
        f'<link rel="stylesheet" href="{asset_url("desk.css")}">'
        f'<script id="huiwen-texts" type="application/json">{json.dumps(_script_texts(language))}</script>'
        f'<script type="module" src="{asset_url("desk.js")}"></script>'
    )


def _script_texts(language: Language) -> dict[str, str]:
    own = ("search", "uploading", "unavailable", "too_large", "sign", "reload", "label.")
    return {key: words for key, words in TEXTS[language].items() if key.startswith(own)}


def _header(language: Language, name: str) -> str:
    texts = TEXTS[language]
    choices = "".join(
        f'<a href="{PATH}?lang={code}" lang="{code}"{" aria-current=true" if code == language else ""}>{label}</a>'
        for code, label in LANGUAGE_NAMES.items()
    )
    return (
        f'<a id="hw-skip" href="#hw-desk">{escape(texts["skip"])}</a>'
        f'<header id="hw-header" data-visitor="{escape(name)}" data-login="_blank"><a id="hw-brand" href="{PATH}"><img alt="" width="30" height="30" src="{ICON}">'
        f"<span>会问 <b>{escape(texts['desk'])}</b></span></a>"
        f'<nav aria-label="{escape(CHAT_TEXTS[language]["language_choice"])}">{choices}</nav>'
        f'<a class="hw-away" href="/">{escape(texts["to_chat"])}</a>'
        f'<a class="hw-away" href="/account">{escape(name)}</a></header>'
    )
