"""From a question to what answers it: one search, or one for each year or edition that it compares."""

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
    selection = _compared(retriever, question, passages, only) or select(library, question, passages)
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
    selections = [select(retriever.library, part, found, fact=True) for part, found in parts if found]
    answering = [selection for selection in selections if selection.answers]
    if len(answering) < 2:
        return None
    cited = {(one.document.name, one.number): one for each in answering for one in each.sentences}
    return Selection(
        tuple(cited.values()), is_list=False, confidence=min(each.confidence for each in answering)
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
