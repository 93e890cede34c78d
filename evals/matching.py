"""Comparing texts as the question file's contract says: in simplified script, without white space, numbers
at digit boundaries."""

import re

from evals.questions import alternatives
from ingest.fold import fold

_THOUSANDS = re.compile(r"(?<=\d)(?<!\d{4}),(?=\d{3}(?!\d))", re.ASCII)
_NUMERALS = frozenset("〇零一二三四五六七八九十百千万亿两")
_SCALES = frozenset("十百千万亿%‰")
_MINUS = "-−－"  # a longer dash is punctuation
_DIGIT_AND_UNIT = re.compile(r"\d\w{0,2}$")


def compact(text: str) -> str:
    """Text folded (script, case, punctuation style) and without white space or thousands separators."""
    return "".join(character for _, character in _kept(text, fold(text)))


def _kept(text: str, folded: str) -> list[tuple[int, str]]:
    """The (offset, folded character) pairs that count in a comparison."""
    separators = {match.start() for match in _THOUSANDS.finditer(text)}
    return [(at, c) for at, c in enumerate(folded) if not c.isspace() and at not in separators]


def occurrences(needle: str, text: str) -> list[tuple[int, int]]:
    """Where `needle` stands in `text`: (start, end) offsets, compared compact, numbers whole.

    A number at either edge of the needle must be the whole number in the text: 「100元」 is not found in
    「2100元」, 「2,100元」, 「3.100元」 or 「-100元」, nor 「100」 in 「100万」, nor 「三人」 in 「十三人」.
    White space ends a number, except before a scale such as 万 or %. A dash after a number (「50-100元」)
    is a range, not a sign.
    """
    wanted = compact(needle)
    folded = fold(text)
    kept = _kept(text, folded)
    joined = "".join(character for _, character in kept)
    found = []
    at = joined.find(wanted) if wanted else -1
    while at >= 0:
        start, end = kept[at][0], kept[at + len(wanted) - 1][0] + 1
        range_not_sign = wanted[0] == "-" and _DIGIT_AND_UNIT.search(folded[:start])
        if not (_inside_number(text, folded, start) or _inside_number(text, folded, end) or range_not_sign):
            found.append((start, end))
        at = joined.find(wanted, at + 1)
    return found


def _inside_number(text: str, folded: str, at: int) -> bool:
    """Whether the place between the characters at - 1 and at cuts a number in two."""
    before, after = folded[:at], folded[at:]
    if not before or not after:
        return False
    left, right = before[-1], after[0]
    if left.isdecimal():
        separated = _separates(text, at) and after[1:2].isdecimal()
        return right.isdecimal() or separated or after.lstrip()[:1] in _SCALES
    if right.isdecimal():
        signed = text[at - 1] in _MINUS and not _DIGIT_AND_UNIT.search(before[:-1])
        return signed or (_separates(text, at - 1) and before[-2:-1].isdecimal())
    return left in _NUMERALS and right in _NUMERALS


def _separates(text: str, at: int) -> bool:
    """Whether the character is a decimal point or a thousands separator (if digits surround it).

    Asked of the text as written: folding makes the full-width comma of 「50，100元」 look like one.
    """
    return text[at] in ".．" or _THOUSANDS.match(text, at) is not None


def contains(text: str, entry: str) -> bool:
    """Whether one of the alternatives of `entry` stands in `text`."""
    return any(occurrences(alternative, text) for alternative in alternatives(entry))
