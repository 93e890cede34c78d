"""Coverage: the share of what a question asks about that a passage speaks of. It ranks, and it refuses."""

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from bot.editions import REPLACED_KINDS
from bot.question import Question
from bot.words.periods import NEXT_YEAR, day_asked
from bot.words.terms import Term
from ingest.document import Document, Passage
from ingest.metadata import find_dates, year_of, years_in
from ingest.numerals import NUMERAL, ORDINALS, parse_numeral
from ingest.reader import Reader

_PARTIAL = 0.5  # the least share of a word's bigrams that counts as a trace of it
_ELSEWHERE = 0.5  # what a term counts that stands only in another passage; no more than a trace
# 「去年」 is mostly what a year is compared with.
_NEXT_YEAR, _THIS_YEAR = re.compile(NEXT_YEAR), re.compile("今年|本年|全年")
# What is numbered as a whole: 「第三期」, "the third", but no "third prize".
_ISSUE = re.compile(rf"第({NUMERAL}|\d{{1,2}})([届期批册次轮版])|首([届期批册次轮版])")
_ENGLISH_ISSUE = re.compile(
    rf"\b({'|'.join(ORDINALS)})\b(?! (?:prize|place|time|half|quarter|floor|aid|year|day))"
)
_LONG_AGO = timedelta(days=60)
_BOUND = re.compile(
    r"[\d日月年时点)]起|[之以][前后]|\d[日时点]?前|截[至止]|以来|开始|施行|[实执]行|实施|生效|启用|有效期|当选|出任|担任"
    r"|\b(?:since|from|before|until|by|after|as of) (?:\d|[a-z]+ \d)|\b(?:deadline|effective|elected|appointed)\b"
)
_TIMES = "年 月 天 小时 星期 工作日".split()  # which a rule may set
_OTHER_SESSION = 0.5  # what is left of the coverage when the passage is not about the session named
_OTHER_YEAR = 0.35  # what is left of the coverage when the passage is about other years


@dataclass(frozen=True)
class _Asked:
    """A term of a question, ready to be looked for: its words, each with the pattern of its start if it must begin a word; the
    bigrams of those of which a part counts; and what it weighs here."""

    term: Term
    words: tuple[tuple[str, re.Pattern[str] | None], ...]
    bigrams: tuple[tuple[str, ...], ...]
    weight: float

    @classmethod
    def of(cls, term: Term, weight: float) -> "_Asked":
        words = tuple((word, _word_start(word) if word.isascii() else None) for word in term.words)
        in_parts = [w for w in term.words if not (term.exact or w.isascii() or len(w) < 3)]
        return cls(term, words, tuple(tuple(a + b for a, b in pairwise(word)) for word in in_parts), weight)

    def is_in(self, text: str) -> bool:
        """Whether folded text has one of its words."""
        for word, start in self.words:  # noqa: SIM110 (`any` takes twice as long)
            # A plain search is many times faster than a pattern, and mostly says no.
            if word in text and (start is None or start.search(text)):
                return True
        return False

    def trace_in(self, text: str) -> float:
        """The greatest share of a word's bigrams that folded text has."""
        return max(
            (sum([each in text for each in bigrams]) / len(bigrams) for bigrams in self.bigrams), default=0.0
        )


class Coverage:
    """Coverage of one question. Each content word weighs its inverse passage frequency, times what its part
    of speech weighs, so that a noun which the library does not know weighs most."""

    def __init__(self, library: Reader, question: Question) -> None:
        self.question = question
        self._in_document: dict[tuple[str, int], bool] = {}
        words = [word for term in question.terms for word in term.words]
        frequencies, total = library.document_frequencies(words)
        self._asked = [
            _Asked.of(
                term,
                term.weight
                * math.log(1 + total / (1 + max(frequencies.get(word, 0) for word in term.words))),
            )
            for term in question.terms
        ]
        self._all = sum(each.weight for each in self._asked)

    def of(self, document: Document, passage: Passage) -> tuple[float, bool]:
        """How much of the question a passage, or what stands above it, has: from 0, nothing, to 1, every word or another
        for it. And whether it is about other years, or another session, than those that the question names."""
        evidence = document.derived(("evidence", passage.first), lambda: _evidence(document, passage))
        is_of_another_session = self._is_of_another_session(evidence)
        is_of_another_year = year_agreement(self.question, document, passage) < 0
        share = self._share(document, evidence)
        share *= _OTHER_SESSION if is_of_another_session else 1.0
        share *= _OTHER_YEAR if is_of_another_year else 1.0
        return share, is_of_another_session or is_of_another_year

    def _share(self, document: Document, evidence: str) -> float:
        if not self._all:
            return 0.0
        shares = (
            each.weight if each.is_in(evidence) else each.weight * self._trace(number, evidence, document)
            for number, each in enumerate(self._asked)
        )
        return sum(shares) / self._all

    def _is_of_another_session(self, evidence: str) -> bool:
        return any(each.term.exact and not each.term.is_in(evidence) for each in self._asked)

    def _trace(self, number: int, evidence: str, document: Document) -> float:
        """What counts for a term that the evidence does not have: a part of a word, or that the document has it."""
        asked = self._asked[number]
        if asked.term.exact:
            return 0.0
        share = asked.trace_in(evidence)
        if share >= _PARTIAL:
            return share
        return _ELSEWHERE if self._has(document, number) else 0.0

    def _has(self, document: Document, number: int) -> bool:
        key = document.version, number
        if key not in self._in_document:
            self._in_document[key] = self._asked[number].is_in(document.index)
        return self._in_document[key]


def year_agreement(question: Question, document: Document, passage: Passage) -> float:
    """Whether a passage is about the years of the question, from -1 to 1; 0 when that is open.

    A year that its headings name counts most, then one that itself names, then those that its document covers: the plan
    for 2025 in the report of 2024 is not about 2024.
    """
    if not question.years:
        return 0.0
    asked = set(question.years)
    above, inside = document.derived(("years", passage.first), lambda: _years(document, passage))
    if asked & above:
        return 1.0
    if asked & inside:
        return 0.5 if above else 1.0
    if asked & set(document.years):
        return -0.5 if above else 0.7
    return 0.5 if holds_in(question, document) else -1.0


def is_of_another_year(question: Question, document: Document, passage: Passage, number: int) -> bool:
    """Whether the last year named at or before a sentence of a passage, else those of its headings, are none of the question's.

    「2021年打算…」 two sentences on does not make what 2020 brought a figure of 2021.
    """
    if not question.years or holds_in(question, document):
        return False
    spoken = document.derived(("spoken", number), lambda: _spoken_years(document, passage, number))
    return bool(spoken) and not spoken & set(question.years)


def holds_in(question: Question, document: Document) -> bool:
    """Whether a document holds in the years asked for, though it does not name them: a rule does from its own year on, until
    another takes its place. How many came, or how often, no rule says of a year."""
    counts_things = question.unit not in _TIMES if question.unit else question.language == "en"
    if document.kind not in REPLACED_KINDS or not question.years:
        return False
    if question.type == "how_many" and counts_things:
        return False
    return document.date is not None and year_of(document.date) <= min(question.years)


def is_of_another_issue(question: Question, document: Document, number: int) -> bool:
    """Whether a sentence, or what stands above it, counts issues of something, but none that the question names: 「第三期」 is
    not asked of 「第一期」."""
    asked = _issues(question.text)
    if not asked:
        return False
    told = _issues(document.in_context(number))
    for unit, numbers in asked.items():
        others = told.get(unit, set()) if unit else {n for each in told.values() for n in each}
        if others and not others & numbers:
            return True
    return False


def is_of_another_day(question: Question, index: str) -> bool:
    """Whether folded text is of days long before the one that the question names from today: 「明天下雨吗」 is not answered by
    what it did on 20 July 2021. What began to hold on a day, or ends on one, may be asked of any."""
    asked = day_asked(question.text, date.today())
    if asked is None or question.years or question.compares or _BOUND.search(index):
        return False
    told = find_dates(index)
    return bool(told) and max(told) < (asked - _LONG_AGO).isoformat()


def _issues(text: str) -> dict[str, set[int]]:
    """The numbers of issues in folded text by what is counted, which is "" in English."""
    found: dict[str, set[int]] = {}
    for number, unit, first in _ISSUE.findall(text):
        found.setdefault(unit or first, set()).add(parse_numeral(number) if number else 1)
    for ordinal in _ENGLISH_ISSUE.findall(text):
        found.setdefault("", set()).add(ORDINALS[ordinal])
    return found


def _spoken_years(document: Document, passage: Passage, number: int) -> set[int]:
    for each in range(number, passage.first - 1, -1):
        if named := _named(document, document.index_quote(each)):
            return named
    return _named(document, "\n".join(document.headings_index(passage)))


def _years(document: Document, passage: Passage) -> tuple[set[int], set[int]]:
    """The years that the headings of a passage name, and those that itself names."""
    index = document.index[slice(*document.span(passage))]
    return _named(document, "\n".join(document.headings_index(passage))), _named(document, index)


def _named(document: Document, index: str) -> set[int]:
    """The years that folded text of a document names; 「明年」 in the report of 2021 is 2022."""
    named = set(years_in(index))
    if len(document.years) == 1 and _NEXT_YEAR.search(index):
        year = document.years[0]
        named |= {year, year + 1} if _THIS_YEAR.search(index) else {year + 1}
    return named


def _evidence(document: Document, passage: Passage) -> str:
    start, end = document.span(passage)
    return document.context(passage) + "\n" + document.index[start:end]


@lru_cache(maxsize=4096)
def _word_start(word: str) -> re.Pattern[str]:
    """A word in Latin letters where one begins, beside Chinese, too: "fee" is in "fees", not in "coffee". A number behind
    Chinese counts one of many things, and "%" stands behind one."""
    start, end = ("(?<![a-z0-9])", "(?![a-z0-9])" * (len(word) < 3)) if word[0].isalpha() else (r"\b", "")
    return re.compile(start + re.escape(word) + end)
