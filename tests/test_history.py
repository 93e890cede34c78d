"""A conversation that comes back, and that its owner erases, in a real browser."""

from collections.abc import Iterator
from threading import Event
from typing import Any

import httpx
import pytest
from chat import (
    ABOUT_PDF,
    ABOUT_TABLE,
    DESKTOP,
    QUESTION,
    OpenPage,
    ask_in_chat,
    erase_all,
    open_pages,
    screenshot,
)
from playwright.sync_api import Browser, Route, expect
from service import services

from bot.answer import Answerer
from bot.events import Answer, AnswerEvent


def test_the_conversation_survives_a_reload_and_is_erased_by_its_owner(
    open_page: OpenPage, size: Any
) -> None:
    page = open_page(size)
    ask_in_chat(page, QUESTION)
    answer = ask_in_chat(page, "那2022年呢？")
    text = answer.locator(".prose").inner_text()
    answer.get_by_role("button", name="分享").click()
    link = answer.get_by_role("textbox", name="分享链接").input_value(timeout=10_000)

    page.reload()
    again = page.locator("#hw-chat .bot-row").nth(1)
    expect(again.locator(".hw-actions")).to_be_visible(timeout=20_000)
    assert again.locator(".prose").inner_text() == text
    page.get_by_role("button", name="新对话").click()
    expect(page.locator("#hw-chat .message")).to_have_count(0)
    page.reload()
    earlier = page.get_by_role("button", name=QUESTION)
    expect(earlier).to_be_visible(timeout=20_000)
    screenshot(page, f"history-{size[0]}")
    earlier.click()
    expect(page.locator("#hw-chat .user-row")).to_have_text([QUESTION, "那2022年呢？"])

    page.get_by_role("button", name="新对话").click()
    expect(earlier).to_be_visible()
    erase = page.get_by_role("button", name="清除记录")
    erase.focus()
    page.keyboard.press("Enter")
    sure = page.get_by_role("alertdialog", name="不能恢复")
    expect(sure.get_by_role("button", name="取消")).to_be_focused()
    page.keyboard.press("Escape")
    expect(sure).to_be_hidden()
    expect(erase).to_be_focused()
    erase.click()
    sure.get_by_role("button", name="取消").click()
    expect(earlier).to_be_visible()
    earlier.click()
    expect(page.locator("#hw-chat .user-row")).to_have_count(2)
    screenshot(page, f"erase-{size[0]}")
    for choice in page.locator("#hw-tools input").all():  # nothing is cut off, and the arrow stands beside it
        assert choice.evaluate(
            """each => {
                const end = each.getBoundingClientRect().right - parseFloat(getComputedStyle(each).paddingRight);
                const arrow = each.closest(".wrap").querySelector(".icon-wrap").getBoundingClientRect();
                return each.scrollWidth <= each.clientWidth && end <= arrow.left;
            }"""
        )
    erase_all(page)
    expect(page.locator("#hw-chat .message")).to_have_count(0)
    expect(earlier).to_have_count(0)
    expect(erase).to_be_hidden()
    expect(page.locator("#hw-question textarea")).to_be_focused()
    assert httpx.get(link).status_code == 404
    page.reload()
    expect(page.get_by_role("heading", name="想了解什么？")).to_be_visible(timeout=20_000)
    expect(page.locator("#hw-past")).to_be_hidden()


@pytest.fixture
def may_end(monkeypatch: pytest.MonkeyPatch) -> Event:
    """What an answer waits for before it is whole."""
    stream, event = Answerer.stream, Event()

    def slow(*asked: Any) -> Iterator[AnswerEvent]:
        for each in stream(*asked):
            assert not isinstance(each, Answer) or event.wait(60)
            yield each

    monkeypatch.setattr(Answerer, "stream", slow)
    return event


@pytest.fixture
def open_here(
    browser: Browser, sample: Answerer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OpenPage]:
    """Opens a chat that is served in this process."""
    for serve in services(sample.library, tmp_path_factory):
        yield from open_pages(browser, serve().url)


def test_nothing_else_is_begun_while_an_answer_is_under_way(
    open_here: OpenPage, may_end: Event, size: Any
) -> None:
    page = open_here(size)
    notice, begun = page.get_by_text("正在处理，请稍候。"), page.locator("#hw-chat .user-row")
    field = page.locator("#hw-question textarea")
    example = page.locator("#hw-chat .example").first
    expect(example).to_be_visible(timeout=60_000)
    late: list[Route] = []
    page.route("**/queue/join?*", lambda route: late.append(route), times=1)
    field.fill(QUESTION)
    with page.expect_request("**/queue/join?*"):
        field.press("Enter")
    example.click()
    expect(notice).to_be_visible()
    screenshot(page, f"under-way-{size[0]}")
    late[0].continue_()
    expect(page.locator("#hw-chat .bot-row")).to_contain_text("[1]", timeout=20_000)
    expect(notice).to_be_hidden()
    for name in ("新对话", "清除记录"):
        page.get_by_role("button", name=name).click()
        expect(notice).to_be_visible()
        expect(page.get_by_role("alertdialog")).to_be_hidden()
        expect(notice).to_be_hidden()
    field.fill(ABOUT_PDF)
    field.press("Enter")
    expect(notice).to_be_visible()
    may_end.set()
    expect(page.locator("#hw-chat .hw-actions")).to_be_visible(timeout=20_000)
    field.press("Enter")
    expect(begun).to_have_text([QUESTION, ABOUT_PDF], timeout=20_000)
    expect(page.locator("#hw-chat .hw-actions")).to_have_count(2, timeout=20_000)
    erase_all(page)
    expect(begun).to_have_count(0)
    page.reload()
    expect(page.get_by_role("heading", name="想了解什么？")).to_be_visible(timeout=20_000)
    expect(page.locator("#hw-past")).to_be_hidden()


def test_a_question_asked_before_the_conversation_is_back_waits_for_it(open_page: OpenPage) -> None:
    page = open_page()
    ask_in_chat(page, QUESTION)
    late: list[Route] = []
    page.route("**/queue/join?*", lambda route: late.append(route), times=1)
    page.reload()
    field = page.locator("#hw-question textarea")
    with page.expect_request("**/queue/join?*"):  # the page asks for the conversation of before
        field.fill("那2022年呢？", timeout=20_000)
        field.press("Enter")
    page.wait_for_timeout(500)
    late[0].continue_()
    expect(page.locator("#hw-chat .user-row")).to_have_text([QUESTION, "那2022年呢？"], timeout=20_000)
    expect(page.locator("#hw-chat .hw-actions")).to_have_count(2, timeout=20_000)


def test_a_question_is_sent_without_the_conversation_before_it(open_page: OpenPage) -> None:
    page = open_page()
    ask_in_chat(page, QUESTION)
    with page.expect_request("**/queue/join?*") as request:
        ask_in_chat(page, "那2022年呢？")
    sent = request.value.post_data or ""
    assert "2022" in sent and len(sent) < 1000
    expect(page.locator("#hw-chat .user-row")).to_have_text([QUESTION, "那2022年呢？"])
    expect(page.locator("#hw-chat .hw-actions")).to_have_count(2)


def test_a_question_that_could_not_be_sent_is_there_when_the_connection_is_back(open_page: OpenPage) -> None:
    page = open_page()
    expect(page.locator("#hw-chat .example").first).to_be_visible(timeout=60_000)
    page.route("**/gradio_api/**", lambda route: route.abort())
    field = page.locator("#hw-question textarea")
    field.fill(QUESTION)
    field.press("Enter")
    expect(page.get_by_text("暂时连接不上")).to_be_visible(timeout=20_000)
    with page.expect_event("load", timeout=60_000):
        page.unroute("**/gradio_api/**")
    expect(field).to_have_value(QUESTION, timeout=20_000)


def test_a_frame_without_storage_remembers_as_long_as_it_is_open(open_page: OpenPage) -> None:
    page = open_page()
    page.add_init_script(
        """for (const name of ["localStorage", "sessionStorage"]) {
            const get = () => { throw new DOMException("", "SecurityError"); };
            Object.defineProperty(window, name, { get, configurable: true });
        }"""
    )
    page.goto(f"{page.url}?embed=1")
    ask_in_chat(page, QUESTION)
    expect(ask_in_chat(page, "那2022年呢？")).to_contain_text("2022")


def test_two_tabs_forget_nothing_of_each_other(open_page: OpenPage) -> None:
    first = open_page(DESKTOP)
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.locator("#hw-chat .example").first).to_be_visible(timeout=60_000)
    ask_in_chat(first, QUESTION)
    ask_in_chat(second, ABOUT_TABLE)
    ask_in_chat(first, ABOUT_PDF)
    first.get_by_role("button", name="新对话").click()
    for question in (QUESTION, ABOUT_TABLE):
        expect(first.locator("#hw-past").get_by_role("button", name=question)).to_be_visible()

    second.reload()
    for question in (QUESTION, ABOUT_TABLE):
        expect(second.locator("#hw-past").get_by_role("button", name=question)).to_be_visible(timeout=20_000)
    second.locator("#hw-past").get_by_role("button", name=QUESTION).click()
    expect(second.locator("#hw-chat .user-row")).to_have_text([QUESTION, ABOUT_PDF])
    erase_all(second)
    expect(second.locator("#hw-past")).to_be_hidden()
    first.reload()
    expect(first.get_by_role("heading", name="想了解什么？")).to_be_visible(timeout=20_000)
    expect(first.locator("#hw-past")).to_be_hidden()


def test_a_list_that_another_tab_has_outdated_opens_what_it_shows(open_page: OpenPage) -> None:
    first = open_page(DESKTOP)
    ask_in_chat(first, QUESTION)
    first.get_by_role("button", name="新对话").click()
    earlier = first.locator("#hw-past").get_by_role("button", name=QUESTION)
    expect(earlier).to_be_visible()
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.locator("#hw-past").get_by_role("button", name=QUESTION)).to_be_visible(timeout=60_000)
    ask_in_chat(second, ABOUT_TABLE)
    earlier.click()
    expect(first.locator("#hw-chat .user-row")).to_have_text([QUESTION])
