"""A SQLite file in WAL mode with a connection for each thread, whose errors are errors for people."""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from ingest.errors import DAMAGE_ADVICE, LOSS_ADVICE, LibraryError

_P = ParamSpec("_P")
_R = TypeVar("_R")
_LOCK_SECONDS = 30


def _translated(method: Callable[_P, _R]) -> Callable[_P, _R]:
    """The one boundary at which SQLite's errors become errors for people."""

    @wraps(method)
    def call(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        try:
            return method(*args, **kwargs)
        except sqlite3.Error as error:
            damaged = (
                type(error) is sqlite3.DatabaseError
            )  # a full disk, a busy or a read-only file are subclasses
            advice = LOSS_ADVICE if damaged else DAMAGE_ADVICE
            raise LibraryError(f"A database of Huiwen cannot be used ({error}). {advice}") from error

    return call


class _Cursor(sqlite3.Cursor):
    execute = _translated(sqlite3.Cursor.execute)
    executemany = _translated(sqlite3.Cursor.executemany)
    fetchone = _translated(sqlite3.Cursor.fetchone)
    fetchall = _translated(sqlite3.Cursor.fetchall)
    __next__ = _translated(sqlite3.Cursor.__next__)  # type: ignore[arg-type]  # typeshed has it wider


class _Connection(sqlite3.Connection):
    # sqlite3's own shortcuts would make a plain cursor.
    def execute(self, *args: Any) -> _Cursor:
        return self.cursor(_Cursor).execute(*args)

    def executemany(self, *args: Any) -> _Cursor:
        return self.cursor(_Cursor).executemany(*args)


class _ThreadConnection:
    """The connection of one thread, closed when the thread ends: a connection refers to itself, so that one merely
    forgotten stays open, and its -wal file full, until Python next collects garbage."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Database:
    """Thread safe. What is not inside `snapshot` or `transaction` stands alone, statement by statement."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()

    def create(
        self, schema: str, layout: int, migrate: Callable[[sqlite3.Connection, int], None] | None = None
    ) -> None:
        """Make the tables of `schema` in a new file; `migrate` brings those of an older layout up to it.

        Raises LibraryError for a file of a layout that is not known.
        """
        if self._layout() != layout:
            with self.transaction() as connection:
                found = self._layout()
                if found == 0:  # otherwise another process was faster
                    for statement in schema.split(";\n"):
                        connection.execute(statement)
                elif migrate and found < layout:
                    migrate(connection, found)
                if found == 0 or (migrate and found < layout):
                    connection.execute(f"PRAGMA user_version = {layout}")
        if self._layout() != layout:
            raise LibraryError(
                f"{self.path} was made by another version of Huiwen (layout {self._layout()}, this is "
                f"{layout}). Use that version, or add the documents to a new home."
            )

    def _layout(self) -> int:
        return int(self.connection.execute("PRAGMA user_version").fetchone()[0])

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection; outside `snapshot` and `transaction` each statement stands alone."""
        if not hasattr(self._local, "its"):
            connection = _translated(sqlite3.connect)(
                self.path,
                timeout=_LOCK_SECONDS,
                isolation_level=None,
                check_same_thread=False,
                factory=_Connection,
            )
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA secure_delete = ON")  # what is taken out leaves no trace in the file
            self._local.its = _ThreadConnection(connection)
        its: _ThreadConnection = self._local.its
        return its.connection

    def close(self) -> None:
        """Close this thread's connection. The others' end with their threads: to close one that is being read
        would crash the process."""
        if hasattr(self._local, "its"):
            del self._local.its

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """All or nothing of what is written inside."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Everything read inside is of one moment, whatever is written meanwhile."""
        connection = self.connection
        if connection.in_transaction:
            yield
            return
        connection.execute("BEGIN")
        try:
            yield
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")  # ends it; nothing was written


def marks(values: Sequence[object]) -> str:
    """Placeholders for `values` in a statement."""
    return ",".join("?" * len(values))
