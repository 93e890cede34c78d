"""The users of a home: who there is, with which role, and whether a password is theirs."""

import sqlite3
from dataclasses import dataclass

from bot.access.errors import AccessError
from bot.access.passwords import (
    check_name,
    check_password,
    hash_password,
    is_outdated,
    matches,
    normal_name,
)
from bot.access.store import now
from bot.access.visitor import Role
from bot.audit import AuditLog
from ingest.database import Database


@dataclass(frozen=True)
class User:
    """An account. `created` is in seconds since 1970."""

    id: int
    name: str
    role: Role
    disabled: bool
    created: int


class Accounts:
    """Accounts of one home; every change is in the audit log under whoever made it, `by`.

    Names may be given in any spelling. All but `add` raise AccessError for a name that nobody has.
    """

    def __init__(self, database: Database, audit: AuditLog) -> None:
        self._database = database
        self._audit = audit

    def all(self) -> list[User]:
        """Everybody, by name."""
        rows = self._database.connection.execute(_SELECT + " ORDER BY name")
        return [_user(row) for row in rows]

    def get(self, name: str) -> User | None:
        """The user of that name."""
        row = self._database.connection.execute(_SELECT + " WHERE name = ?", (normal_name(name),)).fetchone()
        return _user(row) if row else None

    def has_admin(self) -> bool:
        """Whether anybody can administer this home."""
        return bool(_active_admins(self._database.connection))

    def add(self, name: str, role: Role, password: str, by: str) -> User:
        """A new account. Raises AccessError for a name that is taken or unfit, or an unfit password."""
        name = check_name(name)
        check_password(name, password)
        if self.get(name):
            raise AccessError("name_taken", name=name)
        hashed = hash_password(password)
        with self._database.transaction() as connection:
            added = insert_user(connection, name, role, hashed)
        self._audit.record(by, "user.add", name, role)
        return added

    def set_role(self, name: str, role: Role, by: str) -> None:
        """Give a role, from the user's next request on. Raises AccessError for the last admin."""
        with self._database.transaction() as connection:
            user = self._found(name)
            if role != "admin":
                _keep_an_admin(connection, user)
            connection.execute("UPDATE users SET role = ? WHERE id = ?", (role, user.id))
        self._audit.record(by, "user.role", user.name, f"{user.role} → {role}")

    def disable(self, name: str, by: str) -> None:
        """Lock a user out at once: sessions and tokens end. Raises AccessError for the last admin."""
        with self._database.transaction() as connection:
            user = self._found(name)
            _keep_an_admin(connection, user)
            connection.execute("UPDATE users SET disabled = 1 WHERE id = ?", (user.id,))
            connection.execute("DELETE FROM sessions WHERE user = ?", (user.id,))
            connection.execute("DELETE FROM tokens WHERE user = ?", (user.id,))
        self._audit.record(by, "user.disable", user.name)

    def enable(self, name: str, by: str) -> None:
        """Let a disabled user log in again."""
        with self._database.transaction() as connection:
            user = self._found(name)
            connection.execute("UPDATE users SET disabled = 0 WHERE id = ?", (user.id,))
        self._audit.record(by, "user.enable", user.name)

    def set_password(self, name: str, password: str, by: str) -> None:
        """Change a password, which ends the user's sessions. Raises AccessError for an unfit one."""
        user = self._found(name)
        check_password(user.name, password)
        hashed = hash_password(password)
        with self._database.transaction() as connection:
            connection.execute("UPDATE users SET password = ? WHERE id = ?", (hashed, user.id))
            connection.execute("DELETE FROM sessions WHERE user = ?", (user.id,))
        self._audit.record(by, "user.password", user.name)

    def authenticate(self, name: str, password: str) -> User | None:
        """The user, if the password is right and the account active; as slow for a name nobody has."""
        row = self._database.connection.execute(
            "SELECT password FROM users WHERE name = ?", (normal_name(name),)
        ).fetchone()
        if not matches(row[0] if row else None, password):
            return None
        if is_outdated(row[0]):
            self._database.connection.execute(
                "UPDATE users SET password = ? WHERE name = ? AND password = ?",
                (hash_password(password), normal_name(name), row[0]),
            )
        user = self.get(name)
        return user if user and not user.disabled else None

    def _found(self, name: str) -> User:
        user = self.get(name)
        if user is None:
            raise AccessError("unknown_user", name=normal_name(name))
        return user


_SELECT = "SELECT id, name, role, disabled, created FROM users"


def insert_user(connection: sqlite3.Connection, name: str, role: Role, password_hash: str) -> User:
    """A new row, inside the caller's transaction. Raises AccessError if the name is taken."""
    if connection.execute("SELECT 1 FROM users WHERE name = ?", (name,)).fetchone():
        raise AccessError("name_taken", name=name)
    connection.execute(
        "INSERT INTO users (name, role, password, created) VALUES (?, ?, ?, ?)",
        (name, role, password_hash, now()),
    )
    return _user(connection.execute(_SELECT + " WHERE name = ?", (name,)).fetchone())


def _user(row: tuple[int, str, Role, int, int]) -> User:
    id_, name, role, disabled, created = row
    return User(id_, name, role, bool(disabled), created)


def _active_admins(connection: sqlite3.Connection) -> set[int]:
    rows = connection.execute("SELECT id FROM users WHERE role = 'admin' AND NOT disabled")
    return {row[0] for row in rows}


def _keep_an_admin(connection: sqlite3.Connection, user: User) -> None:
    if _active_admins(connection) == {user.id}:
        raise AccessError("last_admin", name=user.name)
