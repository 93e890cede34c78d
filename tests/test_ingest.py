"""The library and `huiwen ingest`, through the console and through both stores' own files."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from subprocess import CompletedProcess

import numpy as np
import pytest
from conftest import HUIWEN
from console import Running
from docx import Document as WordDocument
from reportlab.pdfgen.canvas import Canvas

from bot.answer import Answerer
from ingest.add import add_paths, find_files
from ingest.chroma import ChromaFolder
from ingest.document import AUDIENCES
from ingest.embed import Embedder
from ingest.errors import HuiwenError
from ingest.library import Library
from ingest.settings import Settings
from ingest.vectors import VectorStore

Huiwen = Callable[..., CompletedProcess[str]]
StartHuiwen = Callable[..., Running]
OpenLibrary = Callable[[Path], Library]

DUES = "关于会费标准的说明\n普通会员每年缴纳会费八百元，理事单位每年缴纳三千元。\n会费在三月底以前缴清。\n"
NEW_DUES = DUES.replace("八百元", "九百五十元").replace("三月底", "六月底")
VISIT = "走访青龙纺织公司\n秘书处于2023年5月6日走访青龙纺织公司，了解出口订单情况。\n"
QUESTION = "普通会员每年缴纳多少会费？"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture(scope="module")
def made_home(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Path:
    """A home with two documents, to be copied."""
    folder = tmp_path_factory.mktemp("made")
    with Library(Settings(home=folder / "home"), embedder) as library:
        files = [written(folder / "会费说明.txt", DUES), written(folder / "走访.txt", VISIT)]
        assert [each.status for each in add_paths(library, files)] == ["added", "added"]
    return folder / "home"


@pytest.fixture
def small_home(made_home: Path, home: Path) -> Path:
    """A home with 会费说明.txt and 走访.txt that a test may change."""
    shutil.copytree(made_home, home)
    return home


def written(path: Path, content: str | bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def stored_versions(home: Path) -> dict[str, set[str]]:
    """The versions of which each store's own file holds something."""
    catalogue, chroma = (
        sqlite3.connect(home / file) for file in ("catalogue.sqlite", "chroma/chroma.sqlite3")
    )
    tables = ("documents", "sentences", "passages")
    versions = {
        table: {row[0] for row in catalogue.execute(f"SELECT version FROM {table}")} for table in tables
    }
    for audience in AUDIENCES:
        lexical = (
            f"SELECT version FROM lexical_{audience} LEFT JOIN passages ON id = lexical_{audience}.rowid"
        )
        versions[f"words for {audience}"] = {row[0] for row in catalogue.execute(lexical)}
    ids = [row[0] for row in chroma.execute("SELECT embedding_id FROM embeddings")]
    versions["vectors"] = {id_.partition(":")[0] for id_ in ids}
    catalogue.close()
    chroma.close()
    return versions


def assert_stores_hold_just(home: Path, library: Library) -> None:
    """Every store holds what the library lists, and nothing else."""
    listed = {info.version for info in library.documents()}
    for store, versions in stored_versions(home).items():
        assert versions == listed, store
    any_vector = next(iter(library.vectors([(version, 0) for version in listed]).values()))
    assert {version for version, _, _ in library.nearest(any_vector, 400)} == listed
    assert library.check() == []


def assert_one_line(done: CompletedProcess[str]) -> str:
    """A refused command says why in one line, and shows no trace."""
    assert done.returncode == 1, done.stdout + done.stderr
    line = done.stderr or done.stdout
    assert line.strip().count("\n") == 0 and "Traceback" not in line, line
    return line


def answer(library: Library, question: str = QUESTION) -> str:
    return Answerer(library).ask(question).answer


def test_adding_a_folder_twice_changes_and_embeds_nothing(
    tmp_path: Path, home: Path, start_huiwen: StartHuiwen, huiwen: Huiwen
) -> None:
    names = ["会费说明.txt", "關於 會費　的 🎉 通知.txt"]
    for name in names:
        written(tmp_path / "文件" / name, DUES)
    written(tmp_path / "文件" / ".hidden.txt", DUES)
    written(tmp_path / "文件" / "README.md", "about this folder")
    first = start_huiwen(home, "ingest", "add", tmp_path / "文件", "--json").result()
    assert first.returncode == 0, first.stderr
    files = [{"name": name, "status": "added", "reason": None, "warnings": []} for name in names]
    assert json.loads(first.stdout) == {"files": files, "counts": {"added": 2}}
    before = huiwen(home, "ingest", "list", "--json").stdout

    second = huiwen(home, "ingest", "add", tmp_path / "文件", "--json")
    assert second.returncode == 0 and json.loads(second.stdout)["counts"] == {"unchanged": 2}
    assert huiwen(home, "ingest", "list", "--json").stdout == before
    with Library(Settings(home=home)) as library:
        generation = library.generation()
        outcomes = list(add_paths(library, find_files([tmp_path / "文件"])))
        assert {each.status for each in outcomes} == {"unchanged"} and library.generation() == generation
        assert library.embedder._loaded is None  # nothing can have been embedded without a model


def test_list_and_show_tell_what_is_in(small_home: Path, huiwen: Huiwen) -> None:
    listed = json.loads(huiwen(small_home, "ingest", "list", "--json").stdout)
    assert [info["name"] for info in listed] == ["会费说明.txt", "走访.txt"]
    assert set(listed[0]) == {
        *("name", "version", "title", "kind", "date", "years", "script"),
        *("audience", "supersedes", "added"),
    }
    shown = json.loads(huiwen(small_home, "ingest", "show", "会费说明.txt", "--json").stdout)
    assert shown["text"] == DUES.strip() and len(shown["index"]) == len(shown["text"])
    assert DUES.strip() in huiwen(small_home, "ingest", "show", "会费说明.txt").stdout
    # Found by trying: the second is how a console that is not set to UTF-8 hands on what it does not know.
    for name in ("没有.txt", "\udcff没有.txt"):
        assert "没有.txt" in assert_one_line(huiwen(small_home, "ingest", "show", name))
        assert "没有.txt" in assert_one_line(huiwen(small_home, "ingest", "remove", name))


def test_a_changed_file_replaces_its_old_self_everywhere(
    tmp_path: Path, small_home: Path, open_library: OpenLibrary
) -> None:
    library = open_library(small_home)
    assert "八百元" in answer(library)
    outcomes = add_paths(library, [written(tmp_path / "会费说明.txt", NEW_DUES)])
    assert [each.status for each in outcomes] == ["replaced"]
    assert_stores_hold_just(small_home, library)
    assert len(library.documents()) == 2
    assert "九百五十元" in answer(library) and "八百元" not in answer(library)


def test_a_removed_document_is_gone_everywhere(
    small_home: Path, huiwen: Huiwen, open_library: OpenLibrary
) -> None:
    done = huiwen(small_home, "ingest", "remove", "会费说明.txt")
    assert done.returncode == 0, done.stderr
    assert "会费说明" not in huiwen(small_home, "ingest", "list").stdout
    assert_one_line(huiwen(small_home, "ingest", "show", "会费说明.txt"))
    library = open_library(small_home)
    assert_stores_hold_just(small_home, library)
    found = Answerer(library).ask(QUESTION)
    assert "八百" not in found.answer and {each.document for each in found.citations} <= {"走访.txt"}
    assert huiwen(small_home, "ingest", "check").returncode == 0


def bad_files(folder: Path) -> list[Path]:
    """One of each kind of file that cannot be used."""
    word = WordDocument()
    word.add_paragraph(DUES)
    folder.mkdir()
    word.save(str(folder / "whole.docx"))
    half = (folder / "whole.docx").read_bytes()[:2000]
    (folder / "whole.docx").unlink()
    canvas = Canvas(str(folder / "locked.pdf"), encrypt="secret")
    canvas.drawString(72, 720, "The dues are a secret of the board and of nobody else.")
    canvas.save()
    return [
        folder / "locked.pdf",
        written(folder / "empty.txt", b""),
        written(folder / "blank.md", " \n\u3000\n"),
        written(folder / "cut.docx", half),
        written(folder / "picture.txt", b"\x89PNG\r\n\x1a\n" + bytes(300)),
        written(folder / "junk.txt", random.Random(1).randbytes(4000)),
        written(folder / "old.doc", "内容"),
    ]


def test_bad_files_fail_alone_with_a_reason_each(
    tmp_path: Path, small_home: Path, huiwen: Huiwen, start_huiwen: StartHuiwen
) -> None:
    bad = [*bad_files(tmp_path / "bad"), tmp_path / "没有的文件.txt", tmp_path / "空文件夹"]
    (tmp_path / "空文件夹").mkdir()
    before = huiwen(small_home, "ingest", "list", "--json").stdout
    done = huiwen(small_home, "ingest", "add", *bad)
    assert done.returncode == 1 and "Traceback" not in done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert sorted(line.split(": ")[0] for line in lines[:-1]) == sorted(f"! {path.name}" for path in bad)
    assert all(line.split(": ", 1)[1] for line in lines[:-1]) and lines[-1] == f"{len(bad)} failed"
    assert huiwen(small_home, "ingest", "list", "--json").stdout == before

    good = written(tmp_path / "more" / "新.txt", VISIT)
    twin = written(tmp_path / "more" / "inner" / "新.txt", DUES)
    both = start_huiwen(small_home, "ingest", "add", tmp_path / "bad", good, twin, "--json").result()
    outcomes = json.loads(both.stdout)
    assert both.returncode == 1 and outcomes["counts"] == {"failed": len(bad) - 1, "added": 1}
    assert all(
        each["reason"] and "\n" not in each["reason"]
        for each in outcomes["files"]
        if each["status"] == "failed"
    )
    assert huiwen(small_home, "ingest", "show", "新.txt").stdout.endswith(VISIT)
    assert huiwen(small_home, "ingest", "check").returncode == 0


def test_files_that_fail_leave_nothing_open(
    tmp_path: Path, small_home: Path, open_library: OpenLibrary
) -> None:
    library = open_library(small_home)
    bad = [written(tmp_path / "bad" / f"{number}.docx", "PK") for number in range(200)]
    outcomes = add_paths(library, bad)
    assert next(outcomes).status == "failed"
    open_at_first = len(list(Path("/proc/self/fd").iterdir()))
    assert {each.status for each in islice(outcomes, 190)} == {"failed"}
    assert len(list(Path("/proc/self/fd").iterdir())) < open_at_first + 50


def test_a_file_that_went_bad_keeps_its_old_version(
    tmp_path: Path, small_home: Path, open_library: OpenLibrary
) -> None:
    library = open_library(small_home)
    before = library.get("会费说明.txt"), library.generation()
    for content in (b"", random.Random(2).randbytes(3000), "\u200b\n".encode()):
        (outcome,) = add_paths(library, [written(tmp_path / "会费说明.txt", content)])
        assert outcome.status == "failed" and outcome.reason and "\n" not in outcome.reason
        assert (library.get("会费说明.txt"), library.generation()) == before
    assert "八百元" in answer(library)


def test_a_file_name_in_another_encoding_is_told_in_one_line(tmp_path: Path, small_home: Path) -> None:
    # Found here: names from a GBK archive are no valid UTF-8, and ended the whole run in a trace.
    folder = tmp_path / "archive"
    folder.mkdir()
    with open(os.path.join(os.fsencode(folder), "公告.txt".encode("gbk")), "wb") as file:  # noqa: PTH118, PTH123
        file.write(VISIT.encode())
    written(folder / "会费说明.txt", DUES)
    done = subprocess.run(
        [HUIWEN, "ingest", "add", folder],
        env={**os.environ, "HUIWEN_HOME": str(small_home)},
        capture_output=True,
        check=False,
    )
    output = (done.stdout + done.stderr).decode(errors="replace")
    assert "Traceback" not in output and "= 会费说明.txt" in output, output[-300:]


def test_a_date_that_cannot_be_does_not_end_the_run(
    tmp_path: Path, home: Path, open_library: OpenLibrary
) -> None:
    # Found here: KeyError from the Chinese numerals.
    strange = written(tmp_path / "a.txt", "关于放假的通知\n请遵照执行。\n二〇二三年十十月一日")
    outcomes = list(add_paths(open_library(home), [strange, written(tmp_path / "b.txt", DUES)]))
    assert [each.status for each in outcomes] == ["added", "added"]


def test_a_library_of_another_model_is_refused(
    small_home: Path, tmp_path: Path, huiwen: Huiwen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUIWEN_EMBEDDING_MODEL", str(tmp_path / "another-model"))
    for command in (["ingest", "list"], ["ingest", "add", str(tmp_path)], ["ask", QUESTION]):
        line = assert_one_line(huiwen(small_home, *command))
        assert "another-model" in line and "HUIWEN_EMBEDDING_MODEL" in line


def test_a_mistyped_model_does_not_spoil_a_new_home(
    tmp_path: Path, home: Path, huiwen: Huiwen, start_huiwen: StartHuiwen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found here: the first, failed run wrote the mistyped name down, and the right one was refused ever after.
    file = written(tmp_path / "会费说明.txt", DUES)
    monkeypatch.setenv("HUIWEN_EMBEDDING_MODEL", str(tmp_path / "mistyped"))
    assert "Traceback" not in huiwen(home, "ingest", "list").stderr
    monkeypatch.delenv("HUIWEN_EMBEDDING_MODEL")
    done = start_huiwen(home, "ingest", "add", file).result()
    assert done.returncode == 0, done.stdout + done.stderr


JUNK = random.Random(3).randbytes(40_000)


def spoil_index(home: Path) -> None:
    """Junk in every file of Chroma but its own catalogue."""
    for file in (home / "chroma").rglob("*"):
        if file.is_file() and file.name != "chroma.sqlite3":
            file.write_bytes(JUNK)


def spoil_middle(home: Path) -> None:
    """Junk in the middle of the catalogue, behind its first page."""
    path = home / "catalogue.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:4096] + (JUNK * 9)[: len(content) - 4096])


def spoil_chroma_with_a_file(home: Path) -> None:
    shutil.rmtree(home / "chroma")
    (home / "chroma").write_bytes(JUNK)


@pytest.mark.parametrize(
    "damage",
    [
        lambda home: (home / "catalogue.sqlite").write_bytes(JUNK),
        spoil_middle,
        lambda home: (home / "chroma" / "chroma.sqlite3").write_bytes(JUNK),
        spoil_chroma_with_a_file,
        spoil_index,
        lambda home: shutil.rmtree(home / "chroma"),
    ],
    ids=["catalogue", "middle of catalogue", "chroma", "chroma a file", "chroma index", "chroma deleted"],
)
def test_a_damaged_home_is_told_in_lines(
    damage: Callable[[Path], object], small_home: Path, huiwen: Huiwen, open_library: OpenLibrary
) -> None:
    # Found here: sqlite3.DatabaseError outside Catalogue.__init__ ends in a trace.
    damage(small_home)
    with suppress(HuiwenError):  # the only error that reaches a person as a line
        answer(open_library(small_home))
    for command in ("check", "list", "remove"):
        done = huiwen(small_home, "ingest", command, *(["走访.txt"] if command == "remove" else []))
        output = done.stdout + done.stderr
        assert done.returncode in (0, 1) and "Traceback" not in output and "panicked" not in output, output
        assert done.returncode == 0 or output.strip()


@pytest.mark.parametrize("spoil", [lambda home: (home / "catalogue.sqlite").write_bytes(JUNK), spoil_middle])
def test_of_a_damaged_catalogue_people_are_told_to_restore_a_backup(
    spoil: Callable[[Path], object], small_home: Path, huiwen: Huiwen
) -> None:
    spoil(small_home)
    for command in ("check", "rebuild"):
        assert "huiwen restore" in assert_one_line(huiwen(small_home, "ingest", command))


def test_deleted_vectors_are_missed_by_check(small_home: Path, huiwen: Huiwen) -> None:
    shutil.rmtree(small_home / "chroma")
    done = huiwen(small_home, "ingest", "check")
    assert done.returncode == 1 and "会费说明.txt" in done.stdout and "走访.txt" in done.stdout


def test_without_its_vectors_a_library_neither_answers_nor_changes_but_says_what_to_do(
    small_home: Path, tmp_path: Path, start_huiwen: StartHuiwen
) -> None:
    # Found by an audit: documents were found by their words alone, and those added since by their vectors, too.
    shutil.rmtree(small_home / "chroma")
    new = written(tmp_path / "游园.txt", "游园会\n游园会九月九日举行。")
    for command in (["ask", QUESTION], ["ingest", "add", new], ["ingest", "remove", "走访.txt"]):
        done = start_huiwen(small_home, *command).result()
        assert done.returncode == 1 and "huiwen ingest rebuild" in done.stdout + done.stderr, command
    assert start_huiwen(small_home, "ingest", "rebuild").result().returncode == 0
    assert start_huiwen(small_home, "ingest", "add", new).result().returncode == 0
    checked = start_huiwen(small_home, "ingest", "check").result()
    assert checked.returncode == 0 and "3 documents" in checked.stdout


def test_an_unwritable_home_is_told_in_one_line(small_home: Path, tmp_path: Path, huiwen: Huiwen) -> None:
    assert_one_line(huiwen(written(tmp_path / "a file", "x"), "ingest", "list"))
    assert_one_line(huiwen(tmp_path / "a file" / "inside", "ingest", "list"))
    # Root may write anywhere, unless it gives that up.
    drop = ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-all"] if os.geteuid() == 0 else []
    for path in (*small_home.rglob("*"), small_home):
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        for command in (
            ["ingest", "list"],
            ["ingest", "check"],
            ["ingest", "remove", "走访.txt"],
            ["ingest", "add", str(written(tmp_path / "b" / "新.txt", VISIT))],
            ["ask", QUESTION],
            ["serve", "--port", "0"],
        ):
            done = subprocess.run(
                [*drop, HUIWEN, *command],
                env={**os.environ, "HUIWEN_HOME": str(small_home)},
                capture_output=True,
                text=True,
                check=False,
                timeout=300,
            )
            assert_one_line(done)
    finally:
        for path in (small_home, *small_home.rglob("*")):
            path.chmod(0o700)


def test_two_processes_add_at_once(
    tmp_path: Path, home: Path, start_huiwen: StartHuiwen, open_library: OpenLibrary
) -> None:
    for side in "甲乙":
        for n in range(3):
            written(tmp_path / side / f"{side}{n}.txt", f"{side}方第{n}次走访\n" + VISIT)
    both = [start_huiwen(home, "ingest", "add", tmp_path / side) for side in "甲乙"]
    for each in both:
        done = each.result()
        assert done.returncode == 0, done.stdout + done.stderr
    library = open_library(home)
    assert len(library.documents()) == 6
    assert_stores_hold_just(home, library)


@pytest.mark.parametrize("pair", ["add add", "add remove", "remove remove"])
def test_two_processes_change_the_same_document_at_once(
    pair: str, tmp_path: Path, small_home: Path, start_huiwen: StartHuiwen, open_library: OpenLibrary
) -> None:
    texts = [NEW_DUES, DUES.replace("八百元", "七百元")]
    arguments: list[tuple[str, str | Path]] = [
        (kind, written(tmp_path / str(n) / "会费说明.txt", text) if kind == "add" else "会费说明.txt")
        for n, (kind, text) in enumerate(zip(pair.split(), texts, strict=True))
    ]
    done = [each.result() for each in [start_huiwen(small_home, "ingest", *each) for each in arguments]]
    refused = [each for each in done if each.returncode]
    assert len(refused) == (pair == "remove remove"), [each.stderr for each in done]
    for each in refused:  # it was out already
        assert "Nothing was removed" in assert_one_line(each)
    library = open_library(small_home)
    document = library.get("会费说明.txt")
    may_be = {"add add": texts, "add remove": [NEW_DUES, None], "remove remove": [None]}[pair]
    assert (document.text if document else None) in [text.strip() if text else None for text in may_be]
    assert_stores_hold_just(small_home, library)


def test_files_read_by_several_workers_make_the_library_that_one_worker_makes(
    tmp_path: Path, open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [written(tmp_path / "文件" / f"{n}.txt", f"第{n}次走访\n{VISIT}" * (n + 1)) for n in range(8)]
    files.append(written(tmp_path / "文件" / "空.txt", b""))
    word = WordDocument()
    word.add_paragraph(DUES)
    word.save(str(tmp_path / "文件" / "会费.docx"))
    files.append(tmp_path / "文件" / "会费.docx")
    made = []
    for workers in (1, 2):
        monkeypatch.setattr("ingest.add.cpu_count", lambda workers=workers: workers)
        library = open_library(tmp_path / str(workers))
        outcomes = list(add_paths(library, files))
        documents = [library.get(info.name) for info in library.documents()]
        vectors = [
            library.vectors([(each.version, n) for n in range(len(each.sentences))])
            for each in documents
            if each
        ]
        assert_stores_hold_just(library.home, library)
        made.append(
            (outcomes, documents, [{place: v.tobytes() for place, v in each.items()} for each in vectors])
        )
    assert made[0] == made[1] and len(made[0][1]) == 9


def test_an_open_reader_sees_what_another_process_does(
    tmp_path: Path, small_home: Path, start_huiwen: StartHuiwen, huiwen: Huiwen, open_library: OpenLibrary
) -> None:
    library = open_library(small_home)
    answerer, done, errors = Answerer(library), threading.Event(), []

    def keep_asking() -> None:
        while not done.is_set():
            try:
                answerer.ask(QUESTION)
            except Exception as error:
                errors.append(error)
            time.sleep(0.02)

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        assert "八百元" in answer(library)
        changed = [
            written(tmp_path / "会费说明.txt", NEW_DUES),
            written(tmp_path / "游园.txt", "游园会\n游园会九月九日举行。"),
        ]
        outcome = start_huiwen(small_home, "ingest", "add", *changed).result()
        assert outcome.returncode == 0, outcome.stderr
        assert "九百五十元" in answer(library) and "九月九日" in answer(library, "游园会什么时候举行？")
        assert huiwen(small_home, "ingest", "remove", "会费说明.txt").returncode == 0
        assert "九百五十元" not in answer(library)
    finally:
        done.set()
        asking.join()
    assert not errors
    # Found here: `remove` counts the generation up before it deletes vectors; who opens between sees them forever.
    assert_stores_hold_just(small_home, library)


def test_what_a_crashed_writer_left_is_never_shown_and_soon_swept(
    small_home: Path, open_library: OpenLibrary
) -> None:
    library = open_library(small_home)
    vector = library.embedder.documents([QUESTION])
    store = VectorStore(ChromaFolder(small_home / "chroma"))
    store.put(["0123456789abcdef:0", "0123456789abcdef:7"], np.repeat(vector, 2, axis=0))
    store.close()
    reader = open_library(small_home)
    assert "八百元" in answer(reader)
    assert [problem for problem in reader.check() if "2 vectors" in problem]
    reader.close()
    assert_stores_hold_just(small_home, open_library(small_home))


def test_a_document_replaced_while_it_is_read_is_read_again(
    tmp_path: Path, small_home: Path, open_library: OpenLibrary
) -> None:
    # Found here: its words were still found in the snapshot, its vectors no more, and the answer was a refusal.
    reader, writer = open_library(small_home), open_library(small_home)
    changes = [written(tmp_path / "会费说明.txt", NEW_DUES)]

    def reading() -> tuple[str, int]:
        document = reader.get("会费说明.txt")
        assert document
        list(add_paths(writer, [changes.pop()] if changes else []))
        places = [(document.version, n) for n in range(len(document.sentences))]
        return document.text, len(reader.vectors(places))

    assert reader.at_one_moment(reading) == (NEW_DUES.strip(), NEW_DUES.count("。") + 1)
