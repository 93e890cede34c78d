"""What members do with an answer in a real browser: copy, share, print, rate; and that everybody can."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest
from chat import (
    ABOUT_PDF,
    ABOUT_TABLE,
    DESKTOP,
    PHONE,
    QUESTION,
    UNANSWERABLE,
    OpenPage,
    ask_in_chat,
    screenshot,
    serious,
)
from playwright.sync_api import Browser, expect

from bot.journal import Journal


def test_an_answer_is_copied_with_its_sources(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    answer = ask_in_chat(page, QUESTION)
    answer.get_by_role("button", name="复制").click()
    expect(answer.get_by_role("status")).to_have_text("已复制")
    copied = page.evaluate("navigator.clipboard.readText()")
    body, _, notes = copied.partition("\n\n[1] ")
    assert "[2]" in body and "重点" in body
    assert "河南省侨商联合会2022年度工作报告 · 2023-01-10：" in notes and notes.count("\n\n[") >= 5


def test_a_shared_answer_is_read_without_a_script(
    server: str, open_page: OpenPage, browser: Browser, size: Any
) -> None:
    page = open_page(size)
    answer = ask_in_chat(page, QUESTION)
    answer.get_by_role("button", name="分享").click()
    link = answer.get_by_role("textbox", name="分享链接").input_value(timeout=10_000)
    assert link.startswith(f"{server}/a/")
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": size[0], "height": size[1]}, locale="zh-CN"
    )
    shared = context.new_page()
    shared.goto(link)
    expect(shared.get_by_role("heading", level=1)).to_have_text(QUESTION)
    sources = shared.locator("#source-1")
    expect(sources).to_contain_text("《河南省侨商联合会2022年度工作报告》 · 2023-01-10")
    expect(shared.locator(".answer a", has_text="[1]")).to_have_attribute("href", "#source-1")
    assert shared.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(shared, f"share-{size[0]}")
    address = sources.get_by_role("link").get_attribute("href") or ""
    context.close()

    page.goto(f"{server}{address}")
    expect(page.locator("#cited-quote")).to_be_visible(timeout=20_000)
    expect(page.locator("#hw-source-title")).to_have_text("河南省侨商联合会2022年度工作报告")


def test_a_shared_follow_up_shows_what_it_leans_on_and_where_was_searched(server: str) -> None:
    history = ["会费是多少？", QUESTION, "那2021年呢？"]
    body = {"question": "那2022年呢？", "history": history, "kinds": ["report"]}
    answer = httpx.post(f"{server}/api/ask", json=body, timeout=60).json()
    assert not answer["refused"]
    page = httpx.get(f"{server}/a/{answer['id']}", headers={"Accept-Language": "zh-CN"}).text
    shown = [
        page.index(words) for words in (f"<p>{QUESTION}</p>", "<p>那2021年呢？</p>", "<h1>那2022年呢？</h1>")
    ]
    assert shown == sorted(shown) and "会费是多少" not in page
    assert "只在报告类文件里找了。" in page

    alone = httpx.post(
        f"{server}/api/ask", json={"question": QUESTION, "history": history}, timeout=60
    ).json()
    page = httpx.get(f"{server}/a/{alone['id']}", headers={"Accept-Language": "zh-CN"}).text
    assert "此前的提问" not in page and "文件里找了" not in page


def test_a_question_that_is_too_long_is_told_and_kept(open_page: OpenPage) -> None:
    page = open_page()
    field = page.locator("#hw-question textarea")
    field.fill("背景" * 1100 + "？会费是多少？")
    field.press("Enter")
    expect(page.locator("#hw-chat .bot").last).to_contain_text("问题太长了", timeout=20_000)
    assert field.input_value().endswith("会费是多少？")


def test_who_is_not_logged_in_may_log_in_to_see_an_answer(server: str) -> None:
    response = httpx.get(f"{server}/a/unknown", headers={"Accept-Language": "zh-CN"})
    assert response.status_code == 404
    assert 'href="/login?next=%2Fa%2Funknown"' in response.text and "登录后再看" in response.text


def test_only_the_answer_and_its_sources_are_printed(open_page: OpenPage) -> None:
    page = open_page()
    answer = ask_in_chat(page, QUESTION)
    answer.get_by_role("button", name="打印").click()
    paper = page.frame_locator("#hw-print")
    expect(paper.get_by_role("heading", level=1)).to_have_text(QUESTION)
    expect(paper.locator("blockquote").first).to_be_attached()


def test_a_conversation_on_paper_is_dark_on_white_with_its_sources(open_page: OpenPage) -> None:
    page = open_page(scheme="dark")
    answer = ask_in_chat(page, ABOUT_PDF)
    sources = answer.locator(".hw-on-paper")
    expect(sources).to_be_hidden()
    page.emulate_media(media="print", color_scheme="dark")
    expect(page.locator("#hw-chat .user-row")).to_have_text(ABOUT_PDF)
    expect(sources.locator("p").first).to_have_text(
        re.compile(r"\[1\] 河南省侨商联合会2023年度工作报告 · 2024-\d\d-\d\d · 第 \d 页：.+")
    )
    expect(sources.locator("p")).to_have_count(answer.locator("a.cite").count())
    for shown in (answer.locator(".prose p").first, sources):
        expect(shown).to_have_css("color", "rgb(0, 0, 0)")


def test_a_bad_answer_is_told_with_a_reason(open_page: OpenPage, sample_home: Path) -> None:
    page = open_page(PHONE)
    answer = ask_in_chat(page, UNANSWERABLE)
    expect(answer).to_contain_text("咨询商会秘书处")
    answer.get_by_role("button", name="没有帮助").click()
    expect(answer.get_by_role("button", name="提交")).to_be_in_viewport(ratio=1)
    answer.get_by_role("radio", name="内容过时").check()
    answer.get_by_role("textbox", name="补充说明").fill("<b>去年</b>的")
    answer.get_by_role("button", name="提交").click()
    expect(answer.get_by_role("status")).to_have_text("谢谢您的反馈")
    id_ = (answer.locator(".answer-id").get_attribute("id") or "").removeprefix("answer-")
    entry = Journal(sample_home).get(id_)
    assert entry and entry.feedback.model_dump() == {
        "verdict": "down", "reason": "outdated", "comment": "<b>去年</b>的"
    }  # fmt: skip
    page.reload()
    expect(page.get_by_role("button", name="没有帮助")).to_have_attribute(
        "aria-pressed", "true", timeout=20_000
    )
    expect(page.get_by_role("button", name="有帮助", exact=True)).to_have_attribute("aria-pressed", "false")


@pytest.mark.parametrize(("size", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desktop", "phone"])
def test_nothing_on_the_page_keeps_anybody_out(open_page: OpenPage, size: Any, scheme: str) -> None:
    page = open_page(size, scheme=scheme, bypass_csp=True)  # axe is put into the page as a script
    expect(page.locator("#hw-chat .example").first).to_be_visible(timeout=60_000)
    assert serious(page) == []
    answer = ask_in_chat(page, QUESTION)
    answer.get_by_role("button", name="没有帮助").click()
    answer.get_by_role("button", name="分享").click()
    link = answer.get_by_role("textbox", name="分享链接").input_value(timeout=10_000)
    assert serious(page) == []
    screenshot(page, f"actions-{size[0]}-{scheme}")
    answer.locator("a.cite").first.click()
    expect(page.locator("#cited-quote")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    ask_in_chat(page, ABOUT_TABLE).locator("a.cite").first.click()
    expect(page.get_by_role("region", name="表格 1")).to_be_visible()
    assert serious(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="新对话").click()
    expect(page.get_by_role("button", name=QUESTION)).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="清除记录").click()
    expect(page.get_by_role("alertdialog")).to_be_visible()
    assert serious(page) == []
    screenshot(page, f"sure-{size[0]}-{scheme}")
    page.goto(link)
    assert serious(page) == []


def test_the_keyboard_is_enough(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#hw-chat .example").first).to_be_visible(timeout=60_000)
    page.locator("body").press("Tab")
    skip = page.get_by_role("link", name="跳到提问框")
    if not skip.evaluate("each => each === document.activeElement"):
        skip.focus()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="问题")).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    first = page.locator("#hw-chat a.cite").first
    expect(page.locator("#hw-chat .hw-actions")).to_be_visible(timeout=60_000)
    first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#hw-source-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(first).to_be_focused()


def test_no_script_runs_that_the_server_did_not_put_there(server: str, browser: Browser) -> None:
    policy = httpx.get(server).headers["content-security-policy"]
    directives = dict(each.strip().split(" ", 1) for each in policy.split(";"))
    assert re.fullmatch(r"'self' 'nonce-[\w-]{22}'", directives["script-src"])
    assert policy != httpx.get(server).headers["content-security-policy"]
    assert directives["default-src"] == directives["object-src"] == directives["base-uri"] == "'none'"
    assert directives["connect-src"] == directives["frame-ancestors"] == "'self'"
    page = browser.new_page()
    page.goto(server)
    page.evaluate(
        """() => {
            const script = document.createElement("img");
            script.setAttribute("onerror", "window.hacked = 1");
            script.src = "data:,";
            document.body.append(script);
        }"""
    )
    page.wait_for_timeout(300)
    assert page.evaluate("window.hacked") is None
    page.close()
