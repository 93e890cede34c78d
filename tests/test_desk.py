"""The staff's desk in a real browser: the library, and that everybody can use it."""

import json
import re
from typing import Any

import pytest
from chat import PHONE, serious
from conftest import run_huiwen
from desk_site import (
    NOTICE,
    NOTICE_TEXT,
    PASSWORD,
    PATIENCE,
    Desk,
    cell,
    choose,
    line,
    log_in,
    open_document,
    open_tab,
    row,
    shoot,
    told,
    upload,
)
from playwright.sync_api import Browser, Page, expect


def test_the_tables_speak_chinese_and_show_every_column(desk: Desk) -> None:
    page = desk.open()
    open_document(page, "活动台账.xlsx")
    table = page.locator("#hw-library")
    expect(page.locator("#hw-revise")).to_be_visible()
    expect(page.locator("#hw-restore")).to_be_hidden()  # there is no last version
    table.get_by_role("textbox").fill("")
    expect(table.get_by_role("columnheader", name="添加时间")).to_be_in_viewport(ratio=1)
    expect(table.locator(".selection-button >> visible=true")).to_have_count(0)
    heading = table.get_by_role("columnheader", name="标题")
    heading.hover()
    heading.get_by_role("button", name="排序").click()
    expect(page.get_by_role("menuitem")).to_have_text([" 升序排列 ", " 降序排列 ", " 取消排序"])
    page.keyboard.press("Escape")
    labels = "all => all.filter(each => each.checkVisibility()).map(each => each.getAttribute('aria-label'))"
    said = page.locator("#hw-desk [aria-label]").evaluate_all(labels)
    assert [label for label in said if re.search("[A-Za-z]{3}", label)] == []


def test_a_lost_connection_is_told_in_the_language_of_the_desk(desk: Desk) -> None:
    page = desk.open()
    page.context.set_offline(True)
    open_tab(page, "操作记录")
    expect(page.locator(".toast-message-text").first).to_have_text(
        "暂时连接不上，请稍后再试。", timeout=PATIENCE
    )
    expect(page.get_by_text("Error", exact=True)).to_be_hidden()


def test_who_is_logged_out_is_told_so_and_goes_on_after_the_next_login(desk: Desk, browser: Browser) -> None:
    # Found by reading: it was said that Huiwen cannot be reached, and a reload lost what was typed.
    state = log_in(browser, desk.url, "staffer")  # of its own: its session is ended
    page = desk.open(storage_state=state)
    open_document(page, "活动台账.xlsx")
    title = page.locator("#hw-library-form").get_by_role("textbox", name="标题")
    title.fill("活动总台账")
    other = page.context.new_page()
    other.goto(f"{desk.url}/account")
    other.get_by_role("button", name="退出登录", exact=True).click()
    other.wait_for_url(f"{desk.url}/")
    page.locator("#hw-revise").click()
    notice = page.locator("#hw-visitor")
    expect(notice).to_contain_text("登录已经结束。请在新页面重新登录", timeout=PATIENCE)
    expect(notice).to_be_in_viewport(ratio=1)
    expect(page.locator(".toast-message-text")).to_be_hidden()
    shoot(page, "signed-out")

    with page.expect_popup() as opened:
        notice.get_by_role("link", name="登录").click()
    beside = opened.value
    beside.fill("input[name=name]", "staffer")
    beside.fill("input[name=password]", PASSWORD)
    beside.keyboard.press("Enter")
    beside.wait_for_url(f"{desk.url}/staff/")
    page.evaluate("window.dispatchEvent(new Event('focus'))")  # as when a member of staff comes back to it
    expect(notice).to_have_count(0)
    expect(title).to_have_value("活动总台账")
    page.locator("#hw-revise").click()
    expect(told(page)).to_contain_text("更正已生效", timeout=PATIENCE)


def test_two_who_correct_the_same_document_do_not_undo_each_other(desk: Desk) -> None:
    name = "活动台账.xlsx"
    first, second = desk.open(), desk.open(who="colleague")
    open_document(first, name)
    open_document(second, name)
    first.locator("#hw-library-form").get_by_role("textbox", name="标题").fill("活动台账（核对稿）")
    first.locator("#hw-revise").click()
    expect(told(first)).to_contain_text("更正已生效", timeout=PATIENCE)
    second.locator("#hw-library-form").get_by_role("textbox", name="标题").fill("别的标题")
    second.locator("#hw-revise").click()
    expect(told(second)).to_contain_text("刚才已被更改或撤下")
    expect(cell(first, "#hw-library", "活动台账（核对稿）")).to_be_visible()


def test_what_is_shown_of_a_document_is_not_saved_to_the_one_that_is_chosen_next(desk: Desk) -> None:
    # Found by reading: over a slow line, the next one got the title and date of the one shown before.
    page = desk.open()
    open_document(page, "活动台账.xlsx")
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", slow)
    other = "秘书处人员分工（2022年）.md"
    choose(page, "#hw-choose-document", other)
    expect(page.locator("#hw-choose-document input")).to_have_value(other)
    page.locator("#hw-revise").click()
    expect(page.locator("#hw-view .hw-facts").first).to_contain_text("活动台账.xlsx")  # still
    expect(told(page)).to_contain_text("刚才已被更改或撤下", timeout=PATIENCE)


def test_the_desk_is_found_from_the_chat_and_says_what_the_chat_says_of_a_rule_no_longer_in_force(
    desk: Desk,
) -> None:
    page = desk.open()
    page.goto(desk.url)
    page.get_by_role("link", name="工作台").click()
    expect(page.locator("#hw-desk")).to_be_visible(timeout=PATIENCE)
    open_document(page, "会费管理办法（2021年）.txt")
    old = line(page, "#hw-library", "会费管理办法（2021年）.txt")
    expect(old).to_contain_text("已被 会费管理办法（2023年修订）.docx 取代")


def test_documents_supersede_each_other_in_no_circle(desk: Desk) -> None:
    page = desk.open()
    old, new = "秘书处人员分工（2022年）.md", "秘书处人员分工（2024年调整）.md"
    open_document(page, new)
    supersede(page, old)
    page.locator("#hw-revise").click()
    expect(told(page)).to_contain_text("更正已生效", timeout=PATIENCE)
    expect(line(page, "#hw-library", old)).to_contain_text(f"已被 {new} 取代")
    open_document(page, old)
    supersede(page, new)
    page.locator("#hw-revise").click()
    expect(told(page)).to_contain_text("不能互相取代")


def supersede(page: Page, name: str) -> None:
    choose(page, "#hw-library-supersedes", name)
    page.keyboard.press("Escape")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_on_the_desk_keeps_anybody_out(desk: Desk, scheme: Any) -> None:
    page = desk.open(color_scheme=scheme, bypass_csp=True)  # axe is put into the page as a script
    upload(page, (NOTICE, NOTICE_TEXT.encode()), ("坏文件.docx", b"PK"))
    expect(row(page, "坏文件.docx")).to_contain_text("失败", timeout=PATIENCE)
    choose(page, "#hw-choose-staged", NOTICE)
    expect(page.locator("#hw-preview .hw-text").first).to_be_visible(timeout=PATIENCE)
    assert serious(page) == []
    page.locator("#hw-discard").click()
    expect(told(page)).to_contain_text("已丢弃")
    page.get_by_role("button", name="移除失败的文件").click()
    open_document(page, "活动台账.xlsx")
    expect(page.get_by_role("textbox", name="查找")).to_be_visible()
    assert serious(page) == []
    for name, filled in (("会员提问", "#hw-asked"), ("操作记录", "#hw-log")):
        open_tab(page, name)
        expect(page.locator(filled).get_by_role("row").nth(1)).to_be_visible(timeout=PATIENCE)
        assert serious(page) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_desk_fits_a_phone(desk: Desk, scheme: Any) -> None:
    page = desk.open(PHONE, color_scheme=scheme, has_touch=True)
    shoot(page, f"phone-{scheme}-add")
    for name in ("文件库", "会员提问", "评测", "词表", "操作记录"):
        tab = page.get_by_role("tab", name=name)
        if not tab.is_visible():
            page.locator("#hw-desk .overflow-menu button").first.click()
            tab = page.locator("#hw-desk .overflow-dropdown button", has_text=name)
        tab.click()
        page.wait_for_timeout(1000)
        shoot(page, f"phone-{scheme}-{name}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), name


@pytest.mark.parametrize(
    ("locale", "words"), [("zh-TW", "添加文件"), ("zh-HK", "文件庫"), ("en-GB", "What members asked")]
)
def test_the_desk_speaks_the_browsers_language(desk: Desk, locale: str, words: str) -> None:
    page = desk.open(locale=locale)
    expect(page.get_by_role("tab", name=words)).to_be_visible()
    page.get_by_role("link", name="简体", exact=True).click()
    expect(page.get_by_role("tab", name="会员提问")).to_be_visible(timeout=PATIENCE)


def test_only_admins_see_and_change_accounts(desk: Desk) -> None:
    staff = desk.open()
    expect(staff.get_by_role("tab", name="账号管理")).to_have_count(0)
    admin = desk.open(who="boss")
    open_tab(admin, "账号管理")
    expect(cell(admin, "#hw-accounts", "colleague")).to_be_visible()
    admin.locator("#hw-user-name :is(input, textarea)").fill("新同事")
    admin.get_by_label("角色").click()
    admin.get_by_role("option", name="工作人员").click()
    admin.locator("#hw-user-password input").fill("短")
    admin.locator("#hw-user-add").click()
    expect(told(admin)).to_contain_text(re.compile("10"))
    admin.locator("#hw-user-password input").fill(PASSWORD)
    admin.locator("#hw-user-add").click()
    expect(told(admin)).to_contain_text("已新增账号“新同事”")
    choose(admin, "#hw-choose-user", "新同事")
    admin.locator("#hw-user-disable").click()
    expect(line(admin, "#hw-accounts", "新同事")).to_contain_text("已停用")
    users = run_huiwen(desk.home, "users", "list", "--json")
    assert next(user["disabled"] for user in json.loads(users.stdout) if user["name"] == "新同事")
