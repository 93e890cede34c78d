"""Slides (.pptx): each slide a page, its title a heading, tables as rows.

Hidden slides and the speaker's notes are left out: they were not shown to anyone.
"""

import io
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from ingest.document import Block, LoadedFile
from ingest.formats.lines import joined
from ingest.formats.tables import Cell, table_blocks

if TYPE_CHECKING:
    from pptx.shapes.base import BaseShape
    from pptx.slide import Slide
    from pptx.table import Table

_SHOWN: Final = ("1", "true")


def load_pptx(data: bytes) -> LoadedFile:
    """Blocks with the number of their slide as page, and the file's own title.

    Slides are numbered as PowerPoint numbers them, hidden ones counted.
    """
    import pptx

    presentation = pptx.Presentation(io.BytesIO(data))
    blocks: list[Block] = []
    for number, slide in enumerate(presentation.slides, start=1):
        if slide._element.get("show", "1") in _SHOWN:
            blocks += _slide_blocks(slide, number)
    return LoadedFile(tuple(blocks), presentation.core_properties.title or None)


def _slide_blocks(slide: "Slide", page: int) -> Iterator[Block]:
    title = slide.shapes.title
    if title is not None and (text := _one_line(title.text_frame.text)):
        yield Block(text, "heading", 1, page)
    rest = (shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id)
    yield from _shape_blocks(rest, page)


def _shape_blocks(shapes: "Iterable[BaseShape]", page: int) -> Iterator[Block]:
    from pptx.shapes.group import GroupShape

    for shape in shapes:
        if isinstance(shape, GroupShape):
            yield from _shape_blocks(shape.shapes, page)
        elif getattr(shape, "has_table", False):
            for block in table_blocks(_rows(shape.table)):  # type: ignore[attr-defined]
                yield Block(block.text, block.kind, block.level, page)
        elif shape.has_text_frame and not _is_furniture(shape):
            for paragraph in shape.text_frame.paragraphs:  # type: ignore[attr-defined]
                if text := _one_line(paragraph.text):
                    yield Block(text, page=page)


def _is_furniture(shape: "BaseShape") -> bool:
    """Whether a placeholder holds the slide's number, date or footer."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    furniture = (PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER)
    return shape.is_placeholder and shape.placeholder_format.type in furniture


def _rows(table: "Table") -> list[list[Cell]]:
    """The grid: a cell merged to the right counts once, one merged downwards fills each row."""
    rows: list[list[Cell]] = []
    for row in table.rows:
        cells: list[Cell] = []
        for column, cell in enumerate(row.cells):
            above = rows[-1][column] if rows and column < len(rows[-1]) else ""
            continued, beside = cell._tc.vMerge, cell._tc.hMerge
            cells.append(above if continued else None if beside else _one_line(cell.text_frame.text))
        rows.append(cells)
    return rows


def _one_line(text: str) -> str:
    return joined(text.replace("\v", "\n")).strip()
