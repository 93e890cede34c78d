"""The panel that shows a source beside the answer, in a real browser."""

import re
from typing import Any
from urllib.parse import quote

import httpx
from chat import (
    ABOUT_PDF,
    ABOUT_TABLE,
    PHONE,
    QUESTION,
    OpenPage,
    ask_in_chat,
    screenshot,
    visible_within,
)
from conftest import ROOT
from playwright.sync_api import Route, expect


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
