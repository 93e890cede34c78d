"""Positioned lines of pages to headings and paragraphs, the same for PDF text and for scans."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median
from typing import Final

from ingest.document import Block
from ingest.formats.lines import Line, ends_sentence, is_full, join, starts_item

# 「- 2 -」, 「第2页 共5页」, 「2/5」, 「Page 2 of 5」, 「2」
_PAGE_NUMBER: Final = re.compile(
    r"[-—–·~\s]*(?:\d{1,3}|[ivx]{1,5})[-—–·~\s]*|\d{1,3}\s*/\s*\d{1,3}"
    r"|第?\s*\d{1,3}\s*[页頁](?:[\s,，/|]*共?\s*\d{1,3}\s*[页頁])?|page\s*\d{1,3}(?:\s*(?:of|/)\s*\d{1,3})?",
    re.IGNORECASE,
)
_MARGIN_LINES: Final = 3  # a running header or footer has no more lines than this
_MARGIN: Final = 0.15  # of the page's height
_LONGEST_HEADING: Final = 60


def without_running_lines(pages: Sequence[Sequence[Line]], heights: Sequence[float]) -> list[list[Line]]:
    """Pages without their page numbers and the lines that stand at the same place of most pages."""
    places: Counter[tuple[str, int]] = Counter()
    margins = [_margin_lines(page, height) for page, height in zip(pages, heights, strict=True)]
    for margin in margins:
        # Neighbouring places count together: a header may sit a little lower on one page.
        keys = {(_shape(line.text), round(line.top / 10) + shift) for line in margin for shift in (-1, 0, 1)}
        places.update(keys)
    needed = max(2, math.ceil(0.4 * len(pages)))
    kept: list[list[Line]] = []
    for page, margin in zip(pages, margins, strict=True):
        running = {
            line
            for line in margin
            if _PAGE_NUMBER.fullmatch(line.text.strip())
            or places[_shape(line.text), round(line.top / 10)] >= needed
        }
        kept.append([line for line in page if line not in running])
    return kept


def _margin_lines(page: Sequence[Line], height: float) -> list[Line]:
    ordered = sorted(page, key=lambda line: line.top)
    top = [line for line in ordered[:_MARGIN_LINES] if line.bottom < height * _MARGIN]
    return top + [line for line in ordered[-_MARGIN_LINES:] if line.top > height * (1 - _MARGIN)]


def _shape(text: str) -> str:
    return re.sub(r"\d+", "#", "".join(text.split()))


def page_blocks(pages: Sequence[Sequence[Line]], *, size_tolerance: float = 0.1) -> list[Block]:
    """Blocks of all pages; a paragraph that runs over a page break has the page where it begins.

    `size_tolerance` is how far the letter size of body lines differs from the median (scans measure
    it roughly).
    """
    lines = [line for page in pages for line in page]
    if not lines:
        return []
    body = _body_size(lines)
    levels = _heading_levels(lines, body, size_tolerance)
    margins = _Margins(lines)
    groups: list[list[Line]] = []
    for line in lines:
        previous = groups[-1][-1] if groups else None
        if previous is None or _begins(previous, line, margins, levels):
            groups.append([line])
        else:
            groups[-1].append(line)
    return [_block(group, levels) for group in groups]


def _block(group: list[Line], levels: dict[Line, int]) -> Block:
    text = ""
    for line in group:
        text = join(text, line.text)
    level = levels.get(group[0], 0)
    return Block(text, "heading" if level else "paragraph", level, group[0].page)


def _body_size(lines: Sequence[Line]) -> float:
    """The letter size that most characters have."""
    characters: Counter[float] = Counter()
    for line in lines:
        characters[round(line.size * 2) / 2] += len(line.text)
    return characters.most_common(1)[0][0]


def _heading_levels(lines: Sequence[Line], body: float, tolerance: float) -> dict[Line, int]:
    """Depth of each heading: short lines in larger letters, the largest of all at level 1."""
    large = [
        line
        for line in lines
        if line.size > body * (1 + tolerance) + 0.5
        and len(line.text) <= _LONGEST_HEADING
        and not line.text.endswith(("。", "；", ";"))
    ]
    sizes: list[float] = []
    for size in sorted({line.size for line in large}, reverse=True):
        if not sizes or size < sizes[-1] * (1 - tolerance / 2):
            sizes.append(size)
    return {
        line: next(i for i, size in enumerate(sizes, 1) if line.size > size * (1 - tolerance / 2) - 1e-6)
        for line in large
    }


class _Margins:
    """Where the text of each page begins and ends horizontally, for each column of it."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self._pages: defaultdict[int | None, list[Line]] = defaultdict(list)
        for line in lines:
            self._pages[line.page].append(line)
        pitches = [
            below.top - above.top
            for above, below in pairwise(lines)
            if above.page == below.page and 0 < below.top - above.top < 4 * above.size
        ]
        self.pitch = median(pitches) if pitches else 0.0
        indents = [(line.left - self.column(line)[0]) / line.size for line in lines]
        self.first_lines_indented = sum(1.5 < indent < 2.5 for indent in indents) > 0.15 * len(lines)

    def column(self, line: Line) -> tuple[float, float]:
        """Left and right edge of the column of `line`: of the lines that begin near it on its page."""
        near = [other for other in self._pages[line.page] if abs(other.left - line.left) <= 4 * line.size]
        return min(other.left for other in near), max(other.right for other in near)


def _begins(line: Line, following: Line, margins: _Margins, levels: dict[Line, int]) -> bool:
    """Whether `following` begins a new paragraph after `line`."""
    if line in levels or following in levels:
        return not _same_heading(line, following, levels)
    if starts_item(following.text) or line.spaced or following.spaced:
        return True
    left, right = margins.column(line)
    following_left, _ = margins.column(following)
    indented = following.left - following_left > 1.2 * following.size
    if not is_full(line, following, right):
        # Where paragraphs begin indented, a flush line goes on with a sentence that broke off early.
        broke_off = line.right > (left + right) / 2 and not ends_sentence(line.text)
        return not (margins.first_lines_indented and broke_off and not indented)
    gap = following.top - line.top
    if line.page == following.page and gap > 1.6 * margins.pitch and gap > 2 * line.size:
        return True
    if not indented:
        return False
    # Indented like the line before: another paragraph of one line, or a block set in as a whole.
    return line.left - left <= 1.2 * line.size or ends_sentence(line.text)


def _same_heading(line: Line, following: Line, levels: dict[Line, int]) -> bool:
    """A long title set in two lines: both centred in the same letters, close together."""
    if levels.get(line) != levels.get(following) or line.page != following.page:
        return False
    if starts_item(following.text) or following.top - line.top > 2.2 * line.size:
        return False
    return abs((line.left + line.right) - (following.left + following.right)) < 2 * line.size
