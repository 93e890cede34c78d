"""Numbers, dates and amounts of a text by value and unit, whatever digits or words they are written in."""

import re

from ingest.fold import fold
from ingest.numerals import CARDINALS, MONTH_NUMBERS, MONTHS

Quantity = tuple[float, str]

_UNITS = "元年月日号人名家个位项场次届条票份批亩吨倍天岁页间层周块点时分章%‰"
_NUMERALS = "〇零一二三四五六七八九十百千万亿两"
_ISO_DATE = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})(?:-(\d{1,2}))?(?!\d)")
_PERCENT = re.compile(rf"百分之([\d.]+|[{_NUMERALS}]+)")
_LABELLED = re.compile(r"\(([^()\d]{1,3})\):\s*(\d[\d,]*(?:\.\d+)?)")  # a table's 「金额(万元):398」
_ARABIC = re.compile(
    rf"((?<![\da-z.])(?<!\d\w)(?<!\d\w\w)-)?(\d[\d,]*(?:\.\d+)?)\s?([百千万亿]+|(?:hundred|thousand|million|billion)\b)?[余多]?([{_UNITS}])?"
)
_CHINESE = re.compile(rf"([{_NUMERALS}]+)[余多]?([{_UNITS}])?")
_DIGITS = {character: value for value, character in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_SCALES = {"十": 1e1, "百": 1e2, "千": 1e3, "万": 1e4, "亿": 1e8}
_SCALES |= {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9}
_MONTH = re.compile(rf"\b({'|'.join(MONTHS)})\b(?=\s+\d)|(?<=\d )\b({'|'.join(MONTHS)})\b")
_WORD = re.compile(rf"\b({'|'.join(word for word, value in CARDINALS.items() if 2 <= value <= 12)})\b")


def quantities(text: str) -> set[Quantity]:
    """The (value, unit) pairs of a text; the unit is one character, or "" where none is known.

    A single Chinese numeral counts only before a unit, and 「一」 never: it is often no number.
    """
    folded = _LABELLED.sub(r":\2\1", _PERCENT.sub(r"\1%", _ISO_DATE.sub(_spelled_date, fold(text))))
    found = {(_value(sign + digits, scale), unit) for sign, digits, scale, unit in _ARABIC.findall(folded)}
    rest = _ARABIC.sub(" ", folded)
    found |= {(_chinese(digits), unit) for digits, unit in _CHINESE.findall(rest) if _is_number(digits, unit)}
    found |= {(float(MONTH_NUMBERS[(a or b)[:3]]), "月") for a, b in _MONTH.findall(folded)}
    return found | {(float(CARDINALS[word]), "") for word in _WORD.findall(folded)}


def unsupported(stated: str, evidence: str, *, across_languages: bool) -> set[Quantity]:
    """The quantities of `stated` that `evidence` lacks: values must be equal, and units where both have one.

    Across languages only the values are compared.
    """
    held = quantities(evidence)
    values = {value for value, _ in held}
    bare = {value for value, unit in held if not unit}

    def is_held(value: float, unit: str) -> bool:
        if across_languages or not unit:
            return value in values
        return (value, unit) in held or (value in bare and unit in fold(evidence))

    return {(value, unit) for value, unit in quantities(stated) if not is_held(value, unit)}


def _spelled_date(match: re.Match[str]) -> str:
    year, month, day = match.groups()
    return f"{year}年{month}月" + (f"{day}日" if day else "")


def _value(digits: str, scale: str) -> float:
    value = float(digits.replace(",", ""))
    if scale in _SCALES:
        return value * _SCALES[scale]
    for character in scale:
        value *= _SCALES[character]
    return value


def _is_number(digits: str, unit: str) -> bool:
    return len(digits) > 1 or (bool(unit) and digits != "一")


def _chinese(digits: str) -> float:
    """The value of a Chinese numeral, with scales (「一千二百」) or digit by digit (「二〇二三」)."""
    if not _SCALES.keys() & set(digits):
        return float("".join(str(_DIGITS[digit]) for digit in digits))
    total = section = digit = 0.0
    for character in digits:
        if character in _DIGITS:
            digit = _DIGITS[character]
        elif character in "万亿":
            total, section, digit = (total + section + digit or 1.0) * _SCALES[character], 0.0, 0.0
        else:
            section, digit = section + (digit or 1.0) * _SCALES[character], 0.0
    return total + section + digit
