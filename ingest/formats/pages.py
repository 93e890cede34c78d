"""A page as a picture, to stand beside its text: of a PDF, or of a picture that was read by OCR."""

import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ingest.errors import LoadError
from ingest.formats import image, pdf

if TYPE_CHECKING:
    from PIL.Image import Image

_WIDTH: Final = 1000  # pixels
_MAX_PIXELS: Final = 12_000_000  # a page may be as narrow and as long as it likes


def page_image(path: Path, page: int) -> bytes:
    """A PNG of page `page` (from 1) of a PDF or picture, 1000 pixels wide, less where it would be huge.

    Raises LoadError when the file has no such page or no pages that can be shown.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(1024)
        picture = _pdf_page(path, page) if b"%PDF-" in start else _picture(path, page)
    except (LoadError, ImportError, MemoryError):
        raise
    except Exception as error:  # whatever a parser throws at a damaged file
        raise LoadError("The page cannot be shown. / 无法显示该页。") from error
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _pdf_page(path: Path, number: int) -> "Image":
    with pdf.opened(path) as document:
        _check(number, len(document))
        page = document[number - 1]
        across, down = page.get_size()
        scale = min(_WIDTH / across, (_MAX_PIXELS / (across * down)) ** 0.5)
        return page.render(scale=scale).to_pil().convert("RGB")  # type: ignore[no-any-return]


def _picture(path: Path, number: int) -> "Image":
    with image.opened(path) as opened:
        _check(number, image.page_count(opened))
        opened.seek(number - 1)
        picture = image.upright(opened)
    # A picture is made smaller, never larger.
    picture.thumbnail((_WIDTH, _MAX_PIXELS // _WIDTH))
    return picture


def _check(number: int, count: int) -> None:
    if not 1 <= number <= count:
        raise LoadError(f"The file has no page {number}. / 文件没有第 {number} 页。")
