"""Frames: what a statement says first of where its matter stands, 「按2023年修订的办法，」, 「2023年第四届理事会议定，」.

It says no more than which document is cited, and the sentence cited does not repeat it; so it is verified by what stands
above that sentence, and what follows it by the sentence alone.
"""

import re
from functools import lru_cache

from bot.writing.evidence import Evidence, Statement
from bot.writing.facts import find_facts

_LEAST_RUN = 4  # characters of a title that are no coincidence
_FILLER = re.compile(
    r"[\s,:、《》\"“”()]+|按照?|依照?|根据|据|在|于|自|从|由|的|中|里|上|起施行|规定|载明|说明|议定|决定|显示|提到|指出|修订|要求|通过|章程|办法|细则|规则|规定|制度|通知|公告|报告|纪要|总结|计划|年度|全年|当年|版|年|度|本会|商会|协会|学会"
    r"|\b(?:in|on|at|under|by|of|according to|as of|the)\b"
)
_YEAR = re.compile(r"(?:19|20)\d\d年?(?!\d|[./-]\d|\d?\d月)")
_DATE = re.compile(r"((?:19|20)\d\d)年(\d{1,2})月(\d{1,2})日")


def without_frame(statement: Statement, evidence: Evidence) -> Statement | None:
    """What a statement says behind its frame; None where it has none, or its frame dates the evidence otherwise than that
    is dated."""
    end = _end(statement.index, evidence)
    frame = find_facts(statement.index[:end])
    if not end or end == len(statement.index):
        return None
    core = _stated(statement.text[end:])
    if not core.words:
        return None
    is_dated = frame.years <= evidence.years or evidence.dated_years <= core.facts.years
    own = {(moment.month, moment.day) for moment in evidence.facts.moments if moment.month}
    is_day = any(moment.day for moment in frame.moments)
    is_other_day = is_day and not own <= {(moment.month, moment.day) for moment in core.facts.moments}
    return core if is_dated and not is_other_day else None


@lru_cache(maxsize=512)
def _stated(text: str) -> Statement:
    return Statement.of(text)


def _end(index: str, evidence: Evidence) -> int:
    """Where the frame of folded text ends, and what is stated begins."""
    at = 0
    while at < len(index) and (length := _length(index, at, evidence)):
        at += length
    return at


def _length(index: str, at: int, evidence: Evidence) -> int:
    """How many characters from `at` are of a frame."""
    if match := _FILLER.match(index, at):
        return len(match[0])
    if (match := _YEAR.match(index, at)) and int(match[0][:4]) in evidence.years_above:
        return len(match[0])
    document = evidence.places[0].document
    if (
        match := _DATE.match(index, at)
    ) and document.kind == "minutes":  # a notice is of another day than what it tells of
        return len(match[0]) if "{}-{:0>2}-{:0>2}".format(*match.groups()) == document.date else 0
    run = 0
    while at + run < len(index) and index[at : at + run + 1] in evidence.context.index:
        run += 1
    return run if run >= _LEAST_RUN else 0
