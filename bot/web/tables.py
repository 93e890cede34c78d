"""Tables found again in a displayed text, in which each row is a line 「列名：值；列名：值」."""

from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from ingest.document import Document, Sentence

_LONGEST_NAME = 40  # characters; longer ones are part of a value
_NO_NAME = "。，？！"

Pair = tuple[str, str]


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
    """The tables of a document, in order."""
    return [_table(run) for run in _runs(document) if run]


def _runs(document: Document) -> Iterator[list[tuple[Sentence, list[Pair]]]]:
    """Rows next to one another, as long as each shares a column with those before it."""
    run: list[tuple[Sentence, list[Pair]]] = []
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


def pairs_of(row: str) -> list[Pair]:
    """(column, value) of a row; a part without a column's name belongs to the value before it."""
    pairs: list[Pair] = []
    for part in row.split("；"):
        name, colon, value = part.partition("：")
        if colon and 0 < len(name) <= _LONGEST_NAME and not any(mark in name for mark in _NO_NAME):
            pairs.append((name, value))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]}；{part}")
        else:
            return []
    return pairs


def _table(run: Sequence[tuple[Sentence, list[Pair]]]) -> Table:
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


def columns_of(rows: Sequence[Sequence[str]]) -> list[str]:
    """Every column's name; one that a row adds stands behind the one it follows there."""
    columns: list[str] = []
    for names in rows:
        place = 0
        for name in names:
            if name not in columns:
                columns.insert(place, name)
            place = columns.index(name) + 1
    return columns


def cells_of(pairs: Sequence[Pair], columns: Sequence[str]) -> list[str]:
    """One text for each column, empty where the row has none."""
    values: dict[str, str] = {}
    for name, value in pairs:
        values[name] = f"{values[name]}；{value}" if name in values else value
    return [values.get(column, "") for column in columns]
