"""Support: whether one piece of evidence states what a statement does."""

import re
from collections import Counter
from collections.abc import Callable

from bot.writing.connections import misconnects
from bot.writing.evidence import Evidence, Statement, bigrams, clauses_of, counts, same_language
from bot.writing.facts import Moment, Number, bounds, find_facts, titles, without_bounds
from bot.writing.frame import without_frame
from bot.writing.wording import Text, Word
from ingest.fold import script_of

# What a statement must share with its sentence; set on the statements of tests/test_verify.py.
LEAST_SHARED, LEAST_SHARED_ACROSS = 0.8, 0.75
LEAST_COSINE, LEAST_COSINE_ACROSS = 0.78, 0.75

_DENIALS = re.compile(
    r"不(?!断|仅|但|同|少|良|久|动产|锈|限)|未(?!来)|无(?!论|偿)|没|非(?!营利|常|洲|遗|物质)|免|勿|禁|否(?!决)|拒|弃"
    r"|\b(?:not?|never|without|none|neither|nor|free|cannot|un(?!i|der|til)\w+)\b|n't\b"
)
_MUST = re.compile(
    r"必须|应当|应该|(?<![反供对相响])应(?![用急届到])|须|务必|\b(?:must|shall|should|required?)\b"
)
_MAY = re.compile(r"可以|可(?!行|持续|靠)|有权|自愿|能够|\b(?:may|can|optional)\b")
_WHEN = re.compile(r"[前中后初早近]期|[去今明]年|[上下]半年|上一?年")
_EXCEPT = re.compile(
    r"以外(?![商资国籍币部])|之外|除(?!夕|险|名)|\b(?:outside|except|excluding|other than|besides|beyond|apart from)\b"
)
_OPPOSITES = (
    ("增加", "减少"), ("增长", "下降"), ("上升", "下降"), ("提高", "降低"), ("高于", "低于"), ("同意", "反对"),
    ("赞成", "反对"), ("收入", "支出"), ("以上", "以下"), ("之前", "之后"), ("以前", "以后"), ("上午", "下午"),
    ("最高", "最低"), ("最多", "最少"), ("第一", "最后"), ("入会", "退会"), ("开始", "结束"), ("当选", "落选"),
    ("通过", "否决"), ("单位会员", "个人会员"), ("增设", "撤销"), ("批准", "驳回"), ("公开", "保密"),
)  # fmt: skip


def supports(statement: Statement, evidence: Evidence) -> bool:
    """Whether the evidence states what the statement does, by facts, connections, denial and words: all of it, or what
    stands behind its frame."""
    if _supports(statement, evidence):
        return True
    core = without_frame(statement, evidence)
    return core is not None and _supports(core, evidence) and not _reverses(statement, evidence)


def _supports(statement: Statement, evidence: Evidence) -> bool:
    same = same_language(statement, evidence)
    return (
        _has_facts(statement, evidence)
        and all(evidence.has(word) for word in statement.words if word.is_name)
        and _has_titles(statement, evidence)
        and _denies_alike(statement, evidence, same)
        and bool(_EXCEPT.search(statement.index)) == bool(_EXCEPT.search(evidence.text.index))
        and not _reverses(statement, evidence)
        and shared(statement, evidence.has) >= (LEAST_SHARED if same else LEAST_SHARED_ACROSS)
        and shared(statement, evidence.text.has) >= (0.5 if same else 0.4)
        and not misconnects(statement, evidence, same)
    )


def shared(statement: Statement, has: Callable[[Word], bool]) -> float:
    total = sum(word.weight for word in statement.words)
    return sum(word.weight for word in statement.words if has(word)) / total if total else 1.0


def _has_facts(statement: Statement, evidence: Evidence) -> bool:
    own, stated = evidence.facts, statement.facts
    return (
        all(any(equal(number, each) for each in own.numbers) for number in stated.numbers if counts(number))
        and all(_dated(moment, evidence) for moment in stated.moments)
        and set(stated.times) <= set(own.times)
        and set(stated.codes) <= set(own.codes)
        and set(_WHEN.findall(statement.index)) <= set(_WHEN.findall(evidence.text.index + evidence.leads.index))
        and (not (stated.numbers or stated.moments) or bounds(statement.index) == bounds(evidence.text.index)
             or (not any(bounds(statement.index)) and _bound_elsewhere(statement, evidence)))
    )  # fmt: skip


def _bound_elsewhere(statement: Statement, evidence: Evidence) -> bool:
    """Whether the evidence's bounds stand in clauses that hold none of the statement's numbers."""
    return not any(
        any(bounds(clause)) and any(equal(a, b) for a in statement.facts.numbers for b in find_facts(clause).numbers)
        for clause in clauses_of(evidence.text.index)
    )  # fmt: skip


def equal(stated: Number, own: Number) -> bool:
    if stated.value != own.value:
        return False
    return (
        stated.unit == own.unit
        or "" in (stated.unit, own.unit)
        or {stated.unit, own.unit} <= {"个", "家", "项"}
    )


def _dated(moment: Moment, evidence: Evidence) -> bool:
    if moment.month is None:
        return moment.year in evidence.years
    return any(
        moment.month == own.month
        and (moment.day is None or moment.day == own.day)
        and (moment.year is None or (moment.year == (own.year or moment.year) and (own.year or moment.year in evidence.years)))
        for own in evidence.facts.moments
    )  # fmt: skip


def _has_titles(statement: Statement, evidence: Evidence) -> bool:
    """Every title is in the evidence as long as the statement has it, and belongs to the same name."""
    own = Counter(t for text in (evidence.text, evidence.context) for t, _ in titles(text.index))
    stated = titles(statement.index)
    if script_of(statement.text) == "en":
        stated = [
            (form, 0) for word in statement.words for form in word.forms if titles(form)[:1] == [(form, 0)]
        ]
        names = [word for word in statement.words if word.is_person]
        wanted = {form for form, _ in stated}
        return not wanted or not names or all(wanted & _titles_of(name, evidence) for name in names)
    if not Counter(title for title, _ in stated) <= own:
        return False
    held = ""  # the name of the part before, for 「王广国，会长」
    for part in re.split(r"[,、;:。]", statement.index):
        part_titles = {title for title, _ in titles(part)}
        names = [word for word in statement.words if word.is_person and word.forms[0] in part]
        holders = names or [word for word in statement.words if held and word.forms[0] == held]
        for name in holders:
            if part_titles and not part_titles <= _titles_of(name, evidence):
                return False
        held = names[-1].forms[0] if names and not part_titles else ""
    return True


def _titles_of(name: Word, evidence: Evidence) -> set[str]:
    """The titles beside a name; those of the part before it when it has none (「副会长：甲、乙」)."""
    found: set[str] = set()
    before: set[str] = set()
    for part in re.split(r"[,、;:。]", evidence.text.index):
        own = {title for title, _ in titles(part)}
        if Text(part).has(name):
            found |= own or before
        before = own or before
    return found or {title for title, _ in titles(evidence.leads.index)}


def _denies_alike(statement: Statement, evidence: Evidence, same: bool) -> bool:
    if not same:
        return bool(_denials(statement.index)) == bool(_denials(evidence.text.index))
    own = clauses_of(evidence.text.index)
    for clause in clauses_of(statement.index):
        bag = bigrams(clause)
        nearest = max(own, key=lambda each: (len(bag & bigrams(each)), -len(each)), default="")
        if _denials(clause) != _denials(nearest):
            return False
    return not (
        (_MUST.search(statement.index) and _MAY.search(evidence.text.index) and not _MUST.search(evidence.text.index))
        or (_MAY.search(statement.index) and _MUST.search(evidence.text.index) and not _MAY.search(evidence.text.index))
    )  # fmt: skip


def _denials(index: str) -> int:
    """How often folded text denies something: twice is not once."""
    return len(_DENIALS.findall(without_bounds(index)))


def _reverses(statement: Statement, evidence: Evidence) -> bool:
    """Whether the statement says one of two opposites and the evidence only the other."""
    for one, other in (*_OPPOSITES, *((b, a) for a, b in _OPPOSITES)):
        if one in statement.index and one not in evidence.text.index and other in evidence.text.index:
            return True
    return False
