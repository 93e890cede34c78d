"""API tokens: what a program shows instead of a login, for /api, /mcp and /metrics only."""

from dataclasses import dataclass

from bot.access.accounts import User
from bot.access.errors import AccessError
from bot.access.store import new_secret, now, secret_hash
from bot.access.visitor import Visitor
from bot.audit import AuditLog
from ingest.database import Database

MAX_LABEL = 60
MAX_TOKENS = 20  # of one user
_TOUCH_SECONDS = 60
_PREFIX = "hw_"  # so that a token is known for one wherever it leaks to


@dataclass(frozen=True)
class Token:
    """A token without its secret; moments in seconds since 1970, `used` none before the first use."""

    label: str
    created: int
    used: int | None


class Tokens:
    """The tokens of one home; making and revoking is in the audit log under whoever did it, `by`."""

    def __init__(self, database: Database, audit: AuditLog) -> None:
        self._database = database
        self._audit = audit

    def make(self, user: User, label: str, by: str) -> str:
        """A new token, which is not kept and cannot be shown again. Raises AccessError for its label."""
        label = " ".join(label.split())
        if not label or len(label) > MAX_LABEL or not label.isprintable():
            raise AccessError("bad_label", limit=MAX_LABEL)
        if user.disabled:
            raise AccessError("user_disabled", name=user.name)
        token = _PREFIX + new_secret()
        with self._database.transaction() as connection:
            labels = {each.label for each in self.of(user)}
            if label in labels:
                raise AccessError("label_taken", label=label)
            if len(labels) >= MAX_TOKENS:
                raise AccessError("too_many_tokens", limit=MAX_TOKENS)
            connection.execute(
                "INSERT INTO tokens (hash, user, label, created) VALUES (?, ?, ?, ?)",
                (secret_hash(token), user.id, label, now()),
            )
        self._audit.record(by, "token.make", user.name, label)
        return token

    def revoke(self, user: User, label: str, by: str) -> None:
        """End a token. Raises AccessError if the user has none of that label."""
        deleted = self._database.connection.execute(
            "DELETE FROM tokens WHERE user = ? AND label = ?", (user.id, label)
        )
        if not deleted.rowcount:
            raise AccessError("unknown_token", label=label, name=user.name)
        self._audit.record(by, "token.revoke", user.name, label)

    def of(self, user: User) -> list[Token]:
        """A user's tokens, newest first."""
        rows = self._database.connection.execute(
            "SELECT label, created, used FROM tokens WHERE user = ? ORDER BY created DESC, label", (user.id,)
        )
        return [Token(*row) for row in rows]

    def visitor(self, token: str) -> Visitor | None:
        """Whose token it is, with the role of this moment; none if it was revoked or never was."""
        row = self._database.connection.execute(
            "SELECT name, role, used FROM tokens JOIN users ON users.id = user WHERE hash = ? AND NOT disabled",
            (secret_hash(token),),
        ).fetchone()
        if row is None:
            return None
        name, role, used = row
        if used is None or used < now() - _TOUCH_SECONDS:
            self._database.connection.execute(
                "UPDATE tokens SET used = ? WHERE hash = ?", (now(), secret_hash(token))
            )
        return Visitor(name, role)
