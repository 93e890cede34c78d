"""An answer on a page of its own at /a/KEY, with its sources in full: to be sent, printed and kept."""

from datetime import datetime
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.access.visitor import visitor
from bot.events import Answer, Citation
from bot.journal import Entry
from bot.question import leant_on
from bot.web.answer_tables import with_tables
from bot.web.chat import citation_facts, is_narrowed, refusal_help, replace_marks, where_searched
from bot.web.page import render, request_language
from bot.web.service import Service
from bot.web.texts import BROWSER_LOCALES
from ingest.fold import Language

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
_markdown = (
    MarkdownIt("commonmark", {"html": False, "breaks": True}).enable("table").disable(["image", "autolink"])
)


def share_routes(service: Service) -> APIRouter:
    """The page of a share link; of the id itself, too, for whoever prints his own answer."""
    router = APIRouter()

    @router.get("/a/{key}", response_class=HTMLResponse, include_in_schema=False)
    def shared(key: str, request: Request) -> HTMLResponse:
        language = request_language(request)
        entry = service.journal.shared(key) or service.journal.get(key)
        stands = entry is not None and service.still_stands(request, entry)
        if entry and not stands and not service.may_know(request, entry):
            entry = None
        # To whoever is not logged in, whatever there is or is not: that there is an answer must not show.
        sign_in = "" if visitor(request).name else f"/login?{urlencode({'next': f'/a/{key}'})}"
        html = _page(entry, stands, language, service.contact, sign_in)
        return HTMLResponse(
            html,
            status_code=200 if entry else 404,
            headers={"Content-Security-Policy": _POLICY},
        )

    return router


def _page(entry: Entry | None, stands: bool, language: Language, contact: str, sign_in: str) -> str:
    answer = entry.answer if entry and stands else None
    return render(
        "share.jinja",
        language,
        question=entry.answer.question if entry else "",
        earlier=leant_on(entry.answer.question, entry.history) if entry else (),
        answer=_html(answer, contact) if answer else None,
        answer_locale=BROWSER_LOCALES[answer.language] if answer else "",
        citations=[_shown(citation, language) for citation in answer.citations] if answer else [],
        given_at=datetime.fromisoformat(entry.asked_at).astimezone().date() if entry else "",
        sign_in=sign_in,
    )


def _html(answer: Answer, contact: str) -> Markup:
    """The answer, whose marks lead to its sources on the same page. All text of documents is escaped in it."""
    known = {citation.n for citation in answer.citations}
    shown = with_tables(answer.answer)
    text = replace_marks(shown, lambda n: f"[\\[{n}\\]](#source-{n})" if n in known else None)
    if answer.refused:
        text += "\n\n" + refusal_help(answer, contact)
    elif is_narrowed(answer):
        text = f"{where_searched(answer, answer.language)}\n\n{text}"
    return Markup(_markdown.render(text))


def _shown(citation: Citation, language: Language) -> dict[str, object]:
    place = citation.model_dump(include={"document", "start", "end", "quote"})
    return {
        **citation.model_dump(include={"n", "title", "quote"}),
        "facts": [*citation_facts(citation, language), citation.document],
        "place": {name: str(value) for name, value in place.items()},
    }
