"""The server as its users meet it: the JSON API over HTTP, the chat in a real browser."""

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from chat import DESKTOP, PHONE, QUESTION, SCREENSHOTS, OpenPage, ask_in_chat, screenshot, visible_within
from playwright.sync_api import expect

UNANSWERABLE = "火星基地的氧气由谁供应？"

# The API


def ask(server: str, question: str) -> dict[str, Any]:
    response = httpx.post(f"{server}/api/ask", json={"question": question}, timeout=60)
    assert response.status_code == 200, response.text
    return response.json()


def test_a_quote_is_the_text_of_its_document_at_its_offsets(server: str) -> None:
    answer = ask(server, QUESTION)
    assert not answer["refused"]
    assert [citation["n"] for citation in answer["citations"]] == list(range(1, len(answer["citations"]) + 1))
    for citation in answer["citations"]:
        document = httpx.get(f"{server}/api/documents/{quote(citation['document'])}").json()
        assert document["text"][citation["start"] : citation["end"]] == citation["quote"]
        assert (document["title"], document["date"]) == (citation["title"], citation["date"])
        pages = {
            page["page"] for page in document["pages"] if page["start"] <= citation["start"] < page["end"]
        }
        assert pages == ({citation["page"]} if citation["page"] else set())


def test_a_stream_holds_the_parts_of_the_answer_and_then_the_answer(server: str) -> None:
    events = []
    with httpx.stream(
        "POST",
        f"{server}/api/ask",
        json={"question": QUESTION},
        headers={"Accept": "text/event-stream"},
        timeout=60,
    ) as response:
        assert response.headers["content-type"].startswith("text/event-stream")
        kind = ""
        for line in response.iter_lines():
            if line.startswith("event: "):
                kind = line.removeprefix("event: ")
            elif line.startswith("data: "):
                events.append((kind, json.loads(line.removeprefix("data: "))))
    assert [kind for kind, _ in events] == ["part"] * (len(events) - 1) + ["answer"]
    answer = events[-1][1]
    assert "".join(part["text"] for _, part in events[:-1]).strip() == answer["answer"]
    assert answer["answer"] == ask(server, QUESTION)["answer"]


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"not json",
        b'{"question": ""}',
        '{"question": " \\n　"}'.encode(),
        json.dumps({"question": "问" * 2001}).encode(),
        json.dumps({"question": "会费", "history": ["问"] * 21}).encode(),
        json.dumps({"question": ["会费"]}).encode(),
    ],
    ids=["nothing", "not JSON", "empty", "white space", "too long", "long history", "not text"],
)
def test_a_bad_request_is_refused_with_one_sentence(server: str, body: bytes) -> None:
    response = httpx.post(f"{server}/api/ask", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422
    detail = response.json()["detail"]
    assert isinstance(detail, str) and detail and "\n" not in detail and "Traceback" not in detail


def test_what_is_not_there_is_404_and_what_is_there_is_described(server: str) -> None:
    missing = httpx.get(f"{server}/api/documents/{quote('没有这份.txt')}")
    assert missing.status_code == 404
    assert "没有这份.txt" in missing.json()["detail"]
    health = httpx.get(f"{server}/api/health").json()
    assert health["status"] == "ok" and health["documents"] >= 12
    paths = httpx.get(f"{server}/api/openapi.json").json()["paths"]
    assert {"/api/ask", "/api/documents", "/api/documents/{name}", "/api/health"} <= set(paths)


def test_the_public_page_takes_no_files(server: str) -> None:
    upload = httpx.post(f"{server}/gradio_api/upload", files={"files": ("a.txt", b"x")})
    assert upload.status_code == 404


def test_a_port_in_use_is_told_in_one_line(server: str, sample_home: Path, huiwen: Any) -> None:
    port = str(urlsplit(server).port)
    done = huiwen(sample_home, "serve", "--port", port)
    assert done.returncode != 0
    assert port in done.stderr and len(done.stderr.strip().splitlines()) == 1


# The page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("device", "size"), [("desktop", DESKTOP), ("phone", PHONE)], ids=["desktop", "phone"]
)
def test_a_citation_opens_its_quote_beside_the_answer(
    server: str, open_page: OpenPage, device: str, size: tuple[int, int], scheme: str
) -> None:
    page = open_page(size, scheme=scheme)
    expect(page.locator("#hw-chat .example").first).to_be_visible()
    screenshot(page, f"{device}-{scheme}-welcome")

    citations = ask(server, QUESTION)["citations"]
    answer = ask_in_chat(page, QUESTION)
    expect(answer.locator("a.cite", has_text=f"[{citations[-1]['n']}]").first).to_be_visible()
    screenshot(page, f"{device}-{scheme}-answer")

    first = answer.locator("a.cite", has_text="[1]").first
    first.click()
    panel, text = page.locator("#hw-source"), page.locator("#hw-source-text")
    mark = page.locator("#cited-quote")
    expect(mark).to_be_visible()
    screenshot(page, f"{device}-{scheme}-source")
    assert mark.text_content() == citations[0]["quote"]
    assert visible_within(mark, text)
    expect(page.locator("#hw-source-title")).to_have_text(citations[0]["title"])
    expect(page.locator("#hw-source-facts")).to_contain_text(citations[0]["date"] or "")
    expect(text).to_be_focused()
    input_field = page.locator("#hw-question")
    if device == "desktop":
        chat_box, panel_box = page.locator("#hw-chat").bounding_box(), panel.bounding_box()
        assert chat_box and panel_box and chat_box["x"] + chat_box["width"] <= panel_box["x"]

    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(first).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert visible_within(input_field, page.locator("body"))
    if os.environ.get("HUIWEN_UPDATE_SCREENSHOT") == "1" and (device, scheme) == ("desktop", "light"):
        shutil.copy(
            SCREENSHOTS / "desktop-light-source.png", Path(__file__).parent.parent / "docs" / "screenshot.png"
        )


def test_an_example_question_is_asked_by_a_click(open_page: OpenPage) -> None:
    page = open_page()
    example = page.locator("#hw-chat .example").first
    question = example.inner_text()
    example.click()
    expect(page.locator("#hw-chat .user-row")).to_have_text(question)
    expect(page.locator("#hw-chat .bot-row a.cite").first).to_be_visible(timeout=60_000)


def test_a_refusal_opens_the_closest_documents(server: str, open_page: OpenPage) -> None:
    refusal = ask(server, UNANSWERABLE)
    assert refusal["refused"] and refusal["closest"]
    page = open_page()
    links = ask_in_chat(page, UNANSWERABLE).locator("a.cite")
    expect(links).to_have_text([document["title"] for document in refusal["closest"]])
    links.first.click()
    expect(page.locator("#hw-source-title")).to_have_text(refusal["closest"][0]["title"])
    expect(page.locator("#hw-source-text p").first).to_be_visible()
    assert page.evaluate("document.getElementById('hw-source-text').scrollTop") == 0
    page.get_by_role("button", name="关闭").click()
    expect(page.locator("#hw-source")).to_be_hidden()


@pytest.mark.parametrize(
    ("question", "help_", "locale"),
    [
        (
            "Who supplies oxygen to the Mars base?",
            "Try other words, or ask the association's secretariat.",
            "zh-CN",
        ),
        (UNANSWERABLE, "可以换个问法，或咨询商会秘书处。", "en-GB"),
    ],
    ids=["English on a Chinese page", "Chinese on an English page"],
)
def test_a_refusal_is_in_one_language_whatever_that_of_the_page(
    server: str, open_page: OpenPage, question: str, help_: str, locale: str
) -> None:
    page = open_page(locale=locale)
    refusal = ask_in_chat(page, question)
    expect(refusal.locator(".prose")).to_contain_text(help_)
    id_ = (refusal.locator(".answer-id").get_attribute("id") or "").removeprefix("answer-")
    page.goto(f"{server}/a/{id_}")
    expect(page.locator(".answer")).to_contain_text(help_)
    page.goto(server)
    expect(page.locator("#hw-chat .bot-row .prose")).to_contain_text(help_, timeout=20_000)


def test_markup_of_questions_and_documents_is_shown_as_text(
    server: str, open_page: OpenPage, hostile_file: Path
) -> None:
    page = open_page()
    question = "<img src=x onerror='window.hacked=1'> **网站测试代码**的内容是什么 [1]？"
    citations = ask(server, question)["citations"]
    n = next(citation["n"] for citation in citations if citation["document"] == hostile_file.name)
    answer = ask_in_chat(page, question)
    expect(page.locator("#hw-chat .user-row .message")).to_have_text(question)
    expect(answer).to_contain_text("<script>window.hacked=1</script>")
    answer.locator("a.cite", has_text=f"[{n}]").first.click()
    expect(page.locator("#cited-quote")).to_contain_text("<img src=x onerror='window.hacked=1'>")
    expect(page.locator("#hw-source-facts")).to_contain_text(hostile_file.name)
    assert page.locator(":is(#hw-chat, #hw-source) :is(img, script, a[href^=javascript])").count() == 0
    assert page.evaluate("window.hacked") is None


@pytest.mark.parametrize(
    ("locale", "lang", "placeholder"),
    [
        ("zh-CN", "zh-CN", "请输入您的问题"),
        ("zh-HK", "zh-TW", "請輸入您的問題"),
        ("en-GB", "en", "Type your question"),
        ("fr-FR", "en", "Type your question"),
    ],
    ids=["zh-CN", "zh-HK", "en-GB", "fr-FR"],
)
def test_the_interface_follows_the_browser(
    open_page: OpenPage, locale: str, lang: str, placeholder: str
) -> None:
    page = open_page(locale=locale)
    expect(page.locator("html")).to_have_attribute("lang", lang)
    expect(page.locator("#hw-question textarea")).to_have_attribute("placeholder", placeholder)


def test_a_chosen_language_stays(server: str, open_page: OpenPage) -> None:
    page = open_page(locale="zh-CN")
    page.get_by_role("link", name="EN", exact=True).click()
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    page.goto(server)
    expect(page.get_by_role("heading", name="What would you like to know?")).to_be_visible()
    expect(page.get_by_role("textbox", name="Question")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    expect(page.get_by_text(re.compile("gradio", re.IGNORECASE))).to_have_count(0)
