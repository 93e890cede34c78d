"""The file of accounts, readable by its owner only; secrets are kept as hashes."""

import os
import secrets
import time
from hashlib import sha256
from pathlib import Path

from ingest.database import Database
from ingest.errors import LibraryError

_LAYOUT = 1
# Moments are seconds since 1970. Sessions, tokens and links are found by the SHA-256 of what their
# holder has, which needs no salt: those are 256 random bits.
_SCHEMA = """
CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL CHECK (role IN ('member', 'committee', 'staff', 'admin')),
    password TEXT NOT NULL,
    disabled INTEGER NOT NULL DEFAULT 0,
    created INTEGER NOT NULL
);
CREATE TABLE sessions (
    hash TEXT PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES users (id),
    address TEXT NOT NULL,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL
);
CREATE TABLE tokens (
    hash TEXT PRIMARY KEY,
    user INTEGER NOT NULL REFERENCES users (id),
    label TEXT NOT NULL,
    created INTEGER NOT NULL,
    used INTEGER,
    UNIQUE (user, label)
);
CREATE TABLE setup_links (hash TEXT PRIMARY KEY, expires INTEGER NOT NULL, used INTEGER);
CREATE TABLE attempts (key TEXT PRIMARY KEY, failures INTEGER NOT NULL, last INTEGER NOT NULL);
CREATE TABLE known_addresses (
    account TEXT NOT NULL, address TEXT NOT NULL, seen INTEGER NOT NULL, PRIMARY KEY (account, address)
)
"""


def open_store(home: Path) -> Database:
    """The accounts of a home, made when there are none."""
    return private_database(home / "accounts.sqlite", _SCHEMA, _LAYOUT)


def private_database(path: Path, schema: str, layout: int) -> Database:
    """A database that nobody but its owner may read. Raises LibraryError if it cannot be made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its journals the mode of the file itself.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise LibraryError(
            f"{path}: cannot be opened ({error.strerror}); check the folder and its permissions. "
            f"/ 无法打开，请检查文件夹及其权限。"
        ) from error
    database = Database(path)
    database.create(schema, layout)
    return database


def now() -> int:
    """This moment, in seconds since 1970."""
    return int(time.time())


def new_secret() -> str:
    """256 random bits, fit for a URL."""
    return secrets.token_urlsafe(32)


def secret_hash(secret: str) -> str:
    """What is stored of a secret."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
