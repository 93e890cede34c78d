"""What a document will look like, and what becoming one changes: by cleaning, and to the version before."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import Literal

from bot.revision import changes
from bot.web.tables import Row, Table, tables
from ingest.clean import clean_block
from ingest.document import Document, LoadedFile

_MOST_CHARACTERS = 60_000  # of text that are shown
_MOST_CHANGES = 100
_LONGEST_BLOCK = 400  # characters; comparing may take the cube of it
_AROUND = 12  # characters of what stayed the same, on either side of a change

Operation = Literal["same", "gone", "new"]


@dataclass(frozen=True)
class Piece:
    """A run of text that stayed, went or came."""

    operation: Operation
    text: str


@dataclass(frozen=True)
class Line:
    """A paragraph as it will be shown; `kind` is that of its first sentence."""

    kind: str
    text: str


@dataclass(frozen=True)
class Grid:
    """The rows of a table that follow one another on a page."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class PageText:
    """The paragraphs and tables of a page; `number` counts from 1, None where the format has no pages."""

    number: int | None
    blocks: tuple[Line | Grid, ...]


def page_texts(document: Document) -> tuple[list[PageText], bool]:
    """The displayed text page by page, and whether that is all of it."""
    pages = [
        PageText(number, tuple(_blocks(of)))
        for number, of in groupby(_lines(document), lambda each: each.page)
    ]
    return pages, len(document.text) <= _MOST_CHARACTERS


@dataclass(frozen=True)
class _Placed:
    """A line where it stands; `row` of `table`, when it is one."""

    page: int | None
    line: Line
    table: Table | None = None
    row: Row | None = None


def _blocks(lines: Iterable[_Placed]) -> Iterator[Line | Grid]:
    for table, of in groupby(lines, lambda each: each.table):
        if table is None:
            yield from (each.line for each in of)
        else:
            yield Grid(tuple(table.columns), tuple(tuple(each.row.cells) for each in of if each.row))


def _lines(document: Document) -> Iterator[_Placed]:
    rows = {row.start: (table, row) for table in tables(document) for row in table.rows}
    position, number = 0, 0
    for text in document.text[:_MOST_CHARACTERS].split("\n"):
        while number + 1 < len(document.sentences) and document.sentences[number].end <= position:
            number += 1
        if text.strip():
            sentence = document.sentences[number]
            yield _Placed(sentence.page, Line(sentence.kind, text), *rows.get(position, (None, None)))
        position += len(text) + 1


def passages(document: Document) -> list[tuple[tuple[str, ...], str]]:
    """The heading path and the text of each passage, as far as the text is shown."""
    spans = [(passage.headings, document.span(passage)) for passage in document.passages]
    return [
        (headings, document.text[start:end]) for headings, (start, end) in spans if end <= _MOST_CHARACTERS
    ]


def cleaned(loaded: LoadedFile) -> list[list[Piece]]:
    """What cleaning changes, one list of pieces for each block; white space aside. At most _MOST_CHANGES."""
    changes = []
    for block in loaded.blocks:
        before, after = " ".join(block.text.split()), clean_block(block)
        if before != after:
            changes.append(_pieces(before[:_LONGEST_BLOCK], after[:_LONGEST_BLOCK]))
        if len(changes) == _MOST_CHANGES:
            break
    return changes


def _pieces(before: str, after: str) -> list[Piece]:
    pieces = []
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for number, (operation, first, last, start, end) in enumerate(steps):
        if operation == "equal":
            kept = _shortened(before[first:last], is_first=number == 0, is_last=number == len(steps) - 1)
            pieces.append(Piece("same", kept))
            continue
        if first < last:
            pieces.append(Piece("gone", before[first:last]))
        if start < end:
            pieces.append(Piece("new", after[start:end]))
    return pieces


def _shortened(text: str, *, is_first: bool, is_last: bool) -> str:
    head, tail = ("" if is_first else text[:_AROUND]), ("" if is_last else text[-_AROUND:])
    return text if len(text) <= len(head) + len(tail) + 1 else f"{head}…{tail}"


def replaced(old: Document, new: Document) -> tuple[list[str], list[str]]:
    """The sentences that a new version loses and gains, as displayed; at most _MOST_CHANGES of each."""
    lost, gained = changes(old, new)
    return _quotes(old, lost), _quotes(new, gained)


def _quotes(document: Document, numbers: Sequence[int]) -> list[str]:
    return [document.quote(number).strip() for number in numbers[:_MOST_CHANGES]]
