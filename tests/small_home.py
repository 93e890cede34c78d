"""A home with two documents for the tests of the library, and what is asked of its stores. Its fixtures are known to all tests."""

import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from console import Running

from bot.answer import Answerer
from ingest.add import add_paths
from ingest.document import AUDIENCES
from ingest.embed import Embedder
from ingest.library import Library
from ingest.settings import Settings

Huiwen = Callable[..., CompletedProcess[str]]
StartHuiwen = Callable[..., Running]
OpenLibrary = Callable[[Path], Library]

DUES = "关于会费标准的说明\n普通会员每年缴纳会费八百元，理事单位每年缴纳三千元。\n会费在三月底以前缴清。\n"
NEW_DUES = DUES.replace("八百元", "九百五十元").replace("三月底", "六月底")
VISIT = "走访青龙纺织公司\n秘书处于2023年5月6日走访青龙纺织公司，了解出口订单情况。\n"
QUESTION = "普通会员每年缴纳多少会费？"
JUNK = random.Random(3).randbytes(40_000)


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
