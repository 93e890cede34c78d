"""The staff's desk in a real browser: from the upload of a file to the proof that it is gone."""

from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from chat import PHONE
from desk_site import (
    LATER_TEXT,
    NOTICE,
    NOTICE_TEXT,
    PATIENCE,
    QUESTION,
    Desk,
    cell,
    choose,
    discard_all,
    open_document,
    open_tab,
    row,
    shoot,
    told,
    upload,
    zipped,
)
from playwright.sync_api import expect


def test_from_upload_to_proof(desk: Desk) -> None:
    page = desk.open()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    archive = zipped(
        ("资料/停车场管理办法.txt", "停车场管理办法\n\n会员停车每小时5元，首小时免费。\n"),
        ("坏文件.docx", "PK"),
    )
    upload(
        page,
        (NOTICE, NOTICE_TEXT.encode()),
        ("资料.zip", archive),
        ("会费办法的副本.txt", (Path("corpus") / "会费管理办法（2021年）.txt").read_bytes()),
    )
    for name in (NOTICE, "停车场管理办法.txt", "会费办法的副本.txt"):
        expect(row(page, name)).to_contain_text("可发布", timeout=PATIENCE)
    expect(row(page, "坏文件.docx")).to_contain_text("失败", timeout=PATIENCE)
    expect(row(page, "坏文件.docx").get_by_role("cell").last).to_have_text("文件损坏或不完整，请重新获取。")

    # The preview, what cleaning changed, the warnings.
    choose(page, "#hw-choose-staged", "会费办法的副本.txt")
    expect(page.locator("#hw-preview .hw-warnings")).to_contain_text(
        "看起来是“会费管理办法（2021年）.txt”的副本"
    )
    shoot(page, "preview-copy")
    page.locator("#hw-discard").click()
    expect(told(page)).to_contain_text("已丢弃")
    choose(page, "#hw-choose-staged", "停车场管理办法.txt")
    expect(page.locator("#hw-preview .hw-warnings")).to_contain_text("没有找到日期")
    choose(page, "#hw-choose-staged", NOTICE)
    expect(page.locator("#hw-preview .hw-facts").first).to_contain_text("2025-03-30 · 通知 · 所有人")
    page.locator("#hw-preview summary", has_text="清理时改动的地方").click()
    expect(page.locator("#hw-preview del")).to_have_text("(lián)")
    expect(page.locator("#hw-preview .hw-text").first).to_contain_text("联系电话0371-5566")

    # It survives a reload; corrections; publishing.
    page.reload()
    expect(row(page, NOTICE)).to_contain_text("可发布", timeout=PATIENCE)
    choose(page, "#hw-choose-staged", NOTICE)
    page.locator("#hw-staged-form input").first.wait_for()
    page.get_by_role("textbox", name="日期").fill("昨天")
    page.locator("#hw-publish").click()
    expect(told(page)).to_contain_text("“昨天”不是日期")
    page.get_by_role("textbox", name="日期").fill("2025-03-31")
    page.locator("#hw-save-staged").click()
    expect(told(page)).to_contain_text("已保存")
    expect(page.locator("#hw-preview .hw-facts").first).to_contain_text("2025-03-31")
    page.locator("#hw-publish").dblclick()
    expect(told(page)).to_contain_text(f"“{NOTICE}”已发布。", timeout=PATIENCE)
    expect(row(page, NOTICE)).to_have_count(0)
    row(page, "停车场管理办法.txt").click()  # a click on a row is a choice, too
    expect(page.locator("#hw-preview .hw-facts").first).to_contain_text(
        "停车场管理办法.txt", timeout=PATIENCE
    )
    page.locator("#hw-publish").click()
    expect(told(page)).to_contain_text("“停车场管理办法.txt”已发布。", timeout=PATIENCE)
    expect(page.locator("#hw-publish-all")).to_be_hidden()
    page.get_by_role("button", name="移除失败的文件").click()
    expect(page.locator("#hw-staged")).to_contain_text("没有待处理的文件")
    expect(page.get_by_role("button", name="移除失败的文件")).to_be_hidden()

    answer = desk.ask(QUESTION)
    assert "限2人" in answer["answer"] and answer["citations"][0]["date"] == "2025-03-31"

    # Replacing and restoring.
    open_document(page, NOTICE)
    shoot(page, "library")
    upload(page, ("新的通知.txt", LATER_TEXT.encode()), into="#hw-replacement")
    expect(row(page, NOTICE)).to_contain_text("可发布", timeout=PATIENCE)
    choose(page, "#hw-choose-staged", NOTICE)
    expect(page.locator("#hw-preview .hw-card ins")).to_contain_text("限5人")
    expect(page.locator("#hw-preview .hw-card del")).to_contain_text("限2人")
    shoot(page, "preview-replace")
    page.locator("#hw-publish").click()
    expect(told(page)).to_contain_text("替换了旧版", timeout=PATIENCE)
    assert "限5人" in desk.ask(QUESTION)["answer"]
    open_document(page, NOTICE)
    expect(page.locator("#hw-view")).to_contain_text("可以恢复上一版")
    page.locator("#hw-restore").click()
    expect(told(page)).to_contain_text("已恢复为上一版", timeout=PATIENCE)
    assert "限2人" in desk.ask(QUESTION)["answer"]

    # Withdrawal, and its proof.
    page.locator("#hw-withdraw").click()
    expect(page.locator("#hw-sure-text")).to_contain_text("永久撤下")
    shoot(page, "withdraw")
    page.locator("#hw-withdraw-yes").click()
    proof = page.locator("#hw-proof")
    expect(proof).to_contain_text("没有找到它的任何文字", timeout=PATIENCE)
    expect(proof).to_contain_text("其他文件都没有的")
    shoot(page, "proof")
    assert "限2人" not in desk.ask(QUESTION)["answer"]
    assert httpx.get(f"{desk.url}/api/documents/{quote(NOTICE)}").status_code == 404
    assert not list(desk.home.rglob(NOTICE))

    # The log knows who did it all.
    open_tab(page, "操作记录")
    for action in ("上传文件", "发布文件", "替换文件", "恢复上一版", "撤下文件"):
        expect(cell(page, "#hw-log", action)).to_be_visible()
    expect(cell(page, "#hw-log", "staffer")).to_be_visible()
    assert errors == []


def test_a_second_tap_publishes_nothing_that_was_not_looked_at(desk: Desk) -> None:
    page = desk.open(PHONE)
    names = [f"第{number}号通知.txt" for number in range(1, 7)]
    upload(page, *((name, f"{name}\n\n第{name[1]}场活动在侨商之家举行。\n".encode()) for name in names))
    for name in names:
        expect(row(page, name)).to_contain_text("可发布", timeout=PATIENCE)
    expect(page.locator("#hw-publish")).to_be_hidden()  # nothing is chosen yet
    choose(page, "#hw-choose-staged", names[0])
    page.locator("#hw-publish").click()
    expect(told(page)).to_contain_text(f"“{names[0]}”已发布。", timeout=PATIENCE)
    expect(told(page)).to_be_in_viewport()
    page.wait_for_timeout(1500)  # the clock of the page ticks once more
    expect(page.locator("#hw-publish")).to_be_hidden()
    expect(page.locator("#hw-choose-staged input")).to_have_value("")
    discard_all(page, *names[1:])
    expect(page.locator("#hw-discard")).to_be_hidden()


@pytest.mark.parametrize("button", ["#hw-publish", "#hw-discard"])
def test_nothing_is_published_or_discarded_before_it_is_shown(desk: Desk, button: str) -> None:
    # Found by reading: over a slow line, a file was published under the title and date of the one shown before.
    page = desk.open()
    for name in ("一号.txt", "二号.txt"):
        upload(page, (name, f"{name}的通知\n\n{name}的活动在侨商之家举行。\n".encode()))
        expect(row(page, name)).to_contain_text("可发布", timeout=PATIENCE)
    choose(page, "#hw-choose-staged", "一号.txt")
    expect(page.locator("#hw-preview .hw-facts").first).to_contain_text("一号.txt", timeout=PATIENCE)
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1}
    line.send("Network.emulateNetworkConditions", slow)
    choose(page, "#hw-choose-staged", "二号.txt")
    expect(page.locator("#hw-choose-staged input")).to_have_value("二号.txt")
    page.locator(button).click()
    expect(page.locator("#hw-preview .hw-facts").first).to_contain_text("一号.txt")  # still
    expect(told(page)).to_contain_text("内容还没有显示出来", timeout=PATIENCE)
    line.send("Network.emulateNetworkConditions", {**slow, "latency": 0})
    discard_all(page, "二号.txt", "一号.txt")


def test_every_file_on_its_way_to_the_server_is_listed(desk: Desk) -> None:
    page = desk.open(locale="zh-TW")
    expect(page.locator("#hw-uploads")).to_contain_text("把文件或 zip 拖到這裡")
    line = page.context.new_cdp_session(page)
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    line.send("Network.emulateNetworkConditions", slow)
    upload(page, *((f"{number}.doc0", b"x" * 300_000) for number in range(3)))
    expect(page.locator("#hw-uploads .uploading")).to_have_text("正在上傳 3 個文件")
    files = page.locator(".hw-uploading li")
    expect(files).to_have_count(3)
    expect(files.last).to_have_text("2.doc0等待")
    expect(files.first).to_have_text("0.doc0已上傳", timeout=PATIENCE)
    expect(files).to_have_count(0, timeout=PATIENCE)
    expect(page.locator("#hw-staged tr.hw-failed")).to_have_count(3, timeout=PATIENCE)
    page.get_by_role("button", name="移除失敗的文件").click()


def test_what_is_doubtful_is_said_in_the_list_and_not_published_with_the_rest(desk: Desk) -> None:
    page = desk.open()
    twin = "春游安排\n\n2025年4月20日上午九点在侨商之家门口集合，统一乘车前往云台山，当天往返，自备午餐。\n"
    upload(
        page,
        ("春游安排.txt", twin.encode()),
        ("春游安排（副本）.txt", twin.encode()),
        ("第九次会议纪要.txt", "第九次会议纪要\n\n2025年5月6日，会议同意增补两名理事。\n".encode()),
        ("无日期.txt", "值班电话\n\n值班电话是0371-5566，请记好。\n".encode()),
        ("大会.txt", "会员大会\n\n大会定于2098年10月18日在郑州举行，请各会员单位参加。\n".encode()),
        ("好的通知.txt", "关于放假的通知\n\n5月1日放假，5月6日上班。\n\n秘书处\n2025年4月28日\n".encode()),
    )
    doubtful = {
        "春游安排.txt": "和另一个待发布的文件“春游安排（副本）.txt”几乎一样：100% 的文字相同",
        "春游安排（副本）.txt": "和另一个待发布的文件“春游安排.txt”几乎一样",
        "第九次会议纪要.txt": "这是会议纪要，现在设为所有人可看",
        "大会.txt": "日期 2098-10-18 还没有到",
        "无日期.txt": "没有找到日期",
    }
    for name, words in doubtful.items():
        expect(row(page, name).get_by_role("cell").last).to_contain_text(words, timeout=PATIENCE)
    expect(row(page, "好的通知.txt").get_by_role("cell").last).to_have_text("", timeout=PATIENCE)
    shoot(page, "doubts")
    page.locator("#hw-publish-all").click()
    expect(told(page)).to_contain_text("“好的通知.txt”已发布。", timeout=PATIENCE)
    for name in doubtful:
        expect(told(page)).to_contain_text(name)
        expect(row(page, name)).to_contain_text("可发布")

    # A correction answers the doubt.
    choose(page, "#hw-choose-staged", "无日期.txt")
    page.get_by_role("textbox", name="日期").fill("2025")
    page.locator("#hw-save-staged").click()
    expect(row(page, "无日期.txt").get_by_role("cell").last).to_have_text("")
    page.locator("#hw-publish-all").click()
    expect(told(page)).to_contain_text("“无日期.txt”已发布。", timeout=PATIENCE)
    discard_all(page, *list(doubtful)[:4])

    # What is published already is replaced by whoever looks at it only.
    upload(page, ("好的通知.txt", "关于放假的通知\n\n今年五一不放假。\n\n秘书处\n2025年4月29日\n".encode()))
    expect(row(page, "好的通知.txt").get_by_role("cell").last).to_contain_text(
        "将替换库里的同名文件", timeout=PATIENCE
    )
    expect(page.locator("#hw-publish-all")).to_be_hidden()
    discard_all(page, "好的通知.txt")

    # Nor is what is in already, word for word, published once more.
    upload(page, ("无日期.txt", "值班电话\n\n值班电话是0371-5566，请记好。\n".encode()))
    expect(row(page, "无日期.txt").get_by_role("cell").last).to_contain_text(
        "和库里的同名文件完全相同，文字没有变化", timeout=PATIENCE
    )
    expect(page.locator("#hw-publish-all")).to_be_hidden()
    discard_all(page, "无日期.txt")


def test_the_preview_shows_tables_as_members_see_them(desk: Desk) -> None:
    page = desk.open()
    table = "会员类别,会费,说明\n会长单位,30000,每年\n理事单位,10000,每年\n"
    upload(page, ("会费表.csv", table.encode()))
    expect(row(page, "会费表.csv")).to_contain_text("可发布", timeout=PATIENCE)
    choose(page, "#hw-choose-staged", "会费表.csv")
    shown = page.locator("#hw-preview .hw-text table")
    expect(shown.get_by_role("columnheader")).to_have_text(["会员类别", "会费", "说明"])
    expect(shown.get_by_role("row").last.get_by_role("cell")).to_have_text(["理事单位", "10000", "每年"])
    discard_all(page, "会费表.csv")


def test_a_planted_trace_is_found_and_gone_after_it_is_taken_away(desk: Desk) -> None:
    page = desk.open()
    secret = "关于仓库钥匙的会议纪要\n\n仓库的备用钥匙放在前台左手第三个抽屉里面。\n\n2024年5月6日\n"
    upload(page, ("仓库钥匙.txt", secret.encode()))
    expect(row(page, "仓库钥匙.txt")).to_contain_text("可发布", timeout=PATIENCE)

    # Nobody publishes to everybody without being told so.
    expect(row(page, "仓库钥匙.txt")).to_contain_text("所有人")
    choose(page, "#hw-choose-staged", "仓库钥匙.txt")
    expect(page.locator("#hw-preview .hw-warnings")).to_contain_text("这是会议纪要，现在设为所有人可看")
    expect(page.locator("#hw-publish")).to_have_text("发布给所有人")
    page.locator("#hw-staged-form").get_by_label("谁可以看").click()
    page.get_by_role("option", name="理事会", exact=True).click()
    expect(page.locator("#hw-publish")).to_have_text("发布给理事会")
    # Nor does anything else on the page say otherwise, saved or not.
    expect(page.locator("#hw-preview .hw-facts").first).to_contain_text("纪要 · 理事会")
    expect(page.locator("#hw-preview .hw-warnings")).to_have_count(0)
    expect(row(page, "仓库钥匙.txt").get_by_role("cell").nth(2)).to_have_text("理事会")
    expect(page.locator("#hw-publish-all")).to_have_text("发布没有提示的 1 个文件：理事会 1")
    page.locator("#hw-publish").click()
    expect(told(page)).to_contain_text("已发布。谁可以看：理事会", timeout=PATIENCE)

    planted = desk.home / "tmp" / "笔记.bak"
    planted.write_text("记得：仓库的备用钥匙放在前台左手第三个抽屉里面\n", encoding="gb18030")
    open_document(page, "仓库钥匙.txt")
    page.locator("#hw-withdraw").click()
    page.locator("#hw-withdraw-yes").click()
    proof = page.locator("#hw-proof")
    expect(proof).to_contain_text("还找到一些残留", timeout=PATIENCE)
    expect(proof.locator("ul").first.locator("li", has_text="笔记.bak")).to_contain_text("笔记.bak: 文字")
    expect(proof.locator("ul").first.locator("li")).to_have_count(1)
    planted.unlink()
    page.get_by_role("button", name="再查一次").click()
    expect(proof).to_contain_text("没有找到它的任何文字", timeout=PATIENCE)


def test_markup_in_files_and_questions_is_shown_as_text(desk: Desk, hostile_file: Path) -> None:
    page = desk.open()
    nasty = "<img src=x onerror=window.hacked=1> ${window.hacked=1} {{value}} $x^2$ **粗** [链接](javascript:window.hacked=1)"
    upload(page, ("坏<img src=x onerror=window.hacked=1>.txt", f"{nasty}\n\n{nasty}测试。\n".encode()))
    nasty_name = "坏<img src=x onerror=window.hacked=1>.txt"
    expect(row(page, nasty_name)).to_contain_text("可发布", timeout=PATIENCE)
    choose(page, "#hw-choose-staged", nasty_name)
    expect(page.locator("#hw-preview .hw-facts").first).to_contain_text(nasty_name)
    expect(page.locator("#hw-preview .hw-text p").last).to_have_text(f"{nasty}测试。")
    page.locator("#hw-discard").click()
    expect(told(page)).to_contain_text("坏<img src=x onerror=window.hacked=1>.txt")
    open_document(page, hostile_file.name)
    expect(page.locator("#hw-view .hw-text").first).to_contain_text("<script>window.hacked=1</script>")
    open_tab(page, "会员提问")
    cell(page, "#hw-asked", "重点工作").click()
    expect(page.locator("#hw-question-view")).to_contain_text("<b>太旧了</b>")
    open_tab(page, "操作记录")
    expect(cell(page, "#hw-log", "坏<img")).to_be_visible()
    places = ":is(#hw-view, #hw-preview, #hw-question-view, #hw-log, #hw-library)"
    assert page.locator(f"{places} :is(img[src=x], script, a[href^=javascript], b)").count() == 0
    assert page.evaluate("window.hacked") is None


def test_a_scan_is_shown_beside_its_text(desk: Desk) -> None:
    page = desk.open()
    open_document(page, "关于组织会员健康体检的通知（扫描件）.pdf")
    picture = page.locator("#hw-view .hw-picture img").first
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("naturalWidth", 1000, timeout=PATIENCE)
    address = str(picture.get_attribute("src"))
    assert httpx.get(f"{desk.url}{address}").status_code == 401
    shoot(page, "scan")


def test_uploads_are_for_staff_and_stay_on_the_desk(desk: Desk) -> None:
    files = {"files": ("a.txt", b"x")}
    assert httpx.post(f"{desk.url}/staff/gradio_api/upload", files=files).status_code in (401, 403)
    page = desk.open()
    stored = page.evaluate("""async () => {
        const form = new FormData();
        form.append("files", new File(["geheim"], "a.txt"));
        return (await fetch("/staff/gradio_api/upload", {method: "POST", body: form})).json();
    }""")
    assert (
        Path(stored[0]).is_relative_to(desk.home / "tmp" / "desk") and Path(stored[0]).read_text() == "geheim"
    )
    assert (
        page.evaluate(
            "path => fetch(`/staff/gradio_api/file=${path}`).then(answer => answer.text())", stored[0]
        )
        == "geheim"
    )
    for prefix in ("/staff", ""):
        public = httpx.get(f"{desk.url}{prefix}/gradio_api/file={stored[0]}")
        assert public.status_code in (401, 403, 404) and b"geheim" not in public.content
