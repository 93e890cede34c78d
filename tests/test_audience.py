"""What is not for a visitor does not exist for the visitor, whichever way is taken."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from access_site import Browser, RouteCase, Site, add_users, route_cases

from bot.access.access import Access
from bot.access.rules import find_need
from bot.answer import Answerers
from bot.web.serve import create_app
from ingest.add import add_paths
from ingest.document import AUDIENCES, Audience
from ingest.embed import Embedder
from ingest.library import Library
from ingest.settings import Settings

# For each audience a document that says what no other says.
TELLING: dict[Audience, str] = {"public": "白鹭", "members": "青龙", "committee": "玄武"}
CLEARANCES: dict[str, Audience] = {
    "nobody": "public",
    "member": "members",
    "committee": "committee",
    "staff": "committee",
    "admin": "committee",
}
# They answer for as long as the client listens.
STREAMS = (
    "/gradio_api/heartbeat/",
    "/gradio_api/queue/data",
    "/staff/gradio_api/heartbeat/",
    "/staff/gradio_api/queue/data",
)


def name_of(audience: Audience) -> str:
    return f"{TELLING[audience]}计划.txt"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Site]:
    """The application over one document for each audience."""
    folder = tmp_path_factory.mktemp("audience")
    settings = Settings(home=folder / "home")
    with Library(settings, embedder) as library, Access(settings) as access:
        for number, (audience, telling) in enumerate(TELLING.items(), start=3):
            path: Path = folder / name_of(audience)
            path.write_text(
                f"关于{telling}计划的决定\n{telling}计划投资{number}百万元，地点在{telling}大厦。\n",
                encoding="utf-8",
            )
            list(add_paths(library, [path], audience))
        add_users(access)
        yield Site(create_app(Answerers(library), access, settings), access)


@pytest.fixture(scope="module", params=CLEARANCES)
def who(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def browser(site: Site, who: str) -> Browser:
    return site.browser() if who == "nobody" else site.logged_in(who)


def hidden_from(who: str) -> tuple[Audience, ...]:
    return AUDIENCES[AUDIENCES.index(CLEARANCES[who]) + 1 :]


def test_an_answer_is_drawn_from_what_the_visitor_may_read(browser: Browser, who: str) -> None:
    for audience, telling in TELLING.items():
        question = f"{telling}计划投资多少？"
        answer = browser.post("/api/ask", json={"question": question}).json()
        streamed = browser.post(
            "/api/ask", json={"question": question}, headers={"Accept": "text/event-stream"}
        ).text
        cited = {citation["document"] for citation in answer["citations"]}
        if audience not in hidden_from(who):
            assert cited == {name_of(audience)} and "百万元" in answer["answer"]
            continue
        assert not cited & {name_of(each) for each in hidden_from(who)}
        del answer["question"]
        for shown in (json.dumps(answer, ensure_ascii=False), streamed.replace(json.dumps(question), "")):
            assert f"{telling}大厦" not in shown and f"关于{telling}" not in shown
            assert name_of(audience) not in shown


def test_a_hidden_document_is_answered_like_none(browser: Browser, who: str) -> None:
    missing = browser.get(f"/api/documents/{quote('没有.txt')}")
    for audience in AUDIENCES:
        answer = browser.get(f"/api/documents/{quote(name_of(audience))}")
        if audience in hidden_from(who):
            assert answer.status_code == 404
            assert answer.text == missing.text.replace("没有.txt", name_of(audience))
        else:
            assert answer.status_code == 200 and TELLING[audience] in answer.json()["text"]
    count = browser.get("/api/health").json()["documents"]
    assert count == len(AUDIENCES) - len(hidden_from(who))


def test_a_token_reads_what_its_user_may_read(site: Site, who: str) -> None:
    headers = {}
    if who != "nobody":
        user = site.access.accounts.get(who)
        assert user
        headers["Authorization"] = "Bearer " + site.access.tokens.make(user, "audience", "test")
    for audience in AUDIENCES:
        answer = site.browser().get(f"/api/documents/{quote(name_of(audience))}", headers=headers)
        assert answer.status_code == (404 if audience in hidden_from(who) else 200)


def test_no_route_tells_of_a_hidden_document(site: Site, who: str) -> None:
    for audience in hidden_from(who):
        id_, key = shared_answer(site, audience)
        for value in (name_of(audience), key, id_):
            browser = site.browser() if who == "nobody" else site.logged_in(who)
            for case in sorted(route_cases(site.app, value), key=ends_something):
                shown = shown_by(browser, case)
                assert TELLING[audience] not in shown.replace(name_of(audience), ""), (case, shown[:200])


def ends_something(case: RouteCase) -> bool:
    """Such a route has its turn last, for after it there is no session or no answer."""
    return case.method == "DELETE" or case.path == "/logout"


def shared_answer(site: Site, audience: Audience) -> tuple[str, str]:
    """The id and the key of an answer of the committee from this document."""
    browser = site.logged_in("committee")
    answer = browser.post("/api/ask", json={"question": f"{TELLING[audience]}计划投资多少？"}).json()
    assert TELLING[audience] in answer["answer"]
    path = browser.post(f"/api/answers/{answer['id']}/share").json()["path"]
    assert TELLING[audience] in browser.get(path).text
    return answer["id"], path.rpartition("/")[2]


def shown_by(browser: Browser, case: RouteCase) -> str:
    """What a route says to a question that every document could answer, if it is one that ends and is open."""
    if case.method == "WEBSOCKET" or case.path.startswith(STREAMS):
        return ""
    if find_need(case.method, case.path) == "closed":
        return ""
    body = {} if case.method in ("GET", "HEAD") else {"json": {"question": "计划投资多少？"}}
    answer = browser.request(case.method, case.path, **body)
    return answer.text + str(answer.headers)


def test_the_chat_answers_from_what_the_visitor_may_read(site: Site) -> None:
    with site.browser() as browser:  # one event loop for all, which Gradio's queue keeps to
        for who in CLEARANCES:
            browser.cookies.clear()
            if who != "nobody":
                assert browser.log_in(who).status_code == 303
            for audience, telling in TELLING.items():
                shown = ask_in_chat(browser, f"{telling}计划投资多少？", f"{who}-{audience}")
                assert (f"地点在{telling}大厦" in shown) == (audience not in hidden_from(who)), shown[-500:]
                for hidden in hidden_from(who):
                    assert f"{TELLING[hidden]}大厦" not in shown and f"关于{TELLING[hidden]}" not in shown


def ask_in_chat(browser: Browser, question: str, session: str) -> str:
    """All that the queue of the chat page sends for its greeting and for a question."""
    config = browser.get("/config").json()
    shown = ""
    for dependency in config["dependencies"]:
        if any(target[1] == "example_select" for target in dependency["targets"]):
            continue
        data: list[Any] = [None] * len(dependency["inputs"])
        if data:
            data[:2] = [question, []]
        joined = browser.post(
            "/gradio_api/queue/join",
            json={"fn_index": dependency["id"], "data": data, "session_hash": session},
        )
        assert joined.status_code == 200, joined.text
        with browser.stream("GET", "/gradio_api/queue/data", params={"session_hash": session}) as events:
            for line in events.iter_lines():
                event = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
                shown += json.dumps(event, ensure_ascii=False)
                if event.get("msg") in ("process_completed", "close_stream"):
                    break
    return shown
