"""Revisions: which sentences of a text its new edition changes, for a question about the text as a whole."""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from difflib import ndiff

from bot.editions import Editions, editions
from bot.lists import articles
from bot.question import Question
from bot.retrieve import RankedPassage
from bot.select import Selection
from ingest.catalogue import DocumentInfo
from ingest.document import Document
from ingest.fold import fold
from ingest.markers import article_label, leading_marker
from ingest.metadata import year_of
from ingest.reader import Reader

_NEAR = 3  # of the best passages one is of the text
_MOST_CHANGES = 40  # sentences of an edition; who changes more has written another text
# What texts are called, and what is done to them: of these alone a question about the whole of one is made.
_TEXT = re.compile(
    r"规定|办法|章程|制度|细则|规则|规矩|条例|公约|分工|\b(?:rules?|regulations?|charter|measures|bylaws|constitution)\b"
)
# Of which editions, 0 and 1, a line of a difference is.
_EDITIONS = {" ": (0, 1), "-": (0,), "+": (1,), "?": ()}
_REVISING = frozenset(
    "版本 旧版 新版 新旧 修订 修改 修正 调整 变动 改动 old new revision revised changed change".split()
)


def revised(
    library: Reader,
    question: Question,
    passages: Sequence[RankedPassage],
    simple: Callable[[], Selection],
    only: Collection[str] | None,
) -> Selection | None:
    """What two editions of a text say otherwise, article beside article, the older's first; None unless all that a question
    asks is how they differ, or if that is nothing or nearly everything. `simple` gives what would be cited without comparing."""
    if not question.compares or question.ordinal or not _TEXT.search(question.text):
        return None
    known = editions(library)
    for found in passages[:_NEAR]:
        pair = _pair(known, found.document.name, question, only)
        if pair and _is_whole(question, pair[0].title):
            old, new = (library.get(each.name) for each in pair)
            return _quoted(old, new, simple()) if old and new else None
    return None


def changes(old: Document, new: Document) -> tuple[list[int], list[int]]:
    """The sentences, by their numbers, that a new version of a text loses and gains. That one has another article's or item's
    number before it, another stop behind it, or another place, does not count."""
    before, after = _said(old), _said(new)
    return _missing(before, after), _missing(after, before)


def _pair(
    known: Editions, name: str, question: Question, only: Collection[str] | None
) -> tuple[DocumentInfo, DocumentInfo] | None:
    """The two editions asked about: those of the years named, else the newest and the one before."""
    family = [each for each in known.family(name) if only is None or each.name in only]
    years = question.compared_years
    if len(years) == 2:
        family = [each for each in family if each.date and year_of(each.date) in years]
    elif len(years) == 1:
        family = [each for each in family if each.date and year_of(each.date) <= years[0]][-1:] + family[-1:]
    if len(family) < 2 or family[-2].name == family[-1].name or not known.successor(family[-2].name):
        return None
    return family[-2], family[-1]


def _is_whole(question: Question, title: str) -> bool:
    """Whether the content words of a question do no more than name a text."""
    index = fold(title)
    return all(
        term.is_in(index) or _REVISING & set(term.words) or _TEXT.search(term.words[0])
        for term in question.terms
        if term.is_noun or question.language != "en"  # an English verb or adjective may be any of its senses
    )


def _quoted(old: Document, new: Document, simple: Selection) -> Selection | None:
    lost, gained = changes(old, new)
    told = _told(old, lost), _told(new, gained)
    if not simple.sentences or not any(told) or max(map(len, (lost, gained))) > _MOST_CHANGES:
        return None
    likeliest = simple.sentences[0]
    quoted = tuple(
        replace(likeliest, document=(old, new)[edition], number=number)
        for edition, article in _side_by_side(old, new)
        for number in article
        if number in told[edition]
    )
    return replace(simple, sentences=quoted, is_list=True)


def _told(document: Document, changed: Iterable[int]) -> set[int]:
    """The sentences to quote: those that changed, and what introduces the lists that they stand in; without headings and
    what stands before the first article, the title and when it was adopted."""
    first = articles(document)[0].stop
    numbers = {each for number in changed for each in (*document.leads_of(number), number)}
    return {each for each in numbers if each >= first and document.sentences[each].kind != "heading"}


def _side_by_side(old: Document, new: Document) -> Iterator[tuple[int, range]]:
    """The articles of both editions, 0 and 1, as the edition and the sentences: each beside that of its number or, where there
    are more of them or fewer, beside the one that it is like, as the lines of a difference stand."""
    of_both = articles(old), articles(new)
    left = [iter(each) for each in of_both]
    if len(of_both[0]) == len(of_both[1]):
        signs: Iterable[str] = " " * len(of_both[0])
    else:
        before, after = (
            ["".join(sentences[article.start : article.stop]) for article in numbers]
            for sentences, numbers in zip(map(_said, (old, new)), of_both, strict=True)
        )
        signs = (line[0] for line in ndiff(before, after, charjunk=None))
    for sign in signs:
        yield from ((edition, next(left[edition])) for edition in _EDITIONS[sign])


def _said(document: Document) -> list[str]:
    return [_without_marks(document.quote(number)) for number in range(len(document.sentences))]


def _without_marks(quote: str) -> str:
    text = quote.strip()
    if label := article_label(text):
        text = text[len(label) :]
    elif marker := leading_marker(text):
        text = text[marker.end :]
    return fold(text).strip(" ;,.。")


def _missing(sentences: Sequence[str], others: Sequence[str]) -> list[int]:
    left = Counter(others)
    missing = []
    for number, sentence in enumerate(sentences):
        if left[sentence] > 0:
            left[sentence] -= 1
        else:
            missing.append(number)
    return missing
