"""The years, months and days that a question names. Patterns are of folded text."""

import re
from datetime import date, timedelta

from ingest.metadata import years_in
from ingest.numerals import MONTHS, NUMERAL, parse_numeral

NEXT_YEAR = r"明年|(?<![以年])来年|次年|(?<!以)下一?年"  # a pattern: no 「以来年费」, no 「五年来年均」
# 「22年的…」; 「满10年」, 「入会15年」, 「超过10年」 are none.
_SHORT_YEAR = re.compile(
    r"(?<![\d第满近约共立期足超了每龄])(?<!入会)(?<!超过)(?<!不到)(?<!缴费)(?<!连续)(?<!从业)(?<!工作)(?<!服务)(?<!任职)"
    r"([12]\d)(?:年(?=[^前后内间以来多]|$)|(?=[和与跟、][12]\d年))"
)
_YEAR_AFTER = re.compile(
    rf"((?:19|20)\d\d)年?底?[^和与跟、比,]{{0,10}}?(?:{NEXT_YEAR})"
    r"|\b((?:19|20)\d\d)\b.{0,60}?\b(?:following|next|coming) year\b"
)
# 「3月」, 「三月」, not 「3月18日」; 「1-3月」
_A_MONTH = rf"(?<![\d十])(1[0-2]|0?[1-9]|{NUMERAL})"
_MONTHS = re.compile(
    rf"{_A_MONTH}(?:月份?)?[-~至到](1[0-2]|0?[1-9]|{NUMERAL})月(?!\d)|{_A_MONTH}月(?![\d底一二三四五六七八九十])"
)
_ENGLISH_MONTH = re.compile(rf"\b(?:in|of|during) ({'|'.join(MONTHS)})\b(?! \d{{1,2}}\b)")
_QUARTER = re.compile(r"(前?)([一二三四1-4])季度")
# By how many days from today. 「今天」 is mostly said of what holds now.
_DAYS = {
    "昨天": -1,
    "昨晚": -1,
    "yesterday": -1,
    "今晚": 0,
    "tonight": 0,
    "明天": 1,
    "明早": 1,
    "明晚": 1,
    "tomorrow": 1,
}
_DAY = re.compile(rf"(?<!美好)(?<!of )(?:{'|'.join(_DAYS)})")
# Not 「天气不好怎么办」.
_WEATHER = re.compile(r"天气(?:怎么样|怎样|如何|预报)|\bweather (?:like|forecast|in|today)\b")
_HALVES = {"上半年": range(1, 7), "下半年": range(7, 13)}


def with_whole_years(index: str) -> str:
    """Years in four digits: 「22年」 as 「2022年」."""
    return _SHORT_YEAR.sub(r"20\1年", index)


def years_asked(index: str) -> tuple[int, ...]:
    """The years asked about: of 「2020年报告里的来年计划」 2021."""
    if match := _YEAR_AFTER.search(index):
        return (int(match[1] or match[2]) + 1,)
    return years_in(index)


def months_asked(index: str) -> tuple[int, ...]:
    """The months named, from 1: of 「1-3月」 and 「一季度」 three, of 「上半年」 six."""
    found = {MONTHS.index(name) + 1 for name in _ENGLISH_MONTH.findall(index)}
    for first, last, one in _MONTHS.findall(index):
        found.update(range(parse_numeral(first or one), parse_numeral(last or one) + 1))
    for first, quarter in _QUARTER.findall(index):
        last = 3 * parse_numeral(quarter)
        found.update(range(1 if first else last - 2, last + 1))
    for name, months in _HALVES.items():
        found.update(months if name in index else ())
    return tuple(sorted(month for month in found if month <= 12))


def day_asked(index: str, today: date) -> date | None:
    """The first day named by how far it is from today; the weather is asked of today."""
    if found := _DAY.search(index):
        return today + timedelta(days=_DAYS[found.group()])
    return today if _WEATHER.search(index) else None
