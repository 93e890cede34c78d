"""How the gate says no: to a browser with a page, to a program with JSON, in the asker's language."""

from typing import Literal
from urllib.parse import urlencode

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.access.pages import message_page
from bot.access.texts import TEXTS
from bot.web.page import request_language

Reason = Literal["unknown", "bad_token", "forged", "no_login", "no_right"]

_STATUS: dict[Reason, int] = {
    "unknown": 404,
    "bad_token": 401,
    "forged": 403,
    "no_login": 401,
    "no_right": 403,
}


def refusal(connection: HTTPConnection, reason: Reason) -> ASGIApp:
    """What answers a refused request in place of the application."""
    return _close if connection.scope["type"] == "websocket" else _response(Request(connection.scope), reason)


async def _close(_scope: Scope, receive: Receive, send: Send) -> None:
    await receive()  # the wish to connect, which has to be heard before it is declined
    await send({"type": "websocket.close", "code": 1008})


def _response(request: Request, reason: Reason) -> Response:
    if _is_navigation(request):
        if reason == "no_login":
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse("/login?" + urlencode({"next": request.url.path + query}), 303)
        return message_page(request, reason, _STATUS[reason])
    detail = TEXTS[request_language(request)][reason]
    response = JSONResponse({"detail": detail}, _STATUS[reason])
    if reason == "bad_token":
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _is_navigation(request: Request) -> bool:
    """Whether a person opens a page, and not a script or a program something for them."""
    mode = request.headers.get("sec-fetch-mode", "navigate")
    return (
        request.method in ("GET", "HEAD")
        and mode == "navigate"
        and "text/html" in request.headers.get("accept", "")
    )
