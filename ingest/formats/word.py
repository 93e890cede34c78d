"""Word documents: headings by style, paragraphs with their automatic numbers, tables as rows."""

import io
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from ingest.document import Block, LoadedFile
from ingest.formats.lines import joined, unwrap
from ingest.formats.numbering import Numbering, W
from ingest.formats.tables import Cell, own, table_blocks

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import BaseStyle

_HEADING_STYLE: Final = re.compile(r"(?:heading|标题|標題)\s*([1-9])", re.IGNORECASE)
_TITLE_STYLES: Final = ("title", "标题", "標題")
_CONTENTS_STYLE: Final = re.compile(r"toc \d", re.IGNORECASE)
# Deleted text, properties, and how a character is read; all other wrappers are gone into.
_SKIPPED: Final = {f"{W}del", f"{W}moveFrom", f"{W}pPr", f"{W}rPr", f"{W}rt"}
_FALLBACK: Final = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def load_docx(data: bytes) -> LoadedFile:
    """The body of a .docx in document order; page headers and footers are not part of it."""
    import docx

    document = docx.Document(io.BytesIO(data))
    reader = _Reader(document)
    return LoadedFile(tuple(reader.blocks(document.element.body)), document.core_properties.title or None)


class _Reader:
    def __init__(self, document: "Document") -> None:
        self._numbering = Numbering(document)
        self._styles: dict[str, BaseStyle] = {style.style_id: style for style in document.styles}

    def blocks(self, parent: Any) -> Iterator[Block]:
        for element in parent:
            if element.tag == f"{W}p":
                yield from self._paragraph(element)
            elif element.tag == f"{W}tbl":
                yield from self._table(element)
            elif element.tag not in _SKIPPED and isinstance(element.tag, str):
                yield from self.blocks(element)

    def _paragraph(self, element: Any) -> Iterator[Block]:
        chain = self._chain(element)
        if any(_CONTENTS_STYLE.fullmatch(style.name or "") for style in chain):
            return  # a line of the table of contents
        text = _words(element).strip()
        level = self._level(element, chain)
        if text:
            text = self._numbering.marker(element, chain) + text
        if text and level:
            yield Block(joined(text), "heading", level)
        else:
            yield from (Block(paragraph) for paragraph in unwrap(text))
        for box in _text_boxes(element):
            yield from self.blocks(box)

    def _chain(self, paragraph: Any) -> "list[BaseStyle]":
        """Its style and those that is based on; a damaged file may go in a circle."""
        chain: list[BaseStyle] = []
        named = paragraph.find(f"{W}pPr/{W}pStyle")
        style = self._styles.get(named.get(f"{W}val") if named is not None else "")
        while style is not None and style not in chain:
            chain.append(style)
            style = getattr(style, "base_style", None)
        return chain

    def _level(self, element: Any, chain: "list[BaseStyle]") -> int:
        """Depth of a heading by style name, else by outline level; 0 for body text."""
        for style in chain:
            name = (style.name or "").strip()
            numbered = _HEADING_STYLE.fullmatch(name)
            if numbered:
                return int(numbered.group(1))
            if name.lower() in _TITLE_STYLES:
                return 1
        for holder in (element, *(style.element for style in chain)):
            outline = holder.find(f"{W}pPr/{W}outlineLvl")
            if outline is not None and str(outline.get(f"{W}val")) in "012345678":
                return int(outline.get(f"{W}val")) + 1
        return 0

    def _table(self, table: Any) -> Iterator[Block]:
        rows = self._rows(table)
        if max((len(row) for row in rows), default=0) <= 1:
            # A table of one column is a frame around text.
            for cell in own(table, f"{W}tc"):
                yield from self.blocks(cell)
            return
        yield from table_blocks(rows)

    def _rows(self, table: Any) -> list[list[Cell]]:
        """The grid: a cell merged to the right counts once, one merged downwards fills each row."""
        rows: list[list[Cell]] = []
        for row in own(table, f"{W}tr"):
            cells: list[Cell] = []
            for cell in own(row, f"{W}tc"):
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                continued = merge is not None and merge.get(f"{W}val") != "restart"
                above = rows[-1][len(cells)] if rows and len(cells) < len(rows[-1]) else ""
                cells.append(above if continued else self._cell_text(cell))
                cells.extend([None] * (_grid_span(cell) - 1))
            rows.append(cells)
        return rows

    def _cell_text(self, cell: Any) -> str:
        paragraphs = (
            each for each in cell.iter(f"{W}p") if next(each.iterancestors(_FALLBACK), None) is None
        )
        parts = (
            self._numbering.marker(each, self._chain(each)) + joined(_words(each).strip())
            for each in paragraphs
        )
        return " ".join(part.strip() for part in parts if part.strip())


def _grid_span(cell: Any) -> int:
    span = cell.find(f"{W}tcPr/{W}gridSpan")
    value = str(span.get(f"{W}val")) if span is not None else "1"
    return int(value) if value.isdigit() and 1 <= int(value) <= 100 else 1


def _words(element: Any) -> str:
    """Text of a paragraph with insertions accepted and deletions left out; breaks as line breaks."""
    text = ""
    for child in element:
        if child.tag == f"{W}t":
            text += child.text or ""
        elif child.tag in (f"{W}br", f"{W}cr"):
            text += "\n"
        elif child.tag == f"{W}tab":
            text += "\t"
        elif child.tag == f"{W}noBreakHyphen":
            text += "-"
        elif child.tag == f"{W}r" and _is_hidden(child):
            continue
        elif child.tag not in _SKIPPED and child.tag not in (f"{W}txbxContent", _FALLBACK):
            text += _words(child)
    return text


def _is_hidden(run: Any) -> bool:
    hidden = run.find(f"{W}rPr/{W}vanish")
    return hidden is not None and hidden.get(f"{W}val") not in ("0", "false")


def _text_boxes(element: Any) -> list[Any]:
    """Text boxes anchored in a paragraph; Word stores each twice, once for old programs."""
    return [
        box
        for box in element.iter(f"{W}txbxContent")
        if not any(parent.tag == _FALLBACK for parent in box.iterancestors())
        and not any(parent.tag == f"{W}txbxContent" for parent in box.iterancestors())
    ]
