"""The chat page in a real browser, for the tests of it. Its fixtures are known to all tests."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, FrameLocator, Locator, Page, expect
from service import PASSWORD

SCREENSHOTS = Path(__file__).parent / "screenshots"
DESKTOP, PHONE = (1280, 800), (390, 844)

QUESTION = "2023年的重点工作有哪些？"
ABOUT_PDF = "2024年的重点工作有哪些？"
ABOUT_TABLE = "2023年3月有什么活动？"
UNANSWERABLE = "火星基地的氧气由谁供应？"

# Gradio scrolls to the end a third of a second after the last word; a click meanwhile hits what was there before.
_AT_REST = """async (element) => {
    const top = () => element.getBoundingClientRect().top;
    for (let before = NaN; before !== top(); ) {
        before = top();
        await new Promise((done) => setTimeout(done, 400));
    }
}"""
# What Gradio reports when a page is left while it still listens to the server, and the browser of a request cut off.
_CUT_OFF = ("AbortError", "Connection errored out", "net::ERR_FAILED")

OpenPage = Callable[..., Page]


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[OpenPage]:
    yield from open_pages(browser, server)


def open_pages(browser: Browser, server: str) -> Iterator[OpenPage]:
    """What a fixture yields: opens the chat. Afterwards, every request must have gone to the server and no script
    have failed, by the Content-Security-Policy or otherwise."""
    contexts, requests, errors = [], [], []

    def open_chat(
        size: tuple[int, int] = DESKTOP, locale: str = "zh-CN", scheme: Any = "light", **options: Any
    ) -> Page:
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]},
            locale=locale,
            color_scheme=scheme,
            has_touch=size == PHONE,
            **options,
        )
        contexts.append(context)
        context.on("request", lambda request: requests.append(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(server)
        expect(page.locator("#hw-question textarea")).to_be_visible(timeout=20_000)
        return page

    yield open_chat
    for context in contexts:
        context.close()
    assert requests
    assert {urlsplit(url).netloc for url in requests if not url.startswith(("data:", "blob:"))} == {
        urlsplit(server).netloc
    }
    assert [error for error in errors if not any(known in error for known in _CUT_OFF)] == []


def ask_in_chat(page: Page, question: str) -> Locator:
    """Types a question; returns the answer's bubble when the answer is complete and at rest."""
    before = page.locator("#hw-chat .bot-row").count()
    page.locator("#hw-question textarea").fill(question)
    page.keyboard.press("Enter")
    answer = page.locator("#hw-chat .bot-row").nth(before)
    expect(answer.locator(".hw-actions")).to_be_visible(timeout=60_000)
    answer.evaluate(_AT_REST)
    return answer


def erase_all(page: Page | FrameLocator) -> None:
    """Erases every conversation, and says that it is meant."""
    page.get_by_role("button", name="清除记录").click()
    page.get_by_role("alertdialog").get_by_role("button", name="清除记录").click()


def log_in(page: Page, server: str, name: str) -> None:
    """Logs in one of the users that Service.token makes."""
    page.goto(f"{server}/login")
    page.fill("input[name=name]", name)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{server}/")


def log_out(page: Page, server: str) -> None:
    """Logs out whoever is logged in."""
    page.goto(f"{server}/account")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(f"{server}/")


def visible_within(inner: Locator, outer: Locator) -> bool:
    """Whether one element lies wholly in another."""
    a, b = inner.bounding_box(), outer.bounding_box()
    assert a and b
    return (
        b["y"] <= a["y"]
        and a["y"] + a["height"] <= b["y"] + b["height"]
        and b["x"] <= a["x"]
        and a["x"] + a["width"] <= b["x"] + b["width"]
    )


def screenshot(page: Page, name: str) -> None:
    """Keeps a picture of the page, for people to look at."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def serious(page: Page) -> list[str]:
    """What axe finds that keeps people out of a page, of the chat or another."""
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html']}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
