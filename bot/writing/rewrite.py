"""Follow-ups with a model: the last question made to stand alone, and checked before it is searched for."""

from collections.abc import Sequence

from langchain_core.language_models import BaseChatModel

from bot.writing.facts import Facts, find_facts
from bot.writing.model import ModelFailure, complete, report
from bot.writing.prompt import rewriting_messages
from bot.writing.wording import Text, words
from ingest.fold import fold

_SECONDS = 5.0  # a follow-up is no reason to wait longer
_LONGEST = 200  # characters; what is longer is no question


def standalone(model: BaseChatModel, question: str, history: Sequence[str], seconds: float) -> str | None:
    """The question with what its history supplies; None when the model gave nothing that may be used."""
    try:
        output = complete(model, rewriting_messages(question, history), min(_SECONDS, seconds))
    except ModelFailure as failure:
        report(failure)
        return None
    rewritten = output.strip().strip('"“”「」')
    return rewritten if is_faithful(rewritten, question, history) else None


def is_faithful(rewritten: str, question: str, history: Sequence[str]) -> bool:
    """Whether a rewritten question keeps the numbers, years and names of the question, has no others than
    it when it names years, and adds words of the history alone."""
    if not rewritten or "\n" in rewritten or len(rewritten) > _LONGEST:
        return False
    index, own = fold(rewritten), fold(question)
    said = Text("\n".join([own, *map(fold, history)]))
    stated, asked = find_facts(index), find_facts(own)
    if not _figures(asked) <= _figures(stated) or (asked.years and asked.years != stated.years):
        return False
    kept = all(Text(index).has(word) for word in words(question, own) if word.is_name)
    added = all(said.has(word) for word in words(rewritten, index))
    return kept and added and _figures(stated) <= _figures(find_facts(said.index))


def _figures(facts: Facts) -> set[object]:
    moments = {(moment.year, moment.month, moment.day) for moment in facts.moments}
    return {number.value for number in facts.numbers} | moments | set(facts.times) | set(facts.codes)
