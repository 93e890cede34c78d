"""The invented documents of `data/` and the questions about them: from `learn/` the model learns, from `held_out/` the
choice of sentences.

A file holds documents like this:

    # title | kind | date
    ## heading
    1 A sentence, list item or table row.
    ? 1 A question that sentence 1 answers.
    ? 0 A question that the document does not answer.

`?` begins a question in Simplified Chinese, `t` in Traditional, `e` in English.
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.document import Block, Document, LoadedFile
from ingest.make import make_document

LEARN, HELD_OUT = (Path(__file__).parent / "data" / name for name in ("learn", "held_out"))
_LINE = re.compile(r"(?P<heading>##) |(?P<title>#) |(?P<style>[?te]) (?P<answers>[\d,]+) |(?P<number>\d+) ")
_ROW = re.compile(r"[^：；。]{1,14}：[^；]*；[^：；]{1,14}：")


@dataclass(frozen=True)
class Example:
    """A question about a document; `answers` are the numbers of the sentences that answer it, none if none does."""

    document: Document
    question: str
    answers: tuple[int, ...]


def read_examples(folder: Path, pattern: str = "*.txt") -> Iterator[Example]:
    """The examples of the files in a folder, in order of the files' names."""
    for file in sorted(folder.glob(pattern)):
        for lines in _documents(file.read_text(encoding="utf-8").splitlines()):
            yield from _examples(lines)


def _documents(lines: Sequence[str]) -> Iterator[list[str]]:
    starts = [n for n, line in enumerate(lines) if line.startswith("# ")]
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield [line.strip() for line in lines[start:end] if line.strip()]


def _examples(lines: Sequence[str]) -> Iterator[Example]:
    blocks: list[Block] = []
    numbers: list[str] = []  # of the blocks, as the file has them
    asked: list[tuple[list[str], str]] = []
    for line in lines:
        match = _LINE.match(line)
        if match is None:
            raise ValueError(f"not a line of an example: {line!r}")
        text = line[match.end() :].strip()
        if match["style"]:
            asked.append((match["answers"].split(","), text))
        elif match["title"]:
            blocks.append(Block(text.split(" | ")[0], "heading", 1))
        elif match["heading"]:
            blocks.append(Block(text, "heading", 2))
        else:
            blocks.append(Block(text, "row" if _ROW.match(text) else "paragraph"))
        if not match["style"]:
            numbers.append(match["number"] or "")
    document = _document(blocks)
    places = _places(document, numbers)
    for answers, question in asked:
        yield Example(document, question, tuple(n for each in answers for n in places.get(each, ())))


def _document(blocks: Sequence[Block]) -> Document:
    digest = hashlib.sha256("\n".join(block.text for block in blocks).encode()).hexdigest()
    return make_document(f"{digest[:16]}.txt", digest, LoadedFile(tuple(blocks), blocks[0].text))


def _places(document: Document, numbers: Sequence[str]) -> dict[str, list[int]]:
    """The sentences of each numbered block: blocks are the lines of the displayed text."""
    lines = [document.text.count("\n", 0, sentence.start) for sentence in document.sentences]
    return {
        number: [n for n, line in enumerate(lines) if line == block]
        for block, number in enumerate(numbers)
        if number
    }
