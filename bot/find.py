"""From a question to what answers it: one search, or one for each year or edition that it compares, or for each of the
questions asked in one."""

from collections.abc import Collection
from dataclasses import replace
from functools import cache

from bot.clock import lap
from bot.compare import MOST_PARTS, compared
from bot.editions import editions
from bot.question import Question
from bot.retrieve import HuiwenRetriever, RankedPassage
from bot.revision import revised
from bot.select import Selection, select, together


def find(
    retriever: HuiwenRetriever, question: Question, only: Collection[str] | None = None
) -> tuple[list[RankedPassage], Selection]:
    """The best passages for a question and what to cite of them, of the documents named in `only` if given.

    Call it inside a snapshot of the library.
    """
    passages = retriever.search(question, only)
    library = retriever.library
    simple = cache(lambda: select(library, question, passages))  # needed by few, and read with the question
    selection = (
        revised(library, question, passages, simple, only)
        or compared(retriever, question, passages, simple, only)
        or _of_several(retriever, question, only)
        or simple()
    )
    names = {each.document.name for each in selection.sentences}
    successors = {name: successor for name in names if (successor := editions(library).successor(name))}
    lap("choose")
    return passages, replace(selection, replaced_by=successors)


def _of_several(
    retriever: HuiwenRetriever, question: Question, only: Collection[str] | None
) -> Selection | None:
    """What answers each of several questions asked in one; None when it is one, or too many, or not all are answered."""
    asked = question.questions()
    if not 2 <= len(asked) <= MOST_PARTS:  # each is a search
        return None
    parts = [retriever.understand(each, asked[:number][-1:]) for number, each in enumerate(asked)]
    found = [select(retriever.library, part, retriever.search(part, only)) for part in parts]
    # One sentence often answers both; further ones for each would bury it.
    best = [each if each.is_list else replace(each, sentences=each.sentences[:1]) for each in found]
    return together(best) if all(selection.answers for selection in best) else None
