"""Passages: runs of whole sentences under one heading path, with no enumeration item or table row cut."""

from collections.abc import Iterator

from ingest.document import Passage
from ingest.structure import Outline

_TARGET = 240  # characters after which the next unit begins another passage
_LONGEST = 400


def make_passages(outline: Outline) -> tuple[Passage, ...]:
    """The passages of a document, in order; together they hold every sentence exactly once."""
    passages: list[Passage] = []
    leads = {enumeration.lead for enumeration in outline.enumerations}
    for first, last in _units(outline):
        if passages and first not in leads and _belongs(outline, passages[-1], last):
            passages[-1] = Passage(passages[-1].headings, passages[-1].first, last)
        else:
            passages.append(Passage(outline.headings[first], first, last))
    return tuple(passages)


def _belongs(outline: Outline, passage: Passage, last: int) -> bool:
    """Whether the unit that ends with sentence `last` continues the passage before it."""
    sentences = outline.sentences
    start = sentences[passage.first].start
    rows = "row" in (sentences[passage.last].kind, sentences[last].kind)
    same_place = outline.headings[last] == passage.headings
    is_short = sentences[passage.last].end - start < _TARGET and sentences[last].end - start <= _LONGEST
    return same_place and is_short and not rows


def _units(outline: Outline) -> Iterator[tuple[int, int]]:
    """(first, last) of the sentences that stay together: an enumeration item, else one sentence."""
    last_of = {
        item[0]: item[-1]
        for enumeration in outline.enumerations
        for item in enumeration.items
        if item and _length(outline, item) <= _LONGEST and _is_prose(outline, item)
    }
    number = 0
    while number < len(outline.sentences):
        last = last_of.get(number, number)
        yield number, last
        number = last + 1


def _length(outline: Outline, item: tuple[int, ...]) -> int:
    return outline.sentences[item[-1]].end - outline.sentences[item[0]].start


def _is_prose(outline: Outline, item: tuple[int, ...]) -> bool:
    return all(outline.sentences[number].kind == "sentence" for number in item)
