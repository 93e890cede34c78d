"""OpenDocument files (.odt, .ods, .odp): text with its headings and lists, sheets, slides."""

import io
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ingest.document import Block, LoadedFile
from ingest.errors import LoadError
from ingest.formats.kinds import PASSWORD
from ingest.formats.lines import joined
from ingest.formats.tables import Cell, own, sheet_heading, table_blocks
from ingest.numerals import chinese_number

if TYPE_CHECKING:
    from lxml.etree import _Element

_OASIS: Final = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_OFFICE, _TEXT, _TABLE, _DRAW, _STYLE = (
    _OASIS % name for name in ("office", "text", "table", "drawing", "style")
)
_PRESENTATION: Final = _OASIS % "presentation"
_MANIFEST: Final = _OASIS % "manifest"
_PARAGRAPHS: Final = (f"{_TEXT}h", f"{_TEXT}p")
_SKIPPED: Final = {  # deleted text, comments, footnotes, tables of contents, speaker's notes
    f"{_TEXT}tracked-changes",
    f"{_OFFICE}annotation",
    f"{_TEXT}note",
    f"{_TEXT}table-of-content",
    f"{_PRESENTATION}notes",
    f"{_TEXT}ruby-text",  # how a character is read
}
_MAX_COLUMNS: Final = 500
_MAX_REPEATED: Final = 1000  # rows or cells; empty ones to the end of the sheet are one


def load_odf(data: bytes) -> LoadedFile:
    """Text, sheets or slides, whichever the file holds, as blocks; slides are pages."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = archive.namelist()
        if "META-INF/manifest.xml" in names:
            manifest = _parsed(archive.read("META-INF/manifest.xml"))
            if next(manifest.iter(f"{_MANIFEST}encryption-data"), None) is not None:
                raise LoadError(PASSWORD)
        content = _parsed(archive.read("content.xml"))
        styles, meta = (_parsed(archive.read(n)) if n in names else None for n in ("styles.xml", "meta.xml"))
    title = meta.findtext(".//{http://purl.org/dc/elements/1.1/}title") if meta is not None else None
    body = content.find(f"{_OFFICE}body")
    reader = _Reader([part for part in (styles, content) if part is not None])
    blocks = reader.blocks(body, None) if body is not None else ()
    return LoadedFile(tuple(blocks), title or None)


def _parsed(xml: bytes) -> "_Element":
    from lxml import etree

    # No entity is followed, and nothing is fetched.
    return etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True))


class _Reader:
    def __init__(self, parts: "list[_Element]") -> None:
        """`parts` hold the styles: those of the whole document first, then those of its content."""
        self._lists = {
            each.get(f"{_STYLE}name"): each for part in parts for each in part.iter(f"{_TEXT}list-style")
        }
        self._counts: dict[tuple[str | None, int], int] = {}
        styles = [each for part in parts for each in part.iter(f"{_STYLE}style")]
        self._parents = {
            each.get(f"{_STYLE}name"): each.get(f"{_STYLE}parent-style-name")
            for each in styles
            if each.get(f"{_STYLE}family") == "paragraph"
        }
        self._hidden = {  # styles of sheets and slides that are not displayed
            each.get(f"{_STYLE}name")
            for each in styles
            for item in each
            if item.get(f"{_TABLE}display") == "false" or item.get(f"{_PRESENTATION}visibility") == "hidden"
        }

    def blocks(self, parent: "_Element", page: int | None) -> Iterator[Block]:
        slides = 0
        for element in parent:
            if element.tag in (f"{_TEXT}h", f"{_TEXT}p"):
                yield from self._paragraph(element, page, "")
            elif element.tag == f"{_TABLE}table":
                yield from self._table(element, page)
            elif element.tag == f"{_TEXT}list":
                yield from self._list(element, page, None, 1)
            elif element.tag == f"{_DRAW}page":
                slides += 1
                if element.get(f"{_DRAW}style-name") not in self._hidden:
                    yield from self.blocks(element, slides)
            elif element.get(f"{_PRESENTATION}class") == "title":
                text = " ".join(joined(_words(each)) for each in element.iter(f"{_TEXT}p")).strip()
                yield Block(text, "heading", 1, page)
            elif element.tag not in _SKIPPED and isinstance(element.tag, str):
                yield from self.blocks(element, page)

    def _paragraph(self, element: "_Element", page: int | None, marker: str) -> Iterator[Block]:
        text = joined(_words(element)).strip()
        level = element.get(f"{_TEXT}outline-level", "1")
        style = element.get(f"{_TEXT}style-name")
        is_heading = element.tag == f"{_TEXT}h" or "Title" in (style, self._parents.get(style))
        if text and is_heading:
            yield Block(marker + text, "heading", int(level) if level.isdigit() else 1, page)
        elif text:
            yield Block(marker + text, page=page)
        for box in element.iter(f"{_DRAW}text-box"):
            yield from self.blocks(box, page)

    def _list(self, element: "_Element", page: int | None, style: str | None, level: int) -> Iterator[Block]:
        """Items with the numbers that are shown but not in the text; an inner list has the outer one's style."""
        style = element.get(f"{_TEXT}style-name", style)
        continues = (f"{_TEXT}continue-numbering", f"{_TEXT}continue-list")
        if not any(element.get(name) not in (None, "false") for name in continues):
            self._counts[style, level] = 0
        for item in element.iterchildren(f"{_TEXT}list-item", f"{_TEXT}list-header"):
            # One without a paragraph of its own only wraps an inner list; a header has no number.
            is_counted = item.tag == f"{_TEXT}list-item" and any(child.tag in _PARAGRAPHS for child in item)
            self._counts[style, level] = self._counts.get((style, level), 0) + is_counted
            marker = self._marker(style, level) if is_counted else ""
            for child in item:
                if child.tag == f"{_TEXT}list":
                    yield from self._list(child, page, style, level + 1)
                elif child.tag in _PARAGRAPHS:
                    yield from self._paragraph(child, page, marker)
                    marker = ""

    def _marker(self, style: str | None, level: int) -> str:
        definition = self._lists.get(style)
        numbered = f"{_TEXT}list-level-style-number[@{_TEXT}level='{level}']"
        shown = definition.find(numbered) if definition is not None else None
        number_format = shown.get(f"{_STYLE}num-format", "") if shown is not None else ""
        if shown is None or not number_format:
            return ""
        count = self._counts[style, level]
        text = chinese_number(count) if "一" in number_format else str(count)
        text = shown.get(f"{_STYLE}num-prefix", "") + text + shown.get(f"{_STYLE}num-suffix", "")
        return f"{text} " if text[-1:] == "." or text[-1:].isalnum() else text

    def _table(self, table: "_Element", page: int | None) -> Iterator[Block]:
        if table.get(f"{_TABLE}style-name") in self._hidden:
            return
        rows = _rows(table)
        if max(map(len, rows), default=0) <= 1:  # a frame around text
            for cell in own(table, f"{_TABLE}table-cell"):
                yield from self.blocks(cell, page)
            return
        found = table_blocks(rows)
        parent = table.getparent()
        if found and parent is not None and parent.tag == f"{_OFFICE}spreadsheet":
            yield from sheet_heading(table.get(f"{_TABLE}name", ""))
        yield from (Block(block.text, block.kind, block.level, page) for block in found)


def _rows(table: "_Element") -> list[list[Cell]]:
    """The grid: a cell merged to the right counts once, one merged downwards fills each row."""
    rows: list[list[Cell]] = []
    down: dict[int, tuple[int, str]] = {}  # column → rows that a merged cell still reaches, and its text
    for row in own(table, f"{_TABLE}table-row"):
        cells: list[Cell] = []
        for cell in row.iterfind("*"):
            _add_cell(cells, cell, down)
        while cells and not cells[-1]:
            cells.pop()
        rows += [cells] * (_repeated(row, "rows") if any(cells) else 1)
    return rows


def _add_cell(cells: list[Cell], cell: "_Element", down: dict[int, tuple[int, str]]) -> None:
    column = len(cells)
    if cell.tag == f"{_TABLE}covered-table-cell":
        for place in range(column, min(column + _repeated(cell, "columns"), _MAX_COLUMNS)):
            left, text = down.get(place, (0, ""))
            down[place] = (left - 1, text)
            cells.append(text if left > 0 else None)
    elif cell.tag == f"{_TABLE}table-cell":
        text = _cell_text(cell)
        spanned = cell.get(f"{_TABLE}number-rows-spanned", "1")
        down[column] = (int(spanned) - 1 if spanned.isdigit() else 0, text)
        cells += [text] * min(_repeated(cell, "columns"), _MAX_COLUMNS - column)


def _repeated(element: "_Element", what: str) -> int:
    count = element.get(f"{_TABLE}number-{what}-repeated", "1")
    return min(int(count), _MAX_REPEATED) if count.isdigit() else 1


def _cell_text(cell: "_Element") -> str:
    """What the cell shows; a date as ISO 8601, however it is shown."""
    date = cell.get(f"{_OFFICE}date-value")
    if date:
        return date.removesuffix("T00:00:00").removesuffix(":00").replace("T", " ")
    shown = (each for each in cell.iter(f"{_TEXT}p") if next(each.iterancestors(*_SKIPPED), None) is None)
    return " ".join(text for each in shown if (text := joined(_words(each)).strip()))


def _words(element: "_Element") -> str:
    """Text of a paragraph; what is in its text boxes and notes is not part of it."""
    text = element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            text += " "
        elif child.tag == f"{_TEXT}tab":
            text += "\t"
        elif child.tag == f"{_TEXT}line-break":
            text += "\n"
        elif child.tag not in _SKIPPED and child.tag != f"{_DRAW}frame" and isinstance(child.tag, str):
            text += _words(child)
        text += child.tail or ""
    return text
