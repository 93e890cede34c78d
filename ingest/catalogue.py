"""The catalogue: documents, sentences, passages and the lexical index, in SQLite. What it holds is in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex

from ingest import lexical
from ingest.database import Database, marks
from ingest.document import Audience, Decisions, Document
from ingest.fold import is_unicode
from ingest.rows import decisions_of, forget, increment, insert, read
from ingest.schema import LAYOUT, SCHEMA, migrate

# Keys of the meta table: which model made the vectors, what kind of place they are in, whether they are all made,
# and whether what a crashed writer left behind is swept up. What is not "no" is yes.
EMBEDDING_MODEL, PLACE, WHOLE, SWEPT = "embedding_model", "vectors", "whole", "swept"
CATALOGUE = "catalogue.sqlite"  # its file in the home
OUTCOMES = ("added", "replaced", "removed", "failed")


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

    def forget_identity(self) -> None:
        """Be another library than the one that this is a copy of."""
        self.database.connection.execute("DELETE FROM meta WHERE key = 'identity'")

    def generation(self) -> int:
        """How often the library has changed."""
        return int(self.meta("generation") or 0)

    def departures(self) -> int:
        """How often a version, or all vectors, were taken out."""
        return int(self.meta("departures") or 0)

    def outcomes(self) -> dict[str, int]:
        """How often each of OUTCOMES came of a document, since the library was made."""
        return {outcome: int(self.meta(f"count_{outcome}") or 0) for outcome in OUTCOMES}

    def count(self, outcome: str) -> None:
        """Count one of OUTCOMES; inside a transaction, if that is committed."""
        increment(self.database.connection, f"count_{outcome}")

    def advance(self) -> int:
        """Tell every reader that the library has changed, and return the new generation."""
        with self.database.transaction() as connection:
            increment(connection, "generation")
            return self.generation()

    def disown_vectors(self, model: str, place: str) -> None:
        """Have no vectors that count, until those of `model` in a `place` of this kind are whole; who is reading reads
        again."""
        now = {EMBEDDING_MODEL: model, PLACE: place, WHOLE: "no", SWEPT: "no"}
        with self.database.transaction() as connection:
            connection.executemany("REPLACE INTO meta VALUES (?, ?)", list(now.items()))
            increment(connection, "departures")
            increment(connection, "generation")

    def put(self, document: Document) -> None:
        """Swap in `document` for the one of its name, if any, which becomes the previous version: but not where only staff's
        decisions change and another file is that, for the file would be lost, and decisions can be made again."""
        with self.database.transaction() as connection:
            connection.execute(
                "REPLACE INTO previous SELECT name, digest, decisions, added FROM documents AS old"
                " WHERE name = :name AND digest != '' AND NOT (digest = :digest AND EXISTS"
                " (SELECT 1 FROM previous WHERE name = old.name AND digest != old.digest))",
                {"name": document.name, "digest": document.digest},
            )
            self.count("replaced" if self.version(document.name) else "added")
            forget(connection, document.name)
            insert(connection, document)
            increment(connection, "generation")

    def remake(self, document: Document) -> None:
        """Put `document` in place of the same one as it was made before; the previous version stays what it is."""
        with self.database.transaction() as connection:
            added = connection.execute(
                "SELECT added FROM documents WHERE name = ?", (document.name,)
            ).fetchone()
            forget(connection, document.name)
            insert(connection, document)
            connection.execute("UPDATE documents SET added = ? WHERE name = ?", (*added, document.name))
            increment(connection, "generation")

    def remove(self, name: str) -> None:
        """Take out a document and its previous version."""
        with self.database.transaction() as connection:
            forget(connection, name)
            connection.execute("DELETE FROM previous WHERE name = ?", (name,))
            self.count("removed")
            increment(connection, "generation")

    def standing(self, name: str) -> tuple[str, str, Decisions] | None:
        """Version, digest of the file, and decisions of the document of this name."""
        row = self.database.connection.execute(
            "SELECT version, digest, decisions FROM documents WHERE name = ?", (name,)
        ).fetchone()
        return (row[0], row[1], decisions_of(row[2])) if row else None

    def previous(self, name: str) -> Previous | None:
        """The version before the one that is in."""
        row = self.database.connection.execute(
            "SELECT digest, decisions, added FROM previous WHERE name = ?", (name,)
        ).fetchone()
        return Previous(row[0], decisions_of(row[1]), row[2]) if row else None

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
        if not is_unicode(name):
            return None
        row = self.database.connection.execute(
            "SELECT version FROM documents WHERE name = ?", (name,)
        ).fetchone()
        return row[0] if row else None

    def infos(self, audiences: Sequence[Audience]) -> list[DocumentInfo]:
        """Every document of these audiences, by name."""
        rows = self.database.connection.execute(
            "SELECT name, version, title, kind, date, years, script, audience, decisions, added FROM documents"
            f" WHERE audience IN ({marks(audiences)}) ORDER BY name",
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
                decisions_of(given).supersedes,
                added,
            )
            for name, version, title, kind, date, years, script, audience, given, added in rows
        ]

    def digests(self, versions: Sequence[str]) -> dict[str, str]:
        """The digest of the file of each of `versions` that is in."""
        rows = self.database.connection.execute(
            f"SELECT version, digest FROM documents WHERE version IN ({marks(versions)})", versions
        )
        return dict(rows.fetchall())

    def passages(self, audiences: Sequence[Audience]) -> int:
        """How many passages the documents of these audiences have."""
        row = self.database.connection.execute(
            f"SELECT sum(passages) FROM documents WHERE audience IN ({marks(audiences)})", audiences
        ).fetchone()
        return row[0] or 0

    def sentence_ids(self) -> set[str]:
        """The id of every sentence, as the vector store knows it."""
        rows = self.database.connection.execute("SELECT version, number FROM sentences")
        return {sentence_id(version, number) for version, number in rows}

    def document(self, version: str) -> Document | None:
        """A document by its version; None once it is replaced or removed."""
        with self.database.snapshot():
            return read(self.database.connection, version)

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
