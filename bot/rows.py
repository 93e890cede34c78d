"""Rows that a question chooses: those of a table with the most, the least, more or less than it says, or what it names
(「谁捐得最多」, 「捐款前三名」, 「参加人数超过100人的活动」, 「外联部承办了哪些活动」)."""

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.question import Question
from bot.sentences import ScoredSentence
from bot.tables import rows_alike
from ingest.cells import pairs_of
from ingest.document import Document
from ingest.fold import fold
from ingest.metadata import find_dates, year_of, years_in
from ingest.numerals import CARDINALS, parse_numeral

# 「最多能借多少」 asks for a limit.
_MOST = re.compile(r"最[多大高贵长重](?![能可几为])|\b(?:most|largest|biggest|highest|longest)\b(?! recent)")
_LEAST = re.compile(r"最[少小低便短轻](?![能可几为])|\b(?:fewest|least|lowest|smallest|cheapest|shortest)\b")
_FIRST = re.compile(
    rf"前(十|[两二三四五六七八九]|\d{{1,2}})(?:[名位家强]|个(?!月|季|星期|工作日|学期))|\btop (\d{{1,2}}|{'|'.join(CARDINALS)})\b"
)
_NEAR, _NEAR_CONDITION = 2, 8  # sentences, of which one must be a row
_MOST_ROWS = 40  # that a condition may choose
_AMOUNT = r"(?<!\d)(\d[\d,]{0,20}(?:\.\d{1,9})?) ?([万亿]?)"  # bounded: of any length it would be quadratic
_LIMIT = rf"(?!(?:19|20)\d\d年){_AMOUNT}(?!\d)"
_NUMBER = re.compile(rf"[^\d]{{0,3}}{_AMOUNT}([^\d]{{0,8}})")
_TIMES = {"": 1, "万": 10_000, "亿": 100_000_000}
_UNIT = re.compile(r"\(([万亿])?\w{1,3}\)$")  # of a column: 「经费(万元)」
_COMPARED: tuple[tuple[re.Pattern[str], Callable[[float, float], bool]], ...] = (
    (
        re.compile(
            rf"(?:不少于|不低于|不小于|至少|\b(?:at least|no (?:less|fewer) than)) ?{_LIMIT}|{_LIMIT}[人元家名个场次]*\(?(?:及|或)?以上"
        ),
        operator.ge,
    ),
    (
        re.compile(
            rf"(?:[不没未]超过|没有超过|不多于|不高于|不大于|至多|\b(?:at most|no more than|not (?:more than|over|above))) ?{_LIMIT}|{_LIMIT}[人元家名个场次]*\(?(?:及|或)?以[下内]"
        ),
        operator.le,
    ),
    (re.compile(rf"(?:超过|多于|大于|高于|\b(?:more than|over|above)) ?{_LIMIT}"), operator.gt),
    (
        re.compile(rf"(?:少于|低于|小于|不到|不足|\b(?:less than|fewer than|under|below)) ?{_LIMIT}"),
        operator.lt,
    ),
)
# 「超过3个月」 is of no column.
_OF_TIME = re.compile(
    r" ?(?:个?(?:月|小时|星期|工作日)|[天日年岁周届]|%|(?:days?|weeks?|months?|years?|hours?)\b)"
)
_MONEY = re.compile(
    r"捐|贵|便宜|钱|金额|花|[借贷]款|\b(?:donat|donor|paid|pay|spen|cheap|cost|loan|mon(?:ey|ies))"
)
_IS_MONEY = re.compile(r"[元镑币]")
_NO_AMOUNT = re.compile(r"号|电话|手机|日期|时间|年份|序|名次|排名")
_TOTAL = re.compile(r"合计|总计|小计|共计|\btotal\b")
_FEWEST_TO_RANK, _LARGEST_TABLE = 2, 5000  # rows; to read a larger one would make the member wait
_ASKS_FOR_ROWS = ("list", "how_many", "what")
_OF_ROWS = ("场", "次", "项", "笔", "批")  # what each row of a ledger is one of
_NAME_LENGTH = 2  # characters at least of a cell that a question may name

Amounts = dict[int, float]  # by the number of the row


@dataclass(frozen=True)
class _Condition:
    holds: Callable[[float, float], bool]
    amount: float


def chosen_rows(question: Question, scored: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...] | None:
    """The rows, of the table of the best row, that a superlative, a condition or a name in the question chooses, in their
    order; where it asks how many they are, all that it names. Empty where none keeps the condition. None where it has none of them, or it is open which column counts.

    What a condition chooses covers the question: its numbers need not stand there."""
    condition = _condition(question.text)
    counts_rows = question.type == "how_many" and question.unit in _OF_ROWS
    near = scored[: _NEAR_CONDITION if condition or counts_rows else _NEAR]
    row = next((each for each in near if each.sentence.kind == "row"), None)
    if row is None or (condition and row is not scored[0] and question.type not in _ASKS_FOR_ROWS):
        return None
    first = _first(question.text)
    is_most, is_least = bool(first or _MOST.search(question.text)), bool(_LEAST.search(question.text))
    by_number = condition is not None or is_most != is_least
    by_name = question.type == "list" and row is scored[0]
    if not (by_number or by_name or counts_rows):
        return None
    alike = rows_alike(row.document, row.number)
    if len(alike) > _LARGEST_TABLE:
        return None
    rows = _of_time(question, row.document, alike)
    names = _named(question, row.document, rows)
    named = list(names)
    if not by_number:
        # A sentence that speaks of what is counted tells the number itself.
        is_told = row is not scored[0] and any(
            name in scored[0].index for found in names.values() for name in found
        )
        return None if is_told and not by_name else _shown(row, named) or None
    rows = named or rows
    fewest = 1 if condition and not named else _FEWEST_TO_RANK
    columns = {name: found for name, found in _amounts(row.document, rows) if len(found) >= fewest}
    name = _column(question, columns)
    if name is None:
        return None
    if condition:
        chosen = [n for n, amount in columns[name].items() if condition.holds(amount, condition.amount)]
        return _shown(replace(row, coverage=1.0), chosen) if chosen or row is scored[0] else None
    ranked = sorted(columns[name].values(), reverse=is_most)
    last = ranked[: first or 1][-1]
    holds = operator.ge if is_most else operator.le
    return _shown(row, [n for n, amount in columns[name].items() if holds(amount, last)])


def _first(text: str) -> int | None:
    """How many of the most are asked for: 「前三名」."""
    if match := _FIRST.search(text):
        return parse_numeral(match[1] or match[2])
    return None


def _shown(row: ScoredSentence, chosen: Sequence[int]) -> tuple[ScoredSentence, ...] | None:
    return tuple(replace(row, number=n) for n in chosen) if len(chosen) <= _MOST_ROWS else None


def _condition(text: str) -> _Condition | None:
    for pattern, holds in _COMPARED:
        if (match := pattern.search(text)) and not _OF_TIME.match(text, match.end()):
            number, times = (group for group in match.groups() if group is not None)
            return _Condition(holds, _value(number, times))
    return None


def _of_time(question: Question, document: Document, rows: Sequence[int]) -> list[int]:
    """The rows of the years and months that the question names; of all where no row is of a year."""
    kept = [n for n in rows if not _TOTAL.search(document.index_quote(n))]
    years = {n: _years(document, n) for n in kept} if question.years else {}
    if any(years.values()):
        kept = [n for n in kept if years[n] & set(question.years)]
    if question.months:
        kept = [n for n in kept if question.is_of_month(document.index_quote(n))]
    return kept


def _years(document: Document, row: int) -> set[int]:
    """The years of a row, else of what stands above it."""
    index = document.index_quote(row)
    own = {*years_in(index), *map(year_of, find_dates(index))}
    return own or set(years_in(document.in_context(row)))


def _named(question: Question, document: Document, rows: Sequence[int]) -> dict[int, list[str]]:
    """What the question says of what stands in the cells of each row of which it says something: 「金融部」."""
    names = {n: _names(question.text, document.quote(n)) for n in rows}
    # 「副会长有哪些」 names no 「会长」.
    longest_first = sorted({name for found in names.values() for name in found}, key=len, reverse=True)
    said, rest = set(), question.text
    for name in longest_first:
        if name in rest:
            said.add(name)
            rest = rest.replace(name, " ")
    return {n: kept for n, found in names.items() if (kept := [name for name in found if name in said])}


def _names(text: str, row: str) -> list[str]:
    values = [fold(value) for _, value in pairs_of(row)]
    return [v for v in values if len(v) >= _NAME_LENGTH and not v[0].isdigit() and v in text]


def _amounts(document: Document, rows: Sequence[int]) -> Iterator[tuple[str, Amounts]]:
    """Each column of numbers, by its name and unit: 「会员 人」."""
    cells: dict[str, dict[int, str]] = {}
    for number in rows:
        for name, value in pairs_of(document.quote(number)):
            cells.setdefault(fold(name), {})[number] = fold(value).strip()
    for name, values in cells.items():
        unit = _UNIT.search(name)
        times = unit[1] or "" if unit else ""
        found = {number: _NUMBER.fullmatch(value) for number, value in values.items()}
        amounts = {number: _value(match[1], match[2] or times) for number, match in found.items() if match}
        units = {match[3] for match in found.values() if match}
        if len(amounts) == len(found) and len(units) == 1 and not _NO_AMOUNT.search(name):
            yield f"{name} {units.pop()}", amounts


def _value(number: str, times: str) -> float:
    return float(number.replace(",", "")) * _TIMES[times]


def _column(question: Question, columns: dict[str, Amounts]) -> str | None:
    """The only column, or the one that the question names, or else speaks of in other words or by its unit."""
    if len(columns) == 1:
        return next(iter(columns))
    words = {word for term in question.terms for word in term.words}
    said = [
        [each for each in columns if each.split()[0] in question.text],
        [each for each in columns if any(word in each or each.split()[0] in word for word in words)],
        [each for each in columns if _MONEY.search(question.text) and _IS_MONEY.search(each)],
    ]
    return next((found[0] for found in said if len(found) == 1), None)
