"""A request's id, by which a member's browser and the log speak of the same request."""

import re
import secrets
from contextvars import ContextVar

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADER = "X-Request-ID"

# Short of spaces and line breaks, so that a stranger's id can be nothing but an id in a log.
_WELL_FORMED = re.compile(r"[A-Za-z0-9_-]{8,64}")

current: ContextVar[str] = ContextVar("request_id", default="")


class RequestIds:
    """ASGI middleware around all else: takes the caller's id if it is well formed, or makes one; answers with it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(HEADER, "")
        # Short, for people read it out on the telephone.
        id_ = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(5)
        current.set(id_)
        scope["state"] = {**scope.get("state", {}), "request_id": id_}

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = id_
            await send(message)

        await self._app(scope, receive, send_with_id)


def request_id(request: HTTPConnection) -> str:
    """The id of a request; of one that came without the middleware, a KeyError."""
    found: str = request.scope["state"]["request_id"]
    return found
