"""The vectors on a Chroma server: a real one, which two libraries share and two processes use."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from subprocess import CompletedProcess

import chromadb
import httpx
import pytest

from bot.answer import Answerer
from ingest.add import add_paths, rebuild
from ingest.backup import back_up, restore
from ingest.embed import Embedder
from ingest.errors import HuiwenError, LibraryError
from ingest.library import Library
from ingest.settings import Settings

DUES = "关于会费标准的说明\n普通会员每年缴纳会费八百元，理事单位每年缴纳三千元。\n"
VISIT = "走访青龙纺织公司\n秘书处于2023年5月6日走访青龙纺织公司，了解出口订单情况。\n"
QUESTION = "普通会员每年缴纳多少会费？"


class ChromaProcess:
    """`chroma run` on a folder and a port of its own, to be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        command = [
            Path(sys.executable).with_name("chroma"),
            "run",
            "--path",
            self._folder,
            "--host",
            "127.0.0.1",
        ]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port)],
            env={**os.environ, "ANONYMIZED_TELEMETRY": "False"},
            stdout=subprocess.DEVNULL,
            cwd=self._folder,
        )
        for _ in range(300):
            try:
                httpx.get(f"{self.url}/api/v2/heartbeat").raise_for_status()
                return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise TimeoutError("chroma run does not answer")

    def stop(self) -> None:
        self._process.send_signal(signal.SIGINT)
        self._process.wait(20)

    def stored(self) -> int:
        """How many vectors the server holds, of all libraries."""
        with chromadb.HttpClient("127.0.0.1", self.port) as client:
            return sum(collection.count() for collection in client.list_collections())


@pytest.fixture(scope="module")
def chroma(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ChromaProcess]:
    process = ChromaProcess(tmp_path_factory.mktemp("chroma"))
    yield process
    process.stop()


@pytest.fixture
def open_shared(chroma: ChromaProcess, embedder: Embedder) -> Iterator[Callable[[Path], Library]]:
    """Opens the library of a home whose vectors are on the server."""
    opened: list[Library] = []

    def open_(home: Path) -> Library:
        opened.append(Library(Settings(home=home, chroma=chroma.url), embedder))
        return opened[-1]

    yield open_
    for library in opened:
        library.remove(*(info.name for info in library.documents()))
        library.close()
    assert chroma.stored() == 0  # nothing is left of a library without documents


def add(library: Library, folder: Path, name: str, text: str) -> str:
    (folder / name).write_text(text, encoding="utf-8")
    (outcome,) = add_paths(library, [folder / name])
    return outcome.status


def answer(library: Library) -> str:
    return Answerer(library).ask(QUESTION).answer


def nearest(library: Library, text: str) -> str | None:
    """The name of the document that holds the nearest sentence: by vectors alone."""
    ((version, _, _),) = library.nearest(library.embedder.queries([text])[0], 1) or [("", 0, 0.0)]
    document = library.version(version)
    return document.name if document else None


def test_a_document_is_added_replaced_and_removed_for_two_readers(
    tmp_path: Path, chroma: ChromaProcess, open_shared: Callable[[Path], Library]
) -> None:
    writer, reader = open_shared(tmp_path / "home"), open_shared(tmp_path / "home")
    assert nearest(reader, QUESTION) is None  # it has looked, before there was anything
    assert add(writer, tmp_path, "会费.txt", DUES) == "added"
    assert add(writer, tmp_path, "走访.txt", VISIT) == "added"
    assert not (tmp_path / "home" / "chroma").exists()
    for library in (writer, reader):
        assert nearest(library, QUESTION) == "会费.txt"
        assert "八百元" in answer(library)
    sentences = sum(
        len(document.sentences) for document in map(reader.get, ("会费.txt", "走访.txt")) if document
    )
    assert chroma.stored() == sentences

    assert add(writer, tmp_path, "会费.txt", DUES.replace("八百元", "九百五十元")) == "replaced"
    for library in (writer, reader):
        assert "九百五十元" in answer(library) and "八百元" not in answer(library)
    assert chroma.stored() == sentences
    writer.remove("会费.txt")
    for library in (writer, reader):
        assert nearest(library, QUESTION) == "走访.txt"
        assert library.check() == []


def test_two_libraries_on_one_server_know_nothing_of_each_other(
    tmp_path: Path, open_shared: Callable[[Path], Library]
) -> None:
    one, other = open_shared(tmp_path / "one"), open_shared(tmp_path / "other")
    add(one, tmp_path, "会费.txt", DUES)
    add(other, tmp_path, "走访.txt", VISIT)
    assert nearest(one, QUESTION) == "会费.txt" and nearest(other, QUESTION) == "走访.txt"
    assert one.check() == [] and other.check() == []
    other.remove("走访.txt")
    assert "八百元" in answer(one)


def test_a_library_restored_beside_its_original_shares_nothing_with_it(
    tmp_path: Path, chroma: ChromaProcess, open_shared: Callable[[Path], Library]
) -> None:
    # Found by an audit: both had one identity, and so the same collections.
    original, file = open_shared(tmp_path / "home"), tmp_path / "backup.zip"
    add(original, tmp_path, "会费.txt", DUES)
    stored = chroma.stored()
    assert back_up(original, file) == 1
    assert restore(file, Settings(home=tmp_path / "restored", chroma=chroma.url)) == 1
    assert chroma.stored() == 2 * stored
    restored = open_shared(tmp_path / "restored")
    add(restored, tmp_path, "会费.txt", DUES.replace("八百元", "九百五十元"))
    assert "八百元" in answer(original) and "九百五十元" in answer(restored)
    restored.remove("会费.txt")
    assert "八百元" in answer(original)
    assert original.check() == [] == restored.check()


def test_a_backup_is_restored_to_where_the_new_home_keeps_its_vectors(
    tmp_path: Path, chroma: ChromaProcess, open_shared: Callable[[Path], Library], embedder: Embedder
) -> None:
    shared, file = open_shared(tmp_path / "shared"), tmp_path / "backup.zip"
    add(shared, tmp_path, "会费.txt", DUES)
    back_up(shared, file)
    restore(file, Settings(home=tmp_path / "local"))
    stored = chroma.stored()
    with Library(Settings(home=tmp_path / "local"), embedder) as local:
        assert local.check() == [] and nearest(local, QUESTION) == "会费.txt"
        back_up(local, file)
    restore(file, Settings(home=tmp_path / "again", chroma=chroma.url))
    assert chroma.stored() == 2 * stored
    again = open_shared(tmp_path / "again")
    assert again.check() == [] and nearest(again, QUESTION) == "会费.txt"


def test_a_backup_that_is_not_whole_leaves_nothing_on_the_server(
    tmp_path: Path, chroma: ChromaProcess, open_shared: Callable[[Path], Library]
) -> None:
    library, file = open_shared(tmp_path / "home"), tmp_path / "backup.zip"
    add(library, tmp_path, "会费.txt", DUES)
    stored = chroma.stored()
    with closing(sqlite3.connect(library.home / "catalogue.sqlite")) as catalogue, catalogue:
        catalogue.execute("UPDATE frequencies_public SET passages = passages + 1")
    back_up(library, file)
    with pytest.raises(HuiwenError, match="Nothing was restored"):
        restore(file, Settings(home=tmp_path / "restored", chroma=chroma.url))
    assert chroma.stored() == stored and not (tmp_path / "restored").exists()


def test_a_server_that_has_lost_the_vectors_is_told(
    tmp_path: Path, chroma: ChromaProcess, open_shared: Callable[[Path], Library]
) -> None:
    library = open_shared(tmp_path / "home")
    add(library, tmp_path, "会费.txt", DUES)
    with chromadb.HttpClient("127.0.0.1", chroma.port) as client:
        for collection in client.list_collections():
            client.delete_collection(collection.name)
    library.close()
    with pytest.raises(LibraryError, match="ingest rebuild"):
        answer(library)
    settings = Settings(home=library.home, chroma=chroma.url)
    with Library(settings, library.embedder, rebuilding=True) as mended:
        assert len(list(rebuild(mended))) == 1
    assert "八百元" in answer(library)


def test_a_server_that_is_down_is_told_in_one_line_and_is_found_again(
    tmp_path: Path,
    chroma: ChromaProcess,
    open_shared: Callable[[Path], Library],
    huiwen: Callable[..., CompletedProcess[str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    library = open_shared(tmp_path / "home")
    add(library, tmp_path, "会费.txt", DUES)
    library.ping()
    chroma.stop()
    try:
        for use in (library.ping, lambda: answer(library)):
            with pytest.raises(LibraryError, match=f"Chroma server {chroma.url} cannot be used") as refused:
                use()
            assert "\n" not in str(refused.value)
        monkeypatch.setenv("HUIWEN_CHROMA", chroma.url.replace("://", "://user:geheim@"))
        done = huiwen(tmp_path / "home", "ingest", "check")
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and "HUIWEN_CHROMA" in done.stderr
        assert "geheim" not in done.stdout + done.stderr
    finally:
        chroma.start()
    assert "八百元" in answer(library)


@pytest.fixture
def web_server(chroma: ChromaProcess) -> Iterator[str]:
    """Where a web server before Chroma's is, that takes no large requests and wants a password."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            content = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {"Content-Type": "application/json"}
            answer = httpx.request(self.command, chroma.url + self.path, content=content, headers=headers)
            status, body = answer.status_code, answer.content
            if len(content) > 100_000:
                status, body = 413, b"<html>\n<title>413 Request Entity Too Large</title>\n</html>"
            elif b64decode(self.headers.get("Authorization", "")[6:]) != b"user:right":
                status, body = 401, b"<html>\n<title>401 Unauthorized</title>\n</html>"
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_POST = do_DELETE = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, ThreadPoolExecutor(1) as thread:
        thread.submit(server.serve_forever)
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_a_web_server_before_chroma_refuses_fails_alone_and_is_told_without_the_password(
    tmp_path: Path, web_server: str, embedder: Embedder
) -> None:
    # Found by reading: Chroma raises a bare Exception for it, which ended the command in a trace.
    many = "\n".join(f"第{n}号会员企业已登记在册。" for n in range(300))
    for name, text in (("名册.txt", many), ("会费.txt", DUES)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    home = tmp_path / "home"
    with Library(Settings(home=home, chroma=f"http://user:right@{web_server}"), embedder) as library:
        for name, status in (("名册.txt", "failed"), ("会费.txt", "added")):
            (outcome,) = add_paths(library, [tmp_path / name])
            assert outcome.status == status, outcome
            assert status == "added" or "413 Request" in str(outcome.reason), outcome
        library.remove("会费.txt")
    with Library(Settings(home=home, chroma=f"http://user:geheim@{web_server}"), embedder) as library:
        with pytest.raises(LibraryError, match="401") as refused:
            library.ping()
        assert "geheim" not in str(refused.value)


def test_chroma_is_asked_through_no_proxy_of_the_environment(
    tmp_path: Path, chroma: ChromaProcess, embedder: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: its heartbeat was not, all else was.
    for scheme in ("HTTP", "ALL"):
        monkeypatch.setenv(f"{scheme}_PROXY", "socks5://127.0.0.1:9")
    address = chroma.url.replace("127.0.0.1", "localhost")
    with Library(Settings(home=tmp_path / "home", chroma=address), embedder) as library:
        assert add(library, tmp_path, "会费.txt", DUES) == "added"
        assert "八百元" in answer(library)
        library.remove("会费.txt")


@pytest.mark.parametrize(
    "address", ["127.0.0.1:8000", "ftp://chroma", "http://", "http://chroma:x", "chroma"]
)
def test_what_is_no_address_of_a_server_is_refused(address: str, tmp_path: Path, embedder: Embedder) -> None:
    with pytest.raises(LibraryError, match="HUIWEN_CHROMA is no address"):
        Library(Settings(home=tmp_path, chroma=address), embedder)


def test_a_library_keeps_to_the_place_of_its_vectors(
    tmp_path: Path, chroma: ChromaProcess, open_shared: Callable[[Path], Library], embedder: Embedder
) -> None:
    # Its documents would be in, and be found by their words only.
    with Library(Settings(home=tmp_path / "local"), embedder) as local:
        add(local, tmp_path, "会费.txt", DUES)
    with pytest.raises(LibraryError, match="in its own folder"):
        Library(Settings(home=tmp_path / "local", chroma=chroma.url), embedder)
    add(open_shared(tmp_path / "shared"), tmp_path, "会费.txt", DUES)
    with pytest.raises(LibraryError, match="on a Chroma server"):
        Library(Settings(home=tmp_path / "shared"), embedder)
