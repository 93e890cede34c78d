"""Answers from the documents of one year or kind: the filter of the chat page and of the API."""

import re
from typing import Any
from urllib.parse import quote

import httpx
from chat import OpenPage, ask_in_chat, screenshot
from playwright.sync_api import expect


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
