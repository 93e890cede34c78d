"""Rows of one table that an answer quotes one after another, shown as a table."""

import re
from collections.abc import Iterator, Sequence

from ingest.cells import Pair, cells_of, columns_of, pairs_of

_ROW = re.compile(r"- (.+) (\[\d+\])")
_FEWEST = 2  # rows, and columns of each


def with_tables(markdown: str) -> str:
    """The Markdown of an answer with its rows as tables of GitHub's dialect, a row's mark in its first cell, which a phone shows too."""
    shown: list[str] = []
    for lines, rows in _runs(markdown.split("\n")):
        if len(rows) < _FEWEST:
            shown += lines
        else:
            shown += ["", *_table(rows), ""]
    return "\n".join(shown).rstrip("\n")


def _runs(lines: Sequence[str]) -> Iterator[tuple[list[str], list[tuple[list[Pair], str]]]]:
    """Lines next to one another that are rows of one table, each as its pairs and its mark, and those that are none."""
    run: list[str] = []
    rows: list[tuple[list[Pair], str]] = []
    for line in lines:
        match = _ROW.fullmatch(line)
        pairs = pairs_of(match[1]) if match else []
        row = (pairs, match[2]) if match and len(pairs) >= _FEWEST else None
        if run and not (row and rows and _is_of_one_table(row[0], rows[-1][0])):
            yield run, rows
            run, rows = [], []
        run.append(line)
        rows += [row] if row else []
    yield run, rows


def _is_of_one_table(row: Sequence[Pair], other: Sequence[Pair]) -> bool:
    return row[0][0] == other[0][0]  # a table has its rows begin with the same column


def _table(rows: Sequence[tuple[list[Pair], str]]) -> list[str]:
    columns = columns_of([[name for name, _ in pairs] for pairs, _ in rows])
    head = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    return head + [_line(cells_of(pairs, columns), mark) for pairs, mark in rows]


def _line(cells: Sequence[str], mark: str) -> str:
    return f"| {' | '.join([f'{cells[0]} {mark}', *cells[1:]])} |"
