"""An answer as it is read: its text without marks, and the statements that the marks stand behind."""

import re
from dataclasses import dataclass

from bot.web.markdown import unescape_markdown

MARK = re.compile(r"\[(\d+)\]")
_MARKS = re.compile(r"\s*((?:\[\d+\]\s*)+)")
_BULLET = re.compile(r"^(?:[-*+]|\d+[.)])\s+")
_EMPHASIS = re.compile(r"(?<!\\)\*\*")
_ENDED = re.compile(r"[。！？.!?；;][\"'”’」』）)]*$")

# What says only which year or document the lines below it are about: 「**2022年**」, 「据《…》（2023-12-28）：」.
_DATE = r"[（(][\d年月日 -]+[)）]"
_LABEL = re.compile(
    r"^\W*(?:in |据|根据|according to )?"
    rf"(?:\d{{4}}(?: ?年(?:[初末底]|度)?)?|《[^》]+》 ?(?:{_DATE})?)\W*$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Statement:
    """A run of an answer's text and the numbers of the marks behind it; none if it is not cited."""

    text: str
    marks: tuple[int, ...]


def plain(markdown: str) -> str:
    """Markdown as it is read, without its [n] marks; a space stays so that numbers beside one do not join."""
    return unescape_markdown(_EMPHASIS.sub("", MARK.sub(" ", markdown)))


def content_lines(answer: str) -> list[str]:
    """The lines of an answer that say something: not empty, no Markdown heading; without bullets."""
    lines = (line.strip() for line in answer.splitlines())
    return [_BULLET.sub("", line) for line in lines if line and not line.startswith("#")]


def statements(answer: str) -> list[Statement]:
    """The statements of an answer, in order: on each line, what stands before a run of marks belongs to it.

    What follows the last marks of a line continues their statement when that was no whole sentence yet
    (「会费[1]每年100元。」), and is a statement without marks otherwise.
    """
    return [statement for line in content_lines(answer) for statement in _of_line(line)]


def _of_line(line: str) -> list[Statement]:
    *pairs, tail = _MARKS.split(line)
    found = [
        Statement(plain(text).strip(), tuple(int(n) for n in MARK.findall(marks)))
        for text, marks in zip(pairs[::2], pairs[1::2], strict=True)
    ]
    tail = plain(tail).strip()
    if not any(character.isalnum() for character in tail):
        return found
    if found and not _ENDED.search(found[-1].text):
        return [*found[:-1], Statement(f"{found[-1].text} {tail}", found[-1].marks)]
    return [*found, Statement(tail, ())]


def is_label(line: str) -> bool:
    """Whether a line states nothing and needs no mark: it but names a year or a document."""
    return bool(_LABEL.match(plain(line).strip()))
