"""The way back: indexes made anew from the kept files, and a home made from a backup."""

import json
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import numpy as np
import pytest
from console import Running

from bot.answer import Answerer
from ingest import backup
from ingest.add import add_loaded, add_paths, rebuild
from ingest.backup import back_up, restore
from ingest.document import UNDECIDED, Decisions
from ingest.embed import Embedder
from ingest.errors import HuiwenError
from ingest.library import Library
from ingest.load import load
from ingest.make import document_from_text
from ingest.settings import Settings

OpenLibrary = Callable[[Path], Library]
Huiwen = Callable[..., CompletedProcess[str]]
StartHuiwen = Callable[..., Running]

DUES = "关于会费标准的说明\n普通会员每年缴纳会费八百元，理事单位每年缴纳三千元。\n会费在三月底以前缴清。\n"
VISIT = "走访青龙纺织公司\n秘书处于2023年5月6日走访青龙纺织公司，了解出口订单情况。\n"
QUESTIONS = ("普通会员每年缴纳多少会费？", "谁走访了青龙纺织公司？", "会费什么时候缴清？", "理事会有多少人？")


@pytest.fixture
def home(tmp_path: Path, open_library: OpenLibrary) -> Path:
    """A home with two documents, one of them for members only, and a glossary."""
    library = open_library(tmp_path / "home")
    for name, text, decisions in (
        ("会费说明.txt", DUES, UNDECIDED),
        ("走访.txt", VISIT, Decisions(title="青龙走访记", audience="members")),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
        assert add_loaded(library, tmp_path / name, load(tmp_path / name), decisions) == "added"
    (library.home / "glossary.tsv").write_text("交钱\t会费\n", encoding="utf-8")
    return library.home


def answers(library: Library) -> list[tuple[str, float]]:
    found = [Answerer(library).ask(question) for question in QUESTIONS]
    return [(answer.answer, answer.confidence) for answer in found]


def damage_database(home: Path) -> None:
    (home / "chroma" / "chroma.sqlite3").write_bytes(b"no database" * 1000)


def lose_vectors(home: Path) -> None:
    connection = sqlite3.connect(home / "chroma" / "chroma.sqlite3", isolation_level=None)
    for table in ("embeddings", "embeddings_queue"):
        connection.execute(f"DELETE FROM {table}")
    connection.close()


@pytest.mark.parametrize(
    "damage",
    [lambda home: shutil.rmtree(home / "chroma"), damage_database, lose_vectors],
    ids=["deleted", "database overwritten", "emptied"],
)
def test_one_command_brings_damaged_vectors_back(
    damage: Callable[[Path], None], home: Path, tmp_path: Path, open_library: OpenLibrary, huiwen: Huiwen
) -> None:
    before = answers(open_library(home))
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)  # no process has this one open
    damage(copy)
    checked = huiwen(copy, "ingest", "check")
    assert checked.returncode == 1 and "ingest rebuild" in checked.stdout + checked.stderr
    assert "Traceback" not in checked.stdout + checked.stderr
    assert huiwen(copy, "ingest", "rebuild").returncode == 0
    library = open_library(copy)
    assert library.check() == []
    assert answers(library) == before
    info = next(info for info in library.documents() if info.name == "走访.txt")
    assert (info.title, info.audience) == ("青龙走访记", "members")


def test_a_damaged_index_of_many_vectors_is_told(
    tmp_path: Path, open_library: OpenLibrary, huiwen: Huiwen
) -> None:
    # Chroma writes its index to a file of its own only from a thousand vectors on.
    library = open_library(tmp_path / "large")
    document = document_from_text("名册.txt", "\n".join(f"第{n}号会员已登记。" for n in range(1500)))
    vectors = np.random.default_rng(7).normal(size=(len(document.sentences), 384)).astype(np.float32)
    library.put(document, vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
    assert library.check() == []
    shutil.copytree(library.home, tmp_path / "copy")
    files = list((tmp_path / "copy" / "chroma").rglob("*.bin"))
    assert files
    for file in files:
        file.write_bytes(b"broken" * 50)
    checked = huiwen(tmp_path / "copy", "ingest", "check")
    assert checked.returncode == 1 and "ingest rebuild" in checked.stdout + checked.stderr
    assert "Traceback" not in checked.stdout + checked.stderr


def test_half_written_vectors_are_shown_to_nobody_and_made_anew_by_the_next_command(
    home: Path, tmp_path: Path, open_library: OpenLibrary, huiwen: Huiwen
) -> None:
    # Found by killing writers: Chroma writes over its index, and whoever opened a half-written one took 21 GB.
    before = answers(open_library(home))
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    reader = open_library(copy)
    index = next((copy / "chroma").glob("*/header.bin"))
    (index.parent / "index_metadata.pickle").write_bytes(b"begun")
    (copy / "chroma.lock").write_bytes(b"writing")  # as whoever is killed leaves it
    with pytest.raises(HuiwenError, match="ingest check"):
        answers(reader)
    checked = huiwen(copy, "ingest", "check")
    assert checked.returncode == 0 and "made anew" in checked.stderr, checked.stdout + checked.stderr
    assert answers(open_library(copy)) == before == answers(reader)


def test_another_embedding_model_is_told_how_to_go_on(
    home: Path, tmp_path: Path, embedder: Embedder, huiwen: Huiwen
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(home, copy)
    connection = sqlite3.connect(copy / "catalogue.sqlite", isolation_level=None)
    connection.execute("UPDATE meta SET value = 'another/model' WHERE key = 'embedding_model'")
    connection.close()
    refused = huiwen(copy, "ingest", "list")
    assert refused.returncode == 1 and "huiwen ingest rebuild" in refused.stderr
    mistyped = Settings(home=copy, embedding_model=str(tmp_path / "mistyped"))
    with Library(mistyped, rebuilding=True) as library, pytest.raises(HuiwenError, match="cannot be loaded"):
        list(rebuild(library))
    assert "another/model" in huiwen(copy, "ingest", "list").stderr  # nothing was lost
    with Library(Settings(home=copy), embedder, rebuilding=True) as library:
        assert {each.status for each in rebuild(library)} == {"replaced"}
        assert library.check() == []
        assert "八百元" in Answerer(library).ask(QUESTIONS[0]).answer


def test_a_backup_restored_elsewhere_answers_the_same(
    home: Path, tmp_path: Path, open_library: OpenLibrary
) -> None:
    library = open_library(home)
    before = answers(library)
    file = tmp_path / "backup.zip"
    assert back_up(library, file) == 2
    with zipfile.ZipFile(file) as archive:
        assert not any("session.key" in name or "chroma" in name for name in archive.namelist())
    (tmp_path / "restored").mkdir()
    volume = (tmp_path / "restored").stat().st_ino
    assert restore(file, Settings(home=tmp_path / "restored")) == 2
    assert (tmp_path / "restored").stat().st_ino == volume  # which cannot be made anew
    assert (tmp_path / "restored").stat().st_mode & 0o077 == 0
    assert file.stat().st_mode & 0o077 == 0  # it holds accounts, and what members asked
    assert not [path for path in (tmp_path / "restored").rglob("*.sqlite") if path.stat().st_mode & 0o077]
    restored = open_library(tmp_path / "restored")
    assert restored.check() == []
    assert answers(restored) == before
    assert restored.reader("public").get("走访.txt") is None
    assert restored.original("会费说明.txt")
    assert (restored.home / "glossary.tsv").read_text(encoding="utf-8") == "交钱\t会费\n"
    assert back_up(restored, file) == 2  # over the old one
    assert [
        path.name for path in tmp_path.iterdir() if "restoring" in path.name or ".part" in path.name
    ] == []


def test_a_library_that_lost_vectors_is_not_backed_up(
    home: Path, tmp_path: Path, open_library: OpenLibrary
) -> None:
    # Found by reading: such a backup was written without a word, and refused as damaged when it was needed.
    copy, file = tmp_path / "copy", tmp_path / "backup.zip"
    shutil.copytree(home, copy)
    shutil.rmtree(copy / "chroma")
    with pytest.raises(HuiwenError, match="ingest rebuild"):
        back_up(open_library(copy), file)
    assert not file.exists()


def lose_originals(home: Path) -> None:
    for kept in home.glob("originals/*/*"):
        kept.unlink()


def test_a_file_that_was_lost_is_kept_again_once_it_is_added_again(
    home: Path, tmp_path: Path, open_library: OpenLibrary
) -> None:
    # Found by reading: "add it again" was the advice, and the file that was added was unchanged.
    lose_originals(home)
    library = open_library(home)
    assert len(library.check()) == 2
    assert [each.status for each in add_paths(library, [tmp_path / "会费说明.txt"])] == ["replaced"]
    decided, file = Decisions(title="青龙走访记", audience="members"), tmp_path / "走访.txt"
    assert add_loaded(library, file, load(file), decided) == "replaced"  # as the desk does
    assert library.check() == [] and library.original("走访.txt")
    assert [each.status for each in add_paths(library, [tmp_path / "会费说明.txt"])] == ["unchanged"]


def test_a_backup_of_a_library_that_lost_files_tells_so_and_is_restored(
    home: Path, tmp_path: Path, open_library: OpenLibrary, caplog: pytest.LogCaptureFixture
) -> None:
    # Found by reading: it was written without a word, and could never be restored.
    lose_originals(home)
    library, file = open_library(home), tmp_path / "backup.zip"
    before = answers(library)
    for doing in (
        lambda: back_up(library, file),
        lambda: restore(file, Settings(home=tmp_path / "restored")),
    ):
        caplog.clear()
        assert doing() == 2
        assert "会费说明.txt" in caplog.text and "走访.txt" in caplog.text
    restored = open_library(tmp_path / "restored")
    assert answers(restored) == before and len(restored.check()) == 2


def test_an_upload_that_is_called_a_database_breaks_no_backup(
    home: Path, tmp_path: Path, open_library: OpenLibrary
) -> None:
    # Found by reading: it was opened as one, and every backup failed until it was discarded.
    uploads = [home / "staging" / "0" / "file" / name for name in ("名册.sqlite", "a-wal")]
    uploads[0].parent.mkdir(parents=True)
    for upload in uploads:
        upload.write_bytes(b"no database")
    assert back_up(open_library(home), tmp_path / "backup.zip") == 2
    restore(tmp_path / "backup.zip", Settings(home=tmp_path / "restored"))
    for upload in uploads:
        assert (tmp_path / "restored" / upload.relative_to(home)).read_bytes() == b"no database"


def of_another_model(file: Path, width: int) -> None:
    """Make a backup one of another embedding model, whose vectors have so many numbers."""
    with zipfile.ZipFile(file) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    catalogue = file.with_name("catalogue.sqlite")
    catalogue.write_bytes(entries["home/catalogue.sqlite"])
    with closing(sqlite3.connect(catalogue, isolation_level=None)) as connection:
        connection.execute("UPDATE meta SET value = 'multilingual-e5-small' WHERE key = 'embedding_model'")
    entries["home/catalogue.sqlite"] = catalogue.read_bytes()
    catalogue.unlink()
    sentences = len(json.loads(entries["vectors/ids.json"]))
    vectors = np.random.default_rng(7).normal(size=(sentences, width))
    entries["vectors/vectors.npy"] = vectors.astype(np.float32).tobytes()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)


@pytest.mark.parametrize("width", [64, 384])
def test_a_backup_of_another_embedding_model_is_restored_with_vectors_of_this_one(
    width: int, home: Path, tmp_path: Path, open_library: OpenLibrary, start_huiwen: StartHuiwen
) -> None:
    # Found by an audit: it was refused, with the advice to rebuild a library that there is no home of.
    library, file = open_library(home), tmp_path / "backup.zip"
    before = answers(library)
    back_up(library, file)
    of_another_model(file, width)
    done = start_huiwen(tmp_path / "restored", "restore", file).result()
    assert done.returncode == 0 and "another embedding model (multilingual-e5-small)" in done.stderr
    restored = open_library(tmp_path / "restored")
    assert restored.check() == []
    assert answers(restored) == before
    assert restored.reader("public").get("走访.txt") is None and restored.original("走访.txt")


def test_a_backup_is_not_restored_in_part_when_this_homes_model_cannot_be_loaded(
    home: Path, tmp_path: Path, open_library: OpenLibrary
) -> None:
    file = tmp_path / "backup.zip"
    back_up(open_library(home), file)
    settings = Settings(home=tmp_path / "homes" / "restored", embedding_model=str(tmp_path / "none"))
    with pytest.raises(HuiwenError, match="cannot be loaded"):
        restore(file, settings)
    assert list((tmp_path / "homes").iterdir()) == []


@pytest.mark.parametrize("half", [False, True], ids=["before it was in place", "when it was so by half"])
def test_a_restore_that_was_killed_is_made_up_for_and_taken_for_no_library(
    half: bool,
    home: Path,
    tmp_path: Path,
    open_library: OpenLibrary,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Found by reading: the next one said that the folder was not empty, and a server made a new library in it.
    file, volume, left = tmp_path / "backup.zip", tmp_path / "volume" / "home", tmp_path / "left" / "home"
    volume.mkdir(parents=True)
    back_up(open_library(home), file)

    def kill(made: Path, home: Path) -> None:
        with pytest.raises(HuiwenError, match="not empty"):
            restore(file, Settings(home=home))  # nobody takes it from one that is at work
        for path in made.iterdir():
            if half and path.name != "catalogue.sqlite":
                path.rename(home / path.name)
        shutil.copytree(home, left)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(backup, "_put_in_place", kill)
        restore(file, Settings(home=volume))
    with pytest.raises(HuiwenError, match="was interrupted"):
        open_library(left)
    if half:
        with pytest.raises(HuiwenError, match="not empty"):
            restore(file, Settings(home=left))
        with pytest.raises(HuiwenError, match="was interrupted"):
            open_library(left)
    else:
        (begun,) = left.glob(".*")
        assert restore(file, Settings(home=left)) == 2
        begun.mkdir()  # as whoever is killed at the very end leaves it
        assert open_library(left).check() == [] and not begun.exists()


def test_a_backup_is_not_put_into_what_it_is_a_backup_of(home: Path, open_library: OpenLibrary) -> None:
    before = sorted(home.iterdir())
    with pytest.raises(HuiwenError, match="outside of"):
        back_up(open_library(home), home / "backup.zip")
    assert sorted(home.iterdir()) == before


@pytest.mark.parametrize("target", [".", "there", "/dev/null"])
def test_a_backup_is_written_over_files_only(
    target: str, home: Path, tmp_path: Path, open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: "." ended in a trace, and of a folder it was told after all the work.
    (tmp_path / "there").mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ingest.backup._write_vectors", None)  # nothing has begun
    with pytest.raises(HuiwenError, match="is no file"):
        back_up(open_library(home), Path(target))


def test_two_backups_to_one_file_at_once_leave_a_whole_one(
    home: Path, tmp_path: Path, open_library: OpenLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: each took the other's half-written file for its own.
    file, others = tmp_path / "backup.zip", [open_library(home)]
    write = backup._write_vectors

    def meanwhile(library: Library, *arguments: Any) -> list[str]:
        if others:
            back_up(others.pop(), file)
        return write(library, *arguments)

    monkeypatch.setattr(backup, "_write_vectors", meanwhile)
    monkeypatch.setattr(
        Library, "still", lambda _: nullcontext()
    )  # it waits for the other, but not from the start
    assert back_up(open_library(home), file) == 2
    assert restore(file, Settings(home=tmp_path / "restored")) == 2
    assert file.stat().st_mode & 0o077 == 0 and len(list(tmp_path.glob("backup.zip*"))) == 1


@pytest.mark.parametrize("arguments", [["backup", "backup.zip"], ["ingest", "check"]])
def test_a_home_without_a_library_is_told_and_not_made_one(
    tmp_path: Path, huiwen: Huiwen, arguments: list[str]
) -> None:
    done = huiwen(tmp_path / "elsewhere", *arguments)
    assert done.returncode == 1 and "There is no library in" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_backup_without_room_for_temporary_files_is_told_in_one_line(
    home: Path,
    tmp_path: Path,
    small_disk: Path,
    huiwen: Huiwen,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Found by an audit: SQLite's own error ended in a trace.
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - 40_000))
    monkeypatch.setenv("TMPDIR", str(small_disk))
    done = huiwen(home, "backup", tmp_path / "backup.zip")
    assert done.returncode == 1 and done.stderr.count("\n") == 1 and "TMPDIR" in done.stderr, done.stderr
    assert not list(tmp_path.glob("backup.zip*"))


@pytest.mark.parametrize("cut", [0, 10, 5000])
def test_a_damaged_backup_restores_nothing(
    cut: int, home: Path, tmp_path: Path, open_library: OpenLibrary
) -> None:
    file = tmp_path / "backup.zip"
    back_up(open_library(home), file)
    content = file.read_bytes()
    file.write_bytes(content[:cut] + content[cut + 40 :] if cut else b"")
    with pytest.raises(HuiwenError, match=r"backup\.zip"):
        restore(file, Settings(home=tmp_path / "restored"))
    assert not (tmp_path / "restored").exists()


def test_a_home_with_something_in_it_is_not_restored_over(
    home: Path, tmp_path: Path, open_library: OpenLibrary, huiwen: Huiwen
) -> None:
    file = tmp_path / "backup.zip"
    back_up(open_library(home), file)
    refused = huiwen(home, "restore", file)
    assert refused.returncode == 1 and "Nothing was restored" in refused.stderr
    assert huiwen(tmp_path / "new", "restore", tmp_path / "none.zip").returncode == 1
