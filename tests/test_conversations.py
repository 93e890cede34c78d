"""What a browser remembers of its conversations, and what becomes of the rest: through the chat's own queue."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from access_site import Browser, Site

from bot.access.access import Access
from bot.answer import Answerer, Answerers
from bot.journal import Journal
from bot.web.serve import create_app
from ingest.errors import LibraryError
from ingest.settings import Settings

QUESTION = "会费是多少？"


@pytest.fixture
def browser(sample: Answerer, tmp_path: Path) -> Iterator[Browser]:
    settings = Settings(home=tmp_path)
    with Access(settings) as access:
        site = Site(create_app(Answerers(sample.library), access, settings), access)
        with site.browser() as browser:  # one event loop for all, which Gradio's queue keeps to
            yield browser


def test_what_a_browser_no_longer_remembers_is_erased_unless_it_is_shared_or_rated(browser: Browser) -> None:
    plain, shared, rated, kept = (asked(browser) for _ in range(4))
    browser.post(f"/api/answers/{shared}/share")
    browser.post(f"/api/answers/{rated}/feedback", json={"verdict": "up"})
    known = [[plain, shared, rated, kept, *(f"old-{number}" for number in range(97))]]
    assert len(known[0]) == 101

    (remembered,) = chat(browser, "hw-question", [QUESTION, json.dumps([known[0][:97]]), "", ""])
    assert remembered[:97] == known[0][:97] and len(remembered) == 98 and found(browser, plain)
    (remembered,) = chat(browser, "hw-question", [QUESTION, json.dumps([known[0][:100]]), "", ""])
    assert remembered[:3] == [shared, rated, kept] and len(remembered) == 100
    assert (
        not found(browser, plain)
        and found(browser, shared)
        and found(browser, rated)
        and found(browser, kept)
    )

    conversations = [[kept], *([f"other-{number}"] for number in range(29))]
    assert len(chat(browser, "hw-new", [json.dumps(conversations)])) == 30
    assert not found(browser, kept)


def test_an_answer_that_could_not_be_kept_is_not_remembered(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def insert(*_: object) -> None:
        raise LibraryError("The disk is full.")

    monkeypatch.setattr(Journal, "_insert", insert)
    (remembered,) = chat(browser, "hw-question", [QUESTION, json.dumps([["other"]]), "", ""])
    assert remembered == ["other"]


def asked(browser: Browser) -> str:
    id_: str = browser.post("/api/ask", json={"question": QUESTION}).json()["id"]
    return id_


def found(browser: Browser, id_: str) -> bool:
    return browser.get(f"/a/{id_}").status_code == 200


def chat(browser: Browser, element: str, data: list[Any]) -> list[list[str]]:
    """What the browser is told to remember after an event of an element of the chat."""
    config = browser.get("/config").json()
    (source,) = (each["id"] for each in config["components"] if each["props"].get("elem_id") == element)
    (event,) = (
        each
        for each in config["dependencies"]
        if any(target[0] == source and target[1] in ("submit", "click") for target in each["targets"])
    )
    (state,) = (
        each["id"] for each in config["components"] if each["props"].get("elem_id") == "hw-remembered"
    )
    session = {"session_hash": element}
    browser.post("/gradio_api/queue/join", json={"fn_index": event["id"], "data": data, **session})
    told: list[list[str]] = []
    with browser.stream("GET", "/gradio_api/queue/data", params=session) as lines:
        for line in lines.iter_lines():
            message = json.loads(line.removeprefix("data: ")) if line.startswith("data: ") else {}
            if message.get("msg") == "process_completed":
                told = json.loads(message["output"]["data"][event["outputs"].index(state)])
            if message.get("msg") == "close_stream":
                break
    return told
