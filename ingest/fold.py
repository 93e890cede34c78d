"""Folding: displayed text to index text, character by character, so that the length never changes.

Simplified characters, NFKC, lower case, one style of punctuation. A character whose folded form is not
exactly one character stays as it is; that is what keeps every span of the one a span of the other.
"""

import unicodedata
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from opencc import OpenCC

Language = Literal["zh-Hans", "zh-Hant", "en"]  # Chinese by its script

_PUNCTUATION = dict(
    zip(
        "“”„‟「」『』〝〞‘’‚‛`´—–―‐‒−─•‧∙⋅・〜【】〔〕〖〗",
        '""""""""""' + "''''''" + "-------" + "·····~[][][]",
        strict=True,
    )
)
_MAX_STEPS = 4


def is_unicode(text: str) -> bool:
    """Whether text is free of Python's stand-ins for bytes it could not decode, which no library takes."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


class _FoldTable(dict[int, int]):
    """A translation table that works out each character the first time it is seen."""

    def __missing__(self, code: int) -> int:
        char = chr(code)
        for _ in range(_MAX_STEPS):
            folded = _fold_once(char)
            if folded == char:
                break
            char = folded
        self[code] = ord(char)
        return self[code]


def _fold_once(char: str) -> str:
    for step in (_nfkc, str.lower, simplify, _unify_punctuation):
        changed = step(char)
        if len(changed) == 1:
            char = changed
    return char


def _nfkc(char: str) -> str:
    return unicodedata.normalize("NFKC", char)


def _unify_punctuation(char: str) -> str:
    if char.isspace() and char != "\n":
        return " "
    return _PUNCTUATION.get(char, char)


_TABLE = _FoldTable()


def fold(text: str) -> str:
    """The index text of `text`: same length, comparable across scripts, widths and cases."""
    return text.translate(_TABLE)


@cache
def _converter(direction: str) -> "OpenCC":
    from opencc import OpenCC

    return OpenCC(direction)


def simplify(text: str) -> str:
    """`text` in Simplified script; the length may change."""
    converted: str = _converter("t2s").convert(text)
    return converted


def traditionalize(text: str) -> str:
    """`text` in Traditional script; the length may change."""
    converted: str = _converter("s2tw").convert(text)
    return converted


def is_han(char: str) -> bool:
    """Whether `char` is a Chinese character."""
    return (
        "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or "\U00020000" <= char <= "\U0003ffff"
    )


def script_of(text: str) -> Language:
    """The script `text` is written in: by the characters that only one script uses; Simplified on a tie."""
    han = Counter(char for char in text if is_han(char))
    latin = sum(char.isascii() and char.isalpha() for char in text)
    if latin > 5 * han.total():  # a word of English has about five letters
        return "en"
    only_traditional = sum(count for char, count in han.items() if simplify(char) != char)
    only_simplified = sum(count for char, count in han.items() if traditionalize(char) != char)
    return "zh-Hant" if only_traditional > only_simplified else "zh-Hans"
