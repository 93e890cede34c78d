"""An answer of the journal is shown only as long as everything in it may be read; markup in it stays text."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from chat import OpenPage, ask_in_chat, erase_all, log_in, log_out, open_pages, screenshot
from playwright.sync_api import Browser, expect
from service import Service, services

from ingest.add import add_paths
from ingest.document import Audience
from ingest.embed import Embedder
from ingest.library import Library
from ingest.settings import Settings

# For each audience a document that says what no other says.
TEXTS: dict[Audience, tuple[str, str]] = {
    "public": ("白鹭计划.txt", "关于白鹭计划的决定\n白鹭计划投资三百万元，地点在白鹭大厦。\n"),
    "committee": ("玄武计划.txt", "关于玄武计划的决定\n玄武计划投资五百万元，地点在玄武大厦。\n"),
}
MARKUP = "<img src=x onerror='window.hacked=1'>"
TABLE = f"项目,负责人\n<b>测试代码</b>甲,{MARKUP}\n测试代码乙,<script>window.hacked=1</script>\n"
ASKED = f"测试代码乙的负责人是谁？{MARKUP}**粗体** [1]"


@pytest.fixture
def library(tmp_path: Path, embedder: Embedder) -> Iterator[Library]:
    with Library(Settings(home=tmp_path / "home"), embedder) as library:
        for audience, (name, text) in TEXTS.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
            list(add_paths(library, [tmp_path / name], audience))
        table = tmp_path / "测试<i>代码&#38;表.csv"
        table.write_text(TABLE, encoding="utf-8")
        list(add_paths(library, [table]))
        yield library


@pytest.fixture
def service(library: Library, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    for serve in services(library, tmp_path_factory):
        yield serve()


def shared(service: Service, question: str, **headers: str) -> str:
    """Asks, and returns the address of the shared answer."""
    answer = httpx.post(
        f"{service.url}/api/ask", json={"question": question}, headers=headers, timeout=60
    ).json()
    assert not answer["refused"]
    link = httpx.post(f"{service.url}/api/answers/{answer['id']}/share", headers=headers).json()
    return f"{service.url}{link['path']}"


def assert_tells_nothing(page: httpx.Response, question: str, *secrets: str) -> None:
    assert page.status_code == 200
    assert question in page.text and "The sources of this answer have changed" in page.text
    assert not [secret for secret in secrets if secret in page.text.replace(question, "")]


def test_a_shared_answer_does_not_outlive_its_document(service: Service, library: Library) -> None:
    question = "白鹭计划投资多少？"
    link = shared(service, question)
    assert "白鹭计划投资三百万元" in httpx.get(link).text
    library.remove("白鹭计划.txt")
    assert_tells_nothing(httpx.get(link), question, "三百万元", "关于白鹭计划的决定", "白鹭计划.txt")


def test_a_shared_answer_does_not_outlive_the_words_it_quotes(
    service: Service, library: Library, tmp_path: Path
) -> None:
    question = "白鹭计划投资多少？"
    link = shared(service, question)
    (tmp_path / "白鹭计划.txt").write_text("关于白鹭计划的决定\n白鹭计划投资九百万元。\n", encoding="utf-8")
    list(add_paths(library, [tmp_path / "白鹭计划.txt"]))
    assert_tells_nothing(httpx.get(link), question, "三百万元")


def test_a_shared_answer_is_for_those_who_may_read_its_sources(service: Service) -> None:
    question = "玄武计划投资多少？"
    committee = {"Authorization": f"Bearer {service.token('committee')}"}
    answer = httpx.post(
        f"{service.url}/api/ask", json={"question": question}, headers=committee, timeout=60
    ).json()
    assert "玄武计划投资五百万元" in answer["answer"]
    path = httpx.post(f"{service.url}/api/answers/{answer['id']}/share", headers=committee).json()["path"]
    page = httpx.get(f"{service.url}{path}")
    assert page.status_code == 404 and "玄武" not in page.text
    # But for the address itself, to which the link to the login leads back.
    assert (
        httpx.get(f"{service.url}/a/unknown").text.replace("unknown", path.removeprefix("/a/")) == page.text
    )


def test_an_answer_is_rated_shared_and_erased_by_its_id_alone(service: Service) -> None:
    answer = httpx.post(f"{service.url}/api/ask", json={"question": "白鹭计划投资多少？"}, timeout=60).json()
    own = f"{service.url}/api/answers/{answer['id']}"
    key = httpx.post(f"{own}/share").json()["path"].removeprefix("/a/")
    with_key = f"{service.url}/api/answers/{key}"
    assert httpx.delete(with_key).status_code == httpx.delete(f"{with_key}/share").status_code == 404
    assert httpx.post(f"{with_key}/feedback", json={"verdict": "up"}).status_code == 404
    assert httpx.post(f"{own}/feedback", json={"verdict": "up"}).status_code == 204
    assert httpx.post(f"{own}/feedback", json={"verdict": "sideways"}).status_code == 422
    assert httpx.delete(f"{own}/share").status_code == 204
    assert httpx.get(f"{service.url}/a/{key}").status_code == 404
    assert httpx.delete(own).status_code == 204
    assert httpx.delete(own).status_code == 404


@pytest.fixture
def open_page(browser: Browser, service: Service) -> Iterator[OpenPage]:
    yield from open_pages(browser, service.url)


def test_the_history_forgets_what_is_gone_and_asks_again(open_page: OpenPage, library: Library) -> None:
    question = "白鹭计划投资多少？"
    page = open_page()
    expect(ask_in_chat(page, question)).to_contain_text("三百万元")
    library.remove("白鹭计划.txt")
    page.reload()
    again = page.get_by_role("link", name="重新提问")
    expect(again).to_be_visible(timeout=20_000)
    expect(page.locator("#hw-chat .user-row")).to_have_text(question)
    assert "三百万元" not in page.content() and "关于白鹭计划的决定" not in page.content()
    screenshot(page, "stale")
    again.click()
    expect(page.locator("#hw-question textarea")).to_have_value(question)
    page.keyboard.press("Enter")
    expect(page.locator("#hw-chat .bot-row")).to_have_count(2)


def test_the_next_question_takes_what_is_gone_off_the_screen(open_page: OpenPage, library: Library) -> None:
    page = open_page()
    expect(ask_in_chat(page, "白鹭计划投资多少？")).to_contain_text("三百万元")
    library.remove("白鹭计划.txt")
    ask_in_chat(page, "测试代码乙的负责人是谁？")
    expect(page.locator("#hw-chat .bot-row").first.get_by_role("link", name="重新提问")).to_be_visible()
    expect(page.locator("#hw-chat .hw-actions")).to_have_count(1)
    assert "三百万元" not in page.content()


def test_after_the_logout_nothing_tells_what_was_asked_before_it(
    open_page: OpenPage, service: Service
) -> None:
    page = open_page()
    service.token("committee")  # makes its user
    log_in(page, service.url, "committee-0")
    question = "玄武计划投资多少？"
    expect(ask_in_chat(page, question)).to_contain_text("五百万元")
    page.locator("#hw-new").click()
    expect(page.locator("#hw-past")).to_contain_text(question)
    field = page.locator("#hw-question textarea")
    field.fill("玄武计划何时开始？")  # and not sent
    log_out(page, service.url)
    expect(field).to_be_visible(timeout=20_000)
    page.wait_for_timeout(1000)  # nothing is put into it
    expect(field).to_have_value("")
    expect(ask_in_chat(page, "白鹭计划投资多少？")).to_contain_text("三百万元")
    assert "玄武" not in page.content()


def test_who_logs_in_after_another_neither_sees_nor_erases_what_that_one_asked(
    open_page: OpenPage, service: Service
) -> None:
    page = open_page()
    for _ in range(2):
        service.token("committee")  # makes its user
    log_in(page, service.url, "committee-0")
    question = "玄武计划投资多少？"
    ask_in_chat(page, question)
    log_out(page, service.url)
    log_in(page, service.url, "committee-1")
    ask_in_chat(page, "白鹭计划投资多少？")
    page.locator("#hw-new").click()
    expect(page.locator("#hw-past .gallery-item")).to_have_text(["白鹭计划投资多少？"])
    erase_all(page)
    expect(page.locator("#hw-past")).to_be_hidden()
    log_out(page, service.url)
    log_in(page, service.url, "committee-0")
    expect(page.locator("#hw-chat .user-row")).to_have_text([question], timeout=20_000)


def test_markup_stays_text_wherever_an_answer_goes(open_page: OpenPage) -> None:
    page = open_page(permissions=["clipboard-read", "clipboard-write"])
    answer = ask_in_chat(page, ASKED)
    expect(answer).to_contain_text("<script>window.hacked=1</script>")
    answer.get_by_role("button", name="复制").click()
    assert "<script>window.hacked=1</script>" in page.evaluate("navigator.clipboard.readText()")
    answer.locator("a.cite").first.click()
    expect(page.locator("#hw-source-text td", has_text=MARKUP)).to_be_visible()
    expect(page.locator("#hw-source-facts")).to_contain_text("测试<i>代码&#38;表.csv")
    page.keyboard.press("Escape")
    answer.get_by_role("button", name="打印").click()
    expect(page.frame_locator("#hw-print").locator("h1")).to_have_text(ASKED)
    answer.get_by_role("button", name="分享").click()
    link = answer.get_by_role("textbox", name="分享链接").input_value(timeout=10_000)

    page.reload()
    expect(page.locator("#hw-chat .hw-actions")).to_be_visible(timeout=20_000)
    expect(page.locator("#hw-chat .user-row .message")).to_have_text(ASKED)
    page.get_by_role("button", name="新对话").click()
    expect(page.get_by_role("button", name=ASKED)).to_be_visible()
    foreign = ":is(#hw-chat, #hw-source, #hw-past) :is(img, script, b, i, a[href^=javascript])"
    assert page.locator(foreign).count() == 0
    assert page.evaluate("window.hacked") is None

    page.goto(link)
    expect(page.locator("h1")).to_have_text(ASKED)
    expect(page.locator(".answer")).to_contain_text("<script>window.hacked=1</script>")
    assert page.locator("main :is(img, script, b, i, strong)").count() == 0
