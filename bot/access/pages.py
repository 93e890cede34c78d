"""The pages around accounts: logging in and out, the first admin, one's own account."""

import re
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.access.access import Access
from bot.access.accounts import User
from bot.access.errors import AccessError
from bot.access.passwords import MIN_PASSWORD
from bot.access.render import form_token, is_own_form, page
from bot.access.texts import TEXTS
from bot.access.visitor import visitor
from bot.web.page import request_language

_MAX_BODY = 20_000  # bytes of a form
# A path of this server: browsers read "//host" and "/\host" as another one, and skip control characters.
_LOCAL_PATH = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")

Field = Annotated[str, Form()]


def create_pages(access: Access) -> APIRouter:
    """The routes /login, /logout, /visitor, /setup and /account."""
    router = APIRouter(include_in_schema=False, max_body_size=_MAX_BODY)
    _add_login(router, access)
    _add_visitor(router)
    _add_setup(router, access)
    _add_account(router, access)
    return router


def local_path(path: str) -> str:
    """`path` if it leads to a page of this server, else the start page."""
    return path if _LOCAL_PATH.fullmatch(path) else "/"


def message_page(request: Request, key: str, status: int) -> Response:
    """A page that only says what the text `key` says."""
    return page(request, "message.jinja", status, title=TEXTS[request_language(request)][key])


def _add_login(router: APIRouter, access: Access) -> None:
    # Plain functions, not coroutines: hashing and the database keep off the event loop.
    @router.get("/login")
    def login_form(request: Request, next: str = "/") -> Response:
        return _login_page(request, local_path(next))

    @router.post("/login")
    def log_in(
        request: Request, name: Field = "", password: Field = "", next: Field = "/", csrf: Field = ""
    ) -> Response:
        if not is_own_form(request, csrf):
            return _login_page(request, local_path(next), name, AccessError("stale_form"), 403)
        try:
            session = access.log_in(name, password, _address(request))
        except AccessError as error:
            status = 429 if error.key == "too_many_attempts" else 401
            return _login_page(request, local_path(next), name, error, status)
        _begin(request, access, session)
        return RedirectResponse(local_path(next), 303)

    @router.post("/logout")
    def log_out(request: Request, csrf: Field = "") -> Response:
        if not is_own_form(request, csrf):
            return message_page(request, "stale_form", 403)
        who = visitor(request).name
        if who is not None:
            access.log_out(request.session["sid"], who)
        request.session.clear()
        return RedirectResponse("/", 303)


def _add_visitor(router: APIRouter) -> None:
    @router.get("/visitor")
    def who(request: Request) -> dict[str, str]:
        """The name under which whoever asks is logged in; empty for anybody."""
        return {"name": visitor(request).name or ""}


def _add_setup(router: APIRouter, access: Access) -> None:
    @router.get("/setup")
    def setup_form(request: Request, token: str = "") -> Response:
        if not access.setup_links.is_good(token):
            return message_page(request, "bad_link", 410)
        return _setup_page(request, token, "admin")

    @router.post("/setup")
    def set_up(
        request: Request,
        token: Field = "",
        name: Field = "",
        password: Field = "",
        again: Field = "",
        csrf: Field = "",
    ) -> Response:
        try:
            if not is_own_form(request, csrf):
                raise AccessError("stale_form")
            _check_same(password, again)
            admin = access.setup_links.use(token, name, password)
        except AccessError as error:
            if error.key == "bad_link":
                return message_page(request, error.key, 410)
            return _setup_page(request, token, name, error)
        _begin(request, access, access.sessions.open(admin, _address(request)))
        return RedirectResponse("/account", 303)


def _add_account(router: APIRouter, access: Access) -> None:
    @router.get("/account")
    def account(request: Request, done: str = "") -> Response:
        known = done in ("password_changed", "others_ended", "token_revoked")
        return _account_page(request, access, notice=done if known else "")

    @router.post("/account/password")
    def change_password(
        request: Request, old: Field = "", password: Field = "", again: Field = "", csrf: Field = ""
    ) -> Response:
        user = _user(request, access)
        try:
            _check_form(request, csrf)
            _check_same(password, again)
            # As throttled as a login: whoever finds an open browser must not find out the password.
            access.throttle.admit(user.name, _address(request))
            if access.accounts.authenticate(user.name, old) is None:
                raise AccessError("wrong_password")
            access.throttle.succeeded(user.name, _address(request))
            access.accounts.set_password(user.name, password, by=user.name)
        except AccessError as error:
            return _account_page(request, access, error)
        _begin(request, access, access.sessions.open(user, _address(request)))
        return RedirectResponse("/account?done=password_changed", 303)

    @router.post("/account/sessions")
    def end_other_sessions(request: Request, csrf: Field = "") -> Response:
        try:
            _check_form(request, csrf)
        except AccessError as error:
            return _account_page(request, access, error)
        access.sessions.end_others(_user(request, access), request.session["sid"])
        return RedirectResponse("/account?done=others_ended", 303)

    @router.post("/account/tokens")
    def make_token(request: Request, label: Field = "", csrf: Field = "") -> Response:
        user = _user(request, access)
        try:
            _check_form(request, csrf)
            token = access.tokens.make(user, label, by=user.name)
        except AccessError as error:
            return _account_page(request, access, error)
        # Shown in this very answer: it is stored nowhere from which another page could take it.
        return _account_page(request, access, new_token=token)

    @router.post("/account/revoke")
    def revoke_token(request: Request, label: Field = "", csrf: Field = "") -> Response:
        user = _user(request, access)
        try:
            _check_form(request, csrf)
            access.tokens.revoke(user, label, by=user.name)
        except AccessError as error:
            return _account_page(request, access, error)
        return RedirectResponse("/account?done=token_revoked", 303)


def _login_page(
    request: Request, next_: str, name: str = "", error: AccessError | None = None, status: int = 200
) -> Response:
    who = _who(request) if visitor(request).role else ""
    values: dict[str, Any] = {"next": next_, "name": name, "who": who, "problem": _told(request, error)}
    return page(request, "login.jinja", status, stay={"next": next_}, **values)


def _setup_page(request: Request, token: str, name: str, error: AccessError | None = None) -> Response:
    return page(
        request,
        "setup.jinja",
        400 if error else 200,
        token=token,
        stay={"token": token},
        name=name,
        rule=_password_rule(request),
        problem=_told(request, error),
    )


def _account_page(
    request: Request, access: Access, error: AccessError | None = None, notice: str = "", new_token: str = ""
) -> Response:
    user = _user(request, access)
    return page(
        request,
        "account.jinja",
        400 if error else 200,
        who=_who(request),
        is_staff=visitor(request).may("staff", require_login=True),
        user=user,
        sessions=access.sessions.of(user, request.session["sid"]),
        tokens=access.tokens.of(user),
        new_token=new_token,
        rule=_password_rule(request),
        notice=TEXTS[request_language(request)][notice] if notice else "",
        problem=_told(request, error),
    )


def _begin(request: Request, access: Access, session: str) -> None:
    """Give the browser a session in place of whatever it had, so that no id from before is worth anything."""
    before = request.session.get("sid")
    if isinstance(before, str):
        access.sessions.end(before)
    request.session.clear()
    request.session["sid"] = session
    form_token(request)


def _user(request: Request, access: Access) -> User:
    user = access.accounts.get(visitor(request).name or "")
    if user is None:
        raise AccessError("no_login")
    return user


def _check_form(request: Request, token: str) -> None:
    if not is_own_form(request, token):
        raise AccessError("stale_form")


def _check_same(password: str, again: str) -> None:
    if password != again:
        raise AccessError("passwords_differ")


def _told(request: Request, error: AccessError | None) -> str:
    return error.told(request_language(request)) if error else ""


def _who(request: Request) -> str:
    texts, who = TEXTS[request_language(request)], visitor(request)
    return texts["logged_in_as"].format(name=who.name, role=texts[f"role.{who.role}"])


def _password_rule(request: Request) -> str:
    return TEXTS[request_language(request)]["password_rule"].format(least=MIN_PASSWORD)


def _address(request: Request) -> str:
    # uvicorn puts a proxy's word here only for proxies that it was told to trust.
    return request.client.host if request.client else ""
