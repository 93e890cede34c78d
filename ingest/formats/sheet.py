"""Spreadsheets: each sheet that has a name of its own a heading, each row a block that names its columns."""

import csv
import datetime as dt
import io
import re
import zipfile
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePosixPath
from typing import IO, Final
from xml.etree import ElementTree

from ingest.document import Block, LoadedFile
from ingest.formats.encoding import decode
from ingest.formats.tables import Cell, sheet_heading, table_blocks

_DECIMALS: Final = re.compile(r"0\.(0+)")
_FORMAT_LITERAL: Final = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.')
_RELATION: Final = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_MAX_COLUMNS: Final = 500
_UNSAVED: Final = (
    "{count} cells hold a formula without its result; open the file in Excel or WPS, save it, and add it again."
    " / 有 {count} 个单元格是公式但没有保存计算结果，读不到内容：请用 Excel 或 WPS 打开并保存，再重新添加。"
)
_HIDDEN: Final = (
    "Hidden columns are read, too; delete them first if nobody is to see them."
    " / 表格有隐藏的列，内容同样会读入；不想公开的，请先删除再添加。"
)
_Range = tuple[int, int, int, int]  # first column, first row, last column, last row; from 1


@dataclass
class _Part:
    """Of a sheet its merged cells, how many cells hold a formula whose result the file lacks, whether columns are hidden."""

    merged: list[_Range] = field(default_factory=list)
    unsaved: int = 0
    has_hidden: bool = False


def load_xlsx(data: bytes) -> LoadedFile:
    """A workbook's visible sheets with the values last calculated."""
    import openpyxl

    parts = _parts(data)
    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        blocks: list[Block] = []
        for sheet in book.worksheets:
            if sheet.sheet_state != "visible":
                continue
            # Some programs record a wrong extent; the rows themselves are right.
            sheet.reset_dimensions()
            # The wrong extent may also be millions of styled, empty cells to the right.
            grid = [[_cell_text(cell) for cell in islice(row, _MAX_COLUMNS)] for row in sheet.iter_rows()]
            rows = table_blocks(_with_merged(grid, parts[sheet.title].merged if sheet.title in parts else []))
            if rows:
                blocks += [*sheet_heading(sheet.title), *rows]
        unsaved = sum(part.unsaved for part in parts.values())
        warnings = [_UNSAVED.format(count=unsaved)] if unsaved else []
        warnings += [_HIDDEN] if any(part.has_hidden for part in parts.values()) else []
        return LoadedFile(tuple(blocks), book.properties.title or None, tuple(warnings))
    finally:
        book.close()


def load_csv(data: bytes) -> LoadedFile:
    """A .csv file, separated by commas, semicolons or tabs."""
    text = decode(data)
    head = text[:10_000]
    delimiter = max(",\t;", key=head.count)
    rows: list[list[Cell]] = [
        [" ".join(cell.split()) for cell in row] for row in csv.reader(io.StringIO(text), delimiter=delimiter)
    ]
    return LoadedFile(tuple(table_blocks(rows)))


def _cell_text(cell: object) -> str:
    value = getattr(cell, "value", None)
    number_format = str(getattr(cell, "number_format", None) or "General")
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case int() | float():
            return _number_text(value, number_format)
        case dt.datetime() | dt.date():
            return _date_text(value, number_format)
        case dt.time():
            return value.isoformat("seconds" if value.second else "minutes")
        case str() if value.startswith("#") and value.rstrip("!?").isupper():
            return ""  # #REF!, #DIV/0!: the cell has no value
        case _:
            return " ".join(str(value).split())


def _number_text(value: int | float, number_format: str) -> str:
    """A number as its cell shows it, without separators of thousands or zeros that say nothing."""
    plain = _FORMAT_LITERAL.sub("", number_format.split(";")[0])
    percent = "%" in plain
    if isinstance(value, int) and not percent:
        return str(value)  # account numbers have more digits than a float
    decimals = _DECIMALS.search(plain)
    places = len(decimals.group(1)) if decimals else 0 if plain.strip(" #,") in ("0", "0%") else 10
    shown = f"{value * 100 if percent else value:.{places}f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return f"{'0' if shown == '-0' else shown}{'%' if percent else ''}"


def _date_text(value: dt.datetime | dt.date, number_format: str) -> str:
    plain = _FORMAT_LITERAL.sub("", number_format).lower()
    if "y" in plain and "d" not in plain and "h" not in plain:
        return f"{value:%Y-%m}" if "m" in plain else f"{value:%Y}"
    if isinstance(value, dt.datetime) and value.time() != dt.time():
        return value.isoformat(" ", "seconds" if value.second else "minutes")
    return f"{value:%Y-%m-%d}"


def _with_merged(grid: list[list[str]], ranges: list[_Range]) -> list[list[Cell]]:
    """A merged cell counts once in its row, and is repeated in each row it reaches down to."""
    cells: list[list[Cell]] = [list(row) for row in grid]
    for first_column, first_row, last_column, last_row in ranges:
        if first_row > len(cells) or first_column > len(cells[first_row - 1]):
            continue
        value = cells[first_row - 1][first_column - 1]
        for row in cells[first_row - 1 : last_row]:
            row.extend([""] * (min(last_column, _MAX_COLUMNS) - len(row)))
            row[first_column - 1] = value
            for column in range(first_column, min(last_column, len(row))):
                row[column] = None
    return cells


def _parts(data: bytes) -> dict[str, _Part]:
    """Of each visible sheet, by its name, what openpyxl tells only if it holds all cells in memory, or not at all."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        relations = ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
        targets = {relation.get("Id"): relation.get("Target", "") for relation in relations}
        book = ElementTree.fromstring(archive.read("xl/workbook.xml"))
        parts: dict[str, _Part] = {}
        for sheet in book.iterfind(".//{*}sheet"):
            target = str(PurePosixPath("/xl") / (targets.get(sheet.get(_RELATION)) or ""))[1:]
            if target in archive.namelist() and sheet.get("state", "visible") == "visible":
                with archive.open(target) as xml:
                    parts[sheet.get("name", "")] = _part(xml)
        return parts


def _part(xml: IO[bytes]) -> _Part:
    from openpyxl.utils import range_boundaries

    part = _Part()
    for _, element in ElementTree.iterparse(xml):
        if element.tag.endswith("}mergeCell"):
            part.merged.append(range_boundaries(element.get("ref", "")))  # type: ignore[arg-type]
        elif element.tag.endswith("}c"):
            # A formula that shows nothing is saved as an empty text.
            is_unsaved = not element.findtext("{*}v") and element.get("t") != "str"
            part.unsaved += element.find("{*}f") is not None and is_unsaved
        elif element.tag.endswith("}col"):
            part.has_hidden |= element.get("hidden") in ("1", "true")
        elif element.tag.endswith("}row"):
            element.clear()
    return part
