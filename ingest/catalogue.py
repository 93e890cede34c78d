"""The catalogue: documents, sentences, passages and the lexical index, in SQLite. What it holds is in."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.database import Database
from ingest.document import Document, Enumeration, Passage, Sentence
from ingest.fold import fold
from ingest.tokens import tokenize

_LAYOUT = 1
_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    name TEXT PRIMARY KEY, version TEXT NOT NULL UNIQUE, title TEXT NOT NULL, kind TEXT NOT NULL,
    date TEXT, years TEXT NOT NULL, script TEXT NOT NULL, source TEXT, text TEXT NOT NULL,
    enumerations TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE sentences (
    version TEXT NOT NULL, number INTEGER NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL,
    page INTEGER, kind TEXT NOT NULL, PRIMARY KEY (version, number)
) WITHOUT ROWID;
CREATE TABLE passages (
    id INTEGER PRIMARY KEY, version TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
    headings TEXT NOT NULL
);
CREATE UNIQUE INDEX passage_place ON passages (version, first);
CREATE VIRTUAL TABLE lexical USING fts5 (context, body, tokenize = "unicode61 remove_diacritics 0");
CREATE VIRTUAL TABLE terms USING fts5vocab (lexical, row);
INSERT INTO meta VALUES ('generation', '0');
"""
_ADVANCE = "UPDATE meta SET value = value + 1 WHERE key = 'generation'"
_CONTEXT_WEIGHT, _BODY_WEIGHT = 0.5, 1.0


@dataclass(frozen=True)
class DocumentInfo:
    """A document without its text; see `Document` for the fields."""

    name: str
    version: str
    title: str
    kind: str
    date: str | None
    years: tuple[int, ...]
    script: str


@dataclass(frozen=True)
class PassageHit:
    """A passage found by its words: `score` is BM25, higher is better."""

    version: str
    first: int
    score: float


class Catalogue:
    """Documents by name, their sentences and passages, and the words of the passages."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.database.create(_SCHEMA, _LAYOUT)

    def meta(self, key: str) -> str | None:
        """A value of the library as a whole."""
        row = self.database.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Store a value of the library as a whole."""
        self.database.connection.execute("REPLACE INTO meta VALUES (?, ?)", (key, value))

    def generation(self) -> int:
        """How often the library has changed."""
        return int(self.meta("generation") or 0)

    def advance(self) -> int:
        """Tell every reader that the library has changed, and return the new generation."""
        with self.database.transaction() as connection:
            connection.execute(_ADVANCE)
            return self.generation()

    def put(self, document: Document) -> None:
        """Swap in `document` for the one of its name, if any."""
        with self.database.transaction() as connection:
            self._forget(connection, document.name)
            _insert(connection, document)
            connection.execute(_ADVANCE)

    def remove(self, name: str) -> None:
        """Take out a document."""
        with self.database.transaction() as connection:
            self._forget(connection, name)
            connection.execute(_ADVANCE)

    @staticmethod
    def _forget(connection: sqlite3.Connection, name: str) -> None:
        row = connection.execute("DELETE FROM documents WHERE name = ? RETURNING version", (name,)).fetchone()
        if row:
            connection.execute(
                "DELETE FROM lexical WHERE rowid IN (SELECT id FROM passages WHERE version = ?)", row
            )
            connection.execute("DELETE FROM passages WHERE version = ?", row)
            connection.execute("DELETE FROM sentences WHERE version = ?", row)

    def version(self, name: str) -> str | None:
        """The version of the document of this name, if it is in."""
        row = self.database.connection.execute(
            "SELECT version FROM documents WHERE name = ?", (name,)
        ).fetchone()
        return row[0] if row else None

    def infos(self) -> list[DocumentInfo]:
        """Every document, by name."""
        rows = self.database.connection.execute(
            "SELECT name, version, title, kind, date, years, script FROM documents ORDER BY name"
        )
        return [
            DocumentInfo(name, version, title, kind, date, tuple(json.loads(years)), script)
            for name, version, title, kind, date, years, script in rows
        ]

    def sentence_ids(self) -> set[str]:
        """The id of every sentence, as the vector store knows it."""
        rows = self.database.connection.execute("SELECT version, number FROM sentences")
        return {sentence_id(version, number) for version, number in rows}

    def document(self, version: str) -> Document | None:
        """A document by its version; None once it is replaced or removed."""
        with self.database.snapshot():
            return self._read(version)

    def _read(self, version: str) -> Document | None:
        row = self.database.connection.execute(
            "SELECT name, title, kind, date, years, script, source, text, enumerations"
            " FROM documents WHERE version = ?",
            (version,),
        ).fetchone()
        if row is None:
            return None
        name, title, kind, date, years, script, source, text, enumerations = row
        sentences = self.database.connection.execute(
            "SELECT start, end, page, kind FROM sentences WHERE version = ? ORDER BY number", (version,)
        )
        passages = self.database.connection.execute(
            "SELECT headings, first, last FROM passages WHERE version = ? ORDER BY first", (version,)
        )
        return Document(
            name=name,
            version=version,
            title=title,
            kind=kind,
            date=date,
            years=tuple(json.loads(years)),
            script=script,
            source=source,
            text=text,
            index=fold(text),
            sentences=tuple(Sentence(*fields) for fields in sentences),
            passages=tuple(Passage(tuple(json.loads(path)), *span) for path, *span in passages),
            enumerations=tuple(
                Enumeration(lead, tuple(map(tuple, items))) for lead, items in json.loads(enumerations)
            ),
        )

    def passage_of(self, version: str, number: int) -> int | None:
        """The first sentence of the passage that holds sentence `number`; None if it is no longer in."""
        row = self.database.connection.execute(
            "SELECT first FROM passages WHERE version = ? AND first <= ? ORDER BY first DESC LIMIT 1",
            (version, number),
        ).fetchone()
        return row[0] if row else None

    def search(self, tokens: Sequence[str], count: int) -> list[PassageHit]:
        """The passages that share the most telling tokens, by FTS5's BM25, best first."""
        if not tokens:
            return []
        query = " OR ".join(f'"{token}"' for token in dict.fromkeys(tokens))
        rows = self.database.connection.execute(
            "SELECT version, first, -score FROM (SELECT rowid, bm25(lexical, ?, ?) AS score FROM lexical"
            " WHERE lexical MATCH ? ORDER BY score LIMIT ?) JOIN passages ON id = rowid ORDER BY score",
            (_CONTEXT_WEIGHT, _BODY_WEIGHT, query, count),
        )
        return [PassageHit(*row) for row in rows]

    def document_frequencies(self, tokens: Sequence[str]) -> tuple[dict[str, int], int]:
        """In how many passages each of `tokens` stands, and how many passages there are."""
        (total,) = self.database.connection.execute("SELECT count(*) FROM passages").fetchone()
        marks = ",".join("?" * len(tokens))
        rows = self.database.connection.execute(
            f"SELECT term, doc FROM terms WHERE term IN ({marks})", list(tokens)
        )
        return dict(rows.fetchall()), total

    def problems(self) -> list[str]:
        """What SQLite finds wrong with its own file and with the lexical index."""
        found = [
            row[0] for row in self.database.connection.execute("PRAGMA integrity_check") if row[0] != "ok"
        ]
        unequal = self.database.connection.execute(
            "SELECT count(*) FROM passages FULL JOIN lexical ON id = lexical.rowid"
            " WHERE id IS NULL OR lexical.rowid IS NULL"
        ).fetchone()[0]
        strays = self.database.connection.execute(
            "SELECT count(*) FROM (SELECT version FROM documents UNION SELECT version FROM sentences"
            " UNION SELECT version FROM passages) WHERE version NOT IN (SELECT version FROM documents)"
            " OR version NOT IN (SELECT version FROM sentences)"
            " OR version NOT IN (SELECT version FROM passages)"
        ).fetchone()[0]
        if unequal:
            found.append(f"{unequal} passages differ between the catalogue and its lexical index.")
        if strays:
            found.append(f"{strays} documents are not complete in the catalogue.")
        return found


def sentence_id(version: str, number: int) -> str:
    """The vector store's id of a sentence."""
    return f"{version}:{number}"


def _insert(connection: sqlite3.Connection, document: Document) -> None:
    version = document.version
    connection.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            document.name,
            version,
            document.title,
            document.kind,
            document.date,
            json.dumps(document.years),
            document.script,
            document.source,
            document.text,
            json.dumps([(each.lead, each.items) for each in document.enumerations]),
        ),
    )
    connection.executemany(
        "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?)",
        [
            (version, n, each.start, each.end, each.page, each.kind)
            for n, each in enumerate(document.sentences)
        ],
    )
    for passage in document.passages:
        cursor = connection.execute(
            "INSERT INTO passages (version, first, last, headings) VALUES (?, ?, ?, ?)",
            (version, passage.first, passage.last, json.dumps(passage.headings, ensure_ascii=False)),
        )
        start, end = document.span(passage)
        connection.execute(
            "INSERT INTO lexical (rowid, context, body) VALUES (?, ?, ?)",
            (
                cursor.lastrowid,
                " ".join(tokenize(fold(document.context(passage)))),
                " ".join(tokenize(document.index[start:end])),
            ),
        )
