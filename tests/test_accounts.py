"""Accounts from the console, and what is kept of them."""

import json
import re
import sqlite3
from base64 import b64decode
from pathlib import Path

import pytest
from access_site import PASSWORD, SESSION_COOKIE, MakeSite, Site, users
from argon2 import PasswordHasher

from bot.access.access import Access
from bot.web.page import asset_url
from ingest.settings import Settings

pytestmark = pytest.mark.usefixtures("quick_hashes")


# The console


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
