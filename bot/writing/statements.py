"""What a model wrote, cut into statements: sentences or list items, each with the [n] marks it carries."""

import re
from dataclasses import dataclass

from ingest.markers import NO_END

_CITED = re.compile(
    r"\s*[\[【［](?:来源|source)?\s*(\d{1,2}(?:\s*[,，、]\s*\d{1,2})*)[\]】］]", re.IGNORECASE
)
_BULLET = re.compile(r"(?:(?:[-*•·▪]|\d{1,2}\s*[.、)）](?!\d)|[(（][一二三四五六七八九十\d]{1,3}[)）])\s*)+")
_MARKUP = re.compile(r"\*\*|__|^#{1,6}\s+|^>\s+|`+|</?[a-z][^>]*>", re.IGNORECASE)
# A sentence ends at its full stop, with the marks behind it; an English one not inside "9 a.m. on".
_SENTENCE = re.compile(
    rf".+?(?:[。！？!?；;]|{NO_END}\.(?=\s+[A-Z\[]|\s*$)|$)[”」』\"]?(?i:(?:{_CITED.pattern})*)[。.]?"
)


@dataclass(frozen=True)
class DraftStatement:
    """One sentence or list item, without marks and markup; `cited` are the numbers of its marks."""

    text: str
    cited: tuple[int, ...]
    is_item: bool


def without_bullet(text: str) -> str:
    """A text without the numbers and marks that make it a list's item."""
    match = _BULLET.match(text)
    return text[match.end() :] if match else text


def parse(output: str) -> list[DraftStatement]:
    """The statements of a model's output, in order; one said before is left out."""
    found: dict[str, DraftStatement] = {}
    for line in output.splitlines():
        plain = _MARKUP.sub("", line).strip()
        is_item = bool(_BULLET.match(plain))
        plain = without_bullet(plain)
        for sentence in [plain] if is_item else _sentences(plain):
            statement = _statement(sentence, is_item)
            if statement.text:
                found.setdefault(statement.text, statement)
    return list(found.values())


def _sentences(line: str) -> list[str]:
    return [match[0] for match in _SENTENCE.finditer(line) if match[0].strip()]


def _statement(sentence: str, is_item: bool) -> DraftStatement:
    cited = [int(n) for match in _CITED.finditer(sentence) for n in re.findall(r"\d+", match[1])]
    text = re.sub(r"\s+", " ", _CITED.sub("", sentence)).strip()
    text = re.sub(r"([。！？；.!?;])[。.]$", r"\1", text)
    return DraftStatement(text if any(map(str.isalnum, text)) else "", tuple(dict.fromkeys(cited)), is_item)
