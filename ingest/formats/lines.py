"""Lines back to paragraphs: the one place that knows where a wrapped line continues.

Text files, PDF pages and scans all come as lines. A line is positioned in any one unit (points, pixels,
or half-width columns of a text file); only ratios to its `size` matter.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

SOFT_HYPHEN: Final = "\u00ad"  # at the end of a line: its last word goes on in the next
_SENTENCE_END: Final = "。！？!?；;：:…"
_CLOSING: Final = "”’」』）)】》〉\"'"
_LATIN_TOKEN: Final = re.compile(r"[^\s\u2e80-\uffff]+")
# What begins a new paragraph however full the line before it is: 第三条, 一、, （二）, 3.会费, （1）, 一是, ●
_ITEM: Final = re.compile(
    r"""(?:第[一二三四五六七八九十百零〇\d]+[章节節条條款项項编編篇]
      |[一二三四五六七八九十]{1,3}[、．.，,]
      |[(（][一二三四五六七八九十\d]{1,3}[)）]
      |\d{1,2}(?:[、．)）]|\.(?!\d))
      |[①-⑳]|[●○■□◆◇★☆•·▪►※]
      |[-*–—]\s
      |附件\d*[:：])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Line:
    """One line of text with its horizontal extent, its place from the page's top, and its letter size."""

    text: str
    left: float
    right: float
    top: float
    bottom: float
    size: float
    page: int | None = None
    spaced: bool = False  # has wide gaps, like a table row


def is_wide(character: str) -> bool:
    """Whether a character fills a square, as Chinese characters and punctuation do."""
    return unicodedata.east_asian_width(character) in "WF" or character in "“”‘’…—·"


def width(text: str) -> int:
    """Width in half-width columns."""
    return sum(2 if is_wide(character) else 1 for character in text)


def join(first: str, second: str) -> str:
    """Continue one line with the next: a space between Latin words, none beside Chinese or inside a divided word."""
    if not first or not second:
        return first + second
    if first.endswith(SOFT_HYPHEN):
        return first[:-1] + second
    if is_wide(first[-1]) or is_wide(second[0]):
        return first + second
    return f"{first} {second}"


def joined(text: str) -> str:
    """A text with its inner line breaks joined."""
    whole = ""
    for line in text.splitlines():
        whole = join(whole, line.strip())
    return whole


def starts_item(text: str) -> bool:
    """Whether a line starts with the marker of an article, list item or chapter."""
    return _ITEM.match(text.lstrip()) is not None


def ends_sentence(text: str) -> bool:
    """Whether a line ends like a sentence, closing quotes and brackets aside."""
    return text.rstrip().rstrip(_CLOSING)[-1:] in tuple(_SENTENCE_END)


def first_token_width(text: str) -> int:
    """Columns that the unbreakable beginning of a line needs: one Chinese character or one Latin word."""
    word = _LATIN_TOKEN.match(text)
    return len(word.group()) if word else 2


def is_full(line: Line, following: Line, limit: float) -> bool:
    """Whether `line` ended only because the beginning of `following` had no room before `limit`.

    One square of slack: punctuation may not begin a line, so a character is carried over with it.
    """
    column = line.size / 2
    return line.right + (first_token_width(following.text) + 2) * column > limit


def unwrap(text: str) -> list[str]:
    """Paragraphs of a plain text: one a line, or re-joined where the text is wrapped at a fixed width."""
    groups: list[list[str]] = [[]]
    for raw in text.splitlines():
        if raw.strip():
            groups[-1].append(raw)
        else:
            groups.append([])
    # Programs wrap at so many columns or at so many characters.
    by_columns = _wrapped([[_text_line(raw, width) for raw in group] for group in groups])
    by_characters = _wrapped([[_text_line(raw, _doubled_length) for raw in group] for group in groups])
    if by_columns is None and by_characters is None:
        return [raw.strip() for group in groups for raw in group]
    candidates = [paragraphs for paragraphs in (by_columns, by_characters) if paragraphs is not None]
    return min(candidates, key=len)


def _text_line(raw: str, measure: Callable[[str], int]) -> Line:
    text = raw.strip()
    indent = measure(raw) - measure(raw.lstrip())
    return Line(text, indent, indent + measure(text), 0, 0, 2)


def _doubled_length(text: str) -> int:
    return 2 * len(text)


def _wrapped(groups: Sequence[Sequence[Line]]) -> list[str] | None:
    """Paragraphs re-joined within each group of lines, or None when the lines are whole paragraphs."""
    limit = _wrap_width([line for group in groups for line in group])
    if limit is None:
        return None
    paragraphs: list[str] = []
    for group in groups:
        previous: Line | None = None
        for line in group:
            if previous is not None and _continues(previous, line, limit):
                paragraphs[-1] = join(paragraphs[-1], line.text)
            else:
                paragraphs.append(line.text)
            previous = line
    return paragraphs


def _wrap_width(lines: Sequence[Line]) -> float | None:
    """The fixed width a text is wrapped at, or None when its lines are whole paragraphs."""
    if len(lines) < 3:
        return None
    limit = max(line.right for line in lines)
    if not 40 <= limit <= 120:  # narrower is a list or verse, wider is no typist's line
        return None
    pairs = list(pairwise(lines))
    full = [line for line, following in pairs if is_full(line, following, limit)]
    broken = [line for line in full if not ends_sentence(line.text)]
    # Short last lines and headings are normal; whole paragraphs seldom stop mid-sentence at one width.
    return limit if len(broken) >= 2 and len(broken) >= 0.3 * len(pairs) else None


def _continues(line: Line, following: Line, limit: float) -> bool:
    indented = following.left > line.left and following.left >= 2
    return is_full(line, following, limit) and not indented and not starts_item(following.text)
