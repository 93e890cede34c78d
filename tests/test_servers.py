"""Running servers beside commands: who asks sees one version, and right after a command the new one."""

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event

import httpx
import pytest
from console import Running
from small_home import DUES, JUNK, NEW_DUES, QUESTION, VISIT, assert_one_line, written
from test_backup import damage_database
from test_chroma import ChromaProcess

from bot.web.serve import address_of

StartHuiwen = Callable[..., Running]
Ask = Callable[[], httpx.Response]


@contextmanager
def serving(start_huiwen: StartHuiwen, home: Path) -> Iterator[Ask]:
    """A running `huiwen serve`, as a function that asks it the question."""
    running = start_huiwen(home, "serve", "--port", "0")
    output = running.output.with_suffix(".out")
    try:
        address = None
        while address is None and running.process.is_alive():
            time.sleep(0.05)
            said = output.read_text().split() if output.exists() else []
            address = next((word for word in said if word.startswith("http://")), None)
        assert address, running.result().stderr
        with httpx.Client(base_url=address, timeout=120, trust_env=False) as client:
            yield lambda: client.post("/api/ask", json={"question": QUESTION})
    finally:
        running.kill()


def answer(ask: Ask) -> str:
    return str(ask().raise_for_status().json()["answer"])


@contextmanager
def asked_meanwhile(servers: Sequence[Ask]) -> Iterator[set[str]]:
    """All that the servers answer meanwhile, each asked again and again."""
    done, answers = Event(), set[str]()

    def keep_asking(ask: Ask) -> int:
        asked = 0
        while not done.is_set():
            answers.add(answer(ask))
            asked += 1
            time.sleep(0.05)  # the command wants its share of the processor
        return asked

    with ThreadPoolExecutor(len(servers)) as threads:
        askers = [threads.submit(keep_asking, ask) for ask in servers]
        try:
            yield answers
        finally:
            done.set()
        assert all(asker.result() > 0 for asker in askers)


@pytest.mark.parametrize("count", [1, 3], ids=["one server", "three servers and a Chroma server"])
def test_servers_answer_from_one_version_and_right_after_a_command_from_the_new_one(
    count: int, tmp_path: Path, start_huiwen: StartHuiwen, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, file = tmp_path / "home", tmp_path / "会费说明.txt"
    with ExitStack() as stack:
        if count > 1:
            (tmp_path / "chroma").mkdir()
            chroma = ChromaProcess(tmp_path / "chroma")
            stack.callback(chroma.stop)
            monkeypatch.setenv("HUIWEN_CHROMA", chroma.url)
        for each, text in ((file, DUES), (tmp_path / "走访.txt", VISIT)):
            assert start_huiwen(home, "ingest", "add", written(each, text)).result().returncode == 0
        servers = [stack.enter_context(serving(start_huiwen, home)) for _ in range(count)]
        assert (home / "chroma").exists() == (count == 1)
        (old,) = {answer(ask) for ask in servers}
        assert "八百元" in old
        new = old.replace("八百元", "九百五十元")
        with asked_meanwhile(servers) as answers:
            for text, right in ((NEW_DUES, new), (DUES, old)):
                assert start_huiwen(home, "ingest", "add", written(file, text)).result().returncode == 0
                assert [answer(ask) for ask in servers] == [right] * count
        assert answers == {old, new}
        assert start_huiwen(home, "ingest", "remove", file.name).result().returncode == 0
        assert not any("八百元" in answer(ask) for ask in servers)
        checked = start_huiwen(home, "ingest", "check").result()
        assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.fixture
def small_home(tmp_path: Path, start_huiwen: StartHuiwen) -> Path:
    files = [written(tmp_path / "会费说明.txt", DUES), written(tmp_path / "走访.txt", VISIT)]
    assert start_huiwen(tmp_path / "made", "ingest", "add", *files).result().returncode == 0
    return tmp_path / "made"


@pytest.mark.parametrize(
    "damage",
    [damage_database, lambda home: shutil.rmtree(home / "chroma")],
    ids=["database overwritten", "deleted"],
)
def test_with_damaged_vectors_a_member_is_told_so_and_one_command_brings_them_back(
    damage: Callable[[Path], None], small_home: Path, start_huiwen: StartHuiwen
) -> None:
    damage(small_home)
    with serving(start_huiwen, small_home) as ask:
        for _ in range(2):  # what Chroma does at the second try is another story
            told = ask()
            assert told.status_code == 503 and "chroma" not in told.text, told.text
    assert start_huiwen(small_home, "ingest", "rebuild").result().returncode == 0
    assert "八百元" in start_huiwen(small_home, "ask", QUESTION).result().stdout


@pytest.mark.parametrize("state", ["catalogue damaged", "another model"])
def test_a_server_that_cannot_begin_says_why(
    state: str, small_home: Path, start_huiwen: StartHuiwen, monkeypatch: pytest.MonkeyPatch
) -> None:
    if state == "another model":
        monkeypatch.setenv("HUIWEN_EMBEDDING_MODEL", "another/model")
    else:
        (small_home / "catalogue.sqlite").write_bytes(JUNK)
    line = assert_one_line(start_huiwen(small_home, "serve", "--port", "0").result())
    assert "huiwen ingest rebuild" in line or "huiwen restore" in line


def test_on_a_full_disk_questions_are_answered_and_nothing_is_lost(
    small_disk: Path, small_home: Path, tmp_path: Path, start_huiwen: StartHuiwen
) -> None:
    home, filler = small_disk / "home", small_disk / "filler"
    shutil.copytree(small_home, home)
    many = written(tmp_path / "名册.txt", "\n".join(f"第{n}号会员企业已登记在册。" for n in range(300)))
    with serving(start_huiwen, home) as ask:
        right = ask().raise_for_status().json()
        assert "八百元" in right["answer"] and right["id"]
        with filler.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(bytes(4096))
        full = ask().raise_for_status().json()
        assert full["answer"] == right["answer"] and full["id"] == ""  # it cannot be kept, but told
        for command in (["add", many], ["remove", "走访.txt"], ["rebuild"]):
            done = start_huiwen(home, "ingest", *command).result()
            output = done.stdout + done.stderr
            assert done.returncode == 1 and "磁盘" in output and "Traceback" not in output, output
        filler.unlink()
        assert start_huiwen(home, "ingest", "rebuild").result().returncode == 0
        checked = start_huiwen(home, "ingest", "check").result()
        assert checked.returncode == 0, checked.stdout + checked.stderr
        assert answer(ask) == right["answer"]
    listed = start_huiwen(home, "ingest", "list").result().stdout
    assert "会费说明.txt" in listed and "走访.txt" in listed


@pytest.mark.parametrize(
    ("host", "address"),
    [
        ("0.0.0.0", "http://127.0.0.1:7860"),
        ("::", "http://[::1]:7860"),
        ("2001:db8::1", "http://[2001:db8::1]:7860"),
        ("huiwen.example", "http://huiwen.example:7860"),
    ],
)
def test_the_address_announced_is_one_that_a_browser_here_can_open(host: str, address: str) -> None:
    assert address_of(host, 7860) == address
