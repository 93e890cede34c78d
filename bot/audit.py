"""Who did what, and when: a log that is only ever added to."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.access.store import private_database

_LAYOUT = 1
# The triggers guard against our own code; whoever owns the file can do what they like with it.
_SCHEMA = """
CREATE TABLE entries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    time TEXT NOT NULL,
    who TEXT NOT NULL,
    action TEXT NOT NULL,
    about TEXT NOT NULL,
    detail TEXT NOT NULL
);
CREATE TRIGGER no_update BEFORE UPDATE ON entries BEGIN SELECT RAISE(ABORT, 'append-only'); END;
CREATE TRIGGER no_delete BEFORE DELETE ON entries BEGIN SELECT RAISE(ABORT, 'append-only'); END
"""


@dataclass(frozen=True)
class Entry:
    """`time` is ISO 8601 in UTC to the second; `who` a user's name, "console", or "" for nobody known.

    `action` is a fixed English code like "login.failed"; `about` what it was done to.
    """

    number: int
    time: str
    who: str
    action: str
    about: str
    detail: str


class AuditLog:
    """The log of one home, in audit.sqlite. Callers never pass passwords, tokens or texts of documents."""

    def __init__(self, home: Path) -> None:
        self._database = private_database(home / "audit.sqlite", _SCHEMA, _LAYOUT)

    def record(self, who: str, action: str, about: str, detail: str = "") -> None:
        """Add one entry, of now."""
        time = datetime.now(UTC).isoformat(timespec="seconds")
        self._database.connection.execute(
            "INSERT INTO entries (time, who, action, about, detail) VALUES (?, ?, ?, ?, ?)",
            (time, who, action, about, detail),
        )

    def entries(self, limit: int = 100, before: int | None = None) -> list[Entry]:
        """The newest `limit` entries, newest first; with `before`, those whose number is less."""
        rows = self._database.connection.execute(
            "SELECT number, time, who, action, about, detail FROM entries "
            "WHERE ? IS NULL OR number < ? ORDER BY number DESC LIMIT ?",
            (before, before, limit),
        )
        return [Entry(*row) for row in rows]

    def counts(self) -> dict[str, int]:
        """How often each action was recorded."""
        rows = self._database.connection.execute(
            "SELECT action, count(*) FROM entries GROUP BY action ORDER BY action"
        )
        return dict(rows.fetchall())

    def close(self) -> None:
        """Close the file."""
        self._database.close()
