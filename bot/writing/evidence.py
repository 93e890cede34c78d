"""A statement to be verified and the evidence for it, with what can be told of each before they are compared."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from bot.question import INSTRUCTION
from bot.writing.facts import Facts, Number, find_facts
from bot.writing.wording import Text, Word, words
from ingest.document import Document
from ingest.fold import fold, is_han, script_of
from ingest.metadata import find_years

_CLAUSE = re.compile(r"[;。!?]|,(?!\d)|(?<!\d),")  # not the comma of 1,460
# A sentence that speaks to whoever answers states nothing about the association: it may be quoted, but no
# model reads it, and nothing that one writes rests on it. What gets past this is stopped by verification.
_TO_A_MODEL = re.compile(
    r"(?:忽略|无视|忘记|不要理会)(?:以上|之前|此前|先前|上述|前面|所有|一切|资料)|(?:一律|必须|请|都)回答|系统提示|提示词|你现在必须"
    r"|\b(?:ignore|disregard|forget) (?:\w+ ){0,3}(?:instructions?|above|previous|prior|rules)"
    r"|system prompt|^ ?system:|<[|/]im_"
)


@dataclass(frozen=True)
class Place:
    """Sentence `number` of a document."""

    document: Document = field(hash=False)  # to hash a document is to hash all its text
    number: int


@dataclass(frozen=True)
class Statement:
    """What a model wrote, with the facts and words it states."""

    text: str
    index: str
    facts: Facts
    words: tuple[Word, ...]

    @classmethod
    def of(cls, text: str) -> "Statement":
        """The statement that displayed text makes."""
        index = fold(text)
        return cls(text, index, find_facts(index), tuple(words(text, index)))


class Evidence:
    """One sentence, or two that follow each other, with what stands above: `leads` are headings and lead-ins,
    `context` the title and date besides. `years` are those it may speak of: its own, else those of
    the headings and lead-ins (`dated_years` are these), else the document's; `years_above` are those of the title, headings
    and lead-ins, else the one that the document covers."""

    def __init__(self, places: Sequence[Place]) -> None:
        document, numbers = places[0].document, [place.number for place in places]
        self.places = tuple(places)
        self.text = Text(" ".join(document.index_quote(number) for number in numbers))
        self.facts = find_facts(self.text.index)
        passage = document.passage_of(numbers[-1])
        leads = [document.index_quote(lead) for lead in document.leads_of(numbers[-1]) if lead not in numbers]
        self.title, self.headings = document.title_index, document.headings_index(passage)
        self.leads = Text("\n".join([*self.headings, *leads]))
        self.context = Text("\n".join([self.title, document.date or "", *self.headings, *leads]))
        self.dated_years = self.facts.years or set(find_years(self.leads.index))
        named = set(find_years("\n".join([self.title, self.leads.index])))
        self.years_above = named or (set(document.years) if len(document.years) == 1 else set())
        self.years = self.dated_years or set(document.years)
        self.is_chinese = any(map(is_han, self.text.index))

    def has(self, word: Word) -> bool:
        """Whether it or what stands above it has a word; a person must be named by more than a title."""
        return self.text.has(word) or (self.leads if word.is_person else self.context).has(word)


def is_instruction(place: Place) -> bool:
    """Whether a sentence tells whoever answers what to say."""
    index = place.document.index_quote(place.number)
    return bool(INSTRUCTION.search(index) or _TO_A_MODEL.search(index))


def clauses_of(index: str) -> list[str]:
    """The clauses of folded text."""
    return [part for part in _CLAUSE.split(index) if part and part.strip()]


def bigrams(index: str) -> set[str]:
    """Its pairs of neighbouring characters."""
    return {a + b for a, b in pairwise(index) if is_han(a) or a.isalnum()}


def counts(number: Number) -> bool:
    """Whether a number says more than "a"."""
    return not (number.value == 1 and number.unit in ("", "个", "项", "种", "场"))


def same_language(statement: Statement, evidence: Evidence) -> bool:
    """Whether both are English, or neither."""
    return (script_of(statement.text) == "en") != evidence.is_chinese
