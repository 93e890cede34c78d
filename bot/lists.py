"""Lists: which enumeration a question asks for, whole, or one item or article of it."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from bot.fit import fit
from bot.question import Question
from bot.sentences import ScoredSentence
from bot.tables import MOST_ALIKE, table_of
from ingest.document import Document, Enumeration
from ingest.markers import article_label, article_number

_ATTRIBUTE_BONUS = 3.0  # for what introduces a list and names what is asked for (「享有下列权利：」)
_LIST_MARGIN = 1.6  # a whole list is cited when what introduces it is this near to the best sentence
_CONTENTS = re.compile(r"(?:通知|公告|公示|报告|说明)如下")
_NUMBER = re.compile(r"[一二三四五六七八九十两\d][项个条点件]")
_CERTAIN = 0.9  # the share from which no list is preferred to a sentence
_LIKELY, _SPREAD = 0.6, 0.6  # of the shares of all sentences; of those of a list
_COUNTED = re.compile(_NUMBER.pattern + "|如下|以下|下列")
_ASKED_COUNT = re.compile(r"几[项个条点件]([\u4e00-\u9fff]{2})")  # 「哪几项工作」
_TOGETHER = 0.6  # of the first sentence's share, that such items must have together
_ONE_OF_THEM = 0.8  # of their share, from which one of them is told from the rest by its meaning
_FORBIDS = re.compile(r"禁止|不得|严禁|不准|不予|\b(?:prohibited|forbidden|must not|not allowed)\b")
# 「各部门负责人和电话」
_OF_EACH = re.compile(r"各(?!种)|每[个家位名]|所有|全部|分别|名单|\b(?:all|each|every)\b")
_TITLE = 14  # characters at most of what only names an item
_BODY = 3  # sentences at most of an item or article asked for by its number


def best_list(question: Question, scored: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """Lead-in and items of the list that the question asks for; empty when it asks for no list.

    A list is asked for when the sentence or heading that introduces it is (nearly) the best match, or, if
    the question says that it wants a list, when an item of it is; a question that does not say so gets one
    only if what introduces it is the best, or its items are the two best or about equally likely, and so nothing tells one
    from another. A list that nothing introduces is asked for only if its items are so.
    Where one sentence is all but certain, the list must have it, and where the best is the only item that has a noun of
    the question, of which nothing above it speaks, that item is asked for.
    """
    lists = _introductions(question, scored)
    if question.type == "list":
        lists += [(each.score, each, found) for each in scored for found in _containing(each)]
    lists += [(each.score, each, found) for each in scored[:1] for found in _unled(scored, each)]
    if not lists:
        return ()
    best, sentence, enumeration = max(lists, key=lambda each: (_evidence(scored, each), each[0]))
    members = _members(sentence.document, enumeration)
    of_list = [each for each in scored if _is_of(each, sentence, members)]
    wants = question.type == "list" or all(each in of_list for each in scored[:2]) or _is_spread(of_list)
    if _is_one_item(question, scored[0], sentence, members):
        return ()
    if scored[0].share >= _CERTAIN and scored[0] is not sentence and not _is_of(scored[0], sentence, members):
        return ()
    if best < scored[0].score - (_LIST_MARGIN if wants else 0.0):
        return ()
    return tuple(replace(sentence, number=number) for number in members)


def _evidence(
    scored: Sequence[ScoredSentence], introduced: tuple[float, ScoredSentence, Enumeration]
) -> float:
    """The score of what introduces a list, and as a logarithm the share of all sentences that it and its items have."""
    score, sentence, enumeration = introduced
    members = [*_members(sentence.document, enumeration), sentence.number]
    return score + math.log(sum(each.share for each in scored if _is_of(each, sentence, members)))


def _is_spread(members: Sequence[ScoredSentence]) -> bool:
    """Whether the members of a list are together likely to answer, and none of them much more than the rest."""
    together = sum(each.share for each in members)
    return together >= _LIKELY and max((each.share for each in members), default=1.0) <= _SPREAD * together


def _is_one_item(
    question: Question, best: ScoredSentence, introduction: ScoredSentence, members: Sequence[int]
) -> bool:
    if not _is_of(best, introduction, members) or best.number == members[0]:
        return False
    document = best.document
    above = " ".join([document.title_index, *document.headings_index(document.passage_of(best.number))])
    others = above + "".join(document.index_quote(number) for number in members if number != best.number)
    return any(term.is_noun and term.is_in(best.index) and not term.is_in(others) for term in question.terms)


def whole_list(question: Question, chosen: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """The list, lead-in first, of which all the sentences are items, two at least: some of its items would pass for all. Or
    the table, if the question asks for something of each, or for a list, and they are rows, two or three at least. Empty when
    they are none, or when it is long."""
    for enumeration in _containing(chosen[0]) if len(chosen) > 1 else ():
        members = _members(chosen[0].document, enumeration)
        if len(members) <= MOST_ALIKE and all(_is_of(each, chosen[0], members) for each in chosen):
            return tuple(replace(chosen[0], number=number) for number in members)
    fewest = 2 if _OF_EACH.search(question.text) else 3 if question.type == "list" else math.inf
    if len(chosen) >= fewest and chosen[0].sentence.kind == "row":
        table = table_of(chosen[0].document, chosen[0].number)
        if len(table) <= MOST_ALIKE and all(_is_of(each, chosen[0], table) for each in chosen):
            return tuple(replace(chosen[0], number=number) for number in table)
    return ()


def numbered(question: Question, scored: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """The item or article that the question asks for by its number; empty when it asks for none or none is found.

    An article is sought in the document of the best sentence first, an item in the best list.
    """
    if question.ordinal is None or not scored:
        return ()
    number, unit = question.ordinal
    if unit == "条":
        for each in dict.fromkeys(one.document.name for one in scored):
            sentence = next(one for one in scored if one.document.name == each)
            if found := _article(sentence.document, number):
                return tuple(replace(sentence, number=n) for n in found)
    lists = _introductions(question, scored)
    for _, sentence, enumeration in sorted(lists, key=lambda each: -each[0]):
        if 1 <= number <= len(enumeration.items):
            return tuple(replace(sentence, number=n) for n in enumeration.items[number - 1][:_BODY])
    return ()


def all_alike(question: Question, scored: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """The whole list or table whose items or rows each hold what is asked for, when the question has no word that
    tells one from another and they are together nearly as likely as the likeliest sentence, none of them much more than
    the rest; else nothing.

    「会费标准是多少」 asks for what each class of members pays, not for one class that happens to come first.
    """
    shares = {each.place: each.share for each in scored}
    best: tuple[float, tuple[ScoredSentence, ...]] = (_TOGETHER * max(shares.values()), ())
    for each in scored[:MOST_ALIKE]:
        for lead, alike in groups(each.document, each.number):
            of_each = [shares.get((each.document.version, number), 0.0) for number in alike]
            is_one = question.type != "list" and max(of_each) > _ONE_OF_THEM * sum(of_each)
            if sum(of_each) > best[0] and not is_one and _is_alike(question, each, alike):
                best = sum(of_each), tuple(replace(each, number=number) for number in [*lead, *alike])
    return best[1]


def _is_alike(question: Question, one: ScoredSentence, alike: Sequence[int]) -> bool:
    texts = [one.document.index_quote(number) for number in alike]
    told = {tuple(term.is_in(text) for term in question.terms) for text in texts}
    # 「会费 标准」 asks for the table that it names.
    is_row = one.document.sentences[one.number].kind == "row"
    is_named = is_row and question.explains and any(map(any, told))
    is_asked_for = is_named or all(fit(question, text) for text in texts)
    return 1 < len(alike) <= MOST_ALIKE and len(told) == 1 and is_asked_for


def groups(document: Document, number: int) -> Iterator[tuple[list[int], list[int]]]:
    """Each list or table that a sentence belongs to: its lead-in, if any, and its items or rows."""
    for enumeration in document.enumerations:
        lead = [] if enumeration.lead is None else [enumeration.lead]
        items = [item[0] for item in enumeration.items]
        if number in lead or number in items:
            yield lead, items
    if document.sentences[number].kind == "row":
        yield [], table_of(document, number)


def with_prohibitions(chosen: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """The sentences, and before each item of a list of what is forbidden what leads the list in: 「携带宠物」 alone reads
    as if it were allowed."""
    shown: dict[tuple[str, int], ScoredSentence] = {}
    for each in chosen:
        document = each.document
        for enumeration in _containing(each):
            lead = _lead(document, enumeration)
            if lead is not None and _FORBIDS.search(document.index_quote(lead)):
                shown.setdefault((document.version, lead), replace(each, number=lead))
        shown.setdefault(each.place, each)
    return tuple(shown.values())


def articles(document: Document) -> list[range]:
    """The sentences before the first article, and those of each, with the items of a list that it leads in; each sentence
    alone where there are no articles."""
    count = len(document.sentences)
    starts = [number for number in range(count) if article_label(document.quote(number))] or range(count)
    return [range(start, end) for start, end in pairwise([0, *starts, count])]


def _article(document: Document, number: int) -> list[int]:
    """The sentences of the article of a number."""
    for article in articles(document)[1:]:
        if article_number(article_label(document.quote(article.start)) or "") == number:
            return [n for n in article if not _is_heading(document, n)]
    return []


def is_lead_in(document: Document, number: int) -> bool:
    """Whether a sentence shown with a list leads it in: an item does so only for a list of its own, a row
    never."""
    leads = {each.lead for each in document.enumerations}
    items = {item[0] for each in document.enumerations for item in each.items}
    return number in leads or (number not in items and document.sentences[number].kind != "row")


def is_title(sentence: ScoredSentence) -> bool:
    """Whether it names an item of a list, of which only what follows says anything: 「2. 抱团融资。」."""
    if len(sentence.index) > _TITLE:
        return False
    items = (item for each in sentence.document.enumerations for item in each.items)
    return any(len(item) > 1 and item[0] == sentence.number for item in items)


def _introductions(
    question: Question, scored: Sequence[ScoredSentence]
) -> list[tuple[float, ScoredSentence, Enumeration]]:
    """Each sentence that introduces a list, with its score as an introduction."""
    return [
        (_introduction_score(question, each, found), each, found)
        for each in scored
        for found in _introduced(each)
    ]


def _introduction_score(question: Question, introduction: ScoredSentence, found: Enumeration) -> float:
    """The score of what introduces a list; higher when it names what is asked for, lower when the list is but
    a document's contents (「现将有关事项通知如下：一、…」)."""
    number = _lead(introduction.document, found)
    lead = "" if number is None else introduction.document.index_quote(number)
    asked = question.attribute
    names = next((term.words for term in question.terms if asked in term.words), (asked,)) if asked else ()
    is_named = any(name in introduction.index for name in names if name)
    is_counted = (match := _ASKED_COUNT.search(question.text)) and re.search(
        _NUMBER.pattern + match[1], introduction.index
    )
    is_contents = any(map(_CONTENTS.search, (introduction.index, lead)))
    return introduction.score + _ATTRIBUTE_BONUS * (-1 if is_contents else bool(is_named or is_counted))


def _introduced(introduction: ScoredSentence) -> Iterator[Enumeration]:
    """The list that a sentence leads in, or that stands first under a heading."""
    document, number = introduction.document, introduction.number
    section = _section(document, number) if _is_heading(document, number) else range(number, number + 1)
    for enumeration in document.enumerations:
        lead = _lead(document, enumeration)
        if lead is not None and (lead == number or (lead in section and not _is_heading(document, lead))):
            yield enumeration
            return


def _containing(sentence: ScoredSentence) -> Iterator[Enumeration]:
    """The lists with a lead-in of which a sentence is an item; of a heading rather what stands under it is wanted."""
    if _is_heading(sentence.document, sentence.number):
        return
    for enumeration in sentence.document.enumerations:
        if _lead(sentence.document, enumeration) is not None and any(
            item[0] == sentence.number for item in enumeration.items
        ):
            yield enumeration


def _unled(scored: Sequence[ScoredSentence], sentence: ScoredSentence) -> Iterator[Enumeration]:
    """The lists that nothing leads in of which a sentence is an item, if no item is much likelier to answer than the rest."""
    for enumeration in sentence.document.enumerations:
        items = [item[0] for item in enumeration.items]
        if sentence.number not in items or _lead(sentence.document, enumeration) is not None:
            continue
        if _is_spread([each for each in scored if _is_of(each, sentence, items)]):
            yield enumeration


def _lead(document: Document, enumeration: Enumeration) -> int | None:
    """The lead-in of a list; of one whose items are headings, the sentence before it that counts them."""
    before = enumeration.items[0][0] - 1
    if enumeration.lead is not None or before < 0 or _is_heading(document, before):
        return enumeration.lead
    return before if _COUNTED.search(document.index_quote(before)) else None


def _members(document: Document, enumeration: Enumeration) -> list[int]:
    """The sentence numbers shown of a list.

    Of an item that is several sentences long, or a section of its own, the first sentence stands for it.
    """
    lead = _lead(document, enumeration)
    shown = [] if lead is None else [lead]
    return shown + [item[0] for item in enumeration.items]


def _is_of(sentence: ScoredSentence, other: ScoredSentence, members: Sequence[int]) -> bool:
    """Whether a sentence is one of these of the other one's document."""
    return sentence.document is other.document and sentence.number in members


def _is_heading(document: Document, number: int) -> bool:
    return document.sentences[number].kind == "heading"


def _section(document: Document, heading: int) -> range:
    """The sentences under a heading, up to the next one."""
    following = range(heading + 1, len(document.sentences))
    end = next((n for n in following if document.sentences[n].kind == "heading"), len(document.sentences))
    return range(heading + 1, end)
