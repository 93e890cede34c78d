"""Lists: which enumeration a question asks for, whole, or one item of it."""

from collections.abc import Sequence
from dataclasses import replace

from bot.question import Question
from bot.sentences import ScoredSentence
from ingest.document import Document

_ATTRIBUTE_BONUS = 2.0
_LIST_MARGIN = 1.6  # a whole list is cited when what introduces it is this near to the best sentence


def best_list(question: Question, scored: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """Lead-in and items of the list that the question asks for; empty when it asks for no list.

    A list is asked for when the sentence or heading that introduces it is (nearly) the best match; a
    question that does not say that it wants a list gets one only if that match is the best.
    """
    margin = _LIST_MARGIN if question.type == "list" else 0.0
    lists = [(each, members) for each in scored if (members := _introduced(each))]
    if not lists:
        return ()
    introduction, members = max(lists, key=lambda pair: _introduction_score(question, pair[0]))
    if _introduction_score(question, introduction) < scored[0].score - margin:
        return ()
    return tuple(replace(introduction, number=number) for number in members)


def _introduction_score(question: Question, introduction: ScoredSentence) -> float:
    """The score of what introduces a list; higher when it names what is asked for (「享有下列权利：」)."""
    names_it = question.attribute is not None and question.attribute in introduction.index
    return introduction.score + _ATTRIBUTE_BONUS * names_it


def _introduced(introduction: ScoredSentence) -> list[int]:
    """The sentence numbers of the list that a sentence leads in, or that stands first under a heading.

    A heading is not repeated as the lead-in of its list; of an item that is several sentences long, or a
    section of its own, the first sentence stands for it.
    """
    document, number = introduction.document, introduction.number
    section = _section(document, number) if _is_heading(document, number) else range(number, number + 1)
    for enumeration in document.enumerations:
        lead = enumeration.lead
        if lead is not None and (lead == number or (lead in section and not _is_heading(document, lead))):
            shown = [] if _is_heading(document, lead) else [lead]
            return shown + [item[0] for item in enumeration.items]
    return []


def _is_heading(document: Document, number: int) -> bool:
    return document.sentences[number].kind == "heading"


def _section(document: Document, heading: int) -> range:
    """The sentences under a heading, up to the next one."""
    following = range(heading + 1, len(document.sentences))
    end = next((n for n in following if document.sentences[n].kind == "heading"), len(document.sentences))
    return range(heading + 1, end)
