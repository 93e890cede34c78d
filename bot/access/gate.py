"""The gate in front of every route: who is asking, what the route needs, and nothing without a rule."""

from dataclasses import dataclass

from starlette._utils import get_route_path
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.access.access import Access
from bot.access.headers import secure
from bot.access.origin import is_forged
from bot.access.refusals import Reason, refusal
from bot.access.rules import TOKEN_PATHS, find_need
from bot.access.visitor import ANYBODY, Need, Visitor


@dataclass(frozen=True)
class _Request:
    connection: HTTPConnection
    method: str
    path: str
    need: Need | None

    @classmethod
    def of(cls, scope: Scope) -> "_Request":
        method = "WEBSOCKET" if scope["type"] == "websocket" else scope["method"]
        # The path as the router reads it: the two must not come to different conclusions.
        path = get_route_path(scope)
        return cls(HTTPConnection(scope), method, path, find_need(method, path))

    @property
    def token(self) -> str | None:
        """The API token that a program shows, where it may."""
        scheme, _, token = self.connection.headers.get("authorization", "").partition(" ")
        is_here = f"{self.path}/".startswith(TOKEN_PATHS)
        return token.strip() if is_here and scheme.lower() == "bearer" else None

    @property
    def session(self) -> str | None:
        """The id of the login that the cookie tells of."""
        session = self.connection.session.get("sid")
        return session if isinstance(session, str) else None


class Gate:
    """ASGI middleware inside the session cookies: lets a request through, as a Visitor, or refuses it."""

    def __init__(self, app: ASGIApp, access: Access, require_login: bool) -> None:
        self._app = app
        self._access = access
        self._require_login = require_login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        request = _Request.of(scope)
        visitor = await self._visitor(request)
        reason = self._reason(request, visitor)
        scope["state"] = {**scope.get("state", {}), "visitor": visitor or ANYBODY}
        answer = self._app if reason is None else refusal(request.connection, reason)
        await answer(scope, receive, _secured(request, send))

    async def _visitor(self, request: _Request) -> Visitor | None:
        """Who is asking; none for a token that is not, or no longer, anybody's."""
        if request.token is not None:
            return await run_in_threadpool(self._access.tokens.visitor, request.token)
        if request.session is not None:
            return await run_in_threadpool(self._access.sessions.visitor, request.session) or ANYBODY
        return ANYBODY

    def _reason(self, request: _Request, visitor: Visitor | None) -> Reason | None:
        """Why to refuse a request, if there is a reason."""
        if request.need in (None, "closed"):
            return "unknown"
        if visitor is None:
            return "bad_token"
        with_session = request.session is not None
        if request.token is None and is_forged(
            request.method, request.connection.headers, with_session=with_session
        ):
            return "forged"
        if not visitor.may(request.need, self._require_login):
            return "no_login" if visitor.role is None else "no_right"
        return None


def _secured(request: _Request, send: Send) -> Send:
    async def send_secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            https = request.connection.scope["scheme"] == "https"
            is_asset = request.path.removeprefix("/staff").startswith(
                ("/ui/", "/assets/", "/static/", "/svelte/")
            )
            secure(MutableHeaders(scope=message), https=https, private=not is_asset)
        await send(message)

    return send_secured
