"""Cleaning: the text of a block as it was scraped or typed, to the text a reader is shown.

Only artefacts go: bracketed pinyin, invisible characters, doubled punctuation, letter-spacing. Script,
wording and punctuation style stay as they are written.
"""

import re
import unicodedata
from functools import cache

from ingest.document import Block

_HAN = r"[\u3400-\u9fff\uf900-\ufaff]"
_BRACKETED = r"[(（]\s*([A-Za-zÀ-ÿĀ-ǿü'’]{1,7})\s*[)）]"
_SYLLABLE = re.compile(_BRACKETED)
_WITH_SYLLABLES = re.compile(rf"{_HAN}(?:{_BRACKETED})+")
_DOUBLED = re.compile(r"[，,。；;：:、](?:[ \u3000]*[，,。；;：:、])+")
# A cell may end in 「。」, and 「；」 parts it from the next.
_DOUBLED_IN_ROW = re.compile(rf"{_DOUBLED.pattern.replace('。', '')}|{_DOUBLED.pattern.replace('；', '')}")
_STRENGTH = "。；;：:，,、"  # a doubled mark is replaced by its strongest
_FULL_WIDTH = str.maketrans(",;:", "，；：")
_LETTER_SPACED = re.compile(rf"(?<!\S)(?:{_HAN}[ \u3000])+{_HAN}(?!\S)")
_SPACED_NAME = re.compile(rf"(?<=[、，,：:；;])({_HAN})[ \u3000]+({_HAN})(?=[、，,。；;]|$)")
_WHITE_SPACE = re.compile(r"\s+")
_KEPT_INVISIBLE = "\t\n\r\x0b\x0c\x85"  # white space, for _WHITE_SPACE


def clean_block(block: Block) -> str:
    """The displayed text of one block: a single line, possibly empty. Cleaning it again changes nothing."""
    text, cleaned = "", block.text
    while cleaned != text:  # what one step takes out may uncover work for another
        text, cleaned = cleaned, _clean_once(cleaned, _DOUBLED_IN_ROW if block.kind == "row" else _DOUBLED)
    return cleaned


def _clean_once(text: str, doubled: re.Pattern[str]) -> str:
    text = "".join(char for char in text if _is_visible(char))
    text = _LETTER_SPACED.sub(lambda match: "".join(match.group().split()), text)
    text = _SPACED_NAME.sub(r"\1\2", text)
    text = _WHITE_SPACE.sub(" ", text).strip()
    text = _WITH_SYLLABLES.sub(_without_reading, text)
    return doubled.sub(_strongest_mark, text)


def _is_visible(char: str) -> bool:
    # Cc control, Cf format (zero width, byte order), Cs surrogate, Co private use, Cn unassigned
    return char in _KEPT_INVISIBLE or unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn"}


def _without_reading(match: re.Match[str]) -> str:
    text, end = match.group(), 1
    while (syllable := _SYLLABLE.match(text, end)) and _plain(syllable[1]) in _readings(text[0]):
        end = syllable.end()
    return text[0] + text[end:]


@cache
def _readings(char: str) -> frozenset[str]:
    from pypinyin import Style, pinyin

    readings = pinyin(char, style=Style.TONE, heteronym=True, errors="ignore")
    return frozenset(_plain(reading) for reading in readings[0]) if readings else frozenset()


def _plain(syllable: str) -> str:
    """Without tones and case, ü as u: scraped pinyin writes lǚ, lü, lv and lu for the same syllable."""
    decomposed = unicodedata.normalize("NFD", syllable.lower().replace("ɡ", "g").replace("v", "u"))
    return "".join(char for char in decomposed if char.isascii() and char.isalpha())


def _strongest_mark(match: re.Match[str]) -> str:
    marks = [mark for mark in match.group() if mark in _STRENGTH]
    strongest = min(marks, key=_STRENGTH.index)
    return strongest if all(map(str.isascii, marks)) else strongest.translate(_FULL_WIDTH)
