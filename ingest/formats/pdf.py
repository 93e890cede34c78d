"""PDF files: text by its geometry, pages without text through OCR."""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from ingest.document import LoadedFile
from ingest.errors import LoadError
from ingest.formats.layout import page_blocks, without_running_lines
from ingest.formats.lines import SOFT_HYPHEN, Line, is_wide
from ingest.formats.ocr import poor_scan_warnings, read_image

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage, PdfTextPage  # type: ignore[import-untyped]

_OCR_DPI: Final = 200
_MAX_OCR_SIDE: Final = 4000  # pixels; a page may claim to be a wall poster
_MAX_PAGES: Final = 5000
_FEW_CHARACTERS: Final = 20
_TABLE_GAP: Final = 1.5  # letter sizes between two cells, more than justified text ever has
_HYPHEN: Final = "\x02"  # PDFium's mark for a word divided at the line's end


@dataclass(frozen=True)
class _Character:
    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float


def load_pdf(data: bytes) -> LoadedFile:
    """Blocks with page numbers, without running headers, footers and page numbers.

    Raises LoadError for a file that is cut off or protected by a password.
    """
    # PDFium repairs a file that is cut off and silently shows its first pages only.
    if b"%%EOF" not in data[-4096:]:
        raise LoadError("The PDF is cut off; copy or download it again. / PDF 文件不完整，请重新复制或下载。")
    with opened(data) as document:
        return _read(document)


@contextmanager
def opened(source: bytes | Path) -> "Iterator[PdfDocument]":
    """A PDF, for one thread at a time. Raises LoadError for one that is protected by a password."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(source)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise LoadError(
                "The PDF is protected by a password; save a copy without it."
                " / PDF 有密码保护，请另存为无密码的副本。"
            ) from error
        raise
    try:
        yield document
    finally:
        document.close()


def _read(document: "PdfDocument") -> LoadedFile:
    if len(document) > _MAX_PAGES:
        raise LoadError(
            f"The PDF has more than {_MAX_PAGES:,} pages; split it. / PDF 超过 {_MAX_PAGES:,} 页，请拆分。"
        )
    pages: list[list[Line]] = []
    heights: list[float] = []
    certainties: dict[int, float] = {}  # of scanned pages
    for number, page in enumerate(document, start=1):
        lines = _text_lines(page, number)
        if _is_scan(page, lines):
            lines, certainties[number] = _scanned_lines(page, number)
        pages.append(lines)
        heights.append(page.get_height())
        page.close()
    pages = without_running_lines(pages, heights)
    title = document.get_metadata_value("Title").strip()
    blocks = page_blocks(pages, size_tolerance=0.25 if certainties else 0.1)
    return LoadedFile(tuple(blocks), title or None, poor_scan_warnings(certainties))


def _is_scan(page: "PdfPage", lines: list[Line]) -> bool:
    """Whether what the page shows is a picture: no text at all, or next to none beside a large image."""
    from pypdfium2.raw import FPDF_PAGEOBJ_IMAGE  # type: ignore[import-untyped]

    if not lines:
        return next(iter(page.get_objects(max_depth=2)), None) is not None
    if sum(len(line.text) for line in lines) > _FEW_CHARACTERS:
        return False
    area = page.get_width() * page.get_height()
    for image in page.get_objects(filter=[FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = image.get_bounds()
        if (right - left) * (top - bottom) > area / 2:
            return True
    return False


def _scanned_lines(page: "PdfPage", number: int) -> tuple[list[Line], float]:
    scale = min(_OCR_DPI / 72, _MAX_OCR_SIDE / max(page.get_size()))
    image = page.render(scale=scale).to_pil().convert("RGB")
    import numpy as np

    return read_image(np.asarray(image), number, scale)


def _text_lines(page: "PdfPage", number: int) -> list[Line]:
    text_page = page.get_textpage()
    rotation: int = page.get_rotation()
    width, height = page.get_size()
    lines: list[Line] = []
    run: list[_Character] = []
    for character in _characters(text_page):
        is_divided = character.text == _HYPHEN
        if is_divided and run:
            run.append(replace(run[-1], text=SOFT_HYPHEN))
        if is_divided or character.text in "\r\n":
            lines += _line(run, number)
            run = []
        else:
            run.append(_upright(character, rotation, width, height))
    lines += _line(run, number)
    text_page.close()
    return _merge_same_row(lines)


def _characters(text_page: "PdfTextPage") -> Iterator[_Character]:
    """Characters with their boxes in page coordinates (y upwards)."""
    from pypdfium2 import raw

    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    high = 0
    for i in range(text_page.count_chars()):
        code = raw.FPDFText_GetUnicode(text_page, i)
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000 and high:
            code = 0x10000 + ((high - 0xD800) << 10) + (code - 0xDC00)
        high = 0
        raw.FPDFText_GetCharBox(text_page, i, left, right, bottom, top)
        size = raw.FPDFText_GetFontSize(text_page, i)
        yield _Character(
            chr(code) if code else " ", left.value, top.value, right.value, bottom.value, float(size)
        )


def _upright(character: _Character, rotation: int, width: float, height: float) -> _Character:
    """The box as the reader sees it, y downwards from the top of a page turned by `rotation` degrees."""
    c = character
    match rotation:
        case 90:
            box = (c.bottom, c.left, c.top, c.right)
        case 180:
            box = (width - c.right, c.bottom, width - c.left, c.top)
        case 270:
            box = (width - c.top, height - c.right, width - c.bottom, height - c.left)
        case _:
            box = (c.left, height - c.top, c.right, height - c.bottom)
    return replace(c, left=box[0], top=box[1], right=box[2], bottom=box[3])


def _line(run: list[_Character], page: int) -> list[Line]:
    """One line of the page, or none if there is nothing but space."""
    visible = [character for character in run if not character.text.isspace()]
    if not visible:
        return []
    height = median(character.bottom - character.top for character in visible)
    size = median(character.size for character in visible)
    if size <= 1.5:  # the size is in the text matrix instead
        size = height * 1.1
    return [
        Line(
            _spaced(run, size),
            min(character.left for character in visible),
            max(character.right for character in visible),
            min(character.top for character in visible),
            max(character.bottom for character in visible),
            size,
            page,
            any(b.left - a.right > _TABLE_GAP * size for a, b in pairwise(visible)),
        )
    ]


def _spaced(run: list[_Character], size: float) -> str:
    """The line's text; PDFium sees a space where justified Chinese characters only stand apart."""
    text = ""
    for i, character in enumerate(run):
        if character.text.isspace() and 0 < i < len(run) - 1:
            before, after = run[i - 1], run[i + 1]
            chinese = is_wide(before.text) and is_wide(after.text)
            if chinese and after.left - before.right < 0.7 * size:
                continue
        text += character.text
    return " ".join(text.split())


def _merge_same_row(lines: list[Line]) -> list[Line]:
    """Cells of a table row that PDFium gives one below the other, though they stand side by side."""
    merged: list[Line] = []
    for line in lines:
        last = merged[-1] if merged else None
        middle = (line.top + line.bottom) / 2
        if last and last.top < middle < last.bottom and 0 <= line.left - last.right < 12 * line.size:
            merged[-1] = replace(last, text=f"{last.text} {line.text}", right=line.right, spaced=True)
        else:
            merged.append(line)
    return merged
