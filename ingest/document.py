"""The units: a loaded file is blocks; a document is displayed text cut into passages and sentences."""

from bisect import bisect_right
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, TypeVar, cast, get_args

from ingest.fold import Language, fold

T = TypeVar("T")
SentenceKind = Literal["sentence", "heading", "row"]
Kind = Literal[
    "minutes", "charter", "rule", "decision", "notice", "announcement", "ledger", "plan", "report", "document"
]
# "document" is one whose title does not say what it is.
KINDS: tuple[Kind, ...] = get_args(Kind)
Audience = Literal["public", "members", "committee"]
# In rising order: who may read one may read those before it.
AUDIENCES: tuple[Audience, ...] = get_args(Audience)


def audiences_within(clearance: Audience) -> tuple[Audience, ...]:
    """The audiences whose documents somebody with this clearance may read."""
    return AUDIENCES[: AUDIENCES.index(clearance) + 1]


def narrower(first: Audience, second: Audience) -> Audience:
    """The one of two audiences that fewer may read."""
    return max(first, second, key=AUDIENCES.index)


def clearances_for(audience: Audience) -> tuple[Audience, ...]:
    """The clearances that may read documents of `audience`."""
    return AUDIENCES[AUDIENCES.index(audience) :]


@dataclass(frozen=True)
class Block:
    """One heading, paragraph or table row of a loaded file, before cleaning.

    `level` is the depth of a heading (1 is the highest; 0 for other kinds). `page` counts from 1 where
    the format has pages. A row's text names its columns: 「日期：3月5日；活动：座谈会」.
    """

    text: str
    kind: Literal["heading", "paragraph", "row"] = "paragraph"
    level: int = 0
    page: int | None = None


@dataclass(frozen=True)
class LoadedFile:
    """What a loader read from one file. `title` is the file's own title field, if it has one.

    `warnings` are what staff should look at (a scan of poor quality), each in English and Chinese.
    """

    blocks: tuple[Block, ...]
    title: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Sentence:
    """The smallest citable unit: displayed_text[start:end] of its document (character offsets)."""

    start: int
    end: int
    page: int | None = None
    kind: SentenceKind = "sentence"


@dataclass(frozen=True)
class Passage:
    """A run of whole sentences under one heading path; `first` and `last` are sentence numbers."""

    headings: tuple[str, ...]
    first: int
    last: int


@dataclass(frozen=True)
class Enumeration:
    """A list in the text: the number of its lead-in sentence, and the sentence numbers of each item."""

    lead: int | None
    items: tuple[tuple[int, ...], ...]


@dataclass(frozen=True)
class Decisions:
    """What staff have decided about a document; it outlives a new version of the file.

    `title`, `date` and `kind` stand above what is read from the file, where they are given. `audience` says
    who may read it, `supersedes` names the documents that it replaces.
    """

    title: str | None = None
    date: str | None = None
    kind: str | None = None
    audience: Audience = "public"
    supersedes: tuple[str, ...] = ()


UNDECIDED = Decisions()


@dataclass(frozen=True)
class Document:
    """A cleaned document. `text` is displayed; `index` is its folded twin of the same length.

    `date` is that of the event or issue, ISO 8601 as exact as it is known ("2023", "2023-02",
    "2023-02-10"). `years` are those it covers. `version` identifies name, content, processing and decisions:
    the same version again means nothing to do. `digest` is the SHA-256 of its file; empty when it is not of one.
    """

    name: str
    version: str
    title: str
    kind: str
    date: str | None
    years: tuple[int, ...]
    script: Language
    source: str | None
    text: str
    index: str
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    enumerations: tuple[Enumeration, ...] = ()
    digest: str = ""
    decisions: Decisions = UNDECIDED

    @cached_property
    def _derived(self) -> dict[Hashable, Any]:
        return {}

    def derived(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` makes of this document; kept under `key` as long as the document is kept in memory."""
        if key not in self._derived:
            self._derived[key] = make()
        return cast(T, self._derived[key])

    def quote(self, number: int) -> str:
        """The displayed text of sentence `number`."""
        return self.text[self.sentences[number].start : self.sentences[number].end]

    def index_quote(self, number: int) -> str:
        """The index text of sentence `number`."""
        return self.index[self.sentences[number].start : self.sentences[number].end]

    @cached_property
    def title_index(self) -> str:
        """The index text of the title."""
        return fold(self.title)

    def headings_index(self, passage: Passage) -> tuple[str, ...]:
        """The index text of a passage's headings."""
        return self.derived(("headings", passage.headings), lambda: tuple(map(fold, passage.headings)))

    def leads_of(self, number: int) -> list[int]:
        """The numbers of the lead-ins of the lists that sentence `number` stands in."""
        return self._leads.get(number, [])

    @cached_property
    def _leads(self) -> dict[int, list[int]]:
        leads: dict[int, list[int]] = {}
        for each in self.enumerations:
            for number in (number for item in each.items for number in item):
                if each.lead is not None:
                    leads.setdefault(number, []).append(each.lead)
        return leads

    def in_context(self, number: int) -> str:
        """The index text of sentence `number` behind that of what stands above it: title, headings, the lead-in of
        its list. A sentence without its subject (「1919年出生于…」) is like a question that names it only so."""
        leads = [self.index_quote(lead) for lead in self.leads_of(number) if lead != number]
        above = [self.title_index, *self.headings_index(self.passage_of(number)), *leads]
        return " ".join([*(each for each in dict.fromkeys(above) if each), self.index_quote(number)])

    def passage_of(self, number: int) -> Passage:
        """The passage that holds sentence `number`."""
        return self.passages[bisect_right(self.passages, number, key=lambda passage: passage.first) - 1]

    def span(self, passage: Passage) -> tuple[int, int]:
        """Start and end of a passage in the displayed text."""
        return self.sentences[passage.first].start, self.sentences[passage.last].end

    def context(self, passage: Passage) -> str:
        """The index text of what stands above a passage: title, date, heading path, and the lead-ins of lists it continues."""
        numbers, leads_of = range(passage.first, passage.last + 1), self._leads
        leads = {lead for number in numbers for lead in leads_of.get(number, ()) if lead < passage.first}
        above = [self.title_index, self.date or "", *self.headings_index(passage)]
        return "\n".join([*above, *map(self.index_quote, sorted(leads))])
