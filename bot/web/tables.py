"""Tables found again in a displayed text, in which each row is a line."""

from collections.abc import Iterator

from pydantic import BaseModel

from ingest.cells import Pair, cells_of, columns_of, pairs_of
from ingest.document import Document, Sentence

_MOST_COLUMNS = 60  # a cell that reads like many columns makes as many
_Run = list[tuple[Sentence, list[Pair]]]


class Row(BaseModel):
    """text[start:end] is this row; `cells` has one text for each column, empty where the row has none."""

    start: int
    end: int
    cells: list[str]


class Table(BaseModel):
    """Rows that follow one another and share columns; text[start:end] holds them all."""

    start: int
    end: int
    columns: list[str]
    rows: list[Row]


def tables(document: Document) -> list[Table]:
    """The tables of a document, in order, but for those that are too wide to be shown as such."""
    return [_table(run) for run in _runs(document) if run and len(_names(run)) <= _MOST_COLUMNS]


def _names(run: _Run) -> set[str]:
    return {name for _, pairs in run for name, _ in pairs}


def _runs(document: Document) -> Iterator[_Run]:
    """Rows next to one another, as long as each shares a column with those before it."""
    run: _Run = []
    names: set[str] = set()
    for sentence in document.sentences:
        pairs = pairs_of(document.text[sentence.start : sentence.end]) if sentence.kind == "row" else []
        own = {name for name, _ in pairs}
        if run and own.isdisjoint(names):
            yield run
            run, names = [], set()
        if pairs:
            run.append((sentence, pairs))
            names |= own
    yield run


def _table(run: _Run) -> Table:
    columns = columns_of([[name for name, _ in pairs] for _, pairs in run])
    return Table(
        start=run[0][0].start,
        end=run[-1][0].end,
        columns=columns,
        rows=[
            Row(start=sentence.start, end=sentence.end, cells=cells_of(pairs, columns))
            for sentence, pairs in run
        ],
    )
