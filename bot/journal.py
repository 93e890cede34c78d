"""The journal of the web: each answer given, for the member's history, share links, feedback and the desk.

No name of an account is kept. Who knows an answer's id may see it, rate it, share it and erase it; a share
link has a key of its own, which shows the answer and nothing more.
"""

import json
import logging
import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, StringConstraints

from bot.access.store import private_database
from bot.events import Answer, AnswerEvent
from bot.question import leant_on
from ingest.document import Audience
from ingest.errors import LibraryError

_log = logging.getLogger(__name__)

# How long and how many are kept, unless they are shared or rated: anybody may ask, and nobody may fill the disk.
KEPT = timedelta(days=90)
KEPT_AT_MOST = 50_000
_SWEPT_EVERY, _SWEPT_AFTER = timedelta(days=1), 1_000  # answers

Verdict = Literal["up", "down"]
Reason = Literal["citation", "off_topic", "outdated", "other"]

_LAYOUT = 1
_SCHEMA = """
CREATE TABLE answers (
    id TEXT PRIMARY KEY, asked_at TEXT NOT NULL, question TEXT NOT NULL, history TEXT NOT NULL,
    clearance TEXT NOT NULL, answer TEXT NOT NULL, refused INTEGER NOT NULL, share_key TEXT UNIQUE,
    verdict TEXT, reason TEXT, comment TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE INDEX answers_by_time ON answers (asked_at)
"""
_COLUMNS = "id, asked_at, history, clearance, answer, share_key, verdict, reason, comment"
_UNCLAIMED = "share_key IS NULL AND verdict IS NULL"
# Every place of an answer in which a document is named.
_NAMED = """(
    SELECT value ->> 'document' AS named FROM json_each(answer, '$.citations')
    UNION ALL SELECT value ->> 'document' FROM json_each(answer, '$.closest')
    UNION ALL SELECT value ->> 'document' FROM json_each(answer, '$.successors')
)"""
_NAMES = f"EXISTS (SELECT 1 FROM {_NAMED} WHERE named = :name)"
_NAMES_OTHERS = f"EXISTS (SELECT 1 FROM {_NAMED} WHERE named NOT IN (SELECT value FROM json_each(?)))"


class Feedback(BaseModel):
    """What a member thinks of an answer; no verdict takes an earlier one back."""

    verdict: Verdict | None
    reason: Reason | None = None
    comment: Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)] = ""


@dataclass(frozen=True)
class Entry:
    """An answer given: `asked_at` is ISO 8601 in UTC, `history` the earlier questions that it leans on, oldest first.

    `clearance` is the asker's. `share_key` is the key of its share link, if it has one.
    """

    id: str
    asked_at: str
    history: tuple[str, ...]
    clearance: Audience
    answer: Answer
    share_key: str | None
    feedback: Feedback


class Journal:
    """The answers given, in a file of its own under `home`. Thread safe."""

    def __init__(self, home: Path) -> None:
        """Open the journal, or begin one. Raises LibraryError when its file cannot be used."""
        self._database = private_database(home / "journal.sqlite", _SCHEMA, _LAYOUT)
        self._swept, self._since_swept = datetime.min.replace(tzinfo=UTC), 0
        self._delete_old()

    def close(self) -> None:
        """Release the file."""
        self._database.close()

    def recorded(
        self, events: Iterable[AnswerEvent], history: Sequence[str], clearance: Audience
    ) -> Iterator[AnswerEvent]:
        """The events of an answer, which is written down and gets its id before it is passed on; on a full disk it is
        passed on without."""
        for event in events:
            if isinstance(event, Answer):
                event.id = _new_key()
                try:
                    self._insert(event, history, clearance)
                except LibraryError as error:
                    event.id = ""
                    _log.error("An answer was not kept in the journal: %s", error)
            yield event

    def _insert(self, answer: Answer, history: Sequence[str], clearance: Audience) -> None:
        self._delete_old()  # here, because a server may run for years
        values = {
            "id": answer.id,
            "asked_at": _moment(datetime.now(UTC)),
            "question": answer.question,
            "history": json.dumps(leant_on(answer.question, history), ensure_ascii=False),
            "clearance": clearance,
            "answer": answer.model_dump_json(),
            "refused": answer.refused,
        }
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        self._database.connection.execute(f"INSERT INTO answers ({names}) VALUES ({marks})", values)

    def get(self, id_: str) -> Entry | None:
        """The answer of this id."""
        return next(iter(self._entries("id = ?", id_)), None)

    def shared(self, key: str) -> Entry | None:
        """The answer that is shared under this key."""
        return next(iter(self._entries("share_key = ?", key)), None)

    def unsatisfying(self, limit: int) -> list[Entry]:
        """Answers that refused or were thumbed down, newest first."""
        where = "(refused OR verdict = 'down') ORDER BY asked_at DESC, id LIMIT ?"
        return self._entries(where, limit)

    def _entries(self, where: str, *values: str | int) -> list[Entry]:
        rows = self._database.connection.execute(f"SELECT {_COLUMNS} FROM answers WHERE {where}", values)
        return [_entry(row) for row in rows]

    def share(self, id_: str) -> str | None:
        """The key under which an answer is shared from now on; None when there is no such answer."""
        row = self._database.connection.execute(
            "UPDATE answers SET share_key = ifnull(share_key, ?) WHERE id = ? RETURNING share_key",
            (_new_key(), id_),
        ).fetchone()
        return row[0] if row else None

    def unshare(self, id_: str) -> bool:
        """Make the share link of an answer void; False when there is no such answer."""
        return self._changed("UPDATE answers SET share_key = NULL WHERE id = ?", id_)

    def rate(self, id_: str, feedback: Feedback) -> bool:
        """Keep what a member thinks of an answer; False when there is no such answer."""
        return self._changed(
            "UPDATE answers SET verdict = ?, reason = ?, comment = ? WHERE id = ?",
            *(feedback.verdict, feedback.reason, feedback.comment, id_),
        )

    def erase(self, ids: Iterable[str]) -> int:
        """Delete answers with their questions, feedback and share links; returns how many there were."""
        erased = sum(self._changed("DELETE FROM answers WHERE id = ?", id_) for id_ in ids)
        self._empty_log()
        return erased

    def let_go(self, ids: Iterable[str]) -> None:
        """Delete those of the answers that nobody shared or rated."""
        for id_ in ids:
            self._changed(f"DELETE FROM answers WHERE id = ? AND {_UNCLAIMED}", id_)
        self._empty_log()

    def holding(self, document: str) -> list[str]:
        """The ids of the answers that quote or name a document."""
        rows = self._database.connection.execute(f"SELECT id FROM answers WHERE {_NAMES}", {"name": document})
        return [id_ for (id_,) in rows]

    def forget_document(self, document: str) -> int:
        """Delete every answer that quotes or names a document; returns how many there were."""
        cursor = self._database.connection.execute(f"DELETE FROM answers WHERE {_NAMES}", {"name": document})
        self._empty_log()
        return cursor.rowcount

    def forget_all_but(self, documents: Iterable[str]) -> None:
        """Delete every answer that quotes or names another document than these."""
        names = json.dumps(list(documents))
        if self._changed(f"DELETE FROM answers WHERE {_NAMES_OTHERS}", names):
            self._empty_log()

    def _empty_log(self) -> None:
        # SQLite's log still has what was deleted.
        self._database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def _delete_old(self) -> None:
        now = datetime.now(UTC)
        self._since_swept += 1
        if now - self._swept < _SWEPT_EVERY and self._since_swept < _SWEPT_AFTER:
            return
        self._swept, self._since_swept = now, 0
        for before in (_moment(now - KEPT), self._oldest_kept()):
            self._changed(f"DELETE FROM answers WHERE asked_at < ? AND {_UNCLAIMED}", before)

    def _oldest_kept(self) -> str:
        newest = "SELECT asked_at FROM answers ORDER BY asked_at DESC LIMIT 1 OFFSET ?"
        row = self._database.connection.execute(newest, (KEPT_AT_MOST - 1,)).fetchone()
        return row[0] if row else ""

    def _changed(self, statement: str, *values: str | None) -> bool:
        return self._database.connection.execute(statement, values).rowcount > 0


def _new_key() -> str:
    return secrets.token_urlsafe(16)  # 128 bits


def _moment(when: datetime) -> str:
    return when.isoformat(timespec="seconds")


def _entry(row: tuple[Any, ...]) -> Entry:
    id_, asked_at, history, clearance, answer, share_key, verdict, reason, comment = row
    return Entry(
        id=id_,
        asked_at=asked_at,
        history=tuple(json.loads(history)),
        clearance=clearance,
        answer=Answer.model_validate_json(answer),
        share_key=share_key,
        feedback=Feedback(verdict=verdict, reason=reason, comment=comment),
    )
