"""Files that staff have uploaded and not yet published, each in a folder of its own under HUIWEN_HOME/staging.

A folder holds the file under its own name in `file`, what was read from it in `loaded.json`, and `item.json`.
"""

import re
import secrets
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PureWindowsPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from bot.desk.asked import Asked
from bot.desk.decide import edited
from bot.desk.whole_file import write_whole
from ingest.document import UNDECIDED, Audience, Decisions, LoadedFile, narrower
from ingest.errors import LibraryError, LoadError

KEPT = timedelta(days=7)

State = Literal["waiting", "reading", "ready", "publishing", "failed"]

_ID = re.compile(r"[0-9a-f]{16}")
_LONGEST_NAME = 255  # bytes, as file systems have it
_LOADED = TypeAdapter(LoadedFile)


class Item(BaseModel):
    """An uploaded file. `reason` says why it failed; `asked` is the question of members that it was uploaded for; `decisions`
    are to hold when it is in, `seen` are those of the document of its name that they were made in sight of."""

    model_config = ConfigDict(frozen=True)

    id: str
    name: str
    by: str
    uploaded: datetime
    state: State = "waiting"
    reason: str = ""
    asked: Asked | None = None
    decisions: Decisions = UNDECIDED
    seen: Decisions = UNDECIDED


class Staging:
    """The uploaded files of one home. Thread safe; only the serving process uses it."""

    def __init__(self, home: Path) -> None:
        """Open it; what was being read or published when the process ended waits or is ready again."""
        self._folder = home / "staging"
        self._lock = threading.RLock()
        for item in self.items():
            if item.state == "reading":
                self._write(item.model_copy(update={"state": "waiting"}))
            elif item.state == "publishing":
                self._write(item.model_copy(update={"state": "ready"}))

    def items(self) -> list[Item]:
        """All of them, oldest first."""
        with self._lock:
            found = [self.get(folder.name) for folder in self._folder.glob("*") if folder.is_dir()]
        return sorted(filter(None, found), key=lambda item: (item.uploaded, item.id))

    def get(self, id_: str) -> Item | None:
        """The item of this id; None when it was published, discarded or never there."""
        if not _ID.fullmatch(id_):
            return None
        try:
            return Item.model_validate_json((self._folder / id_ / "item.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def file(self, item: Item) -> Path:
        """Where its file lies."""
        return self._folder / item.id / "file" / item.name

    def add(
        self,
        source: Path,
        name: str,
        by: str,
        decisions: Callable[[str], Decisions],
        asked: Asked | None = None,
        audience: Audience = "public",
    ) -> Item:
        """Move a file in under the last part of `name`; `decisions` gives what is decided about a name so far. It is
        for `audience`, or for the fewer that it is decided to be for.

        Raises LoadError for a name that no document can have, LibraryError when the disk refuses.
        """
        name = _checked(name)
        decided = decisions(name)
        item = Item(
            id=secrets.token_hex(8),
            name=name,
            by=by,
            uploaded=datetime.now(UTC),
            asked=asked,
            decisions=replace(decided, audience=narrower(decided.audience, audience)),
            seen=decided,
        )
        try:
            self.file(item).parent.mkdir(parents=True)
            shutil.move(source, self.file(item))
            self._write(item)
        except OSError as error:
            shutil.rmtree(self._folder / item.id, ignore_errors=True)
            raise LibraryError(
                f"{name}: cannot be stored ({error.strerror}); is the disk full?"
                f" / “{name}”无法保存，磁盘是否已满？"
            ) from error
        return item

    def move(self, id_: str, before: State, after: State, reason: str = "") -> Item | None:
        """Bring an item from one state to another; None when it is not, or no longer, in the first: of two
        who try the same, one succeeds."""
        with self._lock:
            item = self.get(id_)
            if item is None or item.state != before:
                return None
            return self._write(item.model_copy(update={"state": after, "reason": reason}))

    def decide(self, id_: str, decisions: Decisions) -> bool:
        """Keep what staff decide about an item; False when it is not to be decided about any more."""
        with self._lock:
            item = self.get(id_)
            if item is None or item.state != "ready":
                return False
            self._write(item.model_copy(update={"decisions": decisions}))
            return True

    def see(self, item: Item, decided: Decisions) -> None:
        """Bring in what has been decided about a document since an item was looked at; what was changed for the
        item stays."""
        decisions = replace(decided, **edited(item.seen, item.decisions))
        with self._lock:
            self._write(item.model_copy(update={"decisions": decisions, "seen": decided}))

    def keep_loaded(self, item: Item, loaded: LoadedFile) -> None:
        """Keep what was read from the file."""
        path = self._folder / item.id / "loaded.json"
        path.write_bytes(_LOADED.dump_json(loaded))

    def loaded(self, item: Item) -> LoadedFile | None:
        """What was read from the file."""
        try:
            return _LOADED.validate_json((self._folder / item.id / "loaded.json").read_bytes())
        except (OSError, ValidationError):
            return None

    def discard(self, id_: str) -> bool:
        """Forget an item with its file, unless it is being published; False when it is, or is gone."""
        with self._lock:
            item = self.get(id_)
            if item is None or item.state == "publishing":
                return False
            self.remove(item)
            return True

    def remove(self, item: Item) -> None:
        """Forget an item with its file."""
        with self._lock:
            shutil.rmtree(self._folder / item.id, ignore_errors=True)

    def sweep(self) -> None:
        """Discard what has lain for longer than KEPT, and folders of uploads that broke off."""
        with self._lock:
            for item in self.items():
                if datetime.now(UTC) - item.uploaded > KEPT:
                    self.discard(item.id)
            for folder in self._folder.glob("*"):
                age = datetime.now(UTC).timestamp() - folder.stat().st_mtime
                if self.get(folder.name) is None and age > KEPT.total_seconds():
                    shutil.rmtree(folder, ignore_errors=True)

    def _write(self, item: Item) -> Item:
        write_whole(self._folder / item.id / "item.json", item.model_dump_json())
        return item


def _checked(name: str) -> str:
    """The last part of a file's path as a name that every system can store. Raises LoadError."""
    path = PureWindowsPath(name)  # takes both / and \\ as separators
    if not path.name or path.name.startswith(".") or path.is_reserved() or not path.name.isprintable():
        raise LoadError(
            f"{path.name!a}: no file can be stored under this name; rename it."
            f" / {path.name!a}：这个文件名不能使用，请改名。"
        )
    if len(path.name.encode()) > _LONGEST_NAME:  # what is printable can be encoded
        start = f"{path.name[:40]}…"
        raise LoadError(f"{start}: the name is too long; shorten it. / “{start}”文件名太长，请缩短。")
    return path.name
