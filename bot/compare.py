"""Comparisons: what is said of the same thing in each year, or in each edition of a text, that a question compares."""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bot.editions import editions
from bot.lists import groups, is_title
from bot.question import Question
from bot.retrieve import HuiwenRetriever, RankedPassage
from bot.select import Selection, candidates, choose, together
from bot.sentences import ScoredSentence
from bot.tables import MOST_ALIKE
from bot.words.comparing import is_between_things
from ingest.embed import Vectors
from ingest.metadata import NAMED_YEAR, YEAR, is_season, year_of
from ingest.reader import Reader

MOST_PARTS = 5
_NEAR = 3  # of the best passages one is of a text that has editions
_CONSIDERED = 12  # of the best sentences of a part
_SHARPNESS = 30.0  # of inner products; 10 and 18 do as well on the held-out archives
_ONE = 0.6  # of the shares of a part: the sentence that has more is the one that answers
_NOTHING = 1e-9  # the share of a list of which no sentence may answer
_SAME = 0.9  # the inner product from which two sentences say the same of two things


@dataclass(frozen=True)
class _Part:
    """What one year or edition says: the sentences that may answer, best first, and what would be cited of it alone."""

    sentences: Sequence[ScoredSentence]
    selection: Selection


def compared(
    retriever: HuiwenRetriever,
    question: Question,
    passages: Sequence[RankedPassage],
    simple: Callable[[], Selection],
    only: Collection[str] | None,
) -> Selection | None:
    """The best sentence for each thing compared; None when nothing is compared or fewer than two answer. `simple` gives what
    would be cited without comparing."""
    library = retriever.library
    found = [
        (asked, candidates(library, asked, retriever.search(asked, names)))
        for asked, names in _parts(retriever, question, passages, only)
    ]
    if lists := _lists(library, found):
        return together(lists)
    parts = []
    for asked, scored in found:
        alone = choose(library, asked, scored, fact=True)
        if alone.sentences:
            parts.append(_Part(_of_part(scored, alone), alone))
    if len(parts) < 2:
        return None
    is_one_each = all(len(part.selection.sentences) == 1 for part in parts)
    if is_one_each and not (question.years and question.current):  # what was said then may hold today
        return together(_of_one_thing(library, parts, simple().answers))
    return together([part.selection for part in parts])


def _lists(library: Reader, found: Sequence[tuple[Question, Sequence[ScoredSentence]]]) -> list[Selection]:
    """What each part says, where that is a list in all of them, none of whose items is much likelier to answer than the
    rest, as the fees of each class of members are."""
    lists = list[Selection]()
    for asked, scored in found:
        if not scored or (scored[0].share > _ONE and not scored[0].index.endswith(":")):
            return []
        whole = choose(library, asked, scored)
        if not (whole.is_list and whole.answers):
            return []
        lists.append(whole)
    if not lists:
        return []
    shares = [_share(whole.sentences, scored) for whole, (_, scored) in zip(lists, found, strict=True)]
    surest = lists[shares.index(max(shares))]
    return [
        whole if whole is surest else _of_one_matter(library, whole, surest, scored)
        for whole, (_, scored) in zip(lists, found, strict=True)
    ]


def _of_one_matter(
    library: Reader, whole: Selection, surest: Selection, scored: Sequence[ScoredSentence]
) -> Selection:
    """The list of a part, or another of its lists or tables that is about as likely and liker to the surest one: what is paid
    stands beside what was paid, not beside what that is spent on."""
    options = {tuple(each.place for each in whole.sentences): whole.sentences}
    for each in scored:
        for lead, items in groups(each.document, each.number):
            if not 1 < len(items) <= MOST_ALIKE:
                continue
            option = tuple(replace(each, number=number) for number in [*lead, *items])
            options.setdefault(tuple(each.place for each in option), option)
    about, *vectors = _vectors(library, [surest.sentences, *options.values()])
    values = [
        math.log(_share(option, scored) or _NOTHING) + _SHARPNESS * (_alike(about, rows) - 1)
        for option, rows in zip(options.values(), vectors, strict=True)
    ]
    return replace(whole, sentences=list(options.values())[values.index(max(values))])


def _alike(rows: Vectors, others: Vectors) -> float:
    """How alike two lists are: of each item of either, its inner product with the likest of the other, in the mean."""
    products = rows @ others.T
    return float(products.max(axis=1).mean() + products.max(axis=0).mean()) / 2


def _share(sentences: Sequence[ScoredSentence], scored: Sequence[ScoredSentence]) -> float:
    """The share that sentences have together of all that may answer."""
    places = {each.place for each in sentences}
    return sum(each.share for each in scored if each.place in places)


def _of_part(scored: Sequence[ScoredSentence], alone: Selection) -> list[ScoredSentence]:
    first = alone.sentences[0]
    others = [
        each
        for each in scored
        if not (each.sentence.kind == "heading" or is_title(each))
        and not each.is_elsewhere
        and each.place != first.place
    ]
    return [first, *others[: _CONSIDERED - 1]]


def _of_one_thing(library: Reader, parts: Sequence[_Part], is_answered: bool) -> list[Selection]:
    """What to cite of each part: the sentences that are likeliest to answer and likest to the best of one of them, so that
    「第六条」 of the old rules is compared with what it became. One that is the same in other words is as sure as that one,
    if the question is answered at all."""
    vectors = _vectors(library, [part.sentences for part in parts])
    best: tuple[float, list[Selection]] = (-math.inf, [])
    for anchor, (about, *_) in zip(parts, vectors, strict=True):
        total, chosen = 0.0, []
        for part, rows in zip(parts, vectors, strict=True):
            alike = rows @ about
            number, value = _counterpart(part, anchor, alike)
            total += value
            sure = part.selection.confidence
            if is_answered and alike[number] >= _SAME:
                sure = max(sure, anchor.selection.confidence)
            chosen.append(replace(part.selection, sentences=(part.sentences[number],), confidence=sure))
        if total > best[0]:
            best = total, chosen
    return best[1]


def _counterpart(part: _Part, anchor: _Part, alike: npt.NDArray[np.float32]) -> tuple[int, float]:
    """Which sentence of a part says the same as the best of another, and how likely it is, as a logarithm; `alike` are the
    inner products, shape (sentences,)."""
    values = np.log([each.share for each in part.sentences]) + _SHARPNESS * (alike - 1)
    if part is not anchor:
        values[[each.place == anchor.sentences[0].place for each in part.sentences]] = -np.inf
    number = int(np.argmax(values))
    return number, float(values[number])


def _vectors(library: Reader, parts: Sequence[Sequence[ScoredSentence]]) -> list[Vectors]:
    """For each part the vectors of its sentences, shape (sentences, dimensions); zero where a document is gone meanwhile."""
    places = [[each.place for each in part] for part in parts]
    found = library.vectors([place for each in places for place in each])
    nothing = np.zeros_like(next(iter(found.values()), np.zeros(1, np.float32)))
    return [np.stack([found.get(place, nothing) for place in each]) for each in places]


def _parts(
    retriever: HuiwenRetriever,
    question: Question,
    passages: Sequence[RankedPassage],
    only: Collection[str] | None,
) -> list[tuple[Question, Collection[str] | None]]:
    """What a comparison compares, each as a question, with the only documents to search; else nothing."""
    years = question.compared_years
    if passages and len(years) > 1 and is_season(passages[0].document.title, years):
        return []
    if 2 <= len(years) <= MOST_PARTS:
        return [(_of_year(question, year), only) for year in years]
    if len(years) == 1 and question.current:
        asked = _of_today(question)
        if rules := _rules_of(retriever.library, years[0], passages[:_NEAR], only):
            return [(asked, [name]) for name in rules] if len(rules) > 1 else []
        return [(_of_year(question, years[0]), only), (asked, only)]
    if question.compares and not is_between_things(question.text):
        near = sorted(passages[:_NEAR], key=lambda each: -each.coverage)
        families = (_family(retriever.library, found, only) for found in near)
        names = next((names for names in families if len(names) > 1), [])
        return [(question, [name]) for name in names[-MOST_PARTS:]]
    return []


def _family(library: Reader, found: RankedPassage, only: Collection[str] | None) -> list[str]:
    family = editions(library).family(found.document.name)
    return [info.name for info in family if only is None or info.name in only]


def _rules_of(
    library: Reader, year: int, near: Sequence[RankedPassage], only: Collection[str] | None
) -> list[str]:
    """The edition that held in a year, of the first text near whose editions take each other's place, and the one that has
    taken its place; alone, where it is of the nearest text and still holds; else nothing."""
    known = editions(library)
    for found in near:
        family = known.family(found.document.name)
        held = next((info for info in reversed(family) if info.date and year_of(info.date) <= year), None)
        newest = known.successor(held.name) if held else None
        if held and (newest or (found is near[0] and len(family) > 1)):
            return [each.name for each in filter(None, (held, newest)) if only is None or each.name in only]
    return []


def _of_year(question: Question, year: int) -> Question:
    """The question asked of one of its years alone."""
    others = [str(other) for other in question.compared_years if other != year]
    text = YEAR.sub(lambda match: str(year) if match.group() in others else match.group(), question.text)
    tokens = tuple(token for token in question.tokens if token not in others)
    focus_tokens = tuple(token for token in question.focus_tokens if token not in others)
    return replace(question, years=(year,), text=text, focus=text, tokens=tokens, focus_tokens=focus_tokens)


def _of_today(question: Question) -> Question:
    """The question asked of what holds now, without the year beside which it asks for that."""
    years = {str(year) for year in question.years}
    text = NAMED_YEAR.sub("", question.text)
    tokens = tuple(token for token in question.tokens if token not in years)
    focus_tokens = tuple(token for token in question.focus_tokens if token not in years)
    return replace(question, years=(), text=text, focus=text, tokens=tokens, focus_tokens=focus_tokens)
