"""What members do on the chat page, in a real browser: read on, filter, share, rate, come back, erase."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from chat import DESKTOP, PHONE, OpenPage, ask_in_chat, open_pages, screenshot, serious, visible_within
from conftest import ROOT
from playwright.sync_api import Browser, Route, expect

from bot.journal import Journal

QUESTION = "2023年的重点工作有哪些？"
ABOUT_PDF = "2024年的重点工作有哪些？"
ABOUT_TABLE = "2023年3月有什么活动？"
UNANSWERABLE = "火星基地的氧气由谁供应？"


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[OpenPage]:
    yield from open_pages(browser, server)


@pytest.fixture(params=[DESKTOP, PHONE], ids=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> Any:
    return request.param


# The source panel


def test_the_panel_goes_from_place_to_place_and_shows_the_page(open_page: OpenPage, size: Any) -> None:
    page = open_page(size)
    answer = ask_in_chat(page, ABOUT_PDF)
    count = answer.locator("a.cite").count()
    answer.locator("a.cite").first.click()
    place, mark = page.locator("#hw-source-place"), page.locator("#cited-quote")
    expect(place).to_have_text(f"1 / {count}")
    expect(page.get_by_role("button", name="上一处引用")).to_be_disabled()
    first = mark.text_content()
    page.get_by_role("button", name="下一处引用").click()
    expect(place).to_have_text(f"2 / {count}")
    expect(mark).not_to_have_text(first or "")
    assert visible_within(mark, page.locator("#hw-source-text"))

    held: list[Route] = []
    page.route("**/pages/2.png", lambda route: held.append(route))
    page.get_by_role("button", name="原页").click()
    picture, note = page.locator("#hw-source-page img"), page.locator("#hw-source-note")
    expect(note).to_have_text("正在打开原文…")
    held[0].continue_()
    expect(picture).to_have_attribute("alt", re.compile("第 2 页"))
    expect(picture).to_have_js_property("naturalWidth", 1000, timeout=60_000)
    expect(note).to_be_hidden()
    screenshot(page, f"source-page-{size[0]}")

    with page.expect_download() as started:
        page.get_by_role("link", name="下载原文件").click()
    assert started.value.suggested_filename == "2023年度工作报告.pdf"
    path = started.value.path()
    assert path.read_bytes() == (ROOT / "corpus" / "2023年度工作报告.pdf").read_bytes()


def test_nothing_floats_over_the_source_on_a_phone(open_page: OpenPage) -> None:
    page = open_page(PHONE)
    ask_in_chat(page, QUESTION).locator("a.cite").first.click()  # it is above what is on the screen
    expect(page.locator("#cited-quote")).to_be_visible()
    covered = page.evaluate(
        """() => {
            const { left, top, right, bottom } = document.getElementById("hw-source-text").getBoundingClientRect();
            for (let x = left + 1; x < right; x += 10) for (let y = top + 1; y < bottom; y += 10)
                if (!document.elementFromPoint(x, y).closest("#hw-source")) return [x, y];
        }"""
    )
    assert covered is None


def test_a_cited_row_stands_in_its_table(open_page: OpenPage, size: Any) -> None:
    page = open_page(size)
    answer = ask_in_chat(page, ABOUT_TABLE)
    expect(answer.locator("th")).to_contain_text(["日期", "活动名称"])
    expect(answer.locator("tbody tr a.cite")).to_have_text(["[1]", "[2]", "[3]"])
    screenshot(page, f"answer-table-{size[0]}")
    answer.locator("a.cite").first.click()
    row = page.locator("#cited-quote")
    expect(row).to_be_visible()
    for mark in answer.locator(
        "td a.cite"
    ).all():  # in one piece behind its number, though the panel takes room
        assert mark.evaluate(
            "each => each.getClientRects().length === 1"
            " && each.getBoundingClientRect().left > each.closest('td').getBoundingClientRect().left + 15"
        )
    cells = row.locator("td").all_text_contents()
    table = page.locator("#hw-source-text table", has=row)
    columns = table.locator("th").all_text_contents()
    assert len(cells) == len(columns) and columns[1] == "日期" and re.fullmatch(r"2023-03-\d\d", cells[1])
    assert table.locator("tbody tr").count() > 5
    screenshot(page, f"source-table-{size[0]}")


def test_originals_and_pages_come_as_what_they_are(server: str) -> None:
    name = quote("2023年度工作报告.pdf")
    original = httpx.get(f"{server}/api/documents/{name}/original")
    assert original.headers["content-disposition"] == f"attachment; filename*=utf-8''{name}"
    assert original.headers["content-type"] == "application/octet-stream"
    assert original.headers["x-content-type-options"] == "nosniff"
    picture = httpx.get(f"{server}/api/documents/{name}/pages/1.png", timeout=60)
    assert picture.headers["content-type"] == "image/png" and picture.content.startswith(b"\x89PNG")
    text = quote("2021年度工作报告.txt")
    for missing in (
        f"{name}/pages/999.png",
        f"{text}/pages/1.png",
        "nothing.pdf/original",
        "..%2Fx/original",
    ):
        assert httpx.get(f"{server}/api/documents/{missing}", timeout=60).status_code == 404, missing
    summaries = httpx.get(f"{server}/api/documents").json()
    assert {"name": "2021年度工作报告.txt", "kind": "report"}.items() <= {
        key: value
        for each in summaries
        if each["name"] == "2021年度工作报告.txt"
        for key, value in each.items()
    }.items()


# Filter


def test_only_documents_of_the_chosen_year_and_kind_answer(open_page: OpenPage) -> None:
    page = open_page()
    for field, choice in (("年份", "2021"), ("文件类型", "报告")):
        page.get_by_role("combobox", name=field).click()
        page.get_by_role("option", name=choice).click()
    cited = ask_in_chat(page, "当年的重点工作有哪些？").locator("a.cite").all()
    assert cited and all(
        "2021年度工作报告.txt" in httpx.URL(link.get_attribute("href") or "").fragment
        or quote("2021年度工作报告.txt") in (link.get_attribute("href") or "")
        for link in cited
    )
    screenshot(page, "filter")


def test_a_change_of_the_language_keeps_the_filter(open_page: OpenPage) -> None:
    page = open_page()
    for field, choice in (("年份", "2021"), ("文件类型", "报告")):
        page.get_by_role("combobox", name=field).click()
        page.get_by_role("option", name=choice).click()
    page.get_by_role("link", name="EN", exact=True).click()
    year, kind = (page.get_by_role("combobox", name=name) for name in ("Year", "Kind of document"))
    expect(year).to_have_value("2021", timeout=20_000)
    expect(kind).to_have_value("Report")
    cited = ask_in_chat(page, "当年的重点工作有哪些？").locator("a.cite").first
    expect(cited).to_have_attribute("title", re.compile("2021年度工作报告"))
    year.click()
    page.get_by_role("option", name="All years").click()
    page.get_by_role("link", name="繁體", exact=True).click()
    expect(page.get_by_role("combobox", name="文件類型")).to_have_value("報告", timeout=20_000)
    expect(page.get_by_role("combobox", name="年份")).to_have_value("全部年份")


def test_only_years_by_which_documents_are_known_are_offered(open_page: OpenPage, server: str) -> None:
    covered = {year for each in httpx.get(f"{server}/api/documents").json() for year in each["years"]}
    assert {1994, 2018} <= covered  # spoken of in documents of other years
    page = open_page()
    page.get_by_role("combobox", name="年份").click()
    expect(page.get_by_role("option", name="2021")).to_be_visible()
    years = [text.replace("✓", "").strip() for text in page.get_by_role("option").all_text_contents()]
    assert years == ["全部年份", "2024", "2023", "2022", "2021"]


def test_a_refusal_tells_of_the_filter_and_offers_to_search_everything(
    open_page: OpenPage, size: Any
) -> None:
    page = open_page(size)
    page.get_by_role("combobox", name="年份").click()
    page.get_by_role("option", name="2022").click()
    page.get_by_role("combobox", name="文件类型").click()
    page.get_by_role("option", name="通知").click()
    question = "章程由谁负责解释？"
    refusal = ask_in_chat(page, question)
    expect(refusal).to_contain_text("只在2022年的通知类文件里找了。")
    screenshot(page, f"filtered-refusal-{size[0]}")
    page.get_by_role("button", name="在全部文件里找").click()
    expect(page.locator("#hw-chat .user-row")).to_have_text([question, question])
    expect(page.locator("#hw-chat .bot-row").last.locator("a.cite").first).to_be_visible(timeout=60_000)
    expect(page.get_by_role("combobox", name="年份")).to_have_value("全部年份")
    expect(page.get_by_role("button", name="在全部文件里找")).to_have_count(0)
    page.reload()
    expect(page.locator("#hw-chat .bot-row").first).to_contain_text(
        "只在2022年的通知类文件里找了。", timeout=20_000
    )


def test_the_api_filters_before_it_ranks(server: str) -> None:
    def documents(**filters: Any) -> set[str]:
        body = {"question": "重点工作有哪些？", **filters}
        answer = httpx.post(f"{server}/api/ask", json=body, timeout=60).json()
        return {each["document"] for each in answer["citations"] + answer["closest"]}

    kinds = {each["name"]: each["kind"] for each in httpx.get(f"{server}/api/documents").json()}
    years = {each["name"]: each["years"] for each in httpx.get(f"{server}/api/documents").json()}
    assert {kinds[name] for name in documents(kinds=["notice"])} == {"notice"}
    assert all(2022 in years[name] for name in documents(years=[2022]))
    assert documents(years=[1900]) == set()


# What to do with an answer


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


# History


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
    erase = page.get_by_role("button", name="清除记录")
    page.once("dialog", lambda dialog: dialog.dismiss())
    erase.click()
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
    page.once("dialog", lambda dialog: dialog.accept())
    erase.click()
    expect(page.locator("#hw-chat .message")).to_have_count(0)
    expect(earlier).to_have_count(0)
    expect(erase).to_be_hidden()
    assert httpx.get(link).status_code == 404
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
    second.once("dialog", lambda dialog: dialog.accept())
    second.get_by_role("button", name="清除记录").click()
    expect(second.locator("#hw-past")).to_be_hidden()
    first.reload()
    expect(first.get_by_role("heading", name="想了解什么？")).to_be_visible(timeout=20_000)
    expect(first.locator("#hw-past")).to_be_hidden()


# Everybody can use it, and nothing foreign runs on it


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
