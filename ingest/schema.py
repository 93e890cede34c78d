"""The tables of the catalogue, and the way from older layouts to this one."""

import sqlite3
from collections.abc import Sequence

from ingest.document import AUDIENCES

LAYOUT = 3
# Each audience has an index of all that it may read, statistics included: what a person may not read has no
# influence on what he is shown, not even through the frequency of a word.
_LEXICAL = ";\n".join(
    f'CREATE VIRTUAL TABLE lexical_{audience} USING fts5 (context, body, tokenize = "unicode61 remove_diacritics 0");\n'
    f"CREATE VIRTUAL TABLE terms_{audience} USING fts5vocab (lexical_{audience}, row);\n"
    # What fts5vocab counts anew, passage by passage, each time that it is asked.
    f"CREATE TABLE frequencies_{audience} (token TEXT PRIMARY KEY, passages INTEGER NOT NULL) WITHOUT ROWID"
    for audience in AUDIENCES
)
SCHEMA = f"""
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    name TEXT PRIMARY KEY, version TEXT NOT NULL UNIQUE, title TEXT NOT NULL, kind TEXT NOT NULL,
    date TEXT, years TEXT NOT NULL, script TEXT NOT NULL, source TEXT, text TEXT NOT NULL,
    enumerations TEXT NOT NULL, digest TEXT NOT NULL DEFAULT '', decisions TEXT NOT NULL DEFAULT '{{}}',
    audience TEXT NOT NULL DEFAULT 'public', passages INTEGER NOT NULL DEFAULT 0, added TEXT
) WITHOUT ROWID;
CREATE INDEX document_audience ON documents (audience, passages);
CREATE TABLE previous (
    name TEXT PRIMARY KEY, digest TEXT NOT NULL, decisions TEXT NOT NULL, added TEXT
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
{_LEXICAL};
INSERT INTO meta VALUES ('generation', '0');
"""


def migrate(connection: sqlite3.Connection, layout: int) -> None:
    """Bring the tables of an older `layout` to this one, inside a transaction.

    Layout 1 knew no audiences: whatever it holds is public. Layout 2 did not store how frequent words are.
    """
    if layout == 1:
        for column in (
            "digest TEXT NOT NULL DEFAULT ''",
            "decisions TEXT NOT NULL DEFAULT '{}'",
            "audience TEXT NOT NULL DEFAULT 'public'",
            "passages INTEGER NOT NULL DEFAULT 0",
            "added TEXT",
        ):
            connection.execute(f"ALTER TABLE documents ADD COLUMN {column}")
        connection.execute(
            "UPDATE documents SET passages = (SELECT count(*) FROM passages WHERE passages.version = documents.version)"
        )
        made = ("INDEX document_audience", "TABLE previous", "VIRTUAL TABLE lexical_", "VIRTUAL TABLE terms_")
        _make(connection, made)
        for audience in AUDIENCES:
            # By place: before it was called `context`, the first column was `head`.
            connection.execute(
                f"INSERT INTO lexical_{audience} (rowid, context, body) SELECT rowid, * FROM lexical"
            )
        connection.execute("DROP TABLE terms")
        connection.execute("DROP TABLE lexical")
    _make(connection, ["TABLE frequencies_"])
    for audience in AUDIENCES:
        connection.execute(f"INSERT INTO frequencies_{audience} SELECT term, doc FROM terms_{audience}")


def _make(connection: sqlite3.Connection, things: Sequence[str]) -> None:
    """Those of SCHEMA whose kind and name begin like this."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip().startswith(tuple(f"CREATE {each}" for each in things)):
            connection.execute(statement)
