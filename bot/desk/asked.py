"""What members asked in vain: refused and thumbed-down questions of the journal, near-equal ones together."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

import numpy as np

from bot.journal import Entry
from bot.question import leant_on
from ingest.document import AUDIENCES, Audience
from ingest.embed import Embedder, Vectors
from ingest.fold import Language, fold

# Ten pairs that ask the same in other words have .965 to .998.
_SAME = 0.965
_NUMBER = re.compile(r"[0-9一二三四五六七八九十两百千万]+")
_REFUSED = "refused"
_LONGEST_LABEL = 80  # characters


@dataclass(frozen=True)
class Asked:
    """A question behind the ones that it follows, asked of what `audience` may read."""

    question: str
    history: tuple[str, ...]
    audience: Audience


@dataclass(frozen=True)
class Group:
    """Questions that ask the same; `question` is the last one's wording, `reasons` say how often each: "refused"
    or a reason of `bot.journal`. `asked_at` is when it was last asked, ISO 8601 in UTC; `audience` is what even the
    asker who may read the least belongs to."""

    id: str
    question: str
    wordings: tuple[str, ...]
    count: int
    asked_at: str
    reasons: dict[str, int]
    comments: tuple[str, ...]
    history: tuple[str, ...]
    language: Language
    audience: Audience

    @property
    def asked(self) -> Asked:
        """The question as it is asked again."""
        return Asked(self.question, self.history, self.audience)

    def continues(self, other: "Group") -> bool:
        """Whether it may be a group that was seen before, whatever has been asked or erased since."""
        return self.history == other.history and not set(self.wordings).isdisjoint(other.wordings)

    @property
    def label(self) -> str:
        """The question in one line, behind the one that it follows; cut where it is long."""
        line = " → ".join([*self.history[-1:], self.question])
        return line if len(line) <= _LONGEST_LABEL else line[: _LONGEST_LABEL - 1] + "…"


class Grouping:
    """Groups questions by their words, then by their meaning. Thread safe; vectors are kept until the next time."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._vectors: dict[str, Vectors] = {}

    def groups(self, entries: Sequence[Entry]) -> list[Group]:
        """The groups of `entries`, which are newest first; the most frequent group first."""
        by_words: dict[str, list[Entry]] = {}
        for entry in entries:
            by_words.setdefault(_key(entry), []).append(entry)
        gathered: list[list[Entry]] = []
        leaders: list[str] = []
        vectors = self._embedded(list(by_words))
        for key in by_words:
            near = [number for number, leader in enumerate(leaders) if _is_same(key, leader, vectors)]
            if near:
                gathered[near[0]] += by_words[key]
            else:
                leaders.append(key)
                gathered.append(by_words[key])
        return sorted(map(_group, gathered), key=lambda group: (-group.count, group.question))

    def _embedded(self, keys: list[str]) -> dict[str, Vectors]:
        known = self._vectors
        missing = [key for key in keys if key not in known]
        if missing:
            made = self._embedder.queries([key.partition("\n")[0] for key in missing])
            known = known | dict(zip(missing, made.astype(np.float32), strict=True))
        kept = {key: known[key] for key in keys}  # a question erased is a vector erased
        self._vectors = kept
        return kept


def _is_same(key: str, leader: str, vectors: Mapping[str, Vectors]) -> bool:
    same_numbers = _NUMBER.findall(key) == _NUMBER.findall(leader)
    # A follow-up is itself only after the same questions.
    same_topic = key.partition("\n")[2] == leader.partition("\n")[2]
    return same_numbers and same_topic and float(vectors[key] @ vectors[leader]) >= _SAME


def _key(entry: Entry) -> str:
    """The letters and digits of a question, then those of the ones before it, a line each."""
    asked = (entry.answer.question, *_context(entry))
    return "\n".join("".join(filter(str.isalnum, fold(question))) for question in asked)


def _context(entry: Entry) -> tuple[str, ...]:
    """The questions before it, if it leans on them; one that stands for itself is the same wherever it is asked."""
    return leant_on(entry.answer.question, entry.history)


def _group(entries: list[Entry]) -> Group:
    newest = max(entries, key=lambda entry: entry.asked_at)
    reasons: Counter[str] = Counter()
    for entry in entries:
        if entry.feedback.verdict == "down":
            reasons[entry.feedback.reason or "other"] += 1
        else:
            reasons[_REFUSED] += 1
    wordings = tuple(dict.fromkeys(entry.answer.question for entry in entries))
    history = _context(newest)
    return Group(
        id=sha256("\n".join([*sorted(wordings), *history]).encode()).hexdigest()[:16],
        question=newest.answer.question,
        wordings=wordings,
        count=len(entries),
        asked_at=newest.asked_at,
        reasons=dict(reasons.most_common()),
        comments=tuple(entry.feedback.comment for entry in entries if entry.feedback.comment),
        history=history,
        language=newest.answer.language,
        audience=min((entry.clearance for entry in entries), key=AUDIENCES.index),
    )
