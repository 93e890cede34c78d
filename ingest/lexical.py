"""The lexical index: for each audience, the words of all passages that it may read, in SQLite's FTS5."""

import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

from ingest.database import Database, marks
from ingest.document import AUDIENCES, Audience, Document, audiences_within, clearances_for
from ingest.tokens import tokenize

_CONTEXT_WEIGHT, _BODY_WEIGHT = 0.5, 1.0
_MOST_ENTRIES = 5_000  # of the index that one search reads; BM25 has to look at each


@dataclass(frozen=True)
class PassageHit:
    """A passage found by its words: `score` is BM25, higher is better."""

    version: str
    first: int
    score: float


def insert(connection: sqlite3.Connection, document: Document, passage_ids: Sequence[int]) -> None:
    """Index the passages of a document, whose rows have these ids, for all who may read it."""
    rows = []
    for id_, passage in zip(passage_ids, document.passages, strict=True):
        start, end = document.span(passage)
        context = tokenize(document.context(passage))
        rows.append((id_, " ".join(context), " ".join(tokenize(document.index[start:end]))))
    frequencies = _frequencies([row[1:] for row in rows])
    for audience in clearances_for(document.decisions.audience):
        connection.executemany(
            f"INSERT INTO lexical_{audience} (rowid, context, body) VALUES (?, ?, ?)", rows
        )
        connection.executemany(
            f"INSERT INTO frequencies_{audience} VALUES (?, ?)"
            " ON CONFLICT (token) DO UPDATE SET passages = passages + excluded.passages",
            frequencies.items(),
        )


def delete(connection: sqlite3.Connection, version: str, audience: Audience) -> None:
    """Forget the passages of a version; their rows must still be in `passages`."""
    for each in clearances_for(audience):
        its = f"lexical_{each} WHERE rowid IN (SELECT id FROM passages WHERE version = ?)"
        rows = connection.execute(f"SELECT context, body FROM {its}", (version,)).fetchall()
        connection.execute(f"DELETE FROM {its}", (version,))
        frequencies = _frequencies(rows)
        connection.executemany(
            f"UPDATE frequencies_{each} SET passages = passages - ? WHERE token = ?",
            [(count, token) for token, count in frequencies.items()],
        )
        connection.executemany(
            f"DELETE FROM frequencies_{each} WHERE token = ? AND passages <= 0",
            [(token,) for token in frequencies],
        )


def _frequencies(rows: Sequence[tuple[str, str]]) -> Counter[str]:
    """In how many passages each token stands; `rows` hold the tokens of their context and of their body."""
    return Counter(token for context, body in rows for token in {*context.split(), *body.split()})


def purge(connection: sqlite3.Connection) -> None:
    """Take the words of deleted passages out of the index files, too."""
    for audience in AUDIENCES:
        connection.execute(f"INSERT INTO lexical_{audience} (lexical_{audience}) VALUES ('optimize')")


def most_telling(frequencies: Mapping[str, int], total: int) -> list[str]:
    """Of tokens and in how many of `total` passages they stand, the rarest, as many as one search may read
    together: in a large library the most frequent words, which weigh least, take the most time. Words of more
    than half of the passages weigh nothing to FTS5."""
    rarest = sorted(frequencies, key=lambda token: frequencies[token])
    read = accumulate(frequencies[token] for token in rarest)
    chosen = {
        token
        for token, entries in zip(rarest, read, strict=True)
        if entries <= _MOST_ENTRIES and 2 * frequencies[token] <= total
    }
    return [token for token in frequencies if token in chosen] or rarest[:1]


def search(database: Database, clearance: Audience, tokens: Sequence[str], count: int) -> list[PassageHit]:
    """The passages that share the most telling tokens, by FTS5's BM25, best first."""
    if not tokens:
        return []
    query = " OR ".join(f'"{token}"' for token in dict.fromkeys(tokens))
    table = f"lexical_{clearance}"
    rows = database.connection.execute(
        f"SELECT version, first, -score FROM (SELECT rowid, bm25({table}, ?, ?) AS score FROM {table}"
        f" WHERE {table} MATCH ? ORDER BY score LIMIT ?) JOIN passages ON id = rowid ORDER BY score",
        (_CONTEXT_WEIGHT, _BODY_WEIGHT, query, count),
    )
    return [PassageHit(*row) for row in rows]


def document_frequencies(database: Database, clearance: Audience, tokens: Sequence[str]) -> dict[str, int]:
    """In how many passages each of `tokens` stands."""
    rows = database.connection.execute(
        f"SELECT token, passages FROM frequencies_{clearance} WHERE token IN ({marks(tokens)})", list(tokens)
    )
    return dict(rows.fetchall())


def problems(database: Database) -> list[str]:
    """Where the index and the catalogue disagree."""
    unequal = miscounted = 0
    for audience in AUDIENCES:
        allowed = audiences_within(audience)
        unequal += database.connection.execute(
            "SELECT count(*) FROM (SELECT id FROM passages JOIN documents USING (version)"
            f" WHERE audience IN ({marks(allowed)})) FULL JOIN lexical_{audience} ON id = lexical_{audience}.rowid"
            f" WHERE id IS NULL OR lexical_{audience}.rowid IS NULL",
            allowed,
        ).fetchone()[0]
        miscounted += database.connection.execute(
            f"SELECT count(*) FROM terms_{audience} FULL JOIN frequencies_{audience} ON term = token"
            " WHERE doc IS NOT passages"
        ).fetchone()[0]
    found = [f"{unequal} passages differ between the catalogue and its lexical index."] if unequal else []
    return found + ([f"The passages of {miscounted} words are counted wrongly."] if miscounted else [])
