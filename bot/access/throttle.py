"""How often a password may be guessed: after some failures one has to wait, longer each time.

Each attempt is counted before its password is looked at, so that many at once gain nothing, and it is
counted in the database, for all processes. What counts is the account at an address (of IPv6 its network)
from which its user has logged in, and the account at all other addresses together: so a stranger who keeps
guessing cannot keep the user out. The address itself counts only at many failures, which are of many names:
so one who guesses, or has forgotten the password, does not keep out an office that shares the address.
"""

from hashlib import sha256
from ipaddress import ip_address, ip_network

from bot.access.errors import AccessError
from bot.access.passwords import normal_name
from bot.access.store import now
from ingest.database import Database

_FREE = {"account": 5, "account_here": 5, "address": 100}  # failures before one has to wait
_FIRST_WAIT = 30  # seconds; doubled with each further failure
_LONGEST_WAIT = 15 * 60
_FORGIVE_SECONDS = 10 * 60  # in which one failure is forgiven
_FORGET_ADDRESS = 60 * 24 * 3600


class Throttle:
    """The attempts of one home to log in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def admit(self, name: str, address: str) -> None:
        """Count an attempt as failed until `succeeded`. Raises AccessError when it comes too soon."""
        with self._database.transaction() as connection:
            connection.execute(
                "DELETE FROM attempts WHERE last + failures * ? < ?", (_FORGIVE_SECONDS, now())
            )
            account, network = _account(name), _network(address)
            is_known = self._is_known(account, network)
            own = _key_here(account, network) if is_known else f"account:{account}"
            keys = [own, f"address:{network}"]
            wait = max(self._wait(key) for key in keys)
            if wait > 0:
                raise AccessError("too_many_attempts", minutes=-(-wait // 60))
            connection.executemany(
                "INSERT OR REPLACE INTO attempts (key, failures, last) VALUES (?, ?, ?)",
                [(key, self._failures(key)[0] + 1, now()) for key in keys],
            )

    def succeeded(self, name: str, address: str) -> None:
        """Take back the attempt just counted, forget the account's failures, and know the address."""
        account, network = _account(name), _network(address)
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE attempts SET failures = failures - 1 WHERE key = ?", (f"address:{network}",)
            )
            connection.execute(
                "DELETE FROM attempts WHERE key IN (?, ?)",
                (f"account:{account}", _key_here(account, network)),
            )
            connection.execute("DELETE FROM known_addresses WHERE seen < ?", (now() - _FORGET_ADDRESS,))
            connection.execute(
                "INSERT OR REPLACE INTO known_addresses (account, address, seen) VALUES (?, ?, ?)",
                (account, network, now()),
            )

    def forgive(self, name: str) -> None:
        """Forget an account's failures, wherever they were, as when it gets a new password."""
        account = _account(name)
        self._database.connection.execute(
            "DELETE FROM attempts WHERE key = ? OR key GLOB ?",
            (f"account:{account}", _key_here(account, "*")),
        )

    def _is_known(self, account: str, network: str) -> bool:
        row = self._database.connection.execute(
            "SELECT 1 FROM known_addresses WHERE account = ? AND address = ? AND seen > ?",
            (account, network, now() - _FORGET_ADDRESS),
        ).fetchone()
        return row is not None

    def _wait(self, key: str) -> int:
        """Seconds until the next attempt."""
        failures, last = self._failures(key)
        beyond = failures - _FREE[key.partition(":")[0]]
        if beyond < 0:
            return 0
        return last + min(_FIRST_WAIT << min(beyond, 10), _LONGEST_WAIT) - now()

    def _failures(self, key: str) -> tuple[int, int]:
        """How many failures still count, and when the last one was."""
        row = self._database.connection.execute(
            "SELECT failures, last FROM attempts WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            return 0, 0
        failures, last = int(row[0]), int(row[1])
        return max(0, failures - (now() - last) // _FORGIVE_SECONDS), last


def _key_here(account: str, network: str) -> str:
    return f"account_here:{account}:{network}"


def _account(name: str) -> str:
    # Hashed, because people type their password into the wrong field.
    return sha256(normal_name(name).encode()).hexdigest()


def _network(address: str) -> str:
    """The part of an address that its owner cannot change at will; other text as it is."""
    try:
        parsed = ip_address(address)
        if parsed.version == 6 and parsed.ipv4_mapped is None:
            return str(ip_network((parsed.packed, 64), strict=False))
    except ValueError:
        return address
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
