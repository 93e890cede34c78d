"""Superlatives: the row of a table that has the most or the least of what a question asks about (「谁捐得最多」)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.lists import table_of
from bot.question import Question
from bot.sentences import ScoredSentence
from ingest.cells import pairs_of
from ingest.document import Document
from ingest.fold import fold
from ingest.metadata import find_years

# 「最多能借多少」 asks for a limit.
_MOST = re.compile(r"最[多大高贵长重](?![能可几为])|\b(?:most|largest|biggest|highest|longest)\b(?! recent)")
_LEAST = re.compile(r"最[少小低便短轻](?![能可几为])|\b(?:fewest|least|lowest|smallest|cheapest|shortest)\b")
_NEAR = 2  # sentences, of which one must be a row
_NUMBER = re.compile(r"[^\d]{0,3}(\d[\d,]*(?:\.\d+)?) ?([万亿]?)([^\d]{0,8})")
_TIMES = {"": 1, "万": 10_000, "亿": 100_000_000}
_MONEY = re.compile(r"捐|贵|便宜|钱|金额|花|\b(?:donat|paid|pay|spen|cheap|cost|mon(?:ey|ies))")
_IS_MONEY = re.compile(r"[元镑币]")
_NO_AMOUNT = re.compile(r"编?号|电话|手机|日期|时间|年份|序")
_TOTAL = re.compile(r"合计|总计|小计|共计|\btotal\b")
_FEWEST_ROWS = 2

Amounts = dict[int, float]  # by the number of the row


def extreme_row(question: Question, scored: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """The rows, more than one if they are equal, with the most or least of what is asked about, of the table of the best
    row; empty where no superlative asks for it or it is open which column counts."""
    is_most, is_least = bool(_MOST.search(question.text)), bool(_LEAST.search(question.text))
    row = next((each for each in scored[:_NEAR] if each.sentence.kind == "row"), None)
    if row is None or is_most == is_least:
        return ()
    rows = _of_years(question, row.document, table_of(row.document, row.number))
    columns = {name: found for name, found in _amounts(row.document, rows) if len(found) >= _FEWEST_ROWS}
    name = _column(question, columns)
    if name is None:
        return ()
    best = (max if is_most else min)(columns[name].values())
    return tuple(replace(row, number=n) for n, amount in columns[name].items() if amount == best)


def _of_years(question: Question, document: Document, rows: Sequence[int]) -> list[int]:
    """The rows of the years that the question names; all where none names one of them."""
    kept = [n for n in rows if not _TOTAL.search(document.index_quote(n))]
    dated = [n for n in kept if set(question.years) & set(find_years(document.index_quote(n)))]
    return dated or kept


def _amounts(document: Document, rows: Sequence[int]) -> Iterator[tuple[str, Amounts]]:
    """Each column of numbers, by its name and unit: 「会员 人」."""
    cells: dict[str, dict[int, str]] = {}
    for number in rows:
        for name, value in pairs_of(document.quote(number)):
            cells.setdefault(fold(name), {})[number] = fold(value).strip()
    for name, values in cells.items():
        found = {number: _NUMBER.fullmatch(value) for number, value in values.items()}
        amounts = {number: _value(match) for number, match in found.items() if match}
        units = {match[3] for match in found.values() if match}
        if len(amounts) == len(found) and len(units) == 1 and not _NO_AMOUNT.search(name):
            yield f"{name} {units.pop()}", amounts


def _value(match: re.Match[str]) -> float:
    return float(match[1].replace(",", "")) * _TIMES[match[2]]


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
