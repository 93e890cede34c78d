"""Reading scanned pages with the models inside rapidocr's wheel: offline, loaded at the first scan."""

import re
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from operator import mul
from typing import TYPE_CHECKING, Final

from ingest.formats.lines import Line, is_wide, width

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from rapidocr import RapidOCR

_MIN_SCORE: Final = 0.5
_MIN_CERTAINTY: Final = 0.98  # clear scans reach 0.99; at 0.974 one character in thirty was lost or misread
_NAMED_PAGES: Final = 20
_BESIDE_CHINESE: Final = re.compile(r"(?<=[\u3400-\u9fff])[(),:;!?]|[(),:;!?](?=[\u3400-\u9fff])")


def read_image(image: "NDArray[np.uint8]", page: int, scale: float) -> tuple[list[Line], float]:
    """Lines of a page image (height, width, 3), top to bottom; `scale` pixels are one point.

    With them how sure the reading of its characters is, 0 to 1, those left out included; 1 when there are
    none, 0 when the page lies on its side: its words are right then, but not their order.
    """
    import numpy as np
    from rapidocr.utils.output import RapidOCROutput

    result = _engine()(image)
    assert isinstance(result, RapidOCROutput)  # another type only when asked for one step alone
    texts, boxes, scores = result.txts, result.boxes, result.scores
    if texts is None or boxes is None or scores is None:
        return [], 1.0
    characters = [max(1, len(text)) for text in texts]
    certainty = sum(map(mul, scores, characters)) / max(1, sum(characters))
    sideways = sum(
        length if np.ptp(box[:, 1]) > np.ptp(box[:, 0]) else -length
        for box, length in zip(boxes, characters, strict=True)
        if length > 3  # a single character is about as high as wide
    )
    if sideways > 0:
        certainty = 0.0
    found: list[Line] = []
    for text, box, score in zip(texts, boxes, scores, strict=True):
        if score < _MIN_SCORE or not text.strip():
            continue
        (left, top), (right, bottom) = box.min(axis=0) / scale, box.max(axis=0) / scale
        text = _full_width_punctuation(text.strip())
        # The pitch of the characters tells their size better than the height of the box.
        size = float(right - left) * 2 / width(text) if len(text) > 3 else float(bottom - top) * 0.8
        found.append(Line(text, float(left), float(right), float(top), float(bottom), size, page))
    return _merge_rows(found), certainty


def poor_scan_warnings(certainties: Mapping[int, float]) -> tuple[str, ...]:
    """What to tell staff of pages read by OCR: page number → certainty (0 to 1). Empty when all are good."""
    poor = [page for page, certainty in certainties.items() if certainty < _MIN_CERTAINTY]
    if not poor:
        return ()
    named = ", ".join(map(str, poor[:_NAMED_PAGES])) + (" …" if len(poor) > _NAMED_PAGES else "")
    return (
        f"The scan is hard to read (page {named}); compare the text with the page."
        f" / 扫描不清（第 {named} 页），请对照原页核对文字。",
    )


def _full_width_punctuation(text: str) -> str:
    """The models write 「(二）」 and 「地点:」 at random: beside Chinese, punctuation is Chinese."""
    return _BESIDE_CHINESE.sub(lambda found: chr(ord(found.group()) + 0xFEE0), text)


@cache
def _engine() -> "RapidOCR":
    from rapidocr import RapidOCR

    return RapidOCR(params={"Global.log_level": "critical"})


def _merge_rows(lines: list[Line]) -> list[Line]:
    """Pieces that stand side by side become one line, left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom) / 2):
        middle = (line.top + line.bottom) / 2
        if rows and rows[-1][0].top < middle < rows[-1][0].bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_one_line(sorted(row, key=lambda line: line.left)) for row in rows]


def _one_line(row: list[Line]) -> Line:
    text = row[0].text
    for piece, following in pairwise(row):
        close = following.left - piece.right < piece.size and is_wide(text[-1])
        text += following.text if close else f" {following.text}"
    return Line(
        text,
        row[0].left,
        row[-1].right,
        min(piece.top for piece in row),
        max(piece.bottom for piece in row),
        max(piece.size for piece in row),
        row[0].page,
    )
