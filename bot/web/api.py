"""The JSON API under /api: ask a question, read the documents, keep or erase an answer, see that all is well."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Header, Request, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from fastapi.sse import EventSourceResponse, format_sse_event
from pydantic import BaseModel, Field, StrictInt, StringConstraints

from bot.events import Answer, AnswerEvent
from bot.scope import Scope
from bot.watch.request_id import request_id
from bot.web import asking
from bot.web.answers import answer_routes
from bot.web.documents import document_routes
from bot.web.language import half_of
from bot.web.page import request_language
from bot.web.problems import (
    MAX_BODY,
    MAX_QUESTION,
    Problem,
    refuse_body,
    refuse_request,
    report_error,
    with_reference,
)
from bot.web.service import Service
from bot.web.texts import TEXTS
from ingest.document import Kind
from ingest.errors import HuiwenError, QuestionError

MAX_HISTORY = 20  # earlier questions
MAX_CHOICES = 50  # of a filter

# The pattern says nothing more than the minimum: without it, the description would allow blanks alone.
Question = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_QUESTION, pattern=r"\S")
]


class Ask(BaseModel):
    """A question, and the earlier questions of the same conversation, oldest first.

    Only documents that cover one of `years` and are of one of `kinds` are searched, where these are given.
    """

    question: Question
    history: list[Question] = Field(default=[], max_length=MAX_HISTORY)
    years: list[StrictInt] = Field(default=[], max_length=MAX_CHOICES)
    kinds: list[Kind] = Field(default=[], max_length=MAX_CHOICES)


class Health(BaseModel):
    """`documents` is how many the visitor may read."""

    status: Literal["ok"]
    documents: int


_DESCRIPTION = (
    "Questions to an association's documents; every statement of an answer cites the exact passage. "
    "A token, made at /account or with `huiwen users token`, reads what its user may read; without one, "
    "the public documents, unless the server requires a login."
)
# The gate has checked the token before: this only tells of it.
_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="An API token: hw_…")
_OR_WITHOUT: dict[str, Any] = {"security": [{}]}
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


def create_api(service: Service) -> FastAPI:
    """An application with the routes under /api, OpenAPI at /api/openapi.json, and no page from a CDN.

    It closes the service when it ends.
    """

    @asynccontextmanager
    async def open_service(_app: FastAPI) -> AsyncIterator[None]:
        yield
        service.close()

    app = FastAPI(
        title="Huiwen 会问",
        version=version("huiwen"),
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=open_service,
    )
    router = APIRouter(
        prefix="/api", responses=_PROBLEMS, dependencies=[Security(_BEARER)], max_body_size=MAX_BODY
    )
    for routes in (_question_routes(service), document_routes(service), answer_routes(service)):
        for route in routes.routes:
            assert isinstance(route, APIRoute)
            route.openapi_extra = _OR_WITHOUT
        router.include_router(routes)
    app.include_router(router)
    app.add_exception_handler(RequestValidationError, refuse_request)
    app.add_exception_handler(400, refuse_body)
    app.add_exception_handler(HuiwenError, report_error)
    return app


def _question_routes(service: Service) -> APIRouter:
    router = APIRouter()

    @router.post(
        "/ask",
        response_model=Answer,
        responses={200: {"content": {"text/event-stream": _STREAM}}},
    )
    async def ask(
        body: Ask, request: Request, accept: Annotated[str, Header()] = ""
    ) -> AnswerEvent | Response:
        """Answer a question; with `Accept: text/event-stream`, as server-sent events while it is made."""
        scope = Scope(frozenset(body.years), frozenset(body.kinds))
        events = service.ask(request, body.question, body.history, scope)
        if "text/event-stream" in accept:
            return EventSourceResponse(_event_stream(events, request))
        return await asking.last(events)

    # A plain function, no coroutine: the framework runs it in a thread, off the event loop.
    @router.get("/health")
    def health(request: Request) -> Health:
        """Whether the server and its stores are up, and how many documents may be read."""
        service.answerers.library.ping()
        return Health(status="ok", documents=len(service.reader(request).documents()))

    return router


async def _event_stream(events: Iterator[AnswerEvent], request: Request) -> AsyncIterator[bytes]:
    # The status line has left already, so an error can only be told as an event; the log has it.
    try:
        async for event in asking.each(events):
            kind = "answer" if isinstance(event, Answer) else "part"
            yield format_sse_event(event=kind, data_str=event.model_dump_json())
    except QuestionError as error:
        detail = half_of(str(error), request_language(request))
        yield format_sse_event(event="error", data_str=Problem(detail=detail).model_dump_json())
    except Exception:
        language = request_language(request)
        detail = with_reference(TEXTS[language]["failed"], language, request_id(request))
        yield format_sse_event(event="error", data_str=Problem(detail=detail).model_dump_json())
