"""The cells of a table's row, which in a displayed text is a line 「列名：值；列名：值」."""

from collections.abc import Sequence

_LONGEST_NAME = 40  # characters; longer ones are part of a value
_NO_NAME = "。，？！"

Pair = tuple[str, str]  # a column's name, and the value there


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
