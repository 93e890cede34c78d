"""Pages rendered here, without a script: no text of anybody can become markup, and nothing runs."""

import secrets
from datetime import datetime
from hmac import compare_digest

from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.access.texts import TEXTS
from bot.web.page import ICON, asset_url, language_cookie, request_language, templates_of
from bot.web.texts import BROWSER_LOCALES, LANGUAGE_NAMES
from bot.web.texts import TEXTS as PAGE_TEXTS

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M")


_templates = templates_of("bot.access")
_templates.filters["moment"] = _moment
_templates.globals.update(asset_url=asset_url, icon=ICON, languages=LANGUAGE_NAMES)


def page(request: Request, template: str, status: int = 200, **values: object) -> HTMLResponse:
    """A page in the visitor's language; `values` are what its template shows."""
    language = request_language(request)
    html = _templates.get_template(template).render(
        t=TEXTS[language],
        brand=PAGE_TEXTS[language],
        language=language,
        locale=BROWSER_LOCALES[language],
        csrf=form_token(request),
        **{"stay": {}, "problem": "", "notice": "", **values},
    )
    response = HTMLResponse(html, status)
    response.headers["Content-Security-Policy"] = _POLICY
    if "lang" in request.query_params:
        response.headers.append("Set-Cookie", language_cookie(language))
    return response


def form_token(request: Request) -> str:
    """What a form of this browser's session has to carry."""
    token = request.session.get("csrf")
    if not isinstance(token, str):
        token = request.session["csrf"] = secrets.token_urlsafe()
    return token


def is_own_form(request: Request, token: str) -> bool:
    """Whether a form was made by a page of ours for this browser."""
    return compare_digest(form_token(request).encode(), token.encode("utf-8", "replace"))
