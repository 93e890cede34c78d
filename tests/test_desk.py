"""The staff's desk in a real browser, from the upload of a file to the proof that it is gone."""

import io
import json
import re
import shutil
import signal
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import pytest
from chat import DESKTOP, PHONE, SCREENSHOTS, serious
from conftest import HUIWEN, _environment, run_huiwen
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from bot.answer import Answerer
from bot.desk.asked import Grouping
from bot.desk.exam import Exam, ExamQuestion, ExamQuestions
from bot.journal import Feedback, Journal
from ingest.embed import Embedder, Vectors

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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
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


@pytest.fixture(scope="module")
def desk(asked_in_vain: Path, browser: Browser) -> Iterator[Desk]:
    log = (asked_in_vain.parent / "log").open("w+")
    process = subprocess.Popen(
        [HUIWEN, "serve", "--port", "0"],
        env=_environment(asked_in_vain), stdout=subprocess.PIPE, stderr=log, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    ready = next((line for line in process.stdout if "Huiwen is ready" in line), "")
    url = next((word for word in ready.split() if word.startswith("http://")), "")
    assert url, "huiwen serve ended without becoming ready"
    states: dict[str, Any] = {}
    opened: list[BrowserContext] = []

    def context(size: tuple[int, int], who: str, **options: Any) -> BrowserContext:
        if who not in states:
            states[who] = log_in(browser, url, who)
        view = {"width": size[0], "height": size[1]}
        opened.append(
            browser.new_context(
                viewport=view,
                storage_state=states[who],
                **{"locale": "zh-CN", **options},  # type: ignore[arg-type]
            )
        )
        opened[-1].on("request", lambda request: requests.append(request.url))
        return opened[-1]

    requests: list[str] = []
    yield Desk(url, asked_in_vain, context, opened)
    process.send_signal(signal.SIGINT)
    process.wait(timeout=20)
    outside = {urlsplit(each).netloc for each in requests if not each.startswith(("data:", "blob:"))}
    assert outside == {urlsplit(url).netloc}
    log.seek(0)
    assert "Traceback" not in log.read()


@pytest.fixture(autouse=True)
def closed(desk: Desk) -> Iterator[None]:
    """Pages that stay open keep asking the server what is new."""
    yield
    for each in desk.opened:
        each.close()
    desk.opened.clear()


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
    cell(page, "#hw-library", name).click()
    expect(page.locator("#hw-view .hw-facts").first).to_contain_text(name, timeout=PATIENCE)


def told(page: Page) -> Locator:
    return page.locator(".hw-message.prose:visible")


def shoot(page: Page, name: str) -> None:
    SCREENSHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"desk-{name}.png", full_page=True)


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
    choose(page, "#hw-choose-staged", "停车场管理办法.txt")
    page.locator("#hw-publish").click()
    expect(told(page)).to_contain_text("“停车场管理办法.txt”已发布。", timeout=PATIENCE)
    page.get_by_role("button", name="移除失败的文件").click()
    expect(page.locator("#hw-staged")).to_contain_text("没有待处理的文件")

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


def discard_all(page: Page, *names: str) -> None:
    for name in names:
        choose(page, "#hw-choose-staged", name)
        page.locator("#hw-discard").click()
        expect(row(page, name)).to_have_count(0)


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
        ("好的通知.txt", "关于放假的通知\n\n5月1日放假，5月6日上班。\n\n秘书处\n2025年4月28日\n".encode()),
    )
    doubtful = {
        "春游安排.txt": "和另一个待发布的文件“春游安排（副本）.txt”几乎一样：100% 的文字相同",
        "春游安排（副本）.txt": "和另一个待发布的文件“春游安排.txt”几乎一样",
        "第九次会议纪要.txt": "这是会议纪要，现在设为所有人可看",
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
    discard_all(page, *list(doubtful)[:3])


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


def test_the_log_says_what_was_changed(desk: Desk) -> None:
    page = desk.open()
    name = "网站留言答复汇总（2024年三季度）.md"
    open_document(page, name)
    page.get_by_role("textbox", name="日期").fill("2024-10-09")
    page.locator("#hw-library-form").get_by_label("谁可以看").click()
    page.get_by_role("option", name="会员", exact=True).click()
    page.locator("#hw-library-form").get_by_role("textbox", name="标题").fill("留言汇总")
    page.locator("#hw-revise").click()
    expect(told(page)).to_contain_text("更正已生效", timeout=PATIENCE)
    stranger = page.context.browser.new_page(locale="zh-CN")  # type: ignore[union-attr]
    stranger.goto(f"{desk.url}/login")
    stranger.fill("input[name=name]", "staffer")
    stranger.fill("input[name=password]", "not the password")
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_text("用户名或密码不正确")).to_be_visible()
    stranger.close()

    open_tab(page, "操作记录")
    changed = line(page, "#hw-log", "更正文件信息").filter(has_text=name)
    expect(changed).to_contain_text("谁可以看：所有人 → 会员；日期：2024-10-08 → 2024-10-09；标题已改")
    expect(line(page, "#hw-log", "登录失败").first).to_contain_text("用户名或密码不对")
    log = (desk.home / "audit.sqlite").read_bytes() + (desk.home / "audit.sqlite-wal").read_bytes()
    assert "留言汇总".encode() not in log  # a title stands in its document, which may be withdrawn


def test_the_log_shows_an_evaluation_question_only_as_long_as_it_is_one(desk: Desk) -> None:
    page = desk.open()
    open_tab(page, "会员提问")
    choose(page, "#hw-choose-question", "2023年的重点工作有哪些？")
    page.get_by_role("checkbox", name="正确回答是：文件里没有写").check()
    page.locator("#hw-make-exam").click()
    expect(told(page)).to_contain_text("已设为评测问题")
    open_tab(page, "操作记录")
    expect(line(page, "#hw-log", "新增评测问题").first).to_contain_text("2023年的重点工作有哪些？")
    open_tab(page, "评测")
    choose(page, "#hw-choose-exam", "2023年的重点工作有哪些？")
    page.locator("#hw-exam-remove").click()
    expect(told(page)).to_contain_text("已移除")
    open_tab(page, "操作记录")
    expect(line(page, "#hw-log", "移除评测问题").first).to_contain_text("（已移除的问题）")


def test_the_tables_speak_chinese_and_show_every_column(desk: Desk) -> None:
    page = desk.open()
    open_document(page, "活动台账.xlsx")
    table = page.locator("#hw-library")
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


def test_a_question_asked_in_vain_becomes_an_evaluation_question_and_gets_a_document(desk: Desk) -> None:
    page = desk.open()
    open_tab(page, "会员提问")
    expect(cell(page, "#hw-asked", "火星基地")).to_be_visible(timeout=PATIENCE)
    cells = line(page, "#hw-asked", "火星基地")
    expect(cells).to_have_count(1)
    expect(cells).to_contain_text("没有答案 2")
    expect(line(page, "#hw-asked", "重点工作")).to_contain_text("内容过时 1")
    shoot(page, "asked")

    cell(page, "#hw-asked", "火星基地").click()
    expect(page.locator("#hw-question-view li")).to_have_count(2)
    group = page.locator("#hw-choose-question input").input_value()
    page.locator("#hw-make-exam").click()
    expect(told(page)).to_contain_text("请选择答案所在的文件")
    page.get_by_role("checkbox", name="正确回答是：文件里没有写").check()
    page.locator("#hw-make-exam").click()
    expect(told(page)).to_contain_text("已设为评测问题")
    page.locator("#hw-make-exam").click()
    expect(told(page)).to_contain_text("已经是评测问题")
    stored = [json.loads(line) for line in (desk.home / "evaluation.jsonl").read_text().splitlines()]
    assert [(each["question"], each.get("docs", [])) for each in stored] == [(group, [])]

    choose(page, "#hw-choose-question", "商会的停车场怎么收费？")
    page.locator("#hw-add-for").click()
    expect(page.locator("#hw-for-question")).to_contain_text("商会的停车场怎么收费？")
    rules = "停车场收费规定\n\n商会的停车场每小时收费6元，会员首小时免费。\n\n2025年2月1日\n"
    upload(page, ("停车场收费规定.txt", rules.encode()))
    expect(row(page, "停车场收费规定.txt")).to_contain_text("可发布", timeout=PATIENCE)
    choose(page, "#hw-choose-staged", "停车场收费规定.txt")
    page.locator("#hw-publish").click()
    expect(told(page)).to_contain_text("已发布", timeout=PATIENCE)
    page.locator("#hw-ask-again").click()
    expect(page.locator("#hw-answer")).to_contain_text("每小时收费6元", timeout=PATIENCE)

    open_tab(page, "评测")
    expect(page.locator("#hw-exam-result")).to_contain_text("1 题中答对 1 题", timeout=3 * PATIENCE)
    expect(cell(page, "#hw-exam-questions", "火星基地")).to_be_visible()
    shoot(page, "exam")
    page.locator("#hw-exam-run").click()
    expect(page.locator("#hw-exam-result")).to_contain_text("正在评测，共 1 题")
    expect(page.locator("#hw-exam-run")).to_be_disabled()


def test_the_list_of_questions_may_be_opened_twice_at_once(
    sample: Answerer, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    for question in (UNANSWERED, "商会的停车场怎么收费？"):
        list(journal.recorded([sample.ask(question)], (), "public"))
    newer, older = journal.unsatisfying(2)
    journal.close()
    grouping = Grouping(embedder)
    grouping.groups([older])

    def queries(texts: Sequence[str]) -> Vectors:
        monkeypatch.undo()
        grouping.groups([])  # of somebody who opens the list after all questions were erased
        return embedder.queries(texts)

    monkeypatch.setattr(embedder, "queries", queries)
    assert {group.question for group in grouping.groups([newer, older])} == {
        newer.answer.question,
        older.answer.question,
    }


def test_questions_that_stand_for_themselves_are_one_group_whatever_was_asked_before(
    sample: Answerer, embedder: Embedder, tmp_path: Path
) -> None:
    journal = Journal(tmp_path)
    for history in ((), ("会费是多少？",), ("换届工作什么时候进行？",)):
        list(journal.recorded([sample.ask(UNANSWERED, history)], history, "public"))
    asked = journal.unsatisfying(10)
    journal.close()
    (group,) = Grouping(embedder).groups(asked)
    assert group.count == 3 and group.label == UNANSWERED


def test_an_evaluation_broken_off_by_the_servers_end_is_no_result(tmp_path: Path) -> None:
    questions = ExamQuestions(tmp_path)
    questions.add(ExamQuestion(id="1", question=UNANSWERED, lang="zh-Hans", type="unanswerable"))
    exam = Exam(questions, tmp_path)
    exam.start("staffer")
    while not list(tmp_path.glob("tmp/exam-*")):
        time.sleep(0.01)
    exam.close()
    for thread in threading.enumerate():
        if thread.name == "exam":
            thread.join(30)
    assert exam.last() is None


def wait_for(exam: Exam) -> None:
    while exam.running:
        time.sleep(0.01)


def test_a_result_and_a_question_are_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sys.executable", str(tmp_path / "python")
    )  # no `huiwen` is there: every run fails at once
    questions = ExamQuestions(tmp_path)
    first, second = (
        ExamQuestion(id=id_, question=f"{UNANSWERED}{id_}", lang="zh-Hans", type="unanswerable")
        for id_ in "12"
    )
    questions.add(first)
    replace = Path.replace

    def replace_later(part: Path, target: Path) -> Path:
        if target.name == "evaluation.json":
            questions.add(second)
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", replace_later)
    exam = Exam(questions, tmp_path)
    exam.start("staffer")
    wait_for(exam)
    result = exam.last()
    assert result and "huiwen" in result.reason and questions.all() == [first, second]


def test_a_result_that_cannot_be_written_ends_no_evaluation_for_good(tmp_path: Path) -> None:
    (tmp_path / "evaluation.jsonl").write_text("spoilt")
    (tmp_path / "evaluation.json").mkdir()  # as good as a full disk
    exam = Exam(ExamQuestions(tmp_path), tmp_path)
    exam.start("staffer")
    wait_for(exam)
    (tmp_path / "evaluation.json").rmdir()
    exam.start("staffer")
    wait_for(exam)
    result = exam.last()
    assert result and "evaluation.jsonl" in result.reason


def test_the_glossary_is_checked_before_it_is_saved_and_can_be_undone(desk: Desk) -> None:
    page = desk.open()
    open_tab(page, "词表")
    field = page.locator("#hw-glossary textarea")
    expect(field).to_be_editable()
    page.wait_for_timeout(1000)  # the tab may be filled once more, which takes back what was typed at once
    field.fill("聚会\t茶话会\n没有制表符的一行")
    page.locator("#hw-glossary-save").click()
    expect(told(page)).to_contain_text("第 2 行")
    assert "没有制表符" not in field_of(desk)
    field.fill("聚会\t茶话会")
    page.locator("#hw-glossary-save").click()
    expect(told(page)).to_contain_text("已保存")
    assert (desk.home / "glossary.tsv").read_text() == "聚会\t茶话会\n"

    other = desk.open(who="colleague")
    open_tab(other, "词表")
    expect(other.locator("#hw-glossary textarea")).to_have_value("聚会\t茶话会\n")
    field.fill("聚会\t茶话会\n车位\t停车场")
    page.locator("#hw-glossary-save").click()
    expect(told(page)).to_contain_text("已保存")
    other.locator("#hw-glossary textarea").fill("聚会\t年会")
    other.locator("#hw-glossary-save").click()
    expect(told(other)).to_contain_text("已被别人修改")

    page.locator("#hw-glossary-undo").click()
    expect(field).to_have_value("聚会\t茶话会\n")


def field_of(desk: Desk) -> str:
    path = desk.home / "glossary.tsv"
    return path.read_text() if path.exists() else ""


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
