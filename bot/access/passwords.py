"""Names and passwords: one spelling of each, the rules for new ones, argon2 hashes."""

import secrets
import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.access.errors import AccessError

MAX_NAME = 64
MIN_PASSWORD = 10
MAX_PASSWORD = 256

_hasher = PasswordHasher()
# One hash takes 64 MiB: a flood of logins must not take all the memory of an office PC.
_at_once = BoundedSemaphore(2)


def normal_name(name: str) -> str:
    """The one spelling of a name: widths, case and spaces make no difference."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _storable(name)).casefold())
    return " ".join(folded.split())


def check_name(name: str) -> str:
    """The spelling under which a new account is kept. Raises AccessError for an unfit name."""
    normal = normal_name(name)
    if not normal or len(normal) > MAX_NAME or not normal.isprintable():
        raise AccessError("bad_name", limit=MAX_NAME)
    return normal


def check_password(name: str, password: str) -> None:
    """Raises AccessError if `password` is none that the user `name` may choose."""
    if not MIN_PASSWORD <= len(_normal_password(password)) <= MAX_PASSWORD:
        raise AccessError("bad_password_length", least=MIN_PASSWORD, most=MAX_PASSWORD)
    if normal_name(password) == normal_name(name):
        raise AccessError("password_is_name")


def hash_password(password: str) -> str:
    """An argon2id hash, with its parameters and salt."""
    with _at_once:
        return _hasher.hash(_normal_password(password))


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; takes as long where there is no hash to compare with."""
    normal = _normal_password(password)
    if len(normal) > MAX_PASSWORD:
        return False
    with _at_once:
        try:
            _hasher.verify(password_hash or _nobodys_hash(), normal)
        except (VerificationError, InvalidHashError):
            return False
    return password_hash is not None


def is_outdated(password_hash: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def _normal_password(password: str) -> str:
    # Chinese input methods type the same digits and letters in two widths.
    return unicodedata.normalize("NFKC", _storable(password))


def _storable(text: str) -> str:
    # A console or a form may deliver bytes that are no text; neither SQLite nor argon2 takes those.
    return text.encode("utf-8", "replace").decode()


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_urlsafe())
