"""Tables to rows that can be read alone: 「日期：2023-03-05；活动：座谈会」, whatever the file's format."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from ingest.document import Block

# None: this cell belongs to the merged cell on its left. "": an empty cell.
Cell: TypeAlias = str | None
_NUMBER_OR_DATE: Final = re.compile(
    r"[¥￥$]?[-+]?\d[\d,.]*\s*[%％]?|\d{2,4}[-./年]\d{1,2}([-./月]\d{1,2})?日?|\d{1,2}[:：]\d{2}"
)
_YEAR: Final = re.compile(r"(?:19|20)\d\d")  # columns are often years
_HEADER_LENGTH: Final = 30
# What programs call a sheet that nobody has named, and a copy of it.
_UNNAMED: Final = re.compile(r"(?:sheet ?\d*|工作表 ?\d*|表格? ?\d+)(?: ?\(\d+\))?", re.IGNORECASE)


def own(outer: Any, *tags: str) -> Iterator[Any]:
    """The rows or cells (`tags`) of a table or row, in whatever wrappers they stand, without those of tables inside its
    cells, whose text the cells have already."""
    return (each for each in outer.iter(*tags) if next(each.iterancestors(outer.tag)) is outer)


def sheet_heading(name: str) -> list[Block]:
    """The heading that the name of a sheet makes; none where its program has named it."""
    return [] if _UNNAMED.fullmatch(name.strip()) else [Block(name, "heading", 1)]


def table_blocks(rows: Sequence[Sequence[Cell]]) -> list[Block]:
    """Blocks of a table: what stands above its header, then each row with its column names.

    A header of two rows (a merged cell over several named columns) names a column 「人数（男）」. A row
    of one merged cell is a paragraph: a section or a note, not a record.
    """
    filled = [row for row in rows if any(row)]
    start = _header_index(filled)
    if start is None:
        return [Block(text, "row") for row in filled if (text := "；".join(_texts(row)))]
    above = [_caption(row, first=i == 0) for i, row in enumerate(filled[:start])]
    names, start = _column_names(filled, start)
    below = [block for row in filled[start:] if (block := _row_block(row, names)) is not None]
    return above + below


def _texts(row: Sequence[Cell]) -> list[str]:
    return [cell for cell in row if cell]


def _header_index(rows: Sequence[Sequence[Cell]]) -> int | None:
    """The first row with two filled cells or more, if it reads like column names."""
    for i, row in enumerate(rows):
        if len(_texts(row)) >= 2:
            return i if _is_header(row) else None
    return None


def _is_header(row: Sequence[Cell]) -> bool:
    texts = _texts(row)
    return all(
        len(text) <= _HEADER_LENGTH
        and "。" not in text
        and (_YEAR.fullmatch(text) or not _NUMBER_OR_DATE.fullmatch(text))
        for text in texts
    )


def _column_names(rows: Sequence[Sequence[Cell]], start: int) -> tuple[list[str], int]:
    """The name of each column, and the number of the first row below the header."""
    top = _spread(rows[start])
    if start + 1 >= len(rows) or not _is_second_header(rows[start], rows[start + 1]):
        return top, start + 1
    sub = _spread(rows[start + 1])
    sub += [""] * (len(top) - len(sub))
    names = [
        f"{name}（{part}）" if part and part != name else name for name, part in zip(top, sub, strict=False)
    ]
    return names, start + 2


def _is_second_header(top: Sequence[Cell], below: Sequence[Cell]) -> bool:
    """Whether a row names the parts of merged cells above it: a record has something of its own below the others, too."""
    if None not in top or not _is_header(below):
        return False
    after = [*top[1:], ""]
    own = (n for n, cell in enumerate(top[: len(below)]) if cell is not None and after[n] is not None)
    return all(below[n] in (None, "", top[n]) for n in own)


def _spread(row: Sequence[Cell]) -> list[str]:
    """A merged cell's text in each of its columns."""
    texts: list[str] = []
    for cell in row:
        texts.append(texts[-1] if cell is None and texts else cell or "")
    return texts


def _caption(row: Sequence[Cell], *, first: bool) -> Block:
    text = _texts(row)[0]
    if first and len(text) <= 2 * _HEADER_LENGTH and not text.endswith(("。", "；", "：")):
        return Block(text, "heading", 2)
    return Block(text)


def _row_block(row: Sequence[Cell], names: Sequence[str]) -> Block | None:
    if _spread(row)[: len(names)] == list(names):
        return None  # the header again, at the top of a printed page
    texts = _texts(row)
    if len(texts) == 1 and len(names) > 2 and row[0] == texts[0]:
        return Block(texts[0])
    pairs: list[str] = []
    for i, cell in enumerate(row):
        if cell:
            name = names[i] if i < len(names) else ""
            pairs.append(f"{name}：{cell}" if name else cell)
    return Block("；".join(pairs), "row") if pairs else None
