"""What a visitor is told when something is wrong: in one language, and nothing of the server's own matters."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from access_site import Browser, Site

from bot.access.access import Access
from bot.answer import Answerer, Answerers
from bot.web.serve import create_app
from ingest import worker
from ingest.document import KINDS
from ingest.errors import LibraryError
from ingest.library import Library
from ingest.settings import Settings

ASK = {"question": "会费是多少？"}
ID = "test-request-1"
TOLD = {
    "zh-CN": "暂时",
    "zh-TW; q=0.9, en;q=0.5": "暫時",
    "en": "Please try again later.",
    "en;q=0.1,zh-HK ;Q=0.8": "暫時",
}


@pytest.fixture
def site(sample: Answerer, tmp_path: Path) -> Iterator[Browser]:
    settings = Settings(home=tmp_path)
    with Access(settings) as access:
        yield Site(create_app(Answerers(sample.library), access, settings), access).browser()


def broken(*_: object, **__: object) -> Any:
    raise LibraryError(
        "The vector store in /srv/secret/chroma cannot be used. / 无法使用 /srv/secret/chroma。"
    )


@pytest.mark.parametrize("language", TOLD)
def test_a_visitor_learns_nothing_of_the_servers_folders_but_a_number_for_the_staff(
    site: Browser, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, language: str
) -> None:
    monkeypatch.setattr(Library, "ping", broken)
    monkeypatch.setattr(Answerer, "stream", broken)
    headers = {"Accept-Language": language, "X-Request-ID": ID}
    answers = [
        site.get("/api/health", headers=headers),
        site.post("/api/ask", json=ASK, headers=headers),
    ]
    assert [answer.status_code for answer in answers] == [503, 503]
    for text in [answer.json()["detail"] for answer in answers]:
        assert TOLD[language] in text and ID in text and "/" not in text
    assert caplog.text.count("/srv/secret/chroma") >= 2


def test_a_stream_that_fails_ends_in_the_same_way(site: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    def stream(*_: object) -> Iterator[Any]:
        yield broken()

    monkeypatch.setattr(Answerer, "stream", stream)
    headers = {"Accept": "text/event-stream", "Accept-Language": "zh-TW", "X-Request-ID": ID}
    told = site.post("/api/ask", json=ASK, headers=headers).text
    assert "event: error" in told and "暫時" in told and ID in told and "secret" not in told


@pytest.mark.parametrize("path", ["/api/ask", "/gradio_api/queue/join"])
def test_a_request_that_is_too_large_is_not_read(site: Browser, path: str) -> None:
    body = b'{"question": "' + b" " * 1_100_000 + b'"}'
    told = site.post(path, content=body, headers={"Content-Type": "application/json"})
    assert told.status_code == 413


def test_a_question_that_cannot_be_used_is_told_in_one_language(site: Browser) -> None:
    body = b'{"question": "\\ud800"}'
    headers = {"Content-Type": "application/json", "Accept-Language": "zh-TW"}
    told = site.post("/api/ask", content=body, headers=headers)
    assert told.status_code == 422 and " / " not in told.json()["detail"]


def test_a_page_that_is_not_there_is_told_in_one_language(site: Browser) -> None:
    path = "/api/documents/2023年度工作报告.pdf/pages/999.png"
    told = site.get(path, headers={"Accept-Language": "zh-TW"})
    assert told.status_code == 404 and told.json() == {"detail": "文件沒有第 999 頁。"}


def test_a_page_that_cannot_be_drawn_now_may_be_had_later(
    site: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_MEMORY", "much")  # no such limit can be set, so that no process starts
    path = "/api/documents/2023年度工作报告.pdf/pages/1.png"
    told = site.get(path, headers={"Accept-Language": "zh-CN"})
    assert told.status_code == 503 and "无法启动" in told.json()["detail"]


@pytest.mark.parametrize(
    ("language", "words"), [("zh-CN", "可用的有"), ("zh-TW", "可用的有"), ("en", "they are")]
)
def test_a_kind_that_is_none_is_not_asked_for_in_vain(site: Browser, language: str, words: str) -> None:
    answer = site.post(
        "/api/ask", json=ASK | {"kinds": ["notice", "nonsense"]}, headers={"Accept-Language": language}
    )
    assert answer.status_code == 422
    assert words in answer.json()["detail"] and ", ".join(KINDS) in answer.json()["detail"]
    assert site.post("/api/ask", json=ASK | {"years": [1900], "kinds": list(KINDS)}).status_code == 200
