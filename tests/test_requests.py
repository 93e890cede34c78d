"""Requests that another site has forged, and those of programs with a token."""

import re

from access_site import (
    ORIGIN,
    PASSWORD,
    Site,
)

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
