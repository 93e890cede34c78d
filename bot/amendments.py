"""Amendments: an article that a later document words anew (「第六条改为：…」) or adds to (「第六条增设…」)."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.editions import stem
from bot.question import Question
from bot.sentences import ScoredSentence
from ingest.markers import article_label, leading_marker

_WORDED_ANEW = re.compile(r"^.{0,20}?(?:修改|修正|修订|调整|改)为")
_ADDED_TO = re.compile(r"^.{0,20}?(?:增设|增加|增列|增补|补充)")
_TITLES_END = 2  # characters that say what a text is: 章程, 办法, 规定


def as_amended(question: Question, scored: Sequence[ScoredSentence]) -> Sequence[ScoredSentence]:
    """The sentences, best first. Where the best is an article that another of them words anew, that one takes its place;
    if what held before is asked for, the article takes that of its amendment. What does not hold is left out."""
    if not scored or question.years or question.compares:
        return scored

    def gives_way(each: ScoredSentence, other: ScoredSentence) -> bool:
        return _amends(each, other) if question.former else _amends(other, each)

    best = scored[0]
    first = next((each for each in scored if gives_way(best, each)), best)
    kept = [each for each in scored if each is not best and each is not first and not gives_way(each, first)]
    return [replace(first, share=best.share, score=best.score), *kept]


def before_and_after(
    question: Question, chosen: Sequence[ScoredSentence], scored: Sequence[ScoredSentence]
) -> Sequence[ScoredSentence]:
    """What is cited; of an article that is compared, as it was and as it was worded anew, if the first cited is one of them."""
    return _both(chosen, scored, _amends) if question.compares else chosen


def with_additions(
    question: Question, chosen: Sequence[ScoredSentence], scored: Sequence[ScoredSentence]
) -> Sequence[ScoredSentence]:
    """What is cited; behind an article that comes first what a later document adds to it (「第六条增设…」), or before what is
    added the article."""
    return chosen if question.former else _both(chosen, scored, _adds_to)


def _both(
    chosen: Sequence[ScoredSentence],
    scored: Sequence[ScoredSentence],
    changes: Callable[[ScoredSentence, ScoredSentence], bool],
) -> Sequence[ScoredSentence]:
    """What is cited; if the first is an article that another sentence changes, or such a sentence, the article and that."""
    if not chosen:
        return chosen
    best = chosen[0]
    for each in scored:
        if changes(each, best):
            return [best, each]
        if changes(best, each):
            return [each, best]
    return chosen


def _adds_to(sentence: ScoredSentence, article: ScoredSentence) -> bool:
    return _amends(sentence, article, _ADDED_TO)


def _amends(sentence: ScoredSentence, article: ScoredSentence, how: re.Pattern[str] = _WORDED_ANEW) -> bool:
    document, amended = sentence.document, article.document
    label = article_label(article.index)
    if not label or label != article_label(_without_marker(sentence.index)):
        return False
    if document is amended or (document.date or "") < (amended.date or ""):
        return False
    headings = document.headings_index(document.passage_of(sentence.number))
    is_named = stem(amended.title)[-_TITLES_END:] in "".join([document.title_index, *headings])
    return is_named and bool(how.match(sentence.index)) and not how.match(article.index)


def _without_marker(index: str) -> str:
    """What an item of a list says: of 「三、第五条改为：…」 what comes behind the number."""
    marker = leading_marker(index)
    return index[marker.end :].lstrip() if marker else index
