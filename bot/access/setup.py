"""The way to the first admin: a link that is good once, for a day, and only while there is none."""

from bot.access.accounts import Accounts, User, insert_user
from bot.access.errors import AccessError
from bot.access.passwords import check_name, check_password, hash_password
from bot.access.store import new_secret, now, secret_hash
from bot.audit import AuditLog
from ingest.database import Database

_GOOD_SECONDS = 24 * 3600


class SetupLinks:
    """The setup links of one home: at most one is good at a time."""

    def __init__(self, database: Database, accounts: Accounts, audit: AuditLog) -> None:
        self._database = database
        self._accounts = accounts
        self._audit = audit

    def make(self) -> str | None:
        """The secret of a new link, which voids the one before; none when there is an admin."""
        secret = new_secret()
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM setup_links")
            if self._accounts.has_admin():
                return None
            connection.execute(
                "INSERT INTO setup_links (hash, expires) VALUES (?, ?)",
                (secret_hash(secret), now() + _GOOD_SECONDS),
            )
        return secret

    def is_good(self, secret: str) -> bool:
        """Whether `use` would accept the link."""
        row = self._database.connection.execute(
            "SELECT 1 FROM setup_links WHERE hash = ? AND used IS NULL AND expires > ?",
            (secret_hash(secret), now()),
        ).fetchone()
        return row is not None and not self._accounts.has_admin()

    def use(self, secret: str, name: str, password: str) -> User:
        """Make the first admin. Raises AccessError for a bad link, name or password; then nothing is used."""
        if not self.is_good(secret):  # before a costly hash
            raise AccessError("bad_link")
        name = check_name(name)
        check_password(name, password)
        hashed = hash_password(password)
        with self._database.transaction() as connection:
            if not self.is_good(secret):
                raise AccessError("bad_link")
            connection.execute("UPDATE setup_links SET used = ? WHERE hash = ?", (now(), secret_hash(secret)))
            admin = insert_user(connection, name, "admin", hashed)
        self._audit.record(admin.name, "user.setup", admin.name)
        return admin
