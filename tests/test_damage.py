"""A home that is damaged, or may not be written to: a line that says so, and no loss."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest
from conftest import HUIWEN
from small_home import (
    JUNK,
    QUESTION,
    VISIT,
    Huiwen,
    OpenLibrary,
    StartHuiwen,
    answer,
    assert_one_line,
    written,
)

from bot.answer import Answerer
from ingest.errors import HuiwenError


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


def test_who_met_damaged_vectors_sees_those_made_anew(
    small_home: Path, tmp_path: Path, start_huiwen: StartHuiwen, open_library: OpenLibrary
) -> None:
    # Found here: a server that had met a Chroma without a table went on with it after a rebuild, until it was started again.
    with closing(sqlite3.connect(small_home / "chroma" / "chroma.sqlite3")) as chroma:
        chroma.execute("DROP TABLE collections")
    library = open_library(small_home)
    with pytest.raises(HuiwenError, match="huiwen ingest rebuild"):
        answer(library)
    assert start_huiwen(small_home, "ingest", "rebuild").result().returncode == 0
    new = written(tmp_path / "游园.txt", "游园会\n游园会九月九日举行。")
    assert start_huiwen(small_home, "ingest", "add", new).result().returncode == 0
    assert "九月九日" in Answerer(library).ask("游园会什么时候举行？").answer
    assert library.check() == []


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
