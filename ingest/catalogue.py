"""The catalogue: documents, sentences, passages and the lexical index, in SQLite. What it holds is in."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from ingest import lexical
from ingest.database import Database
from ingest.document import Audience, Decisions, Document, Enumeration, Passage, Sentence
from ingest.fold import fold
from ingest.schema import LAYOUT, SCHEMA, migrate

_ADVANCE = "UPDATE meta SET value = value + 1 WHERE key = 'generation'"


@dataclass(frozen=True)
class DocumentInfo:
    """A document without its text; see `Document` and `Decisions`. `added` is when (UTC, ISO 8601), if known."""

    name: str
    version: str
    title: str
    kind: str
    date: str | None
    years: tuple[int, ...]
    script: str
    audience: Audience
    supersedes: tuple[str, ...]
    added: str | None


@dataclass(frozen=True)
class Previous:
    """The last version of a document before the one that is in: its file's digest, and its decisions."""

    digest: str
    decisions: Decisions
    added: str | None


class Catalogue:
    """Documents by name, their sentences and passages, and the words of the passages."""

    def __init__(self, path: Path) -> None:
        self.database = Database(path)
        self.database.create(SCHEMA, LAYOUT, migrate)

    def meta(self, key: str) -> str | None:
        """A value of the library as a whole."""
        row = self.database.connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_meta(self, key: str, value: str) -> None:
        """Store a value of the library as a whole."""
        self.database.connection.execute("REPLACE INTO meta VALUES (?, ?)", (key, value))

    def identity(self) -> str:
        """A name that no other library has, 16 hexadecimal digits."""
        new = "INSERT OR IGNORE INTO meta VALUES ('identity', ?)"  # another process may be faster
        if self.meta("identity") is None:
            self.database.connection.execute(new, (token_hex(8),))
        return str(self.meta("identity"))

    def generation(self) -> int:
        """How often the library has changed."""
        return int(self.meta("generation") or 0)

    def advance(self) -> int:
        """Tell every reader that the library has changed, and return the new generation."""
        with self.database.transaction() as connection:
            connection.execute(_ADVANCE)
            return self.generation()

    def put(self, document: Document) -> None:
        """Swap in `document` for the one of its name, if any, which becomes the previous version."""
        with self.database.transaction() as connection:
            connection.execute(
                "REPLACE INTO previous SELECT name, digest, decisions, added FROM documents"
                " WHERE name = ? AND digest != ''",
                (document.name,),
            )
            _forget(connection, document.name)
            _insert(connection, document)
            connection.execute(_ADVANCE)

    def remove(self, name: str) -> None:
        """Take out a document and its previous version."""
        with self.database.transaction() as connection:
            _forget(connection, name)
            connection.execute("DELETE FROM previous WHERE name = ?", (name,))
            connection.execute(_ADVANCE)

    def standing(self, name: str) -> tuple[str, str, Decisions] | None:
        """Version, digest of the file, and decisions of the document of this name."""
        row = self.database.connection.execute(
            "SELECT version, digest, decisions FROM documents WHERE name = ?", (name,)
        ).fetchone()
        return (row[0], row[1], _decisions(row[2])) if row else None

    def previous(self, name: str) -> Previous | None:
        """The version before the one that is in."""
        row = self.database.connection.execute(
            "SELECT digest, decisions, added FROM previous WHERE name = ?", (name,)
        ).fetchone()
        return Previous(row[0], _decisions(row[1]), row[2]) if row else None

    def originals(self) -> set[tuple[str, str]]:
        """Digest and name of every file that is to be kept."""
        rows = self.database.connection.execute(
            "SELECT digest, name FROM documents UNION SELECT digest, name FROM previous"
        )
        return set(rows.fetchall())

    def keeps(self, digest: str, name: str) -> bool:
        """Whether a document of this name has this file, now or as its previous version."""
        row = self.database.connection.execute(
            "SELECT EXISTS (SELECT 1 FROM documents WHERE name = :name AND digest = :digest"
            " UNION ALL SELECT 1 FROM previous WHERE name = :name AND digest = :digest)",
            {"name": name, "digest": digest},
        ).fetchone()
        return bool(row[0])

    def purge(self) -> None:
        """Leave no trace of what was removed in the database's files, as far as readers at work allow."""
        lexical.purge(self.database.connection)
        self.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def version(self, name: str) -> str | None:
        """The version of the document of this name, if it is in."""
        row = self.database.connection.execute(
            "SELECT version FROM documents WHERE name = ?", (name,)
        ).fetchone()
        return row[0] if row else None

    def infos(self, audiences: Sequence[Audience]) -> list[DocumentInfo]:
        """Every document of these audiences, by name."""
        rows = self.database.connection.execute(
            "SELECT name, version, title, kind, date, years, script, audience, decisions, added FROM documents"
            f" WHERE audience IN ({_marks(audiences)}) ORDER BY name",
            audiences,
        )
        return [
            DocumentInfo(
                name,
                version,
                title,
                kind,
                date,
                tuple(json.loads(years)),
                script,
                audience,
                _decisions(given).supersedes,
                added,
            )
            for name, version, title, kind, date, years, script, audience, given, added in rows
        ]

    def digests(self, versions: Sequence[str]) -> dict[str, str]:
        """The digest of the file of each of `versions` that is in."""
        rows = self.database.connection.execute(
            f"SELECT version, digest FROM documents WHERE version IN ({_marks(versions)})", versions
        )
        return dict(rows.fetchall())

    def passages(self, audiences: Sequence[Audience]) -> int:
        """How many passages the documents of these audiences have."""
        row = self.database.connection.execute(
            f"SELECT sum(passages) FROM documents WHERE audience IN ({_marks(audiences)})", audiences
        ).fetchone()
        return row[0] or 0

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
            "SELECT name, title, kind, date, years, script, source, text, enumerations, digest, decisions"
            " FROM documents WHERE version = ?",
            (version,),
        ).fetchone()
        if row is None:
            return None
        name, title, kind, date, years, script, source, text, enumerations, digest, given = row
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
            digest=digest,
            decisions=_decisions(given),
        )

    def passage_of(self, version: str, number: int) -> int | None:
        """The first sentence of the passage that holds sentence `number`; None if it is no longer in."""
        row = self.database.connection.execute(
            "SELECT first FROM passages WHERE version = ? AND first <= ? ORDER BY first DESC LIMIT 1",
            (version, number),
        ).fetchone()
        return row[0] if row else None

    def problems(self) -> list[str]:
        """What SQLite finds wrong with its own file and with the lexical index."""
        found = [
            row[0] for row in self.database.connection.execute("PRAGMA integrity_check") if row[0] != "ok"
        ]
        strays = self.database.connection.execute(
            "SELECT count(*) FROM (SELECT version FROM documents UNION SELECT version FROM sentences"
            " UNION SELECT version FROM passages) WHERE version NOT IN (SELECT version FROM documents)"
            " OR version NOT IN (SELECT version FROM sentences)"
            " OR version NOT IN (SELECT version FROM passages)"
        ).fetchone()[0]
        found += lexical.problems(self.database)
        if strays:
            found.append(f"{strays} documents are not complete in the catalogue.")
        return found


def sentence_id(version: str, number: int) -> str:
    """The vector store's id of a sentence."""
    return f"{version}:{number}"


def _marks(values: Sequence[str]) -> str:
    return ",".join("?" * len(values))


def _decisions(stored: str) -> Decisions:
    fields = json.loads(stored)
    return Decisions(**fields | {"supersedes": tuple(fields.get("supersedes", ()))})


def _forget(connection: sqlite3.Connection, name: str) -> None:
    row = connection.execute(
        "DELETE FROM documents WHERE name = ? RETURNING version, audience", (name,)
    ).fetchone()
    if row:
        version, audience = row
        lexical.delete(connection, version, audience)
        connection.execute("DELETE FROM passages WHERE version = ?", (version,))
        connection.execute("DELETE FROM sentences WHERE version = ?", (version,))


def _insert(connection: sqlite3.Connection, document: Document) -> None:
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
        f"INSERT INTO documents ({', '.join(row)}) VALUES ({_marks(list(row))})", list(row.values())
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
