"""Enumeration markers: 一是…；二是…, 一要…；二要…, 其一，, 一、, （一）, 1., （1）, ①, 第一，, and the sequences they form."""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from ingest.numerals import NUMERAL, parse_numeral

_STYLES = {
    "一是": rf"({NUMERAL})是",
    "一要": rf"({NUMERAL})要",
    "其一": rf"其({NUMERAL})[，,、：:]?",
    "一、": rf"({NUMERAL})、",
    "（一）": rf"[（(]({NUMERAL})[）)][、，,]?",
    "（1）": r"[（(](\d{1,2})[）)]",
    "1.": r"(\d{1,2})(?:[、）)]|[.．](?!\d))",
    "①": "([①-⑳])",
    "第一": rf"第({NUMERAL})[，,、]",
}
_PATTERNS = {style: re.compile(pattern) for style, pattern in _STYLES.items()}
_BOUNDARY = set("，,；;。：:、！？!?）)”」 \n")
_ARTICLE = re.compile(r"第[一二三四五六七八九十百零\d]{1,5}条")
_CHAPTER = re.compile(r"第[一二三四五六七八九十百零\d]{1,5}([章节])")
# A pattern: the stop of "Mr. Lam", of an initial or of a list's number ends no sentence.
NO_END = r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\bNo)(?<!\bSt)(?<!\b[A-Z])(?<!^\d)(?<!^\d\d)"
_SENTENCE_END = re.compile(rf"[。！？!?]+[”’」』）)\"']*|{NO_END}\.(?=\s+[A-Z])", re.MULTILINE)


@dataclass(frozen=True)
class Marker:
    """The beginning of item `number` (from 1) of a list in `style`, from `start` to `end` in the text of a block."""

    style: str
    number: int
    start: int
    end: int


@dataclass(frozen=True)
class Series:
    """The items in `style` of an enumeration inside one block, from number `first` on, as (start, end) spans of its text."""

    style: str
    first: int
    items: tuple[tuple[int, int], ...]


def leading_marker(text: str) -> Marker | None:
    """The marker with which `text` begins."""
    return next((marker for marker in _markers(text) if marker.start == 0), None)


def article_label(text: str) -> str | None:
    """「第八条」 when `text` begins an article of a charter or rule."""
    match = _ARTICLE.match(text)
    return match.group() if match else None


def article_number(label: str) -> int | None:
    """The number of an article's label; None from a hundred on."""
    try:
        return parse_numeral(label[1:-1])
    except ValueError:
        return None


def chapter_level(text: str) -> str | None:
    """「章」 or 「节」 when `text` begins a chapter or section."""
    match = _CHAPTER.match(text)
    return match.group(1) if match else None


def sentence_ends(text: str) -> list[int]:
    """The offsets just behind each sentence of `text` that a terminator ends."""
    return [match.end() for match in _SENTENCE_END.finditer(text)]


def sequences(text: str, fewest: int = 2) -> list[Series]:
    """The enumerations inside `text`: two or more markers of one style, or `fewest`, numbered without a gap from 1, or
    from any number where `text` begins with it.

    An item ends where the next begins; the last one with its first sentence, since what follows an
    enumeration in a paragraph is no longer part of it.
    """
    ends = [*sentence_ends(text), len(text)]
    found = []
    for run in _runs(text):
        if len(run) < fewest:
            continue
        starts = [marker.start for marker in run]
        last_end = ends[min(bisect_right(ends, starts[-1]), len(ends) - 1)]
        found.append(
            Series(run[0].style, run[0].number, tuple(zip(starts, [*starts[1:], last_end], strict=True)))
        )
    return found


def _runs(text: str) -> list[list[Marker]]:
    runs: list[list[Marker]] = []
    for _, markers in groupby(_markers(text), key=lambda marker: marker.style):
        run: list[Marker] = []
        for marker in markers:
            if run and marker.number == run[-1].number + 1:
                run.append(marker)
            elif marker.number == 1 or marker.start == 0:
                runs.append(run)
                run = [marker]
        runs.append(run)
    return list(filter(None, runs))


def _markers(text: str) -> Iterator[Marker]:
    for style, pattern in _PATTERNS.items():
        for match in pattern.finditer(text):
            if match.start() == 0 or text[match.start() - 1] in _BOUNDARY:
                yield Marker(style, _value(match.group(1)), match.start(), match.end())


def _value(numeral: str) -> int:
    if "①" <= numeral <= "⑳":
        return ord(numeral) - ord("①") + 1
    return parse_numeral(numeral)
