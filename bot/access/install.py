"""Puts the pages around accounts into the application, and the gate in front of all of it."""

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.access.access import Access
from bot.access.cookies import SessionCookies, session_key
from bot.access.gate import Gate
from bot.access.headers import secure
from bot.access.pages import create_pages
from bot.access.texts import TEXTS
from bot.watch.request_id import HEADER, RequestIds, current
from bot.web.page import request_language
from bot.web.problems import with_reference
from ingest.settings import Settings


def add_pages(app: FastAPI, access: Access) -> None:
    """Add /login, /logout, /setup and /account; before anything is mounted at `/`."""
    app.include_router(create_pages(access))


def add_gate(app: FastAPI, access: Access, settings: Settings) -> None:
    """Guard every route; after all other middleware, so that nothing stands outside. Raises HuiwenError."""
    app.add_middleware(Gate, access=access, require_login=settings.require_login)
    app.add_middleware(SessionCookies, key=session_key(settings))
    app.add_middleware(RequestIds)
    app.add_exception_handler(Exception, _fail)


def _fail(request: Request, _error: Exception) -> Response:
    # Outside all middleware, so it has to bring the headers itself. The log has the error.
    language = request_language(request)
    detail = with_reference(TEXTS[language]["failed"], language, current.get())
    response = JSONResponse({"detail": detail}, 500, {HEADER: current.get()})
    secure(response.headers, https=request.url.scheme == "https", private=True)
    return response
