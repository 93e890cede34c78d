"""The pages around accounts in a real browser: the way in and out, on a desk and on a phone, for everybody."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from chat import log_in, log_out
from playwright.sync_api import Browser, Page, expect
from service import PASSWORD, Service, services

from bot.answer import Answerer

SCREENSHOTS = Path(__file__).parent / "screenshots"
SIZES = {"desktop": (1280, 800), "phone": (390, 844)}


@pytest.fixture(scope="module")
def serve(sample: Answerer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Service]]:
    yield from services(sample.library, tmp_path_factory)


@pytest.mark.parametrize(("device", "scheme"), [("desktop", "light"), ("phone", "dark")])
def test_a_member_finds_the_way_in_and_out(
    browser: Browser, serve: Callable[..., Service], device: str, scheme: Any
) -> None:
    service = serve(require_login=True)
    service.token("member")  # makes its user
    width, height = SIZES[device]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        locale="zh-TW",
        color_scheme=scheme,
        bypass_csp=True,  # for axe, which is put into the page
    )
    requested: list[str] = []
    context.on("request", lambda request: requested.append(request.url))
    page = context.new_page()

    page.goto(f"{service.url}/?q=1")
    expect(page.get_by_role("heading", name="登入")).to_be_visible()
    expect(page.get_by_label("使用者名稱")).to_be_focused()
    check(page, f"{device}-{scheme}-login")
    fill_login(page, "wrong password")
    expect(page.get_by_role("alert")).to_have_text("使用者名稱或密碼不正確。")
    check(page, f"{device}-{scheme}-login-wrong")

    page.get_by_role("link", name="简体").click()
    page.get_by_label("用户名").fill("member-0")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{service.url}/?q=1")
    page.get_by_role("link", name="member-0").click()
    expect(page.get_by_text("当前登录：member-0（会员）")).to_be_visible()

    page.get_by_label("用途").fill(f"协会网站 {device} {scheme}")
    page.get_by_role("button", name="创建令牌").click()
    expect(page.locator("code.token")).to_contain_text("hw_")
    check(page, f"{device}-{scheme}-account")
    page.get_by_label("当前密码").fill("wrong password")
    page.get_by_label("新密码", exact=True).fill("another good one")
    page.get_by_label("再输入一次新密码").fill("another good one")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_role("alert")).to_have_text("当前密码不正确。")

    page.goto(f"{service.url}/account")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url(f"{service.url}/login**")
    page.go_back()
    expect(page.get_by_role("heading", name="登录")).to_be_visible()
    assert {urlsplit(url).netloc for url in requested if not url.startswith("data:")} == {
        urlsplit(service.url).netloc
    }
    context.close()


def fill_login(page: Page, password: str) -> None:
    page.get_by_label("使用者名稱").fill("member-0")
    page.get_by_label("密碼").fill(password)
    page.get_by_role("button", name="登入").click()


def test_a_page_whose_login_has_ended_says_so(browser: Browser, serve: Callable[..., Service]) -> None:
    service = serve(require_login=False)
    service.token("member")  # makes its user
    context = browser.new_context(locale="zh-CN")
    page, other = context.new_page(), context.new_page()
    log_in(page, service.url, "member-0")
    field = page.locator("#hw-question textarea")
    expect(field).to_be_visible(timeout=20_000)
    log_out(other, service.url)
    field.fill("会费是多少？")
    field.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("登录已经结束", timeout=20_000)
    expect(page.get_by_role("alert").get_by_role("link")).to_have_attribute("href", "/login?next=/")
    context.close()


def test_a_page_opened_before_the_login_says_who_is_logged_in_now(
    browser: Browser, serve: Callable[..., Service]
) -> None:
    service = serve(require_login=False)
    service.token("member")  # makes its user
    context = browser.new_context(locale="zh-CN")
    page, other = context.new_page(), context.new_page()
    page.goto(service.url)
    expect(page.locator("#hw-question textarea")).to_be_visible(timeout=20_000)
    told = page.get_by_role("alert")
    log_in(other, service.url, "member-0")
    return_to(page)
    expect(told).to_contain_text("您已登录为 member-0，请刷新页面。")
    log_out(other, service.url)
    return_to(page)
    expect(told).to_have_count(0)  # all is again as the page was made for
    log_in(other, service.url, "member-0")
    return_to(page)
    page.screenshot(path=SCREENSHOTS / "logged-in-elsewhere.png")
    told.get_by_role("link").click()
    expect(page.locator("#hw-account")).to_have_text("member-0")
    context.close()


def return_to(page: Page) -> None:
    """As the browser tells a page that a member comes back to it from another tab."""
    page.evaluate("window.dispatchEvent(new Event('focus'))")


def check(page: Page, name: str) -> None:
    """Keeps a screenshot; the page fits its window, and axe finds nothing at all."""
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"]
    assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == []
