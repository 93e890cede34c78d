"""The staff's glossary, edited on the desk; the version before the last edit is kept."""

import threading
from pathlib import Path

from bot.desk.errors import DeskError
from bot.desk.whole_file import write_whole
from bot.words.glossary import FILE_NAME, check_glossary, read_text
from ingest.errors import LibraryError


class GlossaryFile:
    """HUIWEN_HOME/glossary.tsv. Thread safe within the serving process."""

    def __init__(self, home: Path) -> None:
        self._path = home / FILE_NAME
        self._before = home / "glossary.previous.tsv"
        self._lock = threading.Lock()

    def text(self) -> str:
        """The glossary as it is; empty when there is none. Raises LibraryError when it cannot be read."""
        return read_text(self._path)

    def save(self, text: str, seen: str) -> None:
        """Write a new text over the one that was `seen`. Raises HuiwenError when somebody else has changed it since and,
        with the number of the line, for a text that is no glossary."""
        text = "\n".join(text.splitlines())
        text = text and text + "\n"
        check_glossary(text)
        with self._lock:
            current = self.text()
            if current != seen:
                raise DeskError("glossary_meanwhile")
            if current != text:
                self._write(self._before, current)
                self._write(self._path, text)

    def undo(self, seen: str) -> None:
        """Swap the last version, which was `seen`, with the one before. Raises HuiwenError when it is another by now, and
        when there is none before."""
        with self._lock:
            current = self.text()
            if current != seen:
                raise DeskError("undo_meanwhile")
            if not self._before.exists():
                raise DeskError("no_undo")
            before = read_text(self._before)
            self._write(self._before, current)
            self._write(self._path, before)

    def _write(self, path: Path, text: str) -> None:
        try:
            write_whole(path, text)
        except OSError as error:
            raise LibraryError(
                f"{path.name} cannot be written ({error.strerror}). / {path.name} 无法写入，磁盘是否已满？"
            ) from error
