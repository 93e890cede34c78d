"""A document as rows of the catalogue's tables."""

import json
import sqlite3
from dataclasses import asdict
from datetime import UTC, datetime

from ingest import lexical
from ingest.database import marks
from ingest.document import Decisions, Document, Enumeration, Passage, Sentence
from ingest.fold import fold


def read(connection: sqlite3.Connection, version: str) -> Document | None:
    """The document of a version; None when it is not in. Call it inside a snapshot."""
    row = connection.execute(
        "SELECT name, title, kind, date, years, script, source, text, enumerations, digest, decisions"
        " FROM documents WHERE version = ?",
        (version,),
    ).fetchone()
    if row is None:
        return None
    name, title, kind, date, years, script, source, text, enumerations, digest, given = row
    sentences = connection.execute(
        "SELECT start, end, page, kind FROM sentences WHERE version = ? ORDER BY number", (version,)
    ).fetchall()
    passages = connection.execute(
        "SELECT headings, first, last FROM passages WHERE version = ? ORDER BY first", (version,)
    ).fetchall()
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
        digest=digest,
        decisions=decisions_of(given),
    )


def decisions_of(stored: str) -> Decisions:
    """Decisions as they are stored."""
    fields = json.loads(stored)
    return Decisions(**fields | {"supersedes": tuple(fields.get("supersedes", ()))})


def increment(connection: sqlite3.Connection, counter: str) -> None:
    """Add one to a counter of the library as a whole, which begins at nothing."""
    connection.execute(
        "INSERT INTO meta VALUES (?, '1') ON CONFLICT (key) DO UPDATE SET value = value + 1", (counter,)
    )


def forget(connection: sqlite3.Connection, name: str) -> None:
    """Take out the rows of the document of this name, if it is in."""
    row = connection.execute(
        "DELETE FROM documents WHERE name = ? RETURNING version, audience", (name,)
    ).fetchone()
    if row:
        version, audience = row
        lexical.delete(connection, version, audience)
        connection.execute("DELETE FROM passages WHERE version = ?", (version,))
        connection.execute("DELETE FROM sentences WHERE version = ?", (version,))
        increment(connection, "departures")


def insert(connection: sqlite3.Connection, document: Document) -> None:
    """Put in a document whose name is not in."""
    version = document.version
    row = {
        "name": document.name,
        "version": version,
        "title": document.title,
        "kind": document.kind,
        "date": document.date,
        "years": json.dumps(document.years),
        "script": document.script,
        "source": document.source,
        "text": document.text,
        "enumerations": json.dumps([(each.lead, each.items) for each in document.enumerations]),
        "digest": document.digest,
        "decisions": json.dumps(asdict(document.decisions), ensure_ascii=False),
        "audience": document.decisions.audience,
        "passages": len(document.passages),
        "added": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    connection.execute(
        f"INSERT INTO documents ({', '.join(row)}) VALUES ({marks(list(row))})", list(row.values())
    )
    connection.executemany(
        "INSERT INTO sentences VALUES (?, ?, ?, ?, ?, ?)",
        [
            (version, n, each.start, each.end, each.page, each.kind)
            for n, each in enumerate(document.sentences)
        ],
    )
    ids = [
        connection.execute(
            "INSERT INTO passages (version, first, last, headings) VALUES (?, ?, ?, ?) RETURNING id",
            (version, passage.first, passage.last, json.dumps(passage.headings, ensure_ascii=False)),
        ).fetchone()[0]
        for passage in document.passages
    ]
    lexical.insert(connection, document, ids)
