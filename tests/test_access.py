"""Who gets in where: the matrix of every route and every role, and the ways around it that must not work."""

from typing import Any

import httpx
import pytest
from access_site import (
    ORIGIN,
    PASSWORD,
    SESSION_COOKIE,
    MakeSite,
    RouteCase,
    Site,
    route_cases,
)
from console import in_a_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect

from bot.access.rules import find_need
from bot.access.visitor import visitor

ROLES_OF = {
    "open": {"anybody", "member", "committee", "staff", "admin"},
    "reader": {"anybody", "member", "committee", "staff", "admin"},
    "login": {"member", "committee", "staff", "admin"},
    "staff": {"staff", "admin"},
    "admin": {"admin"},
    "closed": set(),
}


class Reached:
    """Answers in place of the routes: what gets here was let through by the gate."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:
            await PlainTextResponse("reached", 299)(scope, receive, send)


def _probe(app: FastAPI) -> None:
    app.user_middleware.append(Middleware(Reached))  # the innermost, behind all that stands before routes
    app.middleware_stack = None  # is built anew with it


def test_every_route_has_a_rule(site: Site) -> None:
    cases = route_cases(site.app)
    paths = {case.path for case in cases}
    assert {"/api/ask", "/login", "/gradio_api/queue/join", "/ui/{version}/file.txt", "/config"} <= paths
    assert [case for case in cases if find_need(case.method, case.path) is None] == []


def test_a_new_route_without_a_rule_is_noticed_and_refused(site: Site) -> None:
    site.app.router.add_api_route("/new", lambda: "secret", methods=["GET"])
    site.app.router.routes.insert(0, site.app.router.routes.pop())
    assert RouteCase("GET", "/new") in route_cases(site.app)
    answer = site.logged_in("admin").get("/new")
    assert answer.status_code == 404 and "secret" not in answer.text


@pytest.mark.parametrize("require_login", [False, True], ids=["public", "login required"])
def test_every_route_lets_in_whom_its_rule_names_and_nobody_else(
    make_site: MakeSite, require_login: bool
) -> None:
    site = make_site(require_login=require_login)
    cases = route_cases(site.app)
    identities = _identities(site)
    _probe(site.app)
    wrong = in_a_thread(_wrongly_answered(site.app, cases, identities, require_login))
    assert wrong == []


def _identities(site: Site) -> dict[str, tuple[str, dict[str, str]]]:
    """For each way to come: the role it counts for on pages, and its headers."""
    identities = {"nobody": ("anybody", {})}
    for role in ("member", "committee", "staff", "admin"):
        cookie = site.logged_in(role).cookies[SESSION_COOKIE]
        identities[role] = (role, {"Cookie": f"{SESSION_COOKIE}={cookie}"})
    site.access.accounts.add("former", "admin", PASSWORD, "test")
    former = site.logged_in("former").cookies[SESSION_COOKIE]
    user = site.access.accounts.get("former")
    assert user
    ended = site.access.tokens.make(user, "ended", "test")
    site.access.accounts.disable("former", "test")
    identities["disabled"] = ("anybody", {"Cookie": f"{SESSION_COOKIE}={former}"})
    for name, token in {"wrong token": "hw_wrong", "token of a disabled user": ended}.items():
        identities[name] = ("nobody with a token", {"Authorization": f"Bearer {token}"})
    for role in ("member", "staff"):
        user = site.access.accounts.get(role)
        assert user
        token = site.access.tokens.make(user, "test", "test")
        identities[f"token of {role}"] = (f"{role} by token", {"Authorization": f"Bearer {token}"})
    return identities


async def _wrongly_answered(
    app: FastAPI,
    cases: list[RouteCase],
    identities: dict[str, tuple[str, dict[str, str]]],
    require_login: bool,
) -> list[tuple[str, RouteCase, int]]:
    wrong = []
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        for identity, (role, headers) in identities.items():
            for case in cases:
                if case.method == "WEBSOCKET":
                    continue
                answer = await client.request(
                    case.method, case.path, headers={**headers, "Sec-Fetch-Site": "same-origin"}
                )
                let_in = answer.status_code == 299
                refused = answer.status_code in (401, 403, 404)
                expected = _is_expected_in(case, role, require_login)
                if let_in != expected or refused == expected:
                    wrong.append((identity, case, answer.status_code))
    return wrong


def _is_expected_in(case: RouteCase, role: str, require_login: bool) -> bool:
    need = find_need(case.method, case.path)
    assert need is not None
    in_api = f"{case.path}/".startswith(("/api/", "/mcp/", "/metrics/"))
    if role == "nobody with a token":
        if in_api:
            return False  # a wrong token is never taken for no token
        role = "anybody"
    if role.endswith(" by token"):
        role = role.removesuffix(" by token") if in_api else "anybody"
    if need == "reader" and require_login and role == "anybody":
        return False
    return role in ROLES_OF[need]


SPELLINGS = """//staff /staff//x /./staff /x/../staff /login/../staff /ui/../staff /STAFF /staff; /staff%2Fx /staff\\x
    /login/ /login/x /account/../staff /api/health/../../staff /api//health /gradio_api/file=/etc/passwd
    /gradio_api/proxy=http://127.0.0.1/ /gradio_api/upload /staff/gradio_api/upload /staff/gradio_api/file=x""".split()


def test_no_spelling_of_a_path_leads_around_the_gate(site: Site) -> None:
    _probe(site.app)
    for path in [*SPELLINGS, "/login\n", "/\n/staff", "/staff\n", "", "staff", " /login", "/login\x00", "*"]:
        for method in ("GET", "POST", "PUT", "OPTIONS", "PATCH", "STAFF", ""):
            status = in_a_thread(_status_of(site.app, method, path))
            expected = 299 if path == "/ui/../staff" and method == "GET" else 404
            # What is called /ui/../staff is looked for among the static files, where it is not.
            assert status == expected or (status in (401, 403) and path.startswith("/staff")), (method, path)


async def _status_of(app: FastAPI, method: str, path: str) -> int:
    """The status for a path as it is: a client would tidy it up."""
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"testserver")],
        "client": ("192.0.2.1", 50000),
        "server": ("testserver", 80),
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return int(sent[0]["status"])


def test_a_websocket_under_staff_is_refused(site: Site) -> None:
    for path in ("/staff/ws", "/anywhere"):
        with pytest.raises(WebSocketDisconnect), site.browser().websocket_connect(path):
            pass
    admin = site.logged_in("admin")
    cross_site = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    with pytest.raises(WebSocketDisconnect), admin.websocket_connect("/staff/ws", headers=cross_site):
        pass


def test_a_person_is_led_to_the_login_and_a_program_told(make_site: MakeSite) -> None:
    site = make_site(require_login=True)
    browser = site.browser()
    page = browser.get("/?q=会费", headers={"Accept": "text/html", "Sec-Fetch-Mode": "navigate"})
    assert page.status_code == 303
    assert page.headers["location"] == "/login?next=%2F%3Fq%3D%25E4%25BC%259A%25E8%25B4%25B9"
    told = browser.post("/api/ask", json={"question": "会费"}, headers={"Accept-Language": "zh-CN"})
    assert told.status_code == 401 and told.json() == {"detail": "请先登录。"}
    member = site.logged_in("member")
    assert member.get("/").status_code == 200
    refused = member.get("/staff", headers={"Accept": "text/html", "Accept-Language": "en"})
    assert refused.status_code == 403 and "may not open this page" in refused.text


def test_handlers_learn_who_asks(site: Site) -> None:
    def tell(request: Any) -> Any:
        who = visitor(request)
        return PlainTextResponse(f"{who.name} {who.role} {who.clearance}")

    site.app.router.add_route("/api/health", tell)
    site.app.router.routes.insert(0, site.app.router.routes.pop())
    expected = {"member": "members", "committee": "committee", "staff": "committee", "admin": "committee"}
    assert site.browser().get("/api/health").text == "None None public"
    for role, clearance in expected.items():
        assert site.logged_in(role).get("/api/health").text == f"{role} {role} {clearance}"
