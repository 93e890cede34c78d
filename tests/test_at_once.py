"""Several processes at once on one home: locked or queued, never a mixture."""

import fcntl
import os
import signal
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import pytest
from docx import Document as WordDocument
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

from bot.answer import Answerer
from ingest.add import add_paths
from ingest.chroma import ChromaFolder
from ingest.originals import locked
from ingest.vectors import VectorStore


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


@pytest.mark.parametrize(
    "lock",
    [
        lambda folder: ChromaFolder(folder / "chroma").using(writing=True),
        lambda folder: locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB),
    ],
    ids=["vectors", "folder"],
)
def test_a_copy_of_the_process_that_was_begun_under_a_lock_does_not_keep_it(
    lock: Callable[[Path], AbstractContextManager[None]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Found by reading: proving that a document is gone searches in a copy, and whoever wrote meanwhile waited for it.
    monkeypatch.setattr("ingest.chroma._LOCK_SECONDS", 0.1)
    with lock(tmp_path):
        copy = os.fork()
        if not copy:
            time.sleep(60)
            os._exit(0)
    try:
        with lock(tmp_path):
            pass
    finally:
        os.kill(copy, signal.SIGKILL)
        os.waitpid(copy, 0)


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
