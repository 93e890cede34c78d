"""Who gets in where: the matrix of every route and every role, and the ways around it that must not work."""

import json
import re
import sqlite3
from base64 import b64decode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from access_site import (
    ORIGIN,
    PASSWORD,
    SESSION_COOKIE,
    RouteCase,
    Site,
    add_users,
    route_cases,
)
from argon2 import PasswordHasher
from console import in_a_thread
from fastapi import FastAPI
from itsdangerous import TimestampSigner
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect
from typer.testing import CliRunner

import bot.access.store
from bot.access import passwords
from bot.access.access import Access
from bot.access.rules import find_need
from bot.access.visitor import visitor
from bot.answer import Answerer, Answerers
from bot.web.page import asset_url
from bot.web.serve import create_app
from evals.cli import app as command
from ingest.settings import Settings

MakeSite = Callable[..., Site]


@pytest.fixture(scope="module", autouse=True)
def quick_hashes() -> Iterator[PasswordHasher]:
    """Hashes of a thousandth of the memory for these tests; yields the real hasher."""
    with pytest.MonkeyPatch.context() as patch:
        real = passwords._hasher
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        yield real


@pytest.fixture
def make_site(sample: Answerer, tmp_path: Path) -> Iterator[MakeSite]:
    """Makes the application over corpus/ with accounts of its own: make_site(require_login=…)."""
    opened: list[Access] = []

    def make(**settings: Any) -> Site:
        chosen = Settings(home=tmp_path / f"home{len(opened)}", **settings)
        access = Access(chosen)
        opened.append(access)
        add_users(access)
        return Site(create_app(Answerers(sample.library), access, chosen), access)

    yield make
    for access in opened:
        access.close()


@pytest.fixture
def site(make_site: MakeSite) -> Site:
    return make_site()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Moves time on: clock(seconds)."""
    moved = 0
    real = bot.access.store.time.time
    monkeypatch.setattr(bot.access.store.time, "time", lambda: real() + moved)

    def move(seconds: int) -> None:
        nonlocal moved
        moved += seconds

    return move


# The matrix

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


# Logging in and out


def test_a_wrong_login_tells_nothing_about_the_name(site: Site) -> None:
    site.access.accounts.disable("committee", "test")
    attempts = [("member", "wrong password"), ("nobody here", PASSWORD), ("committee", PASSWORD)]
    answers = [site.browser(f"192.0.2.{n}").log_in(*each) for n, each in enumerate(attempts)]
    texts = {re.sub(r'value="[^"]*"', "", answer.text) for answer in answers}
    assert {answer.status_code for answer in answers} == {401} and len(texts) == 1
    assert "The user name or the password is wrong." in texts.pop()


def test_a_name_and_a_password_may_be_typed_in_any_width_and_case(site: Site) -> None:
    site.access.accounts.add("Zoë１", "member", "pass１２３４５word", "test")
    assert site.browser().log_in("ZOË1", "pass12345word").status_code == 303
    site.access.accounts.add(
        "long", "member", "é" * 200, "test"
    )  # which some keyboards send as two characters each
    assert site.browser().log_in("long", "e\N{COMBINING ACUTE ACCENT}" * 200).status_code == 303


def test_the_cookie_is_out_of_reach_of_scripts_other_sites_and_plain_http(site: Site) -> None:
    def cookie_of(scheme: str) -> str:
        browser = site.browser(scheme=scheme)
        return browser.log_in("member").headers["set-cookie"].lower()

    plain, secure = cookie_of("http"), cookie_of("https")
    assert {"httponly", "samesite=lax", "path=/"} <= set(plain.split("; ")) and "secure" not in plain
    assert {"httponly", "samesite=lax", "path=/", "secure"} <= set(secure.split("; "))
    assert secure.startswith("__host-") and "domain" not in secure


def test_logging_in_begins_a_new_session(site: Site) -> None:
    attacker = site.logged_in("member")
    planted = attacker.cookies[SESSION_COOKIE]
    victim = site.browser_with(planted)
    assert victim.log_in("admin").status_code == 303
    assert victim.cookies[SESSION_COOKIE] != planted
    assert "(admin)" in victim.get("/account").text
    # The attacker's own session, taken over by the victim's browser, ended there.
    assert not attacker.is_logged_in


def test_logging_out_ends_the_session_on_the_server(site: Site) -> None:
    browser = site.logged_in("member")
    stolen = browser.cookies[SESSION_COOKIE]
    assert browser.submit("/logout").status_code == 303
    assert not browser.is_logged_in
    assert not site.browser_with(stolen).is_logged_in


def test_a_session_ends_when_it_is_not_used_and_after_a_week(
    site: Site, clock: Callable[[int], None]
) -> None:
    idle = site.logged_in("member")
    clock(11 * 3600)
    assert idle.is_logged_in
    clock(13 * 3600)
    assert not idle.is_logged_in
    busy = site.logged_in("member")
    for _ in range(6 * 24 // 11):
        clock(11 * 3600)
        assert busy.is_logged_in
    for _ in range(3):
        clock(11 * 3600)
        busy.get("/account")
    assert not busy.is_logged_in


def test_a_disabled_user_is_out_at_once_and_stays_out(site: Site) -> None:
    browser = site.logged_in("staff")
    user = site.access.accounts.get("staff")
    assert user
    token = {"Authorization": "Bearer " + site.access.tokens.make(user, "t", "test")}
    assert browser.is_logged_in and site.browser().get("/api/health", headers=token).status_code == 200
    site.access.accounts.disable("staff", "test")
    assert not browser.is_logged_in
    assert site.browser().get("/api/health", headers=token).status_code == 401
    site.access.accounts.enable("staff", "test")
    assert not browser.is_logged_in
    assert site.browser().get("/api/health", headers=token).status_code == 401


def test_a_role_counts_from_the_next_request_on(site: Site) -> None:
    browser = site.logged_in("staff")
    assert browser.get("/staff").status_code != 403
    site.access.accounts.set_role("staff", "member", "test")
    assert browser.get("/staff").status_code == 403


def test_a_forged_cookie_is_no_session(site: Site, tmp_path: Path) -> None:
    own = site.logged_in("member").cookies[SESSION_COOKIE]
    payload = own.split(".")[0]
    for cookie in (
        payload,
        TimestampSigner("guessed key").sign(payload).decode(),
        own[:-3] + "abc",
        "é",
        "",
        '"{}"',
    ):
        browser = site.browser()
        answer = browser.get("/account", headers={"Cookie": f"{SESSION_COOKIE}={cookie}".encode()})
        assert answer.status_code == 401, cookie
    key = tmp_path / "home0" / "session.key"
    assert key.stat().st_mode & 0o777 == 0o600 and len(key.read_text()) >= 64


def test_a_new_password_ends_all_other_sessions(site: Site) -> None:
    here, there = site.logged_in("member"), site.logged_in("member")
    before = here.cookies[SESSION_COOKIE]
    new = "another good one"
    refusals = [
        {"old": "wrong password", "password": new, "again": new},
        {"old": PASSWORD, "password": new, "again": new + "x"},
        {"old": PASSWORD, "password": "short", "again": "short"},
    ]
    for fields in refusals:
        assert here.submit("/account/password", **fields).status_code == 400
    assert there.is_logged_in
    assert here.submit("/account/password", old=PASSWORD, password=new, again=new).status_code == 303
    assert here.is_logged_in and not there.is_logged_in
    assert not site.browser_with(before).is_logged_in
    assert site.browser().log_in("member").status_code == 401
    assert site.browser().log_in("member", new).status_code == 303


def test_other_devices_can_be_logged_out(site: Site) -> None:
    here, there = site.logged_in("member"), site.logged_in("member", "198.51.100.7")
    assert "198.51.100.7" in here.get("/account").text
    assert here.submit("/account/sessions").status_code == 303
    assert here.is_logged_in and not there.is_logged_in


TARGETS = ["//evil.example", "///evil.example", "https://evil.example", "/\\evil.example", "\\\\evil.example"]
TARGETS += [
    "/\t/evil.example",
    "/\n/evil.example",
    " //evil.example",
    "javascript:alert(1)",
    "evil.example",
    "",
]


def test_a_login_leads_nowhere_else(site: Site) -> None:
    browser = site.browser()
    for target in TARGETS:
        assert browser.log_in("member", next=target).headers["location"] == "/", target
        # nor by the address of the login page
        assert "evil.example" not in browser.get("/login", params={"next": target}).text, target


def test_a_login_leads_back_to_where_it_was_asked_for(site: Site) -> None:
    assert site.browser().log_in("staff", next="/staff?tab=2").headers["location"] == "/staff?tab=2"


def test_markup_in_a_name_is_text(site: Site) -> None:
    answer = site.browser().log_in('"><script>alert(1)</script>')
    assert "<script" not in answer.text and "&lt;script&gt;" in answer.text
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


# Requests forged by other sites


FOREIGN: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://testserver.evil.example"},
    {"Origin": "http://testserver:8080"},
    {"Origin": "http://[::1"},
    {"Origin": "https://evil.example", "Referer": f"{ORIGIN}/account"},
    {"Referer": "https://evil.example/testserver"},
    {},
]
OWN: list[dict[str, str]] = [
    {"Origin": ORIGIN},
    {"Referer": f"{ORIGIN}/account"},
    {"Sec-Fetch-Site": "same-origin"},
]


def test_what_another_site_sends_with_the_cookie_is_refused(site: Site) -> None:
    browser = site.logged_in("member")
    csrf = browser.form("/account")["csrf"]
    del browser.headers["Sec-Fetch-Site"]
    for headers in FOREIGN:
        for path, data in {"/logout": {}, "/account/tokens": {"label": "x"}}.items():
            answer = browser.post(path, data={"csrf": csrf, **data}, headers=headers)
            assert answer.status_code == 403, headers
        asked = browser.post("/api/ask", json={"question": ""}, headers=headers)
        assert asked.status_code == 403, headers
    assert browser.is_logged_in
    for headers in OWN:
        assert browser.post("/api/ask", json={"question": ""}, headers=headers).status_code == 422, headers


def test_another_site_cannot_ask_on_behalf_of_its_readers_but_a_program_may(site: Site) -> None:
    program = site.browser()
    del program.headers["Sec-Fetch-Site"]
    assert program.post("/api/ask", json={"question": ""}).status_code == 422
    for headers in FOREIGN[:-1]:
        assert program.post("/api/ask", json={"question": ""}, headers=headers).status_code == 403, headers


def test_a_form_needs_the_token_of_its_own_browser(site: Site) -> None:
    browser, other = site.logged_in("member"), site.logged_in("member")
    foreign = other.form("/account")["csrf"]
    for csrf in ("", foreign, "é"):
        assert browser.post("/logout", data={"csrf": csrf}).status_code == 403
        assert browser.post("/account/tokens", data={"csrf": csrf, "label": "x"}).status_code == 400
        assert (
            site.browser()
            .post("/login", data={"csrf": csrf, "name": "member", "password": PASSWORD})
            .status_code
            == 403
        )
    user = site.access.accounts.get("member")
    assert browser.is_logged_in and user and site.access.tokens.of(user) == []


def test_no_answer_is_for_other_origins(site: Site) -> None:
    for browser in (site.browser(), site.logged_in("member")):
        for path in ("/", "/config", "/api/health", "/login", "/nowhere"):
            answer = browser.get(path, headers={"Origin": "https://evil.example"})
            assert not [name for name in answer.headers if name.startswith("access-control-")], path


# Tokens


def test_a_token_is_shown_once_and_counts_for_the_api_only(site: Site) -> None:
    browser = site.logged_in("member")
    shown = browser.submit("/account/tokens", label="协会网站")
    token = re.findall(r"hw_[\w-]{40,}", shown.text)
    assert len(token) == 1 and token[0] not in browser.get("/account").text
    headers = {"Authorization": f"Bearer {token[0]}"}
    program = site.browser()
    del program.headers["Sec-Fetch-Site"]
    ask = {"question": ""}  # 422 says that the question was looked at
    # Without a cookie there is nothing to forge: a program may say that it comes from anywhere.
    assert program.post("/api/ask", json=ask, headers={**headers, "Origin": "null"}).status_code == 422
    for path in ("/account", "/staff"):
        assert program.get(path, headers=headers).status_code == 401
    assert browser.submit("/account/revoke", label="协会网站").status_code == 303
    assert program.post("/api/ask", json=ask, headers=headers).status_code == 401


def test_a_wrong_token_is_not_taken_for_none_nor_saved_by_a_cookie(site: Site) -> None:
    for browser in (site.browser(), site.logged_in("admin")):
        answer = browser.get("/api/health", headers={"Authorization": "Bearer hw_wrong"})
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"


def test_one_cannot_revoke_anothers_token(site: Site) -> None:
    admin = site.access.accounts.get("admin")
    assert admin
    site.access.tokens.make(admin, "mine", "test")
    assert site.logged_in("member").submit("/account/revoke", label="mine").status_code == 400
    assert [token.label for token in site.access.tokens.of(admin)] == ["mine"]


# Guessing


def test_guessing_one_account_has_to_wait_whatever_the_address(
    site: Site, clock: Callable[[int], None]
) -> None:
    home = site.logged_in("member", "198.51.100.1")
    for n in range(5):
        assert site.browser(f"203.0.113.{n}").log_in("member", "wrong guess").status_code == 401
    late = site.browser("203.0.113.9").log_in("member")
    assert late.status_code == 429 and "1 min" in late.text
    assert not site.browser("203.0.113.9").is_logged_in
    # Whoever guesses cannot keep the user out of the place where the user always logs in.
    assert site.browser("198.51.100.1").log_in("member").status_code == 303
    assert home.is_logged_in
    # Nor does it spill over to others, or last.
    assert site.browser("203.0.113.9").log_in("admin").status_code == 303
    for n in range(30):
        site.browser(f"203.0.113.{n}").log_in("member", "wrong guess")
        clock(60)
    clock(15 * 60)
    assert site.browser("203.0.113.200").log_in("member").status_code == 303


def test_guessing_from_one_address_has_to_wait_whatever_the_account(site: Site) -> None:
    for n in range(20):
        site.browser("2001:db8::1").log_in(f"name{n}", "wrong guess")
    assert site.browser("2001:db8::2").log_in("member").status_code == 429
    assert site.browser("2001:db8:0:1::2").log_in("member").status_code == 303


def test_a_name_nobody_has_is_throttled_alike(site: Site) -> None:
    answers = [site.browser(f"203.0.113.{n}").log_in("nobody", "wrong guess").status_code for n in range(6)]
    assert answers == [401] * 5 + [429]


def test_attempts_that_come_too_soon_do_not_fill_the_log(site: Site) -> None:
    answers = [site.browser(f"203.0.113.{n}").log_in("member", "wrong guess").status_code for n in range(8)]
    assert answers == [401] * 5 + [429] * 3
    assert site.access.audit.counts()["login.failed"] == 5


def test_guesses_count_for_all_processes_and_passwd_forgives(site: Site, tmp_path: Path) -> None:
    with Access(Settings(home=tmp_path / "home0")) as other:
        for n in range(5):
            other.throttle.admit("member", f"203.0.113.{n}")
    assert site.browser().log_in("member").status_code == 429
    done = users(tmp_path / "home0", "passwd", "member", "--password-stdin", stdin=PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    assert site.browser().log_in("member").status_code == 303


# The first admin


def test_the_setup_link_makes_one_admin_once(sample: Answerer, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with Access(settings) as access:
        site = Site(create_app(Answerers(sample.library), access, settings), access)
        void, link = access.setup_links.make(), access.setup_links.make()
        browser = site.browser()
        assert browser.get("/setup", params={"token": void}).status_code == 410
        assert browser.get("/setup", params={"token": ""}).status_code == 410
        fields = {"name": "王管理", "password": PASSWORD, "again": PASSWORD}
        bad = browser.form(f"/setup?token={link}") | fields | {"password": "short", "again": "short"}
        assert browser.post("/setup", data=bad).status_code == 400
        good = browser.form(f"/setup?token={link}") | fields
        assert browser.post("/setup", data=good | {"csrf": "wrong"}).status_code == 400
        assert browser.post("/setup", data=good).status_code == 303
        assert browser.get("/account").status_code == 200
        assert browser.get("/setup", params={"token": link}).status_code == 410
        again = browser.form("/account") | {"token": link or ""} | fields | {"name": "other"}
        assert browser.post("/setup", data=again).status_code == 410
        assert [(user.name, user.role) for user in access.accounts.all()] == [("王管理", "admin")]
        assert access.setup_links.make() is None


def test_a_setup_link_ends_after_a_day_or_with_the_first_admin(
    tmp_path: Path, clock: Callable[[int], None]
) -> None:
    with Access(Settings(home=tmp_path)) as access:
        link = access.setup_links.make() or ""
        assert access.setup_links.is_good(link)
        clock(25 * 3600)
        assert not access.setup_links.is_good(link)
        link = access.setup_links.make() or ""
        access.accounts.add("boss", "admin", PASSWORD, "test")
        assert not access.setup_links.is_good(link)


# The console


def users(home: Path, *arguments: str, stdin: str | None = None) -> Any:
    return CliRunner().invoke(command, ["users", *arguments], input=stdin, env={"HUIWEN_HOME": str(home)})


def test_users_are_managed_from_the_console(tmp_path: Path) -> None:
    added = users(tmp_path, "add", "Ａnna", "--role", "admin", "--password-stdin", stdin=PASSWORD + "\n")
    assert added.exit_code == 0 and PASSWORD not in added.output
    assert users(tmp_path, "add", "bob", "--password-stdin", stdin=PASSWORD).exit_code == 0
    token = users(tmp_path, "token", "bob", "--label", "site")
    assert re.fullmatch(r"hw_[\w-]{40,}\n", token.output)
    listed = json.loads(users(tmp_path, "list", "--json").output)
    shown = {user["name"]: (user["role"], user["disabled"], user["tokens"]) for user in listed}
    assert shown == {"anna": ("admin", False, []), "bob": ("member", False, ["site"])}
    assert users(tmp_path, "role", "bob", "staff").exit_code == 0
    assert users(tmp_path, "revoke", "bob", "--label", "site").exit_code == 0
    assert users(tmp_path, "disable", "bob").exit_code == 0
    assert "bob\tstaff\tdisabled" in users(tmp_path, "list").output
    assert users(tmp_path, "enable", "bob").exit_code == 0
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.iterdir()} == {
        "accounts.sqlite": "0o600",
        "audit.sqlite": "0o600",
    }


@pytest.mark.parametrize(
    ("arguments", "stdin", "reason"),
    [
        (["add", "anna", "--password-stdin"], PASSWORD, "taken"),
        (["add", "bob", "--password-stdin"], "too short", "10"),
        (["add", "bobbobbobbob", "--password-stdin"], "BobBobBobBob", "user name"),
        (["add", " ", "--password-stdin"], PASSWORD, "64"),
        (["add", "a\u202eb", "--password-stdin"], PASSWORD, "64"),
        (["add", "x" * 65, "--password-stdin"], PASSWORD, "64"),
        (["add", "bob"], PASSWORD, "--password-stdin"),
        (["disable", "anna"], None, "last admin"),
        (["role", "anna", "member"], None, "last admin"),
        (["disable", "nobody"], None, "no user"),
        (["passwd", "nobody", "--password-stdin"], PASSWORD, "no user"),
        (["token", "anna", "--label", " "], None, "60"),
        (["revoke", "anna", "--label", "none"], None, "no token"),
    ],
    ids=str,
)
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, arguments: list[str], stdin: str | None, reason: str
) -> None:
    with Access(Settings(home=tmp_path)) as access:
        access.accounts.add("anna", "admin", PASSWORD, "test")
        done = users(tmp_path, *arguments, stdin=stdin)
        assert done.exit_code == 1
        message = str(done.exception)
        assert reason in message and " / " in message and "\n" not in message
        assert [(user.name, user.role, user.disabled) for user in access.accounts.all()] == [
            ("anna", "admin", False)
        ]


def test_a_session_secret_that_is_too_short_is_refused(make_site: MakeSite) -> None:
    with pytest.raises(Exception, match="HUIWEN_SESSION_SECRET"):
        make_site(session_secret="short")


# What is kept


def test_nothing_that_opens_a_door_is_kept_in_the_files(site: Site, tmp_path: Path) -> None:
    browser = site.logged_in("member")
    token = re.findall(r"hw_[\w-]{40,}", browser.submit("/account/tokens", label="t").text)[0]
    site.browser().log_in("a password by mistake", "wrong guess!")
    payload = json.loads(b64decode(browser.cookies[SESSION_COOKIE].split(".")[0]))
    kept = b"".join(path.read_bytes() for path in (tmp_path / "home0").glob("*.sqlite*"))
    assert b"member" in kept
    for secret in (PASSWORD, token, payload["sid"], payload["csrf"], "a password by mistake", "wrong guess!"):
        assert secret.encode() not in kept, secret


def test_a_password_costs_a_guesser_time_and_memory(quick_hashes: PasswordHasher) -> None:
    fields = quick_hashes.hash(PASSWORD).split("$")
    memory, time, _ = (int(field.partition("=")[2]) for field in fields[3].split(","))
    assert fields[1] == "argon2id" and memory >= 47104 and time >= 1  # OWASP's least


def test_an_old_hash_is_renewed_at_the_next_login(site: Site, tmp_path: Path) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=64, parallelism=1).hash(PASSWORD)
    with sqlite3.connect(tmp_path / "home0" / "accounts.sqlite") as database:
        database.execute("UPDATE users SET password = ? WHERE name = 'member'", (old,))
    assert site.browser().log_in("member").status_code == 303
    with sqlite3.connect(tmp_path / "home0" / "accounts.sqlite") as database:
        renewed = database.execute("SELECT password FROM users WHERE name = 'member'").fetchone()[0]
    assert renewed != old and renewed.startswith("$argon2id$")
    assert site.browser().log_in("member").status_code == 303


def test_the_log_tells_who_did_what_and_cannot_be_rewritten(site: Site, tmp_path: Path) -> None:
    browser = site.logged_in("staff", "198.51.100.7")
    site.browser("203.0.113.5").log_in("admin", "wrong guess")
    browser.submit("/account/tokens", label="site")
    browser.submit("/logout")
    site.access.accounts.set_role("member", "committee", by="admin")
    entries = site.access.audit.entries(limit=5)
    assert [(entry.who, entry.action, entry.about, entry.detail) for entry in entries] == [
        ("admin", "user.role", "member", "member → committee"),
        ("staff", "logout", "staff", ""),
        ("staff", "token.make", "staff", "site"),
        ("", "login.failed", "admin", "wrong_login 203.0.113.5"),
        ("staff", "login", "staff", "198.51.100.7"),
    ]
    older = site.access.audit.entries(limit=2, before=entries[-1].number)
    assert [entry.number for entry in older] == [entries[-1].number - 1, entries[-1].number - 2]
    with sqlite3.connect(tmp_path / "home0" / "audit.sqlite") as database:
        for statement in ("DELETE FROM entries", "UPDATE entries SET who = 'nobody'"):
            with pytest.raises(sqlite3.DatabaseError, match="append-only"):
                database.execute(statement)


def test_every_answer_tells_the_browser_what_to_keep_to(site: Site) -> None:
    def crash() -> None:
        raise RuntimeError("boom")

    site.app.router.add_api_route("/api/health", crash)
    site.app.router.routes.insert(0, site.app.router.routes.pop())
    expected = {"/": 200, "/login": 200, "/account": 401, "/nowhere": 404, asset_url("chat.js"): 200}
    for path, status in {**expected, "/api/health": 500}.items():
        for scheme in ("http", "https"):
            answer = site.browser(scheme=scheme).get(path)
            assert answer.status_code == status, path
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["referrer-policy"] == "same-origin"
            assert "frame-ancestors" in answer.headers["content-security-policy"]
            assert ("strict-transport-security" in answer.headers) == (scheme == "https")
            assert (answer.headers.get("cache-control") == "no-store") == (not path.startswith("/ui/"))
            assert "boom" not in answer.text
