"""From a question to what answers it: one search, or one for each year or edition that it compares, or for each of the
questions asked in one."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from bot.clock import lap
from bot.editions import editions
from bot.question import Question
from bot.retrieve import HuiwenRetriever, RankedPassage
from bot.select import Selection, select
from ingest.metadata import NAMED_YEAR, YEAR

_MOST_PARTS = 5


def find(
    retriever: HuiwenRetriever, question: Question, only: Collection[str] | None = None
) -> tuple[list[RankedPassage], Selection]:
    """The best passages for a question and what to cite of them, of the documents named in `only` if given.

    Call it inside a snapshot of the library.
    """
    passages = retriever.search(question, only)
    library = retriever.library
    selection = (
        _compared(retriever, question, passages, only)
        or _of_several(retriever, question, only)
        or select(library, question, passages)
    )
    names = {each.document.name for each in selection.sentences}
    successors = {name: successor for name in names if (successor := editions(library).successor(name))}
    lap("choose")
    return passages, replace(selection, replaced_by=successors)


def _compared(
    retriever: HuiwenRetriever,
    question: Question,
    passages: Sequence[RankedPassage],
    only: Collection[str] | None,
) -> Selection | None:
    """The best sentence for each thing compared; None when nothing is compared or fewer than two answer."""
    parts = [
        (part, retriever.search(part, names)) for part, names in _parts(retriever, question, passages, only)
    ]
    return _together([select(retriever.library, part, found, fact=True) for part, found in parts if found])


def _of_several(
    retriever: HuiwenRetriever, question: Question, only: Collection[str] | None
) -> Selection | None:
    """What answers each of several questions asked in one; None when it is one, or too many, or not all are answered."""
    asked = question.questions()
    if not 2 <= len(asked) <= _MOST_PARTS:  # each is a search
        return None
    parts = [retriever.understand(each, asked[:number][-1:]) for number, each in enumerate(asked)]
    found = [select(retriever.library, part, retriever.search(part, only)) for part in parts]
    # One sentence often answers both; further ones for each would bury it.
    best = [each if each.is_list else replace(each, sentences=each.sentences[:1]) for each in found]
    return _together(best) if all(selection.answers for selection in best) else None


def _together(selections: Sequence[Selection]) -> Selection | None:
    """What those that answer cite; None when fewer than two do."""
    answering = [selection for selection in selections if selection.answers]
    if len(answering) < 2:
        return None
    cited = {(one.document.name, one.number): one for each in answering for one in each.sentences}
    return Selection(
        tuple(cited.values()),
        is_list=any(each.is_list for each in answering),
        confidence=min(each.confidence for each in answering),
    )


def _parts(
    retriever: HuiwenRetriever,
    question: Question,
    passages: Sequence[RankedPassage],
    only: Collection[str] | None,
) -> list[tuple[Question, Collection[str] | None]]:
    """What a comparison compares, each as a question, with the only documents to search; else nothing."""
    if 2 <= len(question.years) <= _MOST_PARTS:
        return [(_of_year(question, year), only) for year in question.years]
    if len(question.years) == 1 and question.current:
        return [(_of_year(question, question.years[0]), only), (_of_today(question), only)]
    if question.compares and passages:
        family = editions(retriever.library).family(passages[0].document.name)
        compared = [info.name for info in family if only is None or info.name in only]
        return [(question, [name]) for name in compared[-_MOST_PARTS:]] if len(compared) > 1 else []
    return []


def _of_year(question: Question, year: int) -> Question:
    """The question asked of one of its years alone."""
    others = [str(other) for other in question.years if other != year]
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
