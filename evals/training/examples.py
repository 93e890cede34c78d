"""The invented archives of `data/` and the questions about them: from `learn/` the model learns, from `held_out/` the
choice of sentences.

A file holds archives, what one association has in its cabinet, or a single document of one:

    # title | kind | date
    ## heading
    1 A sentence, list item or table row.
    # another document of the same archive | kind | date
    2 …
    ? 1 A question that sentence 1 answers.
    ? 0 A question that the archive does not answer.

`?` begins a question in Simplified Chinese, `t` in Traditional, `e` in English. A document behind questions begins
the next archive.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.document import Block, Decisions, Document, LoadedFile
from ingest.make import make_document

LEARN, HELD_OUT = (Path(__file__).parent / "data" / name for name in ("learn", "held_out"))
_QUESTION = re.compile(r"[?te] [\d,]+ ")
_ROW = re.compile(r"[^：；。]{1,14}：[^；]*；[^：；]{1,14}：")


Place = tuple[int, int]  # the number of a document in its archive, and of a sentence in it


@dataclass(frozen=True)
class Example:
    """A question about an archive; `answers` are the places of the sentences that answer it, none if none does."""

    archive: tuple[Document, ...]
    question: str
    answers: tuple[Place, ...]


def read_examples(folder: Path, pattern: str = "*.txt") -> Iterator[Example]:
    """The examples of the files in a folder, in order of the files' names."""
    for file in sorted(folder.glob(pattern)):
        for documents, asked in _archives(file.read_text(encoding="utf-8").splitlines()):
            yield from _examples(documents, asked)


def _archives(lines: Sequence[str]) -> Iterator[tuple[list[list[str]], list[str]]]:
    """The lines of each archive's documents, and of the questions about them."""
    documents: list[list[str]] = []
    asked: list[str] = []
    for line in filter(None, map(str.strip, lines)):
        if line.startswith("# "):
            if asked:
                yield documents, asked
                documents, asked = [], []
            documents.append([])
        (asked if _QUESTION.match(line) else documents[-1]).append(line)
    yield documents, asked


def _examples(documents: Sequence[Sequence[str]], asked: Sequence[str]) -> Iterator[Example]:
    read = [_read(lines) for lines in documents]
    places: dict[str, list[Place]] = {"0": []}
    for n, (_, numbered) in enumerate(read):
        places |= {number: [(n, sentence) for sentence in found] for number, found in numbered.items()}
    archive = tuple(document for document, _ in read)
    for line in asked:
        numbers, question = line.split(" ", 2)[1:]
        answers = tuple(place for number in numbers.split(",") for place in places[number])
        yield Example(archive, question, answers)


def _read(lines: Sequence[str]) -> tuple[Document, dict[str, list[int]]]:
    """A document, and the sentences of each of its numbered lines."""
    title, _, date = lines[0].removeprefix("# ").split(" | ")
    blocks = [Block(title, "heading", 1)]
    numbers = ["#"]  # of the blocks, as the file has them
    for line in lines[1:]:
        mark, text = line.split(" ", 1)
        if mark == "##":
            blocks.append(Block(text, "heading", 2))
        elif mark.isdecimal():
            blocks.append(Block(text, "row" if _ROW.match(text) else "paragraph"))
        else:
            raise ValueError(f"not a line of an example: {line!r}")
        numbers.append(mark)
    digest = hashlib.sha256("\n".join(lines).encode()).hexdigest()
    loaded = LoadedFile(tuple(blocks), title)
    document = make_document(f"{digest[:16]}.txt", digest, loaded, Decisions(date=date))
    return document, _places(document, numbers)


def _places(document: Document, numbers: Sequence[str]) -> dict[str, list[int]]:
    """The sentences of each numbered block: blocks are the lines of the displayed text."""
    lines = [document.text.count("\n", 0, sentence.start) for sentence in document.sentences]
    return {
        number: [n for n, line in enumerate(lines) if line == block]
        for block, number in enumerate(numbers)
        if number.isdecimal()
    }
