"""Connections: whether a statement's words stand with the numbers, dates and names that its source gives them."""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence

from bot.writing.evidence import Evidence, Statement, clauses_of, counts
from bot.writing.facts import Facts, find_facts
from bot.writing.wording import Text, Word, words

_GROUP = re.compile(r"[;。!?]")


def misconnects(statement: Statement, evidence: Evidence, same: bool) -> bool:
    """Whether a word stands with a number, date or name that the evidence gives to something else."""
    parts = [part for clause in _groups(statement.index) for part in clause.split("、")]
    own_parts = [part for clause in _groups(evidence.text.index) for part in clause.split("、")]
    if _crossed(statement, parts, own_parts, _quantities):
        return True
    if _crossed(statement, clauses_of(statement.index), clauses_of(evidence.text.index), _people):
        return True
    return _reorders(statement, evidence) or (not same and _picks(statement, evidence))


def _crossed(
    statement: Statement,
    parts: Iterable[str],
    own_parts: Sequence[str],
    anchors: Callable[[str], set[Hashable]],
) -> bool:
    """Whether a part of the statement joins an anchor to a word that only stands with others in the source."""
    texts = [(Text(part), anchors(part)) for part in own_parts]
    for part in parts:
        stated = anchors(part)
        if not stated:
            continue
        here = Text(part)
        tokens = [word for word in statement.words if here.has(word) and word.forms[0] not in stated]
        tokens += [Word((str(year),), 1.0) for year in find_facts(part).years]
        for word in tokens:
            where = [held for text, held in texts if text.has(word)]
            if where and all(held and not held & stated for held in where):
                return True
    return False


def _quantities(index: str) -> set[Hashable]:
    facts = find_facts(index)
    return {number.value for number in facts.numbers if counts(number)} | {
        (moment.month, moment.day) for moment in facts.moments if moment.month
    }


def _people(index: str) -> set[Hashable]:
    return {word.forms[0] for word in words(index, index) if word.is_person}


def _reorders(statement: Statement, evidence: Evidence) -> bool:
    """Whether numbers, dates or years stand in another order than in the evidence: two of them exchanged
    cannot be told from two clauses exchanged, so neither is let through."""
    for stated, own in zip(_sequences(statement.facts), _sequences(evidence.facts), strict=True):
        remaining = iter(own)
        if not all(each in remaining for each in stated if each in own):
            return True
    return False


def _sequences(facts: Facts) -> tuple[list[Hashable], ...]:
    return (
        [number.value for number in facts.numbers if counts(number)],
        [(moment.month, moment.day) for moment in facts.moments if moment.month],
        [moment.year for moment in facts.moments if moment.year],
    )


def _picks(statement: Statement, evidence: Evidence) -> bool:
    """Whether a statement in another language picks one of several like numbers: which of them a word
    belongs to cannot be told across languages, so it must give all of them, in the same order."""
    for stated in statement.facts.numbers:
        same_unit = {own.unit for own in evidence.facts.numbers if own.value == stated.value}
        rivals = [own.value for own in evidence.facts.numbers if own.unit in same_unit]
        given = [number.value for number in statement.facts.numbers if number.value in rivals]
        if given != rivals:
            return True
    return False


def _groups(index: str) -> list[str]:
    """What belongs to each quantity: between semicolons all, if there is only one; else its clause and those
    without a quantity before it (「使用会客厅的，每半天300元」)."""
    found: list[str] = []
    for group in filter(str.strip, _GROUP.split(index)):
        clauses = clauses_of(group)
        if sum(bool(_quantities(clause)) for clause in clauses) < 2:
            found.append(group)
            continue
        waiting = ""
        for clause in clauses:
            waiting = f"{waiting},{clause}" if waiting else clause
            if _quantities(clause):
                found.append(waiting)
                waiting = ""
        found += [waiting] if waiting else []
    return found
