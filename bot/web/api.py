"""The JSON API under /api: ask a question, read a document, see that the server is well."""

import logging
from collections.abc import Iterator
from importlib.metadata import version
from itertools import groupby
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Header, HTTPException, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from fastapi.security import HTTPBearer
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, Field, StringConstraints

from bot.access.visitor import visitor
from bot.events import Answer
from bot.web.page import request_language
from bot.web.texts import TEXTS
from ingest.document import Document, Sentence
from ingest.errors import HuiwenError, QuestionError
from ingest.fold import Language

if TYPE_CHECKING:
    from bot.answer import Answerer, Answerers

MAX_QUESTION = 2000  # characters
MAX_HISTORY = 20  # earlier questions

_log = logging.getLogger(__name__)

Question = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION)]


class Ask(BaseModel):
    """A question, and the earlier questions of the same conversation, oldest first."""

    question: Question
    history: list[Question] = Field(default=[], max_length=MAX_HISTORY)


class PageSpan(BaseModel):
    """text[start:end] is what stands on `page`; pages count from 1, spans in characters."""

    page: int
    start: int
    end: int


class HeadingSpan(BaseModel):
    """text[start:end] is a heading."""

    start: int
    end: int


class DocumentView(BaseModel):
    """A document as it is shown: displayed text and metadata; offsets count characters (code points)."""

    name: str
    title: str
    kind: str
    date: str | None
    years: list[int]
    script: Language
    source: str | None
    text: str
    pages: list[PageSpan]
    headings: list[HeadingSpan]


class Health(BaseModel):
    """`documents` is how many whoever asks may read."""

    status: Literal["ok"]
    documents: int


class Problem(BaseModel):
    """What went wrong, in one sentence."""

    detail: str


_DESCRIPTION = (
    "Questions to an association's documents; every statement of an answer cites the exact passage. "
    "A token, made at /account or with `huiwen users token`, reads what its user may read; without one, "
    "the public documents, unless the server requires a login."
)
# The gate has checked the token before: this only tells of it.
_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="An API token: hw_…")
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No token where one is required, or one that is not valid"},
    403: {"model": Problem, "description": "Not for this user, or sent by another site"},
    422: {"model": Problem, "description": "The request cannot be used"},
    503: {"model": Problem, "description": "The library cannot be used at the moment"},
}
_STREAM: dict[str, Any] = {
    "schema": {
        "type": "string",
        "description": "Events `part` (JSON as AnswerPart: the next piece of the answer, with the citations of "
        "its marks), then one `answer` (JSON as Answer). After a failure, one `error` (JSON as Problem) instead.",
    },
    "example": 'event: part\ndata: {"text": "…[1]", "citations": [{"n": 1, "quote": "…"}]}\n\n'
    'event: answer\ndata: {"question": "…", "answer": "…[1]", "citations": [{"n": 1, "quote": "…"}]}\n\n',
}


def create_api(answerers: "Answerers") -> FastAPI:
    """An application with the routes under /api, OpenAPI at /api/openapi.json, and no page from a CDN."""
    app = FastAPI(
        title="Huiwen 会问",
        version=version("huiwen"),
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(_routes(answerers))
    app.add_exception_handler(RequestValidationError, _refuse_request)
    app.add_exception_handler(HuiwenError, _report_error)
    return app


def _routes(answerers: "Answerers") -> APIRouter:
    def answerer_of(request: Request) -> "Answerer":
        return answerers.of(visitor(request).clearance)

    router = APIRouter(prefix="/api", responses=_PROBLEMS, dependencies=[Security(_BEARER)])

    # Plain functions, not coroutines: the framework runs them in its thread pool, off the event loop.
    @router.post(
        "/ask",
        response_model=Answer,
        responses={200: {"content": {"text/event-stream": _STREAM}}},
    )
    def ask(body: Ask, request: Request, accept: Annotated[str, Header()] = "") -> Answer | Response:
        """Answer a question; with `Accept: text/event-stream`, as server-sent events while it is made."""
        answerer = answerer_of(request)
        if "text/event-stream" in accept:
            return EventSourceResponse(_event_stream(answerer, body, TEXTS[request_language(request)]))
        return answerer.ask(body.question, body.history)

    @router.get("/documents/{name:path}", responses={404: {"model": Problem}})
    def document(name: str, request: Request) -> DocumentView:
        """The displayed text and metadata of a document."""
        found = answerer_of(request).library.get(name)
        if found is None:
            raise HTTPException(404, TEXTS[request_language(request)]["unknown_document"].format(name=name))
        return _document_view(found)

    @router.get("/health")
    def health(request: Request) -> Health:
        """Whether the server and its stores are up, and how many documents it has for whoever asks."""
        answerers.library.ping()
        return Health(status="ok", documents=len(answerer_of(request).library.documents()))

    return router


def _event_stream(answerer: "Answerer", body: Ask, texts: dict[str, str]) -> Iterator[bytes]:
    # The status line has left already, so an error can only be told as an event.
    try:
        for event in answerer.stream(body.question, body.history):
            kind = "answer" if isinstance(event, Answer) else "part"
            yield format_sse_event(event=kind, data_str=event.model_dump_json())
    except HuiwenError as error:
        yield format_sse_event(event="error", data_str=Problem(detail=str(error)).model_dump_json())
    except Exception:
        _log.exception("A question could not be answered")
        yield format_sse_event(event="error", data_str=Problem(detail=texts["failed"]).model_dump_json())


def _document_view(document: Document) -> DocumentView:
    headings = [sentence for sentence in document.sentences if sentence.kind == "heading"]
    return DocumentView(
        name=document.name,
        title=document.title,
        kind=document.kind,
        date=document.date,
        years=list(document.years),
        script=document.script,
        source=document.source,
        text=document.text,
        pages=_page_spans(document.sentences),
        headings=[HeadingSpan(start=heading.start, end=heading.end) for heading in headings],
    )


def _page_spans(sentences: tuple[Sentence, ...]) -> list[PageSpan]:
    spans = []
    for page, group in groupby(sentences, key=lambda sentence: sentence.page):
        on_page = list(group)
        if page is not None:
            spans.append(PageSpan(page=page, start=on_page[0].start, end=on_page[-1].end))
    return spans


def _refuse_request(request: Request, error: Exception) -> JSONResponse:
    texts = TEXTS[request_language(request)]
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    place = ".".join(str(part) for part in first.get("loc", ())[1:])
    problem = first.get("type")
    if problem == "json_invalid":
        detail = texts["bad_json"]
    elif place == "question" and problem == "string_too_short":
        detail = texts["empty"]
    elif place == "question" and problem == "string_too_long":
        detail = texts["too_long"].format(limit=MAX_QUESTION)
    else:
        detail = texts["bad_request"].format(field=f"{place or 'body'}: {first.get('msg', '')}")
    return JSONResponse({"detail": detail}, status_code=422)


def _report_error(_request: Request, error: Exception) -> JSONResponse:
    # A question that cannot be used is the caller's to mend; the other errors are the server's state.
    return JSONResponse({"detail": str(error)}, status_code=422 if isinstance(error, QuestionError) else 503)
