"""Logins under way. A browser holds a random id; what is stored is its hash, so that it can be ended here."""

from dataclasses import dataclass

from bot.access.accounts import User
from bot.access.store import new_secret, now, secret_hash
from bot.access.visitor import Visitor
from ingest.database import Database

IDLE_SECONDS = 12 * 3600
LONGEST_SECONDS = 7 * 24 * 3600
_TOUCH_SECONDS = 60  # the last use is known to the minute, so that not every request writes

_ALIVE = f"seen > :now - {IDLE_SECONDS} AND sessions.created > :now - {LONGEST_SECONDS}"


@dataclass(frozen=True)
class Session:
    """A login as its user sees it; moments in seconds since 1970."""

    address: str
    created: int
    seen: int
    current: bool


class Sessions:
    """The sessions of one home."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, user: User, address: str) -> str:
        """Begin a session; returns its new id. Those that have expired are forgotten."""
        session = new_secret()
        with self._database.transaction() as connection:
            connection.execute(f"DELETE FROM sessions WHERE NOT ({_ALIVE})", {"now": now()})
            connection.execute(
                "INSERT INTO sessions (hash, user, address, created, seen) VALUES (?, ?, ?, ?, ?)",
                (secret_hash(session), user.id, address, now(), now()),
            )
        return session

    def visitor(self, session: str) -> Visitor | None:
        """Whose session it is, with the role of this moment; none if it ended, expired or never was."""
        row = self._database.connection.execute(
            "SELECT name, role, seen FROM sessions JOIN users ON users.id = user "
            f"WHERE hash = :hash AND NOT disabled AND {_ALIVE}",
            {"hash": secret_hash(session), "now": now()},
        ).fetchone()
        if row is None:
            return None
        name, role, seen = row
        if seen < now() - _TOUCH_SECONDS:
            self._database.connection.execute(
                "UPDATE sessions SET seen = ? WHERE hash = ?", (now(), secret_hash(session))
            )
        return Visitor(name, role)

    def end(self, session: str) -> None:
        """End a session; nothing happens if it ended before."""
        self._database.connection.execute("DELETE FROM sessions WHERE hash = ?", (secret_hash(session),))

    def end_others(self, user: User, session: str) -> None:
        """End all sessions of a user but this one."""
        self._database.connection.execute(
            "DELETE FROM sessions WHERE user = ? AND hash <> ?", (user.id, secret_hash(session))
        )

    def of(self, user: User, session: str) -> list[Session]:
        """A user's sessions, the one used last first; `session` is the current one."""
        rows = self._database.connection.execute(
            f"SELECT address, created, seen, hash FROM sessions WHERE user = :user AND {_ALIVE} "
            "ORDER BY seen DESC",
            {"user": user.id, "now": now()},
        )
        current = secret_hash(session)
        return [Session(address, created, seen, hash_ == current) for address, created, seen, hash_ in rows]
