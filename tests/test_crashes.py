"""Writers killed at any moment while a reader asks. All of the experiment: `pytest tests/test_crashes.py -s --kills 100`.

A command changes three documents of 240 sentences: enough that Chroma writes its index out every other time. It is
killed with all its processes, at a moment drawn evenly from the time between its first change of a store and its end.
"""

import random
import re
import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count, cycle
from pathlib import Path
from threading import Event
from typing import Literal

import pytest
from console import Running
from small_home import stored_versions, written
from tokenizers import Regex, Tokenizer, models, pre_tokenizers

from bot.answer import Answerer
from ingest.add import add_paths, rebuild
from ingest.document import Document
from ingest.embed import Embedder
from ingest.errors import LibraryError
from ingest.library import Library
from ingest.originals import digest_of
from ingest.settings import Settings
from ingest.tokens import tokenize

Kind = Literal["add", "replace", "remove"]
StartHuiwen = Callable[..., Running]

_SENTENCES, _CHANGED, _FEWEST = 240, 3, 5
_MARK = re.compile(r"第(\d+)号第(\d+)稿")
_OUT = 0  # a draft that there is not


@pytest.fixture(scope="module")
def quick_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that takes no time, so that what a command does is change stores: a vector for each character."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    torch.manual_seed(7)
    characters = [*map(chr, range(0x4E00, 0x9FA6)), *"0123456789"]
    tokenizer = Tokenizer(models.WordLevel({"?": 0} | {c: n for n, c in enumerate(characters, 1)}, "?"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    folder = tmp_path_factory.mktemp("model")
    modules = [StaticEmbedding(tokenizer, embedding_dim=64), Normalize()]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder))
    return folder


def text(number: int, draft: int) -> str:
    """A draft of a document: what a sentence says is told by no other."""
    chance = random.Random(f"{number} {draft}")
    told = ("".join(chr(chance.randrange(0x4E00, 0x9000)) for _ in range(4)) for _ in range(_SENTENCES))
    return "\n".join(
        [
            f"登记文件第{number}号",
            *(f"第{number}号第{draft}稿第{n}条，{each}已登记。" for n, each in enumerate(told)),
        ]
    )


# Vectors made anew may put in another order what is about as near, or not find it (HNSW), but this sentence is always told.
ASKED = text(1, 1).splitlines()[7]


class Association:
    """What a home may hold: for each number, the drafts of the document that may be the one that is in."""

    def __init__(self, home: Path, files: Path) -> None:
        self.home = home
        self._files = files
        self._chance = random.Random(20261)
        self._may_be: defaultdict[int, set[int]] = defaultdict(lambda: {_OUT})
        self._drafts = count(1)

    def within(self) -> list[int]:
        """The numbers of the documents that are in, or may be."""
        return [number for number, drafts in self._may_be.items() if drafts != {_OUT}]

    def change(self, kind: Kind) -> list[str | Path]:
        """The arguments of a command that adds, replaces or removes three documents."""
        if kind == "add":
            numbers = [len(self._may_be) + n for n in range(_CHANGED)]
        else:
            numbers = self._chance.sample(self.within(), _CHANGED)
        if kind == "remove":
            for number in numbers:
                self._may_be[number].add(_OUT)
            return ["ingest", "remove", *(f"{number}.txt" for number in numbers)]
        draft = next(self._drafts)
        for number in numbers:
            self._may_be[number].add(draft)
        return ["ingest", "add", *(self._written(number, draft) for number in numbers)]

    def _written(self, number: int, draft: int) -> Path:
        return written(self._files / f"{number}.txt", text(number, draft))

    def assert_entire(self, library: Library) -> None:
        """What is in is in entirely, as one of the drafts that it may be; from now on it is that one."""
        names = {info.name for info in library.documents()}
        assert names <= {f"{number}.txt" for number in self._may_be}
        for number, drafts in self._may_be.items():
            document = library.get(f"{number}.txt")
            of = [
                draft
                for draft in drafts
                if (document.text if document else None) == self._text(number, draft)
            ]
            assert len(of) == 1, f"{number}.txt is none of {drafts}"
            if document:
                assert_found(library, document)
            self._may_be[number] = set(of)

    @staticmethod
    def _text(number: int, draft: int) -> str | None:
        return None if draft == _OUT else text(number, draft)

    def assert_one_draft(self, shown: str) -> None:
        """Of each document one draft is shown, and one that it may be."""
        drafts = defaultdict(set)
        for number, draft in _MARK.findall(shown):
            drafts[int(number)].add(int(draft))
        for number, of in drafts.items():
            assert len(of) == 1 and of <= self._may_be[number], shown

    def assert_swept(self) -> None:
        """No store holds what is not in, and of a document that is out no word is left."""
        versions = stored_versions(self.home)
        assert all(each == versions["documents"] for each in versions.values()), versions
        assert not list((self.home / "arriving").iterdir())
        marks = [f"第{number}号第" for number, drafts in self._may_be.items() if drafts == {_OUT}]
        traces = [trace.encode() for mark in marks for trace in (mark, " ".join(tokenize(mark)))]
        for path in self.home.rglob("*"):
            content = path.read_bytes() if path.is_file() else b""
            assert not [trace.decode() for trace in traces if trace in content], path


def assert_found(library: Library, document: Document) -> None:
    """A document has all its vectors, is found by its words, and its file is kept."""
    assert len(document.sentences) == _SENTENCES + 1
    places = [(document.version, n) for n in range(len(document.sentences))]
    vectors = library.vectors(places)
    assert vectors.keys() == set(places), document.name
    found = [
        place in {(version, n) for version, n, _ in library.nearest(vectors[place], 5)}
        for place in random.Random(0).sample(places, 5)
    ]
    assert sum(found) >= 4, document.name  # HNSW may leave one without an edge to it
    hits = library.matching(tokenize(document.index_quote(_SENTENCES)), 20)
    assert document.version in {hit.version for hit in hits}, document.name
    original = library.original(document.name)
    assert original and digest_of(original) == document.digest, document.name


def is_writing(home: Path) -> bool:
    """Whether a command is in the midst of a change, or was when it was killed."""
    with closing(sqlite3.connect(home / "catalogue.sqlite", isolation_level=None)) as catalogue:
        return catalogue.execute("SELECT value FROM meta WHERE key = 'swept'").fetchone() == ("no",)


def wait_for_writing(running: Running, home: Path) -> float:
    """When a command began to change the stores."""
    while running.process.is_alive() and not is_writing(home):
        time.sleep(0.002)
    return time.monotonic()


@contextmanager
def unless_half_written() -> Iterator[None]:
    """A reader may be told that the writer was killed while it wrote the index, and no answer."""
    try:
        yield
    except LibraryError as error:
        if "ended while it wrote the index" not in str(error):
            raise


@contextmanager
def asking(library: Library, association: Association) -> Iterator[None]:
    """Meanwhile, a reader asks, and all that it is told is of one draft."""
    done, answerer = Event(), Answerer(library)

    def keep_asking() -> int:
        for asked in count():
            if done.is_set():
                return asked
            number = asked % 20
            with unless_half_written():
                answer = answerer.ask(f"登记文件第{number}号第{asked % 50}条登记了什么？")
                association.assert_one_draft(answer.answer + "".join(each.quote for each in answer.citations))
        return 0

    with ThreadPoolExecutor(1) as thread:
        asker = thread.submit(keep_asking)
        try:
            yield
        finally:
            done.set()
        assert asker.result() > 0


@contextmanager
def asked_while_made_anew(library: Library) -> Iterator[list[str]]:
    """Meanwhile, a reader asks the same again and again; all that it is told."""
    done, answerer, told = Event(), Answerer(library), list[str]()

    def ask() -> str:
        try:
            return answerer.ask(ASKED).answer
        except LibraryError as error:
            return str(error)

    def keep_asking() -> None:
        while not done.is_set():
            told.append(ask())
            time.sleep(0.05)  # the command wants its share of the processor

    with ThreadPoolExecutor(1) as thread:
        asker = thread.submit(keep_asking)
        try:
            yield told
        finally:
            done.set()
        asker.result()


def is_whole(home: Path) -> bool:
    """Whether no rebuild is under way, or was killed."""
    with closing(sqlite3.connect(home / "catalogue.sqlite", isolation_level=None)) as catalogue:
        return catalogue.execute("SELECT value FROM meta WHERE key = 'whole'").fetchone() != ("no",)


def test_a_killed_rebuild_is_half_seen_by_nobody_and_completed_by_the_next_one(
    tmp_path: Path,
    quick_model: Path,
    start_huiwen: StartHuiwen,
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> None:
    monkeypatch.setenv("HUIWEN_EMBEDDING_MODEL", str(quick_model))
    settings = Settings(home=tmp_path / "home", embedding_model=str(quick_model))
    embedder, chance = Embedder(settings), random.Random(20263)
    association = Association(settings.home, tmp_path / "files")
    for _ in range(3):
        assert start_huiwen(settings.home, *association.change("add")).result().returncode == 0
    new = written(tmp_path / "新.txt", text(999, 1))
    with Library(settings, embedder) as library:
        right = {Answerer(library).ask(ASKED).answer}
        assert ASKED in min(right)
        vectors = stored_versions(settings.home)["vectors"]
    seconds, killed = 0.0, 0
    while killed < pytestconfig.getoption("--kills") // 2:
        with Library(settings, embedder) as library, asked_while_made_anew(library) as told:
            running = start_huiwen(settings.home, "ingest", "rebuild")
            while running.process.is_alive() and is_whole(settings.home):
                time.sleep(0.002)
            started = time.monotonic()
            if seconds:
                time.sleep(chance.uniform(0, seconds))
                running.kill()
            else:
                assert running.result().returncode == 0
                seconds = time.monotonic() - started
        if is_whole(settings.home):
            with Library(settings, embedder) as library:
                right.add(Answerer(library).ask(ASKED).answer)
        others = {each for each in told if "huiwen ingest rebuild" not in each} - right
        assert not others, (others, right)
        if is_whole(settings.home):
            continue
        killed += 1
        with Library(settings, embedder) as library:
            with pytest.raises(LibraryError, match="huiwen ingest rebuild"):
                Answerer(library).ask(ASKED)
            assert ["huiwen ingest rebuild" in problem for problem in library.check()] == [True]
            assert ["huiwen ingest rebuild" in str(each.reason) for each in add_paths(library, [new])] == [
                True
            ]
        with Library(settings, embedder, rebuilding=True) as library:
            assert len(list(rebuild(library))) == len(association.within())
        with Library(settings, embedder) as library:
            assert library.check() == []
            assert stored_versions(settings.home)["vectors"] == vectors
            association.assert_entire(library)
            right = {Answerer(library).ask(ASKED).answer}
            assert ASKED in min(right)


def test_a_killed_command_leaves_each_document_whole_and_the_next_one_repairs(
    tmp_path: Path,
    quick_model: Path,
    start_huiwen: StartHuiwen,
    monkeypatch: pytest.MonkeyPatch,
    pytestconfig: pytest.Config,
) -> None:
    monkeypatch.setenv("HUIWEN_EMBEDDING_MODEL", str(quick_model))
    settings = Settings(home=tmp_path / "home", embedding_model=str(quick_model))
    embedder = Embedder(settings)
    Library(settings, embedder).close()
    association, chance = Association(settings.home, tmp_path / "files"), random.Random(20262)
    seconds: dict[Kind, float] = {}

    def run_whole(kind: Kind) -> None:
        running = start_huiwen(settings.home, *association.change(kind))
        started = wait_for_writing(running, settings.home)
        done = running.result()
        assert done.returncode == 0, done.stdout + done.stderr
        seconds[kind] = time.monotonic() - started
        with Library(settings, embedder) as library:
            association.assert_entire(library)

    whole: tuple[Kind, ...] = ("add", "add", "add", "replace", "remove")
    for kind in whole:
        run_whole(kind)
    fell: Counter[str] = Counter()
    made_anew = 0
    kinds: Iterator[Kind] = cycle(("add", "replace", "remove"))
    while fell.total() < pytestconfig.getoption("--kills"):
        if len(association.within()) < _FEWEST:
            run_whole("add")
        kind = next(kinds)
        arguments = association.change(kind)
        with Library(settings, embedder) as library, asking(library, association):
            running = start_huiwen(settings.home, *arguments)
            wait_for_writing(running, settings.home)
            time.sleep(chance.uniform(0, seconds[kind]))
            if running.process.is_alive():
                fell[f"{kind}, {'within' if is_writing(settings.home) else 'between'} changes"] += 1
            running.kill()
            with unless_half_written():
                association.assert_entire(library)
        checked = start_huiwen(settings.home, "ingest", "check").result()
        assert checked.returncode == 0, checked.stdout + checked.stderr
        made_anew += "made anew" in checked.stderr
        association.assert_swept()
        with Library(settings, embedder) as library:
            association.assert_entire(library)
    print({kind: round(each, 2) for kind, each in seconds.items()}, dict(fell), f"{made_anew} made anew")
