"""The facts a sentence states that must not change by a stroke: numbers, dates, times, titles of office.

All of folded text. 「4万元」 is 40,000 元, 「三十」 is 30, 「January 20」 is 1月20日, 「经费(万元):6.4」 is 64,000 元.
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.words.terms import OFFICE
from ingest.metadata import COUNTED
from ingest.numerals import CARDINALS, MONTH_NUMBERS, ORDINALS

_DIGITS = "〇零一二三四五六七八九"
_SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_ENGLISH = CARDINALS | ORDINALS
_MONTH = (
    r"(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|tember|ober|ember)?\b\.?"
)

_HAN_NUMBER = "[〇零一二三四五六七八九十百千万亿两]"
_UNITS = (
    "平方米|公里|千克|公斤|人次|美元|港元|港币|欧元|日元|人民币|工作日|分钟|小时|星期|"
    "[元个名位家场次人项条届票份批年月天日周岁页点时分秒吨亩倍层号期章款册件套台辆张间栋楼盏所座种类组队区县市省国米瓦度班路艘艇门步箱桌幢块口%‰]"
)
_DATES = (
    re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d) ?[年./-] ?(?P<m>\d{1,2})(?: ?[月./-] ?(?P<d>\d{1,2})(?: ?[日号])?| ?月)(?!\d)"),
    re.compile(r"(?P<y>[一二]\S[〇零○一二三四五六七八九]{2})年(?P<m>[一二三四五六七八九十]{1,3})月(?:(?P<d>[一二三四五六七八九十]{1,3})[日号])?"),
    re.compile(r"(?<!\d)(?P<m>\d{1,2})月(?P<d>\d{1,2})[日号]?"),
    re.compile(rf"(?P<d>\d{{1,2}})(?:st|nd|rd|th)? (?:of )?(?P<m>{_MONTH})(?:,? (?P<y>(?:19|20)\d\d))?"),
    re.compile(rf"\b(?P<m>{_MONTH}) (?P<d>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)(?:,? (?P<y>(?:19|20)\d\d))?"),
    re.compile(rf"\b(?P<m>{_MONTH}),? (?P<y>(?:19|20)\d\d)"),
    re.compile(rf"(?<![\d.])(?P<y>(?:19|20)\d\d)(?:年度?|(?!\d|{COUNTED}))(?!\d)"),
)  # fmt: skip
_TIME = re.compile(
    r"(?P<half>上午|下午|晚上|中午)?(?P<h>\d{1,2})(?::(?P<min>\d\d)|[时点](?:(?P<min2>\d{1,2})分|(?P<thirty>半))?)(?P<ampm> ?[ap]\.?m\b)?"
    r"|(?P<h2>\d{1,2}) ?(?P<ampm2>[ap]\.?m\b)"
)
_CODE = re.compile(r"\d{3,4}-\d{7,8}|\b\d{7,}\b|[a-z0-9._-]+@[a-z0-9.-]+")
_HEADED = re.compile(r"\(([^()\d]{1,4})\):(\d[\d,]*(?:\.\d+)?)")
_NUMBER = re.compile(
    rf"(?P<digits>\d+(?:,\d{{3}})+(?:\.\d+)?|\d+(?:\.\d+)?)(?P<scale> ?[万亿]+|[百千](?=[万元])|[万亿]+| ?(?:hundred|thousand|million|billion)\b)?[余多]? ?(?P<unit>{_UNITS}|yuan|rmb)?"
    rf"|(?P<han>{_HAN_NUMBER}+)[余多]?(?P<unit2>{_UNITS}|成)?"
    rf"|\b(?P<word>{'|'.join(_ENGLISH)})\b(?: (?P<large>hundred|thousand|million|billion)\b)?"
)
_TITLE = re.compile(
    rf"(?:执行|常务|名誉|荣誉|党组|支部|候任|代理|轮值|副|前|原)*(?:{OFFICE}|记录人|主持人|联系人)"
)
_MAXIMUM = re.compile(
    r"不(?:得)?超过|不多于|最多|至多|最高|以内|以下|up to|at most|no more than|not exceed|maximum"
)
_MINIMUM = re.compile(r"不(?:得)?少于|不低于|至少|最少|最低|以上|at least|no (?:fewer|less) than|minimum")


@dataclass(frozen=True)
class Number:
    """A quantity at text[start:end]; `unit` is empty when none is written."""

    value: Decimal
    unit: str
    start: int
    end: int


@dataclass(frozen=True)
class Moment:
    """A date as exact as it is written: year, month and day, each of them None when it is not there."""

    year: int | None
    month: int | None
    day: int | None
    start: int
    end: int


@dataclass(frozen=True)
class Facts:
    """What a text states. `codes` are telephone numbers and addresses, `times` minutes of the day."""

    numbers: tuple[Number, ...]
    moments: tuple[Moment, ...]
    times: tuple[int, ...]
    codes: tuple[str, ...]

    @property
    def years(self) -> set[int]:
        """The years named."""
        return {moment.year for moment in self.moments if moment.year}


def find_facts(index: str) -> Facts:
    """The facts of folded text; what is a date or a code is no number besides."""
    codes = [match[0] for match in _CODE.finditer(index)]
    index = _CODE.sub(_blank, index)
    moments: list[Moment] = []
    for pattern in _DATES:
        moments += [moment for match in pattern.finditer(index) if (moment := _moment(match))]
        index = pattern.sub(lambda match: _blank(match) if _moment(match) else match[0], index)
    times = [_minutes(match) for match in _TIME.finditer(index)]
    index = _TIME.sub(_blank, index)
    headed = [_quantity(match[2], "", match[1], match.span(2)) for match in _HEADED.finditer(index)]
    index = _HEADED.sub(_blank, index)
    numbers = [number for match in _NUMBER.finditer(index) if (number := _number(match))]
    return Facts(
        tuple(sorted([*headed, *numbers], key=lambda each: each.start)),
        tuple(sorted(moments, key=lambda each: each.start)),
        tuple(times),
        tuple(codes),
    )


def titles(index: str) -> list[tuple[str, int]]:
    """The titles of office in folded text, each as long as it stands there, with their offsets."""
    return [(match[0], match.start()) for match in _TITLE.finditer(index)]


def bounds(index: str) -> tuple[bool, bool]:
    """Whether folded text sets an upper and a lower bound (「不超过」, "at least")."""
    return bool(_MAXIMUM.search(index)), bool(_MINIMUM.search(index))


def without_bounds(index: str) -> str:
    """Folded text without its bounds: the 不 of 「不超过」 denies nothing."""
    return _MINIMUM.sub(" ", _MAXIMUM.sub(" ", index))


def _blank(match: re.Match[str]) -> str:
    return "\0" * len(match[0])


def _moment(match: re.Match[str]) -> Moment | None:
    parts = match.groupdict()
    year, month, day = (_part(parts.get(name)) for name in "ymd")
    if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
        return None
    return Moment(year, month, day, *match.span())


def _part(text: str | None) -> int | None:
    if not text:
        return None
    if text.isdecimal():
        return int(text)
    if text[:3] in MONTH_NUMBERS:
        return MONTH_NUMBERS[text[:3]]
    value = chinese_value(text)
    return int(value) if value is not None else None


def _minutes(match: re.Match[str]) -> int:
    hour = int(match["h"] or match["h2"])
    minute = int(match["min"] or match["min2"] or (30 if match["thirty"] else 0))
    half = (match["half"] or match["ampm"] or match["ampm2"] or "").strip()
    if half in ("下午", "晚上") or half.startswith("p"):
        hour = hour % 12 + 12
    return 60 * hour + minute


def _number(match: re.Match[str]) -> Number | None:
    span = match.span()
    if match["digits"]:
        return _quantity(match["digits"], (match["scale"] or "").strip(), match["unit"] or "", span)
    if match["han"]:
        value = chinese_value(match["han"])
        counted = match["unit2"] or len(match["han"]) > 1
        return Number(value, _unit(match["unit2"] or ""), *span) if value is not None and counted else None
    value = Decimal(_ENGLISH[match["word"]]) * _LARGE.get(match["large"] or "", 1)
    return Number(value, "", *span)


def _quantity(digits: str, scale: str, unit: str, span: tuple[int, int]) -> Number:
    value = Decimal(digits.replace(",", ""))
    if unit[:1] in ("万", "亿") and len(unit) > 1:  # a table's heading: 「(万元)」
        scale, unit = scale + unit[0], unit[1:]
    value *= _LARGE.get(scale, 1)
    if scale not in _LARGE:
        for char in scale:
            value *= _SCALES[char]
    return Number(value, _unit(unit), *span)


def _unit(unit: str) -> str:
    return {
        "yuan": "元",
        "rmb": "元",
        "人民币": "元",
        "名": "人",
        "位": "人",
        "港币": "港元",
        "号": "日",
    }.get(unit, unit)


def chinese_value(text: str) -> Decimal | None:
    """The value of a Chinese numeral, by place (「三百二十」) or digit by digit; None for what is none."""
    text = text.replace("○", "〇").replace("两", "二")
    if not any(char in _SCALES for char in text):
        try:
            return Decimal("".join(str(max(_DIGITS.index(char) - 1, 0)) for char in text))
        except ValueError:
            return None
    total = section = digit = 0
    for char in text:
        if char in _DIGITS:
            digit = max(_DIGITS.index(char) - 1, 0)
        elif (scale := _SCALES[char]) < 10**4:
            section += (digit or 1) * scale
            digit = 0
        else:
            total = (total + section + digit) * scale
            section = digit = 0
    return Decimal(total + section + digit)
