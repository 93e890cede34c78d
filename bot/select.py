"""Choosing what to cite: a whole list when one is asked for, else as many sentences as the evidence needs."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.amendments import as_amended, before_and_after, with_additions
from bot.confidence import LEAST_CONFIDENCE, confidence
from bot.editions import editions
from bot.fit import could_answer, demands, fit
from bot.lists import all_alike, best_list, is_title, numbered, whole_list, with_prohibitions
from bot.question import Question
from bot.retrieve import RankedPassage
from bot.rows import chosen_rows
from bot.sentences import ScoredSentence, score_sentences
from bot.tables import of_month
from ingest.catalogue import DocumentInfo
from ingest.metadata import year_of
from ingest.reader import Reader

_DATED = ("when", "how_much")
_HOW = re.compile(r"怎么|怎样|咋|如何|流程|步骤|手续|\bhow (?:do|can|to|should)\b")
_CLAUSE_END = re.compile("[,;:。]")
_MOST_SENTENCES = 3
_ASKS_WHETHER_IN_FORCE = re.compile(r"有效(?!期)|管用|作废|废止|失效|施行|\bin force\b|\bvalid\b|\bstill\b")
_NEARLY, _NEARLY_THEN = 0.2, 0.04  # of a share; less where a year decides between the two
_COVERAGE_MARGIN = 0.2  # a further sentence is cited only when its passage covers the question about as well
# Sentences are cited until their shares reach this: a fact stands in one, an explanation may need more.
_ENOUGH_FACT, _ENOUGH_EXPLANATION = 0.85, 0.9


@dataclass(frozen=True)
class Selection:
    """What to cite: `sentences` best first, or the lead-in and items of one list in their order.

    `confidence`, from 0 to 1, is the chance that the documents answer at all, if half of all questions were answered
    by them. It alone decides whether Huiwen refuses: see `answers`. `replaced_by` has, by
    name, the cited documents that are no longer in force, and what took their place.
    """

    sentences: tuple[ScoredSentence, ...]
    is_list: bool
    confidence: float
    replaced_by: Mapping[str, DocumentInfo] = field(default_factory=dict)

    @property
    def answers(self) -> bool:
        """Whether the sentences may be shown as the answer."""
        return bool(self.sentences) and self.confidence >= LEAST_CONFIDENCE


def select(library: Reader, question: Question, passages: Sequence[RankedPassage]) -> Selection:
    """The sentences that answer the question, from the best passages. Empty when there are none."""
    return choose(library, question, candidates(library, question, passages))


def choose(
    library: Reader, question: Question, scored: Sequence[ScoredSentence], fact: bool = False
) -> Selection:
    """The sentences that answer the question, of those that may, best first. Empty when there are none.

    `fact` says that one fact is wanted, whatever the question's words are.
    """
    cited = _cited(library, question, scored, fact)
    if not cited.sentences:
        return Selection((), is_list=False, confidence=0.0)
    best = cited.likeliest or cited.sentences[0]
    return Selection(
        tuple(cited.sentences), cited.is_list, confidence(library, question, scored, best, cited.fits)
    )


def candidates(
    library: Reader, question: Question, passages: Sequence[RankedPassage]
) -> Sequence[ScoredSentence]:
    """The sentences of the passages that may answer, best first, without what holds no longer; none for a courtesy."""
    if question.courtesy:
        return []
    return _in_force(library, question, as_amended(question, score_sentences(library, question, passages)))


def together(selections: Sequence[Selection]) -> Selection | None:
    """What those that answer cite; None when fewer than two do."""
    answering = [selection for selection in selections if selection.answers]
    if len(answering) < 2:
        return None
    of_lists = {one.place for each in answering if each.is_list for one in each.sentences}
    cited = {
        one.place: one
        for each in answering
        for one in each.sentences
        if each.is_list or one.place not in of_lists  # it stands in its list
    }
    return Selection(
        tuple(cited.values()),
        is_list=any(each.is_list for each in answering),
        confidence=min(each.confidence for each in answering),
    )


@dataclass(frozen=True)
class _Cited:
    """What to cite. `likeliest` is the sentence that tells how sure it is, if not the first; `fits` says whether it holds
    what only a date, a number or the like can answer."""

    sentences: Sequence[ScoredSentence]
    is_list: bool = False
    likeliest: ScoredSentence | None = None
    fits: bool = True


def _cited(library: Reader, question: Question, scored: Sequence[ScoredSentence], fact: bool) -> _Cited:
    prose = [each for each in scored if not (each.sentence.kind == "heading" or (fact and is_title(each)))]
    if found := with_prohibitions(numbered(question, scored)):
        return _Cited(found)
    rows = chosen_rows(question, scored)
    if rows is not None:
        return _Cited(rows, is_list=len(rows) > 1)
    if found := of_month(question, scored):
        return _Cited(found, is_list=True)
    if question.explains and not fact and (members := best_list(question, scored)):
        return _Cited(members, is_list=True)
    fitting = _fit_first(question, prose)
    if not fact and fitting and (alike := all_alike(question, fitting)):
        return _Cited(alike, is_list=True)
    likeliest = _chosen(library, question, prose, fact)
    best = likeliest if fitting is prose else _chosen(library, question, fitting, fact)
    if not best:
        return _Cited(())
    fits = any(
        could_answer(question, each.index, each.fit)
        for each in likeliest
        if each.document is likeliest[0].document
    )
    best = before_and_after(question, _with_price(question, best), scored)
    best = with_additions(question, best, scored)
    whole = whole_list(question, best)
    told = whole or with_prohibitions(_as_told(question, best))
    return _Cited(told, is_list=bool(whole), likeliest=likeliest[0], fits=fits)


def _with_price(question: Question, chosen: Sequence[ScoredSentence]) -> Sequence[ScoredSentence]:
    """What is cited of a price, and the sentence beside it that has a price, too, and a noun of the question that it lacks:
    what guests pay does not answer what members do."""
    best = chosen[0]
    if question.type != "how_much":
        return chosen
    lacking = [term for term in question.terms if term.is_noun and not term.is_in(best.index)]
    passage = best.document.passage_of(best.number)
    cited = {each.number for each in chosen if each.document is best.document}
    for number in {best.number - 1, best.number + 1} & set(range(passage.first, passage.last + 1)) - cited:
        beside = replace(best, number=number)
        is_of_other = any(term.is_in(beside.index) for term in lacking)
        if beside.sentence.kind == "sentence" and is_of_other and fit(question, beside.index):
            return [*sorted([best, beside], key=lambda each: each.number), *chosen[1:]]
    return chosen


def _as_told(question: Question, chosen: Sequence[ScoredSentence]) -> Sequence[ScoredSentence]:
    """What to do, and a list with what introduces it, in the order of its document where it stands together there; else the
    sentences as they are."""
    document, numbers = chosen[0].document, sorted(each.number for each in chosen)
    if any(each.document is not document for each in chosen):
        return chosen
    is_together = numbers == list(range(numbers[0], numbers[-1] + 1))
    is_told = is_together and (
        _HOW.search(question.focus) or any(each.lead in numbers for each in document.enumerations)
    )
    return sorted(chosen, key=lambda each: each.number) if is_told else chosen


def _chosen(
    library: Reader, question: Question, prose: Sequence[ScoredSentence], fact: bool
) -> Sequence[ScoredSentence]:
    return prose[:1] if fact else _enough(question, _as_valid(library, question, prose))


def _in_force(
    library: Reader, question: Question, scored: Sequence[ScoredSentence]
) -> Sequence[ScoredSentence]:
    """Without what documents say that are not in force, now or in the years asked for, where what is in force instead is
    nearly as likely to answer; if what held before is asked for, without what took its place."""
    if question.compares:
        return scored
    current, best = editions(library), dict[str, float]()
    for each in scored:
        best.setdefault(each.document.name, each.share)
    replaced = [(name, newer) for name in best if (newer := current.successor(name))]
    instead = [pair for name, newer in replaced for pair in _instead(question, name, newer)]

    nearly = _NEARLY_THEN if question.years else _NEARLY

    def gives_way(each: ScoredSentence) -> bool:
        others = [other for name, other in instead if name == each.document.name]
        return any(best.get(other, 0.0) > nearly * each.share for other in others)

    return [each for each in scored if not gives_way(each)]


def _instead(question: Question, old: str, newer: DocumentInfo) -> list[tuple[str, str]]:
    """Which of two editions, by name, gives way to which: the later one for a year before it."""
    if question.years:
        if newer.date is None or _ASKS_WHETHER_IN_FORCE.search(question.text):
            return []  # of an unknown day, or the year says which rule is meant
        taken = year_of(newer.date)
        is_old, is_new = taken > max(question.years), taken < min(question.years)
    else:
        is_old, is_new = question.former, not question.former
    return [(newer.name, old)] * is_old + [(old, newer.name)] * is_new


def _fit_first(question: Question, scored: list[ScoredSentence]) -> list[ScoredSentence]:
    """For a question about a date or an amount of which the likeliest sentence has none, the sentences first that have one
    and speak of as much of the question; of them those that have it in the clause that speaks of it."""
    if question.type not in _DATED or question.focus != question.text or not scored or scored[0].fit:
        return scored
    least = _spoken_of(question, scored[0].index)

    def rank(each: ScoredSentence) -> int:
        fits = each.fit and _spoken_of(question, each.index) >= least
        return 2 if not fits else 0 if _is_together(question, each.index) else 1

    return sorted(scored, key=rank)


def _spoken_of(question: Question, index: str) -> int:
    return sum(term.is_in(index) for term in question.terms)


def _is_together(question: Question, index: str) -> bool:
    """Whether a clause has what is asked for and speaks of the question: 「1月20日换届以后」."""
    return any(fit(question, clause) and _spoken_of(question, clause) for clause in _CLAUSE_END.split(index))


def _as_valid(
    library: Reader, question: Question, scored: Sequence[ScoredSentence]
) -> Sequence[ScoredSentence]:
    """Without the sentences that are like the best one but of another year, another thing or another edition."""
    if not scored or question.compares:
        return scored
    best, current = scored[0], editions(library)
    is_in_force = current.successor(best.document.name) is None
    return [
        each
        for each in scored
        if each.coverage >= best.coverage - _COVERAGE_MARGIN
        and not (is_in_force and current.successor(each.document.name))
        and (each.document is best.document or not question.current)  # what others say may hold no longer
        and (each is best or not each.index.endswith(":"))  # what leads in a list says nothing without it
        and (each.fit >= min(best.fit, 1.0) or not question.counts)
        and (question.explains or not _is_sibling(each, best))
    ]


def _is_sibling(sentence: ScoredSentence, best: ScoredSentence) -> bool:
    """Whether a sentence is another item of the best one's list, or another row: what holds of another thing."""
    if sentence.document is not best.document or sentence is best:
        return False
    if sentence.sentence.kind == best.sentence.kind == "row":
        return True
    for enumeration in best.document.enumerations:
        items = [item for item in enumeration.items if {sentence.number, best.number} & set(item)]
        if len(items) == 2:
            return True
    return False


def _enough(question: Question, scored: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """The best sentences, until it is likely enough that the answer is among them, if it is in any of `scored`.

    Where the last one allowed is reached without that, what follows the best sentence takes its place: an
    answer that runs over a sentence's end is likelier than a third guess, unless only the guess has a date, say.
    """
    share = _ENOUGH_EXPLANATION if question.explains else _ENOUGH_FACT
    enough = share * sum(each.share for each in scored)
    chosen: list[ScoredSentence] = []
    for each in scored[:_MOST_SENTENCES]:
        if sum(one.share for one in chosen) >= enough:
            return chosen
        chosen.append(each)
    following = next((each for each in scored if _follows(each, chosen[0])), None) if chosen else None
    if len(chosen) < _MOST_SENTENCES or following is None or following in chosen:
        return chosen
    if following.fit >= chosen[-1].fit or not demands(question):
        chosen[-1] = following
    return chosen


def _follows(sentence: ScoredSentence, other: ScoredSentence) -> bool:
    return sentence.document is other.document and sentence.number == other.number + 1
