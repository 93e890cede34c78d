"""Title, kind, date, years and source of a document, read from its text."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import PurePath

from ingest.document import Block, Kind
from ingest.fold import fold
from ingest.numerals import MONTH_NUMBERS, MONTHS, ZEROS, parse_numeral

# The kind one of whose words ends last in the title, of two that end there the first; patterns are of folded text.
_KINDS: tuple[tuple[Kind, str], ...] = (
    ("minutes", "纪要|会议记录"),
    ("charter", "章程"),
    ("rule", "办法|规定|制度|条例|细则|规则"),
    ("decision", "决定|决议"),
    ("notice", "通知|邀请函|倡议书"),
    ("announcement", "公告|公示|通报|简讯|启事"),
    ("ledger", "台账|台帐|统计表|一览|名单|名册|登记|明细"),
    ("plan", "计划|要点|规划|方案"),
    ("report", "报告|总结|汇报|会议|座谈|召开|年会|大会"),
)
# Four digits before a measure word count things, they name no year; 「2024元旦」 does.
COUNTED = r" ?(?:[余多场万亿次件份页册%]|家(?!庭)|人(?![大才])|名(?![单册])|元(?![旦宵])|个(?!人(?:赛|会员|组|项)))|[,.]\d"
YEAR = re.compile(rf"(?<![\d.])((?:19|20)\d{{2}})(?!\d)(?:(?=\.\d{{1,2}}\.\d{{1,2}}(?!\d))|(?!{COUNTED}))")
NAMED_YEAR = re.compile(rf"{YEAR.pattern}年?")
# 「2023年12家企业」 and 「2023年1-6月」 are no dates, and 「2023年5月20余家企业」 names no day.
_DAY = rf"(?: ?(\d{{1,2}})(?: ?日|(?!\d)(?!{COUNTED})))?"
_DATE = re.compile(
    rf"(?<!\d)((?:19|20)\d{{2}}) ?(?:年 ?(\d{{1,2}}) ?月{_DAY}|[./-] ?(\d{{1,2}})(?: ?[./-] ?(\d{{1,2}}))?(?!\d))"
)
_CHINESE_DATE = re.compile(
    rf"([二一][{ZEROS}一二三四五六七八九]{{3}})年([十一二三四五六七八九]{{1,3}})月(?:([十一二三四五六七八九]{{1,3}})日)?"
)
_CHINESE_YEAR = re.compile(rf"((?:二[{ZEROS}]|一九)[{ZEROS}一二三四五六七八九]{{2}})年")
_ENGLISH_DATE = re.compile(
    rf"(?:(\d{{1,2}})(?: ?[-~] ?\d{{1,2}})? )?(?<![a-z])({'|'.join([*MONTHS, 'sept', *MONTH_NUMBERS])})\.?(?: (\d{{1,2}}),)? ((?:19|20)\d{{2}})"
)
_MONTH_DAY = re.compile(r"(?<![\d年])(\d{1,2})月(\d{1,2})日")
_YEAR_RANGE = re.compile(r"((?:19|20)\d{2})年?(?:-|~|至|到)((?:19|20)\d{2})")
_STATED = re.compile("(?:日期|时间):")
# What was adopted once and revised since is as of the last revision.
_REVISED = re.compile(r"(?:修订|修正|修改)(?:通过)?\)?$")
_SOURCE = re.compile(r"^(?:来源|信息来源|稿源)[: ]+(.+)$")
# What programs call a file that nobody has named.
_NO_TITLE = re.compile(
    r"(?:powerpoint (?:演示文稿|簡報|presentation)|microsoft word\b.*|untitled.*|\(anonymous.*|(?:幻灯片|演示文稿|文档|工作簿|新建.*文档) ?\d*)",
    re.IGNORECASE,
)
_NO_KIND: Kind = "document"
_LONGEST_TITLE = 80
_SIGNATURE_BLOCKS, _OPENING_BLOCKS = 4, 6


def find_title(own_title: str | None, blocks: Sequence[Block], name: str) -> str:
    """The title: the file's own, else the heading or short lines at the top, else the file's name."""
    if own_title and not _NO_TITLE.fullmatch(own_title.strip()):
        return own_title
    opening, stem = blocks[:_OPENING_BLOCKS], PurePath(name).stem
    if _is_name_of_sheet(opening) and find_kind(opening[0].text) == _NO_KIND != find_kind(stem):
        return stem
    for first, second in zip(opening, [*opening[1:], Block("")], strict=True):
        if _is_title(first):
            # An office sets its name on a line of its own, above what the document is.
            is_split = _is_title(second) and find_kind(first.text) == _NO_KIND != find_kind(second.text)
            return first.text + second.text if is_split else first.text
    return stem


def _is_name_of_sheet(opening: Sequence[Block]) -> bool:
    """Whether a heading stands right above rows: 「2025年」 says less of a ledger than the name of its file."""
    return [block.kind for block in opening[:2]] == ["heading", "row"]


def _is_title(block: Block) -> bool:
    return block.kind == "heading" or (block.kind == "paragraph" and _is_title_line(block.text))


def _is_title_line(text: str) -> bool:
    return (
        4 <= len(text) <= _LONGEST_TITLE and text[-1] not in "。；;：:，,!！?？" and not is_date(fold(text))
    )


def is_date(index: str) -> bool:
    """Whether folded text is a date and nothing else."""
    return bool(_DATE.fullmatch(index) or _CHINESE_DATE.fullmatch(index))


def find_kind(title: str) -> Kind:
    """The kind of document its title says it is; "document" when it says nothing."""
    index = fold(title)
    # The head noun of a Chinese title stands last: 「关于印发会费管理办法的通知」 is a notice.
    found = [(match.end(), kind) for kind, words in _KINDS for match in re.finditer(words, index)]
    return max(found, key=lambda pair: pair[0])[1] if found else _NO_KIND


def find_date(title: str, texts: Sequence[str]) -> str | None:
    """The date of the event or issue, as exact as the text gives it; None rather than a guess.

    In order: a date standing alone at the end (the signature), one that the opening states as such,
    the first full date of the opening (of a rule's history the last revision), a month and day that open the report, the title's year.
    """
    lines = [fold(text) for text in texts if text]
    alone = [line for line in lines[-_SIGNATURE_BLOCKS:] if is_date(line)]
    opening = lines[:_OPENING_BLOCKS]
    stated = [line for line in opening if _STATED.search(line)]
    for line in [*alone[::-1], *stated, *opening]:
        if found := find_dates(line):
            opens = found[-1:] if _REVISED.search(line) else found[:1]
            return max(opens if line in opening else found, key=len)
    return _month_day(opening, _frequent_years(lines)) or _title_year(title)


def find_dates(line: str) -> list[str]:
    """The dates in folded text, in ISO 8601, without a day where it names none."""
    numeric = [
        _iso(year, month or other_month, day or other_day)
        for year, month, day, other_month, other_day in _DATE.findall(line)
    ]
    chinese = [_iso(*match.groups()) for match in _CHINESE_DATE.finditer(line)]
    english = [
        _iso(year, str(MONTH_NUMBERS[month[:3]]), before or after)
        for before, month, after, year in _ENGLISH_DATE.findall(line)
    ]
    return [date for date in (*numeric, *chinese, *english) if date]


def _iso(year: str, month: str, day: str | None) -> str | None:
    """ISO 8601 of what reads like a date; None when there is no such day."""
    try:
        found = date(parse_numeral(year), parse_numeral(month), parse_numeral(day) if day else 1)
    except ValueError:
        return None
    return found.isoformat() if day else found.isoformat()[:7]


def _month_day(opening: Sequence[str], years: Sequence[int]) -> str | None:
    # A report opens 「2月10日上午」 and leaves its year to the context: the latest it speaks of repeatedly.
    for line in opening:
        if years and (match := _MONTH_DAY.search(line)):
            return _iso(str(years[-1]), *match.groups())
    return None


def _title_year(title: str) -> str | None:
    years = find_years(title)
    return str(years[-1]) if years else None


def _frequent_years(lines: Sequence[str]) -> list[int]:
    counts = Counter(year for line in lines for year in _named(line))
    return sorted(year for year, count in counts.items() if count > 1) or sorted(counts)


def find_years(text: str) -> tuple[int, ...]:
    """The years named in `text`, ranges filled, in order."""
    return years_in(fold(text))


def years_in(index: str) -> tuple[int, ...]:
    """The years named in folded text, ranges filled, in order."""
    years = set(_named(index))
    for first, last in _YEAR_RANGE.findall(index):
        years.update(range(int(first), int(last) + 1))
    return tuple(sorted(years))


def is_season(title: str, years: Sequence[int]) -> bool:
    """Whether years that follow one another are one thing in a title: 「2024—2025学年」, but not 「2024年总结和2025年打算」."""
    return any(
        int(first) <= min(years) and max(years) <= int(last)
        for first, last in _YEAR_RANGE.findall(fold(title))
    )


def _named(index: str) -> list[int]:
    return [*map(int, YEAR.findall(index)), *map(parse_numeral, _CHINESE_YEAR.findall(index))]


def covered_years(title: str, date: str | None, texts: Sequence[str]) -> tuple[int, ...]:
    """The years the document covers: those of its title, else of its date and those it keeps naming."""
    if named := find_years(title):
        return named
    frequent = _frequent_years([fold(text) for text in texts])
    return tuple(sorted({*frequent, *([year_of(date)] if date else [])}))


def year_of(date: str) -> int:
    """The year of a date in ISO 8601, however exact."""
    return int(date[:4])


def find_source(texts: Sequence[str]) -> str | None:
    """What the document's own source line names (「来源：…」)."""
    for text in texts:
        if match := _SOURCE.match(fold(text)):
            return text[match.start(1) : match.end(1)]
    return None
