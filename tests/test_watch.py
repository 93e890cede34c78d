"""What the operator sees: a request's id from browser to log, /metrics, traces; never what anybody wrote."""

import json
import os
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from queue import Queue
from typing import Any

import grpc
import httpx
import pytest
from chat import ask_in_chat
from conftest import HUIWEN, huiwen_server
from model_server import serving
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from playwright.sync_api import Browser, expect

from bot.desk.reading import Reading
from bot.desk.staging import Staging
from ingest.document import UNDECIDED

DUES = "关于会费标准的通知\n普通会员每年缴纳会费八百元，理事单位每年缴纳三千元。\n"
ANSWERED, REFUSED, FAILED = "普通会员的会费是多少？", "火星基地的氧气由谁供应？", "理事单位的会费是多少？"
MEMBER = "张三丰"
STEPS = ["understand", "wait", "words", "embed", "vectors", "documents", "judge", "choose", "write"]
# Whatever of a question, an answer or a person could get into the log.
PERSONAL = ("会费", "八百元", "火星", "氧气", MEMBER, "张三", "127.0.0.1", "192.0.2")

Span = Any  # of the protocol's own classes


@dataclass(frozen=True)
class Watched:
    """A running `huiwen serve`: its address, its home, its log, the spans it sent."""

    url: str
    home: Path
    stderr: Path
    spans: "Queue[Span]"

    def ask(self, question: str, **headers: str) -> httpx.Response:
        return httpx.post(f"{self.url}/api/ask", json={"question": question}, headers=headers, timeout=60)

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stderr.read_text().splitlines()]

    def logged(self, request_id: str) -> list[dict[str, Any]]:
        """What the log has about a request; the server answers first and then writes of an error."""
        for _ in range(50):
            if lines := [line for line in self.log() if line["request_id"] == request_id]:
                return lines
            time.sleep(0.1)
        return []

    def metrics(self, token: str) -> dict[str, float]:
        answer = httpx.get(f"{self.url}/metrics", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/plain")
        samples = [line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, _, value in samples}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("watched")
    (folder / "会费.txt").write_text(DUES, encoding="utf-8")
    huiwen(folder / "home", "ingest", "add", str(folder / "会费.txt"))
    return folder / "home"


def huiwen(home: Path, *arguments: str, **options: Any) -> str:
    """What the command prints."""
    done = subprocess.run(
        [HUIWEN, *arguments], env={**os.environ, "HUIWEN_HOME": str(home)}, text=True,
        stdout=subprocess.PIPE, timeout=300, **{"check": True, **options},
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture(scope="module")
def token(home: Path) -> Callable[[str], str]:
    """Makes a token of a new user with a role."""

    def make(role: str) -> str:
        name = f"{MEMBER}-{role}"
        huiwen(home, "users", "add", name, "--role", role, "--password-stdin", input="correct horse battery")
        return huiwen(home, "users", "token", name, "--label", "metrics")

    return make


@pytest.fixture(scope="module")
def staff(token: Callable[[str], str]) -> str:
    return token("staff")


def broken(handler: BaseHTTPRequestHandler) -> None:
    handler.send_error(400)


@contextmanager
def collector(spans: "Queue[Span]") -> Iterator[str]:
    """The address of a server that takes OpenTelemetry's spans."""

    class Collector(trace_service_pb2_grpc.TraceServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:  # noqa: N802, ARG002
            for resource in request.resource_spans:
                for scope in resource.scope_spans:
                    for span in scope.spans:
                        spans.put(span)
            return ExportTraceServiceResponse()

    server = grpc.server(ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Collector(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield f"http://127.0.0.1:{port}"
    server.stop(0)


@pytest.fixture(scope="module")
def watched(home: Path) -> Iterator[Watched]:
    """With a chat model that never answers, so that every answer is a fallback, and a collector of traces."""
    spans: Queue[Span] = Queue()
    stderr = home.parent / "stderr"
    with serving(broken) as model, collector(spans) as endpoint, stderr.open("w") as log:
        environment = {
            "HUIWEN_MODEL": "openai:none", "HUIWEN_MODEL_BASE_URL": model,
            "OPENAI_API_KEY": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
            "OTEL_BSP_SCHEDULE_DELAY": "100",
        }  # fmt: skip
        with huiwen_server(home, log, **environment) as url:
            yield Watched(url, home, stderr, spans)


@contextmanager
def broken_library(watched: Watched) -> Iterator[None]:
    """Nothing can be looked up."""
    with closing(sqlite3.connect(watched.home / "catalogue.sqlite")) as catalogue:
        catalogue.execute("ALTER TABLE meta RENAME TO broken")
        try:
            yield
        finally:
            catalogue.execute("ALTER TABLE broken RENAME TO meta")


def test_a_question_is_one_line_of_the_log_under_the_callers_id(watched: Watched) -> None:
    answer = watched.ask(ANSWERED, **{"X-Request-ID": "browser_0123-ABC"})
    assert answer.headers["x-request-id"] == "browser_0123-ABC"
    (failure, line) = watched.logged("browser_0123-ABC")
    assert failure["level"] == "warning" and failure["logger"] == "bot.writing.model"
    assert line["level"] == "info" and line["message"] == "question"
    assert line["outcome"] == "answered" and line["mode"] == "extractive" and line["fallback"]
    assert line["ms"] == answer.json()["timings_ms"] and {*STEPS, "total"} == line["ms"].keys()
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{12}\+00:00", line["time"])


@pytest.mark.parametrize("given", ["short", "x" * 65, "with spaces in", "a;b{c}d<e>f", '{"level": "error"}'])
def test_an_id_that_is_none_is_replaced(watched: Watched, given: str) -> None:
    answer = httpx.get(f"{watched.url}/api/health", headers={"X-Request-ID": given})
    assert re.fullmatch("[0-9a-f]{10}", answer.headers["x-request-id"])


def test_every_answer_has_an_id_of_its_own(watched: Watched) -> None:
    paths = ("/", "/login", "/nowhere", "/staff", "/metrics", "/api/health", "/api/documents/none")
    ids = [httpx.get(watched.url + path).headers["x-request-id"] for path in paths]
    assert len(set(ids)) == len(paths)


def test_a_question_of_a_language_models_program_is_seen_too(watched: Watched, staff: str) -> None:
    before = watched.metrics(staff)
    call = {"name": "ask", "arguments": {"question": REFUSED}}
    answer = httpx.post(
        f"{watched.url}/mcp",
        json={"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call},
        headers={"Accept": "application/json, text/event-stream", "X-Request-ID": "program-1"},
        timeout=60,
    )
    assert answer.json()["result"]["structuredContent"]["refused"]
    assert [line["outcome"] for line in watched.logged("program-1")] == ["refused"]
    assert rise(before, watched.metrics(staff))['huiwen_questions_total{outcome="refused"}'] == 1


@pytest.mark.parametrize("accept", ["application/json", "text/event-stream"])
def test_a_question_that_fails_is_found_in_the_log(watched: Watched, accept: str) -> None:
    with broken_library(watched):
        answer = watched.ask(FAILED, Accept=accept)
    failed = [line for line in watched.logged(answer.headers["x-request-id"]) if "outcome" in line]
    assert [(line["level"], line["outcome"]) for line in failed] == [("error", "failed")]
    assert "no such table" in failed[0]["message"] and "no such table" not in answer.text
    assert answer.headers["x-request-id"] in answer.text


def test_of_an_error_the_log_has_the_place_and_not_the_message(watched: Watched) -> None:
    kept = watched.ask(ANSWERED).json()["id"]
    with closing(sqlite3.connect(watched.home / "journal.sqlite")) as journal:
        journal.execute('UPDATE answers SET answer = \'{"question": "会费"}\' WHERE id = ?', (kept,))
        journal.commit()
    answer = httpx.get(f"{watched.url}/a/{kept}", headers={"Accept-Language": "en"})
    id_ = answer.headers["x-request-id"]
    assert answer.status_code == 500 and answer.headers["content-security-policy"]
    assert answer.json()["detail"].endswith(f" If you need help, please tell the staff this number: {id_}.")
    (line,) = watched.logged(id_)
    assert line["error"][0]["type"] == "ValidationError"  # whose message quotes what could not be read
    assert any("bot/journal.py" in call for call in line["error"][0]["calls"])
    assert "会费" not in json.dumps(line, ensure_ascii=False)


def test_the_number_a_member_is_told_of_a_failure_is_in_the_log(watched: Watched, browser: Browser) -> None:
    page = browser.new_page(locale="zh-CN")
    page.goto(watched.url)
    expect(page.get_by_role("heading", name="想了解什么？")).to_be_visible(timeout=60_000)
    ask_in_chat(page, ANSWERED)
    page.locator("#hw-question textarea").fill(FAILED)
    message = page.locator("#hw-chat .bot-row").last
    with broken_library(watched):
        page.keyboard.press("Enter")
        expect(message).to_contain_text("请把编号", timeout=60_000)
    told = re.search(r"请把编号 (\w+) 告诉工作人员", message.inner_text())
    assert told and [line["outcome"] for line in watched.logged(told[1]) if "outcome" in line] == ["failed"]
    page.close()


def test_a_page_opens_though_the_library_cannot_be_read(watched: Watched, browser: Browser) -> None:
    page = browser.new_page(locale="zh-CN")
    with broken_library(watched):
        page.goto(watched.url)
        page.locator("#hw-question textarea").wait_for(timeout=60_000)
        page.wait_for_timeout(2000)  # until it has asked for examples
        expect(page.locator(".toast-wrap")).not_to_contain_text("提问的人太多")
    assert watched.log()  # each line of it can be read: none is of a trace
    page.close()


def test_the_page_passes_the_number_on(watched: Watched, browser: Browser) -> None:
    page = browser.new_page(locale="zh-CN")
    failure = {"status": 500, "headers": {"X-Request-ID": "0123456789"}, "body": "{}"}
    page.route("**/api/documents/**", lambda route: route.fulfill(**failure))
    page.route("**/api/answers/**", lambda route: route.fulfill(**failure))
    page.goto(watched.url)
    page.locator("#hw-question textarea").fill(ANSWERED)
    page.keyboard.press("Enter")
    page.locator("#hw-chat a.cite").first.click(timeout=60_000)
    told = "请稍后再试。如需帮助，请把编号 0123456789 告诉工作人员。"
    expect(page.locator("#hw-source-note")).to_have_text(f"原文没能打开，{told}")
    page.get_by_role("button", name="分享").click()
    expect(page.locator(".hw-actions [role=status]")).to_have_text(f"没有成功，{told}")
    page.close()


def test_metrics_count_what_came_of_questions(watched: Watched, staff: str) -> None:
    before = watched.metrics(staff)
    for question in (ANSWERED, REFUSED, ANSWERED):
        watched.ask(question)
    with broken_library(watched):
        watched.ask(FAILED)
    risen = rise(before, watched.metrics(staff))
    assert {outcome: risen[f'huiwen_questions_total{{outcome="{outcome}"}}'] for outcome in (
        "answered", "refused", "failed")} == {"answered": 2, "refused": 1, "failed": 1}  # fmt: skip
    assert risen["huiwen_fallbacks_total"] == 2
    assert risen['huiwen_step_seconds_count{step="judge"}'] == 3
    assert risen['huiwen_step_seconds_bucket{le="+Inf",step="total"}'] == 3
    assert 0 < risen['huiwen_step_seconds_sum{step="total"}'] < 60


def test_metrics_tell_of_the_home(watched: Watched, staff: str) -> None:
    metrics = watched.metrics(staff)
    assert metrics["huiwen_documents"] == 1
    assert metrics['huiwen_actions_total{action="token.make"}'] >= 1
    assert metrics["process_resident_memory_bytes"] > 1e6


def test_metrics_count_what_another_process_did_to_the_library(
    watched: Watched, staff: str, tmp_path: Path
) -> None:
    before = watched.metrics(staff)
    notice, empty = tmp_path / "通知.txt", tmp_path / "空.txt"
    empty.touch()
    for text in (DUES, DUES, DUES.replace("八百元", "九百元")):
        notice.write_text(text, encoding="utf-8")
        huiwen(watched.home, "ingest", "add", str(notice))
    huiwen(watched.home, "ingest", "add", str(empty), check=False)
    huiwen(watched.home, "ingest", "remove", notice.name)
    risen = rise(before, watched.metrics(staff))
    outcomes = ("added", "replaced", "removed", "failed")
    assert [risen[f'huiwen_ingest_total{{outcome="{outcome}"}}'] for outcome in outcomes] == [1, 1, 1, 1]


def test_metrics_are_for_staff(watched: Watched, token: Callable[[str], str]) -> None:
    assert httpx.get(f"{watched.url}/metrics").status_code == 401
    member = {"Authorization": f"Bearer {token('member')}"}
    assert httpx.get(f"{watched.url}/metrics", headers=member).status_code == 403


def test_a_question_is_a_span_with_its_steps(watched: Watched) -> None:
    watched.ask(ANSWERED, **{"X-Request-ID": "traced-0001"})
    spans = []
    while not spans or spans[-1].name != "question" or "traced-0001" not in str(spans[-1].attributes):
        spans.append(watched.spans.get(timeout=20))
    question = spans[-1]
    steps = [span for span in spans if span.parent_span_id == question.span_id]
    assert [span.name for span in steps] == STEPS
    assert all(
        question.start_time_unix_nano <= span.start_time_unix_nano <= span.end_time_unix_nano
        for span in steps
    )
    assert not [word for word in PERSONAL if word in "".join(str(span) for span in spans)]


def test_nothing_that_anybody_wrote_is_in_the_log(watched: Watched, staff: str) -> None:
    watched.ask(ANSWERED, Authorization=f"Bearer {staff}", **{"X-Forwarded-For": "192.0.2.77"})
    watched.ask(REFUSED)
    httpx.post(f"{watched.url}/login", data={"name": MEMBER, "password": "x"})
    assert len(watched.log()) > 5  # and all of it is JSON
    text = "".join(json.dumps(line, ensure_ascii=False) for line in watched.log())
    assert not [word for word in PERSONAL if word in text]


def test_an_upload_is_named_by_its_id_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "会费.txt").write_text(DUES, encoding="utf-8")
    staging = Staging(tmp_path / "home")
    item = staging.add(tmp_path / "会费.txt", f"{MEMBER}.txt", MEMBER, lambda _: UNDECIDED)
    (tmp_path / "home" / "staging" / item.id / "loaded.json").mkdir()  # what is read cannot be kept
    with closing(Reading(staging, lambda _: UNDECIDED)):
        while (state := staging.items()[0].state) in ("waiting", "reading"):
            time.sleep(0.1)
    (record,) = [each for each in caplog.records if each.name.startswith("bot")]
    assert state == "failed" and item.id in record.getMessage() and MEMBER not in record.getMessage()


def rise(before: dict[str, float], after: dict[str, float]) -> dict[str, float]:
    """By how much each metric has grown; what was not there yet, from 0."""
    return {name: value - before.get(name, 0) for name, value in after.items()}


# Tells of every address that a command of ours connects to or looks up.
_REPORTING = """
import os, sys
def report(event, values):
    if event == "socket.getaddrinfo" or event == "socket.connect" and isinstance(values[1], tuple):
        os.write(2, f"NETWORK {event} {values}\\n".encode())
sys.addaudithook(report)
from evals.cli import main
main()
"""
_BY_ACCIDENT = {f"{product}_{switch}": "true" for product in ("LANGSMITH", "LANGCHAIN")
                for switch in ("TRACING", "TRACING_V2")}  # fmt: skip


@pytest.mark.parametrize(
    ("environment", "reports"),
    [({}, False), (_BY_ACCIDENT, False), ({**_BY_ACCIDENT, "HUIWEN_LANGSMITH": "true"}, True)],
    ids=["by itself", "by accident", "on purpose"],
)
def test_a_question_reaches_langsmith_only_on_purpose(
    home: Path, environment: dict[str, str], reports: bool
) -> None:
    with serving(broken) as nowhere:
        langsmith = {"LANGSMITH_ENDPOINT": nowhere, "LANGSMITH_API_KEY": "none"}
        done = subprocess.run(
            [sys.executable, "-c", _REPORTING, "ask", ANSWERED],
            env={**os.environ, **langsmith, **environment, "HUIWEN_HOME": str(home)},
            capture_output=True, text=True, timeout=300, check=True,
        )  # fmt: skip
    assert "八百元" in done.stdout
    assert ("NETWORK" in done.stderr) == reports, done.stderr
