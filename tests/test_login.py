"""Logging in and out, guessing passwords, and the first admin."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from access_site import PASSWORD, SESSION_COOKIE, Site, users
from itsdangerous import TimestampSigner

from bot.access.access import Access
from bot.answer import Answerer, Answerers
from bot.web.serve import create_app
from ingest.settings import Settings

pytestmark = pytest.mark.usefixtures("quick_hashes")


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
    for n in range(100):
        assert site.browser("2001:db8::1").log_in(f"name{n}", "wrong guess").status_code == 401
    assert site.browser("2001:db8::2").log_in("member").status_code == 429
    assert site.browser("2001:db8:0:1::2").log_in("member").status_code == 303


def test_one_who_guesses_in_an_office_holds_up_nobody_else_there(
    site: Site, clock: Callable[[int], None], tmp_path: Path
) -> None:
    site.logged_in("member", "198.51.100.1")
    answers = [site.browser("198.51.100.1").log_in("member", "wrong guess").status_code for _ in range(30)]
    assert answers == [401] * 5 + [429] * 25  # known here or not, an account is not guessed at will
    for name in ("admin", "staff"):
        assert site.browser("198.51.100.1").log_in(name).status_code == 303
    assert site.browser("198.51.100.1").log_in("member").status_code == 429
    assert site.browser("203.0.113.9").log_in("member").status_code == 303
    # It takes no longer than the wait, and a new password ends it at once.
    for _ in range(2):
        clock(31)
        assert site.browser("198.51.100.1").log_in("member", "wrong guess").status_code == 401
        clock(30)
        assert site.browser("198.51.100.1").log_in("member").status_code == 429
    done = users(tmp_path / "home0", "passwd", "member", "--password-stdin", stdin=PASSWORD + "\n")
    assert done.exit_code == 0, done.output
    assert site.browser("198.51.100.1").log_in("member").status_code == 303


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
        assert f"/setup?token={link}&amp;lang=en" in browser.get("/setup", params={"token": link}).text
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
