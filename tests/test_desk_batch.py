"""The staff's desk in a real browser: many files at once, and who may read them."""

import httpx
from desk_site import PATIENCE, Desk, discard_all, row, shoot, told, upload, zipped
from playwright.sync_api import Locator, Page, expect


def notice(number: int) -> bytes:
    words = ("登山", "摄影", "书法", "品茶", "羽毛球", "合唱", "围棋", "骑行", "烘焙")[number]
    return f"关于{words}活动的通知\n\n{words}活动于2025年{number + 1}月6日在侨商之家举行。\n\n秘书处\n2025年1月{number + 5}日\n".encode()


def for_readers(page: Page, readers: str) -> None:
    page.locator("#hw-uploads-audience").get_by_label(readers, exact=True).check()


def test_who_may_read_a_batch_is_said_before_it_is_uploaded_and_before_it_is_published(desk: Desk) -> None:
    page = desk.open()
    expect(page.locator("#hw-uploads-audience").get_by_label("所有人")).to_be_checked()
    for_readers(page, "理事会")
    upload(
        page,
        ("批一.txt", notice(0)),
        ("批.zip", zipped(("批二.txt", notice(1).decode()), ("批三.txt", notice(2).decode()))),
    )
    for name in ("批一.txt", "批二.txt", "批三.txt"):
        expect(row(page, name)).to_contain_text("可发布", timeout=PATIENCE)
        expect(row(page, name).get_by_role("cell").nth(2)).to_have_text("理事会")
    for_readers(page, "所有人")
    upload(page, ("批四.txt", notice(3)))
    expect(row(page, "批四.txt")).to_contain_text("可发布", timeout=PATIENCE)
    expect(row(page, "批四.txt").get_by_role("cell").nth(2)).to_have_text("所有人")
    expect(page.locator("#hw-publish-all")).to_have_text("发布没有提示的 4 个文件：所有人 1，理事会 3")
    shoot(page, "batch")
    page.locator("#hw-publish-all").click()
    expect(told(page)).to_contain_text("“批三.txt”已发布。谁可以看：理事会", timeout=PATIENCE)
    expect(page.locator("#hw-publish-all")).to_be_hidden()
    public = {each["name"] for each in httpx.get(f"{desk.url}/api/documents").json()}
    assert {name for name in public if name.startswith("批")} == {"批四.txt"}

    # A new version is never for more readers than the one that is in, unless somebody says so of the file itself.
    upload(page, ("批一.txt", notice(4)))
    expect(row(page, "批一.txt")).to_contain_text("可发布", timeout=PATIENCE)
    expect(row(page, "批一.txt").get_by_role("cell").nth(2)).to_have_text("理事会")
    discard_all(page, "批一.txt")


def test_a_batch_that_has_changed_since_the_button_told_of_it_is_not_published(desk: Desk) -> None:
    page, other = desk.open(), desk.open(who="colleague")
    upload(page, ("合唱.txt", notice(5)))
    expect(page.locator("#hw-publish-all")).to_have_text(
        "发布没有提示的 1 个文件：所有人 1", timeout=PATIENCE
    )
    for_readers(other, "会员")
    upload(other, ("羽毛球.txt", notice(4)))
    expect(row(other, "羽毛球.txt")).to_contain_text("可发布", timeout=PATIENCE)
    page.locator("#hw-publish-all").click()
    expect(told(page)).to_contain_text("什么都没有发布")
    expect(page.locator("#hw-publish-all")).to_have_text("发布没有提示的 2 个文件：所有人 1，会员 1")
    discard_all(page, "合唱.txt", "羽毛球.txt")


def field(page: Page, name: str) -> Locator:
    return page.locator("#hw-staged-form").get_by_role("textbox", name=name)


def look_at(page: Page, name: str) -> None:
    row(page, name).click()
    expect(page.locator("#hw-preview .hw-facts").first).to_contain_text(name, timeout=PATIENCE)


def test_what_is_typed_about_a_file_is_kept_when_another_is_looked_at_or_all_are_published(
    desk: Desk,
) -> None:
    page = desk.open()
    upload(page, ("围棋.txt", notice(6)), ("骑行.txt", notice(7)))
    for name in ("围棋.txt", "骑行.txt"):
        expect(row(page, name)).to_contain_text("可发布", timeout=PATIENCE)
    look_at(page, "围棋.txt")
    field(page, "标题").fill("迎春围棋通知")
    look_at(page, "骑行.txt")
    expect(field(page, "标题")).to_have_value("关于骑行活动的通知")
    field(page, "日期").fill("昨天")

    # What cannot be kept keeps the file in view, and everything from being published.
    row(page, "围棋.txt").click()
    expect(told(page)).to_contain_text("“昨天”不是日期")
    expect(page.locator("#hw-choose-staged input")).to_have_value("骑行.txt")
    expect(field(page, "日期")).to_have_value("昨天")
    field(page, "日期").fill("2025年1月")
    page.locator("#hw-publish-all").click()
    expect(told(page)).to_contain_text("“2025年1月”不是日期")
    expect(field(page, "日期")).to_have_value("2025年1月")

    field(page, "日期").fill("2025-01-31")
    page.locator("#hw-publish-all").click()
    expect(told(page)).to_contain_text("“骑行.txt”已发布。", timeout=PATIENCE)
    listed = httpx.get(f"{desk.url}/api/documents").json()
    published = {each["name"]: (each["title"], each["date"]) for each in listed}
    assert published["围棋.txt"][0] == "迎春围棋通知"
    assert published["骑行.txt"] == ("关于骑行活动的通知", "2025-01-31")


def test_what_is_typed_undoes_nothing_that_a_colleague_decided_meanwhile(desk: Desk) -> None:
    page, other = desk.open(), desk.open(who="colleague")
    upload(page, ("烘焙.txt", notice(8)))
    expect(row(page, "烘焙.txt")).to_contain_text("可发布", timeout=PATIENCE)
    look_at(page, "烘焙.txt")
    other.reload()
    look_at(other, "烘焙.txt")
    other.locator("#hw-staged-form").get_by_label("谁可以看").click()
    other.get_by_role("option", name="理事会", exact=True).click()
    expect(row(other, "烘焙.txt").get_by_role("cell").nth(2)).to_have_text("理事会")
    field(page, "标题").fill("烘焙活动")
    page.locator("#hw-publish-all").click()
    expect(told(page)).to_contain_text("什么都没有发布")
    expect(page.locator("#hw-publish-all")).to_have_text("发布没有提示的 1 个文件：理事会 1")
    expect(page.locator("#hw-publish")).to_have_text("发布给理事会")
    expect(page.locator("#hw-preview h3")).to_have_text("烘焙活动")
    discard_all(page, "烘焙.txt")
