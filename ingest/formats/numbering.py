"""Word's automatic numbers, which are not in the text: 第一条, （二）, 3."""

import re
from typing import TYPE_CHECKING, Any, Final

from ingest.numerals import chinese_number

if TYPE_CHECKING:
    from docx.document import Document
    from docx.styles.style import BaseStyle

W: Final = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_CHINESE: Final = {
    "chineseCounting",
    "chineseCountingThousand",
    "japaneseCounting",
    "ideographDigital",
    "taiwaneseCounting",
    "taiwaneseCountingThousand",
}


class Numbering:
    """Counts the numbered paragraphs of one document in order."""

    def __init__(self, document: "Document") -> None:
        self._levels: dict[str, list[Any]] = {}  # number id → definition of each level
        self._counts: dict[tuple[str, int], int] = {}
        self._starts: dict[tuple[str, int], int] = {}  # of numbers that begin anew at another value
        self._abstract: dict[str, str] = {}  # numbers of one abstract list count on together
        part = next(
            (rel.target_part for rel in document.part.rels.values() if "numbering" in rel.reltype), None
        )
        root = getattr(part, "element", None)
        if root is None:
            return
        abstracts = {item.get(f"{W}abstractNumId"): item for item in root.iterfind(f"{W}abstractNum")}
        for number in root.iterfind(f"{W}num"):
            link = number.find(f"{W}abstractNumId")
            abstract = abstracts.get(link.get(f"{W}val")) if link is not None else None
            if abstract is not None:
                key = str(number.get(f"{W}numId"))
                self._levels[key] = abstract.findall(f"{W}lvl")
                for override in number.iterfind(f"{W}lvlOverride"):
                    if (start := _value(override, "startOverride")).isdigit():
                        self._starts[key, int(override.get(f"{W}ilvl", "0"))] = int(start)
                restarts = any(own == key for own, _ in self._starts)
                self._abstract[key] = f"num{key}" if restarts else str(link.get(f"{W}val"))

    def marker(self, paragraph: Any, styles: "list[BaseStyle]") -> str:
        """The number before this paragraph as Word shows it, "" for none or a bullet."""
        number, level = self._reference(paragraph, styles)
        levels = self._levels.get(number, [])
        if level >= len(levels):
            return ""
        group = self._abstract[number]
        start = self._starts.get((number, level), _start(levels[level]))
        self._counts[group, level] = self._counts.get((group, level), start - 1) + 1
        for deeper in range(level + 1, len(levels)):
            if _begins_anew(levels[deeper], level):
                self._counts.pop((group, deeper), None)
        is_legal = _value(levels[level], "isLgl", "1") not in ("", "0", "false")  # all its numbers in digits
        pattern = levels[level].find(f"{W}lvlText")
        if _format(levels[level]) in ("bullet", "none") or pattern is None:
            return ""

        def value(place: re.Match[str]) -> str:
            at = min(int(place.group(1)) - 1, level)
            count = self._counts.get((group, at), _start(levels[at]))
            return _number_text(count, "decimal" if is_legal else _format(levels[at]))

        text = re.sub(r"%([1-9])", value, str(pattern.get(f"{W}val") or ""))
        # Latin numbers are set off by a space, 「一、」 and 「（一）」 are not.
        return f"{text} " if text[-1:] == "." or text[-1:].isalnum() else text

    def _reference(self, paragraph: Any, styles: "list[BaseStyle]") -> tuple[str, int]:
        for holder in (paragraph, *(style.element for style in styles)):
            properties = holder.find(f"{W}pPr/{W}numPr")
            if properties is None:
                continue
            number, level = properties.find(f"{W}numId"), properties.find(f"{W}ilvl")
            depth = str(level.get(f"{W}val")) if level is not None else "0"
            if number is not None:
                return str(number.get(f"{W}val")), int(depth) if depth.isdigit() else 0
        return "0", 0


def _value(holder: Any, name: str, unsaid: str = "") -> str:
    """The value of a property; `unsaid` where it is there without one, "" where it is not there."""
    found = holder.find(f"{W}{name}")
    return "" if found is None else str(found.get(f"{W}val", unsaid))


def _start(level: Any) -> int:
    value = _value(level, "start")
    return int(value) if value.isdigit() else 1


def _begins_anew(level: Any, after: int) -> bool:
    """Whether a level counts anew after a number of the level `after`; the articles of a charter go on through its chapters."""
    value = _value(level, "lvlRestart")
    return not value.isdigit() or after < int(value)


def _format(level: Any) -> str:
    return _value(level, "numFmt") or "decimal"


def _number_text(value: int, number_format: str) -> str:
    if number_format in _CHINESE:
        return chinese_number(value)
    if number_format in ("lowerLetter", "upperLetter"):
        letter = chr(ord("a") + (value - 1) % 26)
        return letter.upper() if number_format == "upperLetter" else letter
    if number_format in ("lowerRoman", "upperRoman"):
        return roman_number(value) if number_format == "upperRoman" else roman_number(value).lower()
    if number_format.startswith("decimalEnclosedCircle") and 1 <= value <= 20:
        return chr(ord("①") + value - 1)
    return str(value)


def roman_number(value: int) -> str:
    """I, II, IV … for 1 to 49; digits beyond."""
    if not 0 < value < 50:
        return str(value)
    tens, ones = divmod(value, 10)
    return ("", "X", "XX", "XXX", "XL")[tens] + (
        ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]
    )
