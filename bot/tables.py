"""Tables: which rows belong together, and those of the months that a question names."""

from collections.abc import Sequence
from dataclasses import replace

from bot.question import Question
from bot.sentences import ScoredSentence
from ingest.cells import pairs_of
from ingest.document import Document

MOST_ALIKE = 12  # items or rows shown because nothing tells them apart
_NEAR = 3  # sentences at most before the best row of the table that a month is sought in


def of_month(question: Question, scored: Sequence[ScoredSentence]) -> tuple[ScoredSentence, ...]:
    """The rows with a date in the months asked for, of the table of the best row; empty when no month is, or there are none
    or too many."""
    row = next((each for each in scored[:_NEAR] if each.sentence.kind == "row"), None)
    if not question.months or row is None:
        return ()
    rows = (rows_alike if question.years else table_of)(row.document, row.number)
    found = [n for n in rows if question.is_of_month(row.document.index_quote(n))]
    is_table = len(rows) > 1  # 「时间：…；主持：…」 above minutes tells but of the meeting
    return tuple(replace(row, number=n) for n in found) if is_table and len(found) <= MOST_ALIKE else ()


def table_of(document: Document, row: int) -> list[int]:
    """The rows that follow one another around one of them."""
    kinds = [sentence.kind for sentence in document.sentences]
    first = next((n for n in range(row, -1, -1) if kinds[n] != "row"), -1) + 1
    end = next((n for n in range(row, len(kinds)) if kinds[n] != "row"), len(kinds))
    return list(range(first, end))


def rows_alike(document: Document, row: int) -> list[int]:
    """The rows of the document that have the columns of one of them, but for empty cells: a ledger may have a sheet for
    each year."""

    def columns() -> dict[int, set[str]]:
        rows = (n for n, sentence in enumerate(document.sentences) if sentence.kind == "row")
        return {n: {name for name, _ in pairs_of(document.quote(n))} for n in rows}

    found = document.derived("columns", columns)
    return [n for n, names in found.items() if names <= found[row] or names >= found[row]]
