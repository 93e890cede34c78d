"""The signed cookie that carries the id of a session, and the token of its forms."""

import os
import secrets
from pathlib import Path

from starlette.middleware.sessions import SessionMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.access.sessions import LONGEST_SECONDS
from ingest.errors import HuiwenError
from ingest.settings import Settings

_LEAST_SECRET = 32  # characters
_NAME = "huiwen_session"


class SessionCookies:
    """Starlette's sessions, HttpOnly and SameSite=Lax; over HTTPS the cookie is Secure and tied to the host.

    With its own name, so that a page of a neighbouring host, or one without TLS, cannot plant a cookie.
    """

    def __init__(self, app: ASGIApp, key: str) -> None:
        self._plain = SessionMiddleware(app, key, session_cookie=_NAME, max_age=LONGEST_SECONDS)
        self._secure = SessionMiddleware(
            app, key, session_cookie=f"__Host-{_NAME}", max_age=LONGEST_SECONDS, https_only=True
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._plain.app(scope, receive, send)
        elif scope["scheme"] in ("https", "wss"):
            await self._secure(scope, receive, send)
        else:
            await self._plain(scope, receive, send)


def session_key(settings: Settings) -> str:
    """What cookies are signed with: the setting, else a key of the home, made at the first start.

    Raises HuiwenError for a setting that is too short to be safe, or a home that cannot be written.
    """
    secret = settings.session_secret.get_secret_value()
    if secret:
        if len(secret) < _LEAST_SECRET:
            raise HuiwenError(
                f"HUIWEN_SESSION_SECRET is too short; give at least {_LEAST_SECRET} random characters, or "
                f"leave it out. / HUIWEN_SESSION_SECRET 太短，请给出至少 {_LEAST_SECRET} 个随机字符，或者不设置。"
            )
        return secret
    path = settings.home / "session.key"
    try:
        if not path.exists():
            _make_key(path)
        return path.read_text()
    except OSError as error:
        raise HuiwenError(
            f"{path}: cannot be used ({error.strerror}); check the folder and its permissions. "
            f"/ 无法使用，请检查文件夹及其权限。"
        ) from error


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        path.hardlink_to(draft)  # whole or not at all, and never over the key of another process
    except FileExistsError:
        pass
    finally:
        draft.unlink()
