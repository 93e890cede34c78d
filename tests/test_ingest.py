"""The library and `huiwen ingest`, through the console and through both stores' own files."""

import errno
import json
import os
import random
import subprocess
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from conftest import HUIWEN
from docx import Document as WordDocument
from reportlab.pdfgen.canvas import Canvas
from small_home import (
    DUES,
    NEW_DUES,
    QUESTION,
    VISIT,
    Huiwen,
    OpenLibrary,
    StartHuiwen,
    answer,
    assert_one_line,
    assert_stores_hold_just,
    written,
)
from test_worker import long_scan

from bot.answer import Answerer
from ingest.add import add_paths, find_files
from ingest.document import Document
from ingest.embed import Vectors
from ingest.errors import HuiwenError
from ingest.library import Library, Status
from ingest.settings import Settings


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


def test_names_in_another_encoding_are_told_on_a_console_that_takes_none(
    tmp_path: Path, small_home: Path
) -> None:
    # Found by reading: the folder of a twin, and an archive that is damaged, were told as they are named.
    folder = tmp_path / os.fsdecode("资料".encode("gbk"))
    folder.mkdir()
    twin = written(folder / "会费说明.txt", NEW_DUES)
    damaged = written(folder / os.fsdecode("归档.zip".encode("gbk")), "PK")
    done = subprocess.run(
        [HUIWEN, "ingest", "add", written(tmp_path / "会费说明.txt", DUES), twin, damaged],
        env={**os.environ, "HUIWEN_HOME": str(small_home), "PYTHONIOENCODING": "utf-8:strict"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr[-300:]
    assert "= 会费说明.txt" in done.stdout and "2 failed" in done.stdout
    assert "damaged or cut off" in done.stdout and "another file of this name" in done.stdout


def test_folders_that_are_not_gone_through_are_told_and_cost_no_file(
    tmp_path: Path, small_home: Path, open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: they were passed over in silence, and one entry without rights emptied the whole folder.
    folder = tmp_path / "文件"
    for place in (folder, folder / "锁着", folder / ".git", tmp_path / "别处"):
        written(place / f"{place.name.strip('.')}.txt", VISIT)
    (folder / "链接").symlink_to(tmp_path / "别处")
    (folder / "断开.txt").symlink_to(tmp_path / "没有")
    scandir = os.scandir

    def refusing(path: Any = ".") -> Any:
        if str(path).endswith(("锁着", ".git")):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    outcomes = {each.name: each for each in add_paths(open_library(small_home), find_files([folder]))}
    assert outcomes.keys() == {"文件.txt", "锁着", "链接"}
    assert outcomes["文件.txt"].status == "added"
    assert "Permission denied" in str(outcomes["锁着"].reason)
    assert "a link to another folder" in str(outcomes["链接"].reason)


def test_an_interrupted_command_waits_for_no_scan_and_loses_no_file_that_it_was_storing(
    tmp_path: Path, home: Path, open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: Ctrl+C waited until the scan was read, and took away the copies of what waited to be stored.
    library = open_library(home)
    files = [written(tmp_path / "文件" / f"{n}.txt", f"第{n}次走访\n{VISIT}") for n in range(32)]
    scan, embed, put = long_scan(tmp_path / "扫描.tif"), library.embed_together, library.put

    def interrupted(documents: Sequence[Document]) -> list[Vectors]:
        if "16.txt" not in {each.name for each in documents}:
            return embed(documents)
        while not list(home.glob("arriving/*/扫描.tif")):
            time.sleep(0.01)
        broken_off.append(time.monotonic())
        raise KeyboardInterrupt

    def slowly(*arguments: Any) -> Status:
        time.sleep(0.05)
        return put(*arguments)

    monkeypatch.setattr(library, "embed_together", interrupted)
    monkeypatch.setattr(library, "put", slowly)
    broken_off: list[float] = []
    with pytest.raises(KeyboardInterrupt):
        list(add_paths(library, [*files, scan]))
    assert time.monotonic() - broken_off[0] < 20  # the scan takes longer
    assert len(library.documents()) == 16 and library.check() == []
    assert not list(home.glob("arriving/*"))


def test_a_date_that_cannot_be_does_not_end_the_run(
    tmp_path: Path, home: Path, open_library: OpenLibrary
) -> None:
    # Found here: KeyError from the Chinese numerals.
    strange = written(tmp_path / "a.txt", "关于放假的通知\n请遵照执行。\n二〇二三年十十月一日")
    outcomes = list(add_paths(open_library(home), [strange, written(tmp_path / "b.txt", DUES)]))
    assert [each.status for each in outcomes] == ["added", "added"]


def test_more_vectors_than_a_statement_of_sql_takes_are_fetched(
    small_home: Path, open_library: OpenLibrary
) -> None:
    library = open_library(small_home)
    version = library.documents()[0].version
    wanted = [(version, 0), *(("none", number) for number in range(40_000))]
    assert list(library.vectors(wanted)) == [(version, 0)]


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


def test_a_setting_that_cannot_be_is_told_in_one_line(home: Path, huiwen: Huiwen) -> None:
    # Found by reading: it ended in a trace of many lines.
    line = assert_one_line(huiwen(home, "ingest", "list", HUIWEN_MODEL_TIMEOUT="20s"))
    assert "HUIWEN_MODEL_TIMEOUT" in line and "20s" not in line  # it may be a key in the wrong place


@pytest.mark.parametrize("mark", [b"", "\ufeff".encode()], ids=["plain", "as Notepad saves it"])
def test_settings_are_read_from_a_file_with_the_home_of_a_user_in_them(
    mark: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: a folder named ~ was made where the command was started.
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    monkeypatch.delenv("HUIWEN_HOME", raising=False)
    written(tmp_path / ".env", mark + "HUIWEN_HOME=~/资料\n".encode())
    assert Settings().home == Path("/home/somebody/资料")


@pytest.mark.parametrize(
    ("content", "told"),
    [("HUIWEN_CONTACT=秘书处".encode("gbk"), "UTF-8"), (b"HUIWEN_HOME=~nobody-here/x", "HUIWEN_HOME")],
)
def test_a_file_of_settings_that_cannot_be_read_is_told(
    content: bytes, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUIWEN_HOME", raising=False)
    written(tmp_path / ".env", content)
    with pytest.raises(HuiwenError, match=told):
        Settings()
