"""The conversations that a browser remembers: for each, the ids of its answers, oldest first.

That list is all the browser keeps; what was asked and answered is in the journal. The last one is current.
"""

import json
from collections.abc import Callable
from itertools import chain

from bot.journal import Entry

_MOST, _LONGEST = 30, 100  # conversations, answers in one

Conversations = list[list[str]]
Find = Callable[[str], Entry | None]  # an answer by its id, if there is one for the visitor


def remembered(sent: object) -> Conversations:
    """What a browser sent, JSON or not, as conversations; there is always a current one."""
    try:
        value = json.loads(sent) if isinstance(sent, str) else None
    except ValueError:
        value = None
    found = [
        [id_ for id_ in each if isinstance(id_, str)]
        for each in (value if isinstance(value, list) else [])
        if isinstance(each, list)
    ]
    return within_limits(found)[0] or [[]]


def within_limits(conversations: Conversations) -> tuple[Conversations, list[str]]:
    """As many as a browser remembers, and the ids of the answers that fall off."""
    kept = [each[-_LONGEST:] for each in conversations[-_MOST:]]
    known = set(chain.from_iterable(kept))
    return kept, [id_ for id_ in chain.from_iterable(conversations) if id_ not in known]


def with_answer(conversations: Conversations, id_: str) -> Conversations:
    """With one more answer in the current conversation; one that the journal could not keep has no id."""
    return [*conversations[:-1], [*conversations[-1], id_]] if id_ else conversations


def with_new(conversations: Conversations) -> Conversations:
    """With an empty current conversation."""
    return [*(each for each in conversations if each), []]


def with_current(conversations: Conversations, id_: str) -> Conversations:
    """With the conversation that holds an answer as the current one, where there is one."""
    chosen = next((each for each in conversations if id_ in each), None)
    if chosen is None:
        return conversations
    return [*(each for each in conversations if each and each is not chosen), chosen]


def entries(find: Find, ids: list[str]) -> list[Entry]:
    """The answers that are still found, in order."""
    return [entry for id_ in ids if (entry := find(id_))]


def past(find: Find, conversations: Conversations) -> list[Entry]:
    """The first answer of each conversation but the current one, newest first."""
    firsts = (
        next((entry for id_ in each if (entry := find(id_))), None) for each in reversed(conversations[:-1])
    )
    return [entry for entry in firsts if entry]
