"""Frames: what a statement says first of where its matter stands, 「按2023年修订的办法，」, 「第四届理事会第二次会议决定，」.

The sentence cited does not repeat it, so it is verified by the document's title, headings and date, and what follows by the
sentence. A frame only names the document: whoever or whatever else a title speaks of is not where a matter stands.
"""

import re
from functools import lru_cache

from bot.writing.evidence import Evidence, Statement
from bot.writing.facts import Facts, find_facts

_ACCORDING = re.compile(r"\s*(?:按照?|依照|依据|根据|据|在)(?=\d|《|[\u4e00-\u9fff]{2})")
_ISSUER = re.compile(r"[\u4e00-\u9fff]{2,}?会(?=\d{4}|第|章程|工作|年度)")
_DAY = re.compile(r"((?:19|20)\d\d)[年-](\d{1,2})[月-](\d{1,2})日?")
_YEAR = re.compile(r"(?:19|20)\d\d(?:[-~至](?:19|20)\d\d)?(?:年度?(?!\d)|雪季|学年|赛季)(?:全年)?")
_JOINED = re.compile(r"[,《]*(?:(?:修订|通过|制定|印发|发布)?的)?《?")
_KIND = re.compile(r"章程|办法|细则|规定|规则|制度|守则|公约|通知|公告|通报|报告|总结|清单|名单|方案|决定")
_MEETING = re.compile(r"会议纪要|会议记录|会议|大会")
# What a notice is about; all that it says is, but for what it says of earlier ones.
_EVENT = re.compile(
    r"(?<!停止)(?<!暂停)(?<!取消)(?:举办|召开|组织|开展)(.{3,}?)的?(?:招展|报名|征稿)?(?:通知|公告|启事)"
)
_SESSION = re.compile(r"[前上往首届第][一二三四五六七八九十两\d]*[届次期]")
_SAYS = re.compile(r"》?(?:[中上里])?(?:规定|载明|说明|明确|要求|提到|指出|显示|决定|议定)?[,:]?")
_NUMERAL = "一二三四五六七八九十百〇零0123456789第副"


def without_frame(statement: Statement, evidence: Evidence) -> Statement | None:
    """What a statement says behind its frame; None where it has none, or its frame is not of the evidence's document or year."""
    end = _end(statement.index, evidence)
    if not end or end == len(statement.index):
        return None
    frame, core = find_facts(statement.index[:end]), _stated(statement.text[end:])
    is_day = any(moment.day for moment in frame.moments)  # the document's own, see below
    if not core.words or not _is_of_year(frame.years, core, evidence, is_day):
        return None
    return core if not is_day or _days(evidence.facts) <= _days(core.facts) else None


def _days(facts: Facts) -> set[tuple[int, int | None]]:
    return {(moment.month, moment.day) for moment in facts.moments if moment.month}


@lru_cache(maxsize=512)
def _stated(text: str) -> Statement:
    return Statement.of(text)


def _is_of_year(years: set[int], core: Statement, evidence: Evidence, is_day: bool) -> bool:
    """Whether the years of a frame are the document's, the newest that its title names, and what is dated otherwise keeps
    its own year."""
    above = evidence.years_above
    is_named = is_day or not years or (years <= above and max(above) in years)
    return is_named and (years <= evidence.dated_years or evidence.dated_years <= core.facts.years)


def _end(index: str, evidence: Evidence) -> int:
    """Where the frame of folded text ends, and what is stated begins; 0 where there is none."""
    document = evidence.places[0].document
    at = begun = match.end() if (match := _ACCORDING.match(index)) else 0
    if (match := _ISSUER.match(evidence.title)) and index.startswith(match[0], at):
        at += len(match[0])
    if match := _DAY.match(index, at):
        if document.kind != "minutes" or "{}-{:0>2}-{:0>2}".format(*match.groups()) != document.date:
            return 0  # a notice is of another day than what it tells of
        at = match.end()
    elif match := _YEAR.match(index, at):
        at = match.end()
    if match := _JOINED.match(index, at):
        run = _named(index[match.end() :], evidence, document.kind)
        at = match.end() + run if run or index[at : match.end()] == "," else at
    if at == begun:
        return 0
    says = _SAYS.match(index, at)
    end = says.end() if says else at
    return end if not begun or end > at else 0


def _named(index: str, evidence: Evidence, kind: str) -> int:
    """How many characters of folded text name the document, the meeting whose minutes it is, or the event that it announces, as
    its title or a heading does."""
    longest = 0
    is_of_event = kind == "notice" and not _SESSION.search(evidence.text.index)
    event = _EVENT.search(evidence.title) if is_of_event else None
    for title in (evidence.title, *evidence.headings):
        for at in range(len(title)):
            if at and title[at - 1] in _NUMERAL:
                continue
            run = 0
            while run < len(index) and at + run < len(title) and index[run] == title[at + run]:
                run += 1
            ends = [match.end() for match in _KIND.finditer(index[:run])]
            ends += [match.end() for match in _MEETING.finditer(index[:run])] if kind == "minutes" else []
            if event and title is evidence.title and event.start(1) <= at < event.end(1) <= at + run:
                ends.append(event.end(1) - at)
            longest = max([longest, *ends])
    return longest
