"""The tools ask, search and read, through the package's own client, over HTTP and over stdio."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import httpx2
import pytest
from conftest import HUIWEN
from console import in_a_thread
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent
from service import Service, services

from bot.answer import Answerer
from bot.events import AnswerEvent
from ingest.add import add_paths
from ingest.embed import Embedder
from ingest.library import Library
from ingest.settings import Settings

PUBLIC = "关于会费标准的通知\n普通会员每年缴纳会费八百元，理事单位每年缴纳三千元。\n"
SECRET = "委员会关于青龙项目的纪要\n委员会决定青龙项目投资七百六十万元，暂不对外公布。\n"
QUESTION = "青龙项目投资多少？"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("mcp")
    with Library(Settings(home=folder / "home"), embedder) as library:
        for name, text in (("会费.txt", PUBLIC), ("青龙.txt", SECRET)):
            (folder / name).write_text(text, encoding="utf-8")
        list(add_paths(library, [folder / "会费.txt"], "public"))
        list(add_paths(library, [folder / "青龙.txt"], "committee"))
        yield library


@pytest.fixture(scope="module")
def serve(tmp_path_factory: pytest.TempPathFactory, library: Library) -> Iterator[Callable[..., Service]]:
    yield from services(library, tmp_path_factory)


def call(server: Any, tool: str, **arguments: Any) -> Any:
    """The structured result of a tool, or the text of its error."""

    async def run() -> Any:
        async with Client(server) as client:
            result = await client.call_tool(tool, arguments)
            if result.is_error:
                assert isinstance(result.content[0], TextContent)
                return result.content[0].text
            return result.structured_content

    return in_a_thread(run())


def with_token(service: Service, token: str) -> Any:
    """A transport that shows a token."""
    client = httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"})
    return streamable_http_client(f"{service.url}/mcp", http_client=client)


def post(service: Service, headers: dict[str, str]) -> httpx.Response:
    """A request to begin, as a client sends it, with other headers."""
    begin = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    accept = {"Accept": "application/json, text/event-stream"}
    return httpx.post(f"{service.url}/mcp", json=begin, headers=accept | headers)


def test_a_program_asks_searches_and_reads(serve: Callable[..., Service]) -> None:
    mcp = f"{serve().url}/mcp"
    answer = call(mcp, "ask", question="普通会员每年缴纳多少会费？")
    (citation,) = answer["citations"]
    assert "八百元" in answer["answer"] and citation["document"] == "会费.txt"
    (found, *_) = call(mcp, "search", query="会费", limit=1)["passages"]
    text = call(mcp, "read", document="会费.txt")
    for each in (citation, found):
        assert each["quote"] == text["text"][each["start"] : each["end"]]
    part = call(mcp, "read", document="会费.txt", start=text["length"] - 3, length=100)
    assert part["text"] == text["text"][-3:] and part["end"] == text["length"]


def test_earlier_questions_and_years_count(serve: Callable[..., Service]) -> None:
    mcp = f"{serve().url}/mcp"
    follow_up = call(mcp, "ask", question="那理事单位呢？", history=["普通会员每年缴纳多少会费？"])
    assert "三千元" in follow_up["answer"]
    assert call(mcp, "ask", question="普通会员每年缴纳多少会费？", years=[1998])["refused"]


def test_only_the_kinds_asked_for_count(serve: Callable[..., Service]) -> None:
    mcp = f"{serve().url}/mcp"
    question = "普通会员每年缴纳多少会费？"
    assert "八百元" in call(mcp, "ask", question=question, kinds=["notice"])["answer"]
    assert call(mcp, "ask", question=question, kinds=["minutes"])["refused"]


def test_programs_that_wait_for_answers_keep_no_other_request_waiting(
    serve: Callable[..., Service], monkeypatch: pytest.MonkeyPatch
) -> None:
    service, answered, waiting = serve(), threading.Event(), threading.Semaphore(0)
    stream = Answerer.stream

    def late(*asked: Any) -> Iterator[AnswerEvent]:
        waiting.release()
        answered.wait(60)
        yield from stream(*asked)

    monkeypatch.setattr(Answerer, "stream", late)
    with ThreadPoolExecutor(41) as programs:
        asked = [
            programs.submit(call, f"{service.url}/mcp", "ask", question="会费是多少？") for _ in range(41)
        ]
        try:
            assert all(
                waiting.acquire(timeout=30) for _ in range(40)
            )  # as many as the other requests' threads
            assert httpx.get(f"{service.url}/api/documents/会费.txt", timeout=5).status_code == 200
        finally:
            answered.set()
        assert all("八百元" in each.result()["answer"] for each in asked)


def test_a_committee_document_is_there_for_its_committee_only(serve: Callable[..., Service]) -> None:
    service = serve()
    unknown = call(f"{service.url}/mcp", "read", document="没有.txt")
    member = service.token("member")
    for caller in (lambda: f"{service.url}/mcp", lambda: with_token(service, member)):
        answer = call(caller(), "ask", question=QUESTION)
        assert answer["refused"] and "青龙.txt" not in str(answer)
        assert "青龙.txt" not in str(call(caller(), "search", query=QUESTION, limit=20))
        refused = call(caller(), "read", document="青龙.txt")
        assert refused == unknown.replace("没有.txt", "青龙.txt")
    token = service.token("committee")
    assert "七百六十万" in call(with_token(service, token), "ask", question=QUESTION)["answer"]
    assert "七百六十万" in call(with_token(service, token), "read", document="青龙.txt")["text"]


def test_a_bad_token_and_a_missing_login_are_refused(serve: Callable[..., Service]) -> None:
    assert post(serve(), {"Authorization": "Bearer hw_wrong"}).status_code == 401
    closed = serve(require_login=True)
    assert post(closed, {}).status_code == 401
    token = closed.token("member")
    assert post(closed, {"Authorization": f"Bearer {token}"}).status_code == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost:7860"}, 200),
        ({"Host": "huiwen.example.org"}, 200),
        ({"Host": "192.0.2.7:7860"}, 200),
        ({"Host": "evil.example"}, 421),
        ({"Host": "192.0.2.7.evil.example"}, 421),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 421),
        ({"Host": "192.0.2.7", "Origin": "http://evil.example"}, 403),
        ({"Host": "huiwen.example.org", "Origin": "https://huiwen.example.org"}, 200),
    ],
)
def test_a_page_cannot_lead_a_name_of_its_own_to_the_server(
    serve: Callable[..., Service], headers: dict[str, str], status: int
) -> None:
    assert post(serve(hosts="huiwen.example.org, other.example.org"), headers).status_code == status


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("ask", {"question": "  "}),
        ("ask", {"question": "会" * 2001}),
        ("ask", {"question": "会费", "history": ["会费"] * 21}),
        ("ask", {"question": "会费", "kinds": ["nonsense"]}),
        ("search", {"query": "会费", "limit": 1000}),
        ("read", {"document": "会费.txt", "start": -1}),
        ("read", {"document": "../accounts.sqlite"}),
    ],
)
def test_what_a_tool_cannot_use_is_told(
    serve: Callable[..., Service], tool: str, arguments: dict[str, Any]
) -> None:
    told = call(f"{serve().url}/mcp", tool, **arguments)
    assert isinstance(told, str) and "Traceback" not in told
    assert list(arguments)[-1] in told or arguments["document"] in told


def test_a_program_on_this_machine_starts_the_tools_and_sees_what_is_public(library: Library) -> None:
    environment = {**os.environ, "HUIWEN_HOME": str(library.home)}

    async def run() -> list[Any]:
        server = StdioServerParameters(command=str(HUIWEN), args=["mcp"], env=environment)
        async with Client(server) as client:
            questions = ("普通会员每年缴纳多少会费？", QUESTION)
            return [await client.call_tool("ask", {"question": question}) for question in questions]

    public, secret = (result.structured_content for result in in_a_thread(run()))
    assert "八百元" in public["answer"]
    assert secret["refused"] and "青龙.txt" not in str(secret)
