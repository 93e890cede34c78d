"""A running desk for the tests, and what staff do on it again and again. Its fixtures are known to all tests."""

import io
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from chat import DESKTOP, SCREENSHOTS
from conftest import HUIWEN, _environment, huiwen_server
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from bot.answer import Answerer
from bot.journal import Feedback, Journal

PASSWORD = "correct horse battery"
PATIENCE = 60_000  # ms; reading begins with a worker process

NOTICE = "关于举办春季茶话会的通知.txt"
NOTICE_TEXT = """关于举办春季茶话会的通知

各会员单位：

定于2025年4月12日下午3点在侨商之家举办春季茶话会，每家企业限2人参加。

请于4月8日前向秘书处报名，联(lián)系电话0371-5566。

秘书处
2025年3月30日
"""
LATER_TEXT = NOTICE_TEXT.replace("每家企业限2人参加", "每家企业限5人参加")
QUESTION = "春季茶话会每家企业限几人参加？"
UNANSWERED = "火星基地的氧气由谁供应？"


@dataclass
class Desk:
    """A running server on a home of its own, with a logged-in member of staff."""

    url: str
    home: Path
    context: Callable[..., BrowserContext]
    opened: list[BrowserContext]

    def open(self, size: tuple[int, int] = DESKTOP, who: str = "staffer", **options: Any) -> Page:
        page = self.context(size, who, **options).new_page()
        page.goto(f"{self.url}/staff")
        expect(page.locator("#hw-desk")).to_be_visible(timeout=PATIENCE)
        expect(page.locator("#hw-staged :is(table, p)").first).to_be_visible(timeout=PATIENCE)
        return page

    def ask(self, question: str) -> dict[str, Any]:
        return httpx.post(f"{self.url}/api/ask", json={"question": question}, timeout=60).json()


@pytest.fixture(scope="session")
def desk_home(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("desk") / "home"
    shutil.copytree(
        sample_home, home, ignore=shutil.ignore_patterns("*.sqlite-*", "accounts.*", "audit.*", "journal.*")
    )
    for name, role in (("staffer", "staff"), ("colleague", "staff"), ("boss", "admin"), ("member", "member")):
        subprocess.run(
            [HUIWEN, "users", "add", name, "--role", role, "--password-stdin"],
            env=_environment(home), input=f"{PASSWORD}\n", text=True, check=True,
        )  # fmt: skip
    return home


@pytest.fixture(scope="session")
def asked_in_vain(desk_home: Path, sample: Answerer) -> Path:
    """A home in which members asked two things in vain, one of them twice in near-equal words, and disliked an answer."""
    journal = Journal(desk_home)
    for question in (UNANSWERED, "火星基地的氧气是由谁供应的", "商会的停车场怎么收费？"):
        list(journal.recorded([sample.ask(question)], (), "public"))
    disliked = sample.ask("2023年的重点工作有哪些？")
    list(journal.recorded([disliked], (), "public"))
    journal.rate(disliked.id, Feedback(verdict="down", reason="outdated", comment="<b>太旧了</b>"))
    journal.close()
    return desk_home


@pytest.fixture(scope="session")
def desk_server(asked_in_vain: Path, browser: Browser) -> Iterator[Desk]:
    states: dict[str, Any] = {}
    opened: list[BrowserContext] = []

    def context(size: tuple[int, int], who: str, **options: Any) -> BrowserContext:
        if who not in states:
            states[who] = log_in(browser, url, who)
        view = {"width": size[0], "height": size[1]}
        opened.append(
            browser.new_context(
                viewport=view,
                **{"locale": "zh-CN", "storage_state": states[who], **options},  # type: ignore[arg-type]
            )
        )
        opened[-1].on("request", lambda request: requests.append(request.url))
        return opened[-1]

    requests: list[str] = []
    log = asked_in_vain.parent / "log"
    with log.open("w") as stderr, huiwen_server(asked_in_vain, stderr) as url:
        yield Desk(url, asked_in_vain, context, opened)
    outside = {urlsplit(each).netloc for each in requests if not each.startswith(("data:", "blob:"))}
    assert outside == {urlsplit(url).netloc}
    assert "Traceback" not in log.read_text()


@pytest.fixture
def desk(desk_server: Desk) -> Iterator[Desk]:
    """The desk; its pages are closed afterwards, because those that stay open keep asking the server what is new."""
    yield desk_server
    for each in desk_server.opened:
        each.close()
    desk_server.opened.clear()


def log_in(browser: Browser, url: str, who: str) -> Any:
    page = browser.new_context(locale="zh-CN").new_page()
    page.goto(f"{url}/login?next=/staff/")
    page.fill("input[name=name]", who)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/staff/")
    state = page.context.storage_state()
    page.context.close()
    return state


def upload(page: Page, *files: tuple[str, bytes], into: str = "#hw-uploads") -> None:
    payload = [{"name": name, "mimeType": "application/octet-stream", "buffer": data} for name, data in files]
    page.set_input_files(f"{into} input[type=file]", payload)  # type: ignore[arg-type]


def zipped(*files: tuple[str, str]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return buffer.getvalue()


def row(page: Page, name: str) -> Locator:
    return page.locator("#hw-staged tr").filter(has=page.get_by_role("cell", name=name, exact=True))


def choose(page: Page, field: str, option: str) -> None:
    page.locator(f"{field} input").click()
    page.get_by_role("option", name=option, exact=True).click()


def open_tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def cell(page: Page, table: str, words: str) -> Locator:
    return page.locator(table).get_by_role("gridcell", name=words).first


def line(page: Page, table: str, words: str) -> Locator:
    return page.locator(table).get_by_role("row").filter(has_text=words)


def open_document(page: Page, name: str) -> None:
    open_tab(page, "文件库")
    expect(line(page, "#hw-library", "文件名")).to_be_visible(timeout=PATIENCE)
    page.locator("#hw-library").get_by_role("textbox").fill(name)
    # Exactly: what says that another document is replaced by it names it, too.
    page.locator("#hw-library").get_by_role("gridcell", name=name, exact=True).first.click()
    expect(page.locator("#hw-view .hw-facts").first).to_contain_text(name, timeout=PATIENCE)


def told(page: Page) -> Locator:
    return page.locator(".hw-message.prose:visible")


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"desk-{name}.png", full_page=True)


def discard_all(page: Page, *names: str) -> None:
    for name in names:
        choose(page, "#hw-choose-staged", name)
        expect(page.locator("#hw-preview .hw-facts").first).to_contain_text(name, timeout=PATIENCE)
        page.locator("#hw-discard").click()
        expect(row(page, name)).to_have_count(0)
