"""Pictures: photos and scans of notices, read by OCR; a TIFF may have several pages."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

from ingest.document import LoadedFile
from ingest.errors import LoadError
from ingest.formats.layout import page_blocks, without_running_lines
from ingest.formats.lines import Line
from ingest.formats.ocr import poor_scan_warnings, read_image

if TYPE_CHECKING:
    from PIL.Image import Image

_FORMATS: Final = ("PNG", "JPEG", "TIFF", "WEBP", "BMP")
_MAX_PIXELS: Final = 120_000_000  # the largest cameras of phones; 360 MB in memory
_TOO_LARGE: Final = (
    "The picture is too large (over 120 megapixels); make it smaller."
    " / 图片尺寸过大（超过 1.2 亿像素），请缩小。"
)
_MAX_PAGES: Final = 500
_MAX_SIDE: Final = 4000  # pixels; the reader makes pages smaller itself
_A4_HEIGHT: Final = 842  # points


def load_image(data: bytes) -> LoadedFile:
    """Blocks with page numbers. Raises LoadError for a picture of more pixels or pages than are read."""
    import numpy as np

    pages: list[list[Line]] = []
    heights: list[float] = []
    certainties: list[float] = []
    for number, picture in enumerate(_pictures(data), start=1):
        picture.thumbnail((_MAX_SIDE, _MAX_SIDE))
        scale = max(picture.size) / _A4_HEIGHT
        lines, certainty = read_image(np.asarray(picture), number, scale)
        pages.append(lines)
        heights.append(picture.height / scale)
        certainties.append(certainty)
    blocks = page_blocks(without_running_lines(pages, heights), size_tolerance=0.25)
    return LoadedFile(tuple(blocks), warnings=poor_scan_warnings(dict(enumerate(certainties, start=1))))


def _pictures(data: bytes) -> "Iterator[Image]":
    with opened(io.BytesIO(data)) as picture:
        for page in range(page_count(picture)):
            picture.seek(page)
            yield upright(picture)


@contextmanager
def opened(source: IO[bytes] | Path) -> "Iterator[Image]":
    """A picture that is not unpacked yet. Raises LoadError for one of more pages or pixels than are read."""
    from PIL import Image

    try:
        with Image.open(source, formats=_FORMATS) as picture:
            if page_count(picture) > _MAX_PAGES:
                raise LoadError(
                    f"The picture has more than {_MAX_PAGES} pages; split it. / 图片超过 {_MAX_PAGES} 页，请拆分。"
                )
            yield picture
    except Image.DecompressionBombError as error:
        raise LoadError(_TOO_LARGE) from error


def page_count(picture: "Image") -> int:
    """How many pages there are; several frames are pages in a TIFF, an animation or a thumbnail elsewhere."""
    return getattr(picture, "n_frames", 1) if picture.format == "TIFF" else 1


def upright(picture: "Image") -> "Image":
    """The picture as a viewer shows it, in RGB: turned as the camera was held, on white paper.

    Raises LoadError for a picture of more pixels than are read.
    """
    from PIL import Image, ImageOps

    if picture.width * picture.height > _MAX_PIXELS:  # before anything is unpacked
        raise LoadError(_TOO_LARGE)
    picture = ImageOps.exif_transpose(picture)
    if picture.mode not in ("RGBA", "LA", "PA") and "transparency" not in picture.info:
        return picture.convert("RGB")
    picture = picture.convert("RGBA")
    paper = Image.new("RGBA", picture.size, "white")
    paper.alpha_composite(picture)
    return paper.convert("RGB")
