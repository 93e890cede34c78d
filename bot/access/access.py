"""All that is known of a home's users, opened and closed as one."""

from typing import Self

from bot.access.accounts import Accounts
from bot.access.errors import AccessError
from bot.access.sessions import Sessions
from bot.access.setup import SetupLinks
from bot.access.store import open_store
from bot.access.throttle import Throttle
from bot.access.tokens import Tokens
from bot.audit import AuditLog
from ingest.settings import Settings


class Access:
    """A context manager; several processes may have the same home open."""

    def __init__(self, settings: Settings) -> None:
        self._database = open_store(settings.home)
        self.audit = AuditLog(settings.home)
        self.accounts = Accounts(self._database, self.audit)
        self.sessions = Sessions(self._database)
        self.tokens = Tokens(self._database, self.audit)
        self.setup_links = SetupLinks(self._database, self.accounts, self.audit)
        self.throttle = Throttle(self._database)

    def log_in(self, name: str, password: str, address: str) -> str:
        """Begin a session for the right password, from an address; returns the session's id.

        Raises AccessError, the same for a name nobody has, a wrong password and a disabled account.
        """
        # What comes too soon is not recorded: anybody could fill the log with it, which is only ever added to.
        self.throttle.admit(name, address)
        user = self.accounts.authenticate(name, password)
        if user is None:
            self.audit.record("", "login.failed", self._known(name), f"wrong_login {address}")
            raise AccessError("wrong_login")
        self.throttle.succeeded(name, address)
        session = self.sessions.open(user, address)
        self.audit.record(user.name, "login", user.name, address)
        return session

    def log_out(self, session: str, name: str) -> None:
        """End a session of the user `name`."""
        self.sessions.end(session)
        self.audit.record(name, "logout", name)

    def _known(self, name: str) -> str:
        # A name nobody has may be a password, typed into the wrong field: it stays out of the log.
        user = self.accounts.get(name)
        return user.name if user else "?"

    def close(self) -> None:
        """Close the files."""
        self._database.close()
        self.audit.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
