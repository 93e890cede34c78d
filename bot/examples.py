"""Example questions drawn from the library: its own lists, turned into questions that it answers."""

import re
from collections.abc import Callable, Iterator
from itertools import islice

from bot.words.glossary import Glossary
from ingest.document import Document
from ingest.fold import Language, fold, simplify, traditionalize
from ingest.metadata import find_years
from ingest.reader import Reader

_COUNT = 4
_MOST_TRIED = 40  # questions; whoever opens the page waits for them
_NUMBERING = re.compile(
    r"^(?:第[一二三四五六七八九十百\d]+[条章节]|[（(]?[一二三四五六七八九十\d]+[）)、.．]?[、.．]?)\s*"
)
_FOLLOWING = re.compile(r"(?:下列|以下)(?![一二三四五六七八九十两几\d])(?=[\u4e00-\u9fff]{2,6}$)")
_PLANNED = re.compile(r"(?:重点|主要)(?:工作|任务)(?:建议|安排)?$")
_VAGUE = re.compile(r"情[况況]$")  # nobody asks for "the 2024 circumstances"
_LONGEST = 24


def example_questions(library: Reader, language: Language, answers: Callable[[str], bool]) -> list[str]:
    """Up to four questions in `language`, of different documents, newest first; `answers` tries each."""
    examples: dict[str, str] = {}  # by the document's name
    for name, question in islice(_candidates(library, language), _MOST_TRIED):
        if name not in examples and question not in examples.values() and answers(question):
            examples[name] = question
        if len(examples) == _COUNT:
            break
    return [*examples.values()]


def _candidates(library: Reader, language: Language) -> Iterator[tuple[str, str]]:
    glossary = Glossary.load(library.home)
    for info in sorted(library.documents(), key=lambda info: info.date or "", reverse=True):
        if document := library.version(info.version):
            for question in _questions(document, language, glossary):
                yield info.name, question


def _questions(document: Document, language: Language, glossary: Glossary) -> Iterator[str]:
    for introduction in _introductions(document):
        if language == "en":
            yield from _in_english(introduction, glossary)
        else:
            in_script = simplify if language == "zh-Hans" else traditionalize
            yield from map(in_script, _in_chinese(introduction))


def _introductions(document: Document) -> Iterator[str]:
    """What introduces a list, without its numbering: its lead-in and the innermost heading above it."""
    headings = {n: p.headings for p in document.passages for n in range(p.first, p.last + 1)}
    for enumeration in document.enumerations:
        if enumeration.lead is None:
            continue
        above = headings[enumeration.lead][-1:]
        for text in (document.quote(enumeration.lead), *above):
            yield _NUMBERING.sub("", text).strip("：: ")


def _in_chinese(introduction: str) -> Iterator[str]:
    introduction = simplify(introduction)
    if len(introduction) > _LONGEST:
        return
    if _FOLLOWING.search(introduction):
        yield _FOLLOWING.sub("哪些", introduction) + "？"
    elif find_years(introduction) and _PLANNED.search(introduction):
        yield introduction + "有哪些？"


def _in_english(introduction: str, glossary: Glossary) -> Iterator[str]:
    years, term = find_years(introduction), glossary.english_for(fold(introduction))
    if len(years) == 1 and term and not _VAGUE.search(introduction):
        yield f"What are the {years[0]} {term}?"
