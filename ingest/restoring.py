"""The folder in which a home is made from a backup: as long as it is in the home, that may be one by half."""

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.catalogue import CATALOGUE
from ingest.errors import HuiwenError, LibraryError
from ingest.originals import locked


def check_empty(home: Path) -> None:
    """Raise HuiwenError for a home that holds anything but what restores that were killed left."""
    if home.exists() and (not home.is_dir() or set(home.iterdir()) - set(_left(home))):
        raise HuiwenError(
            f"The home {home} is not empty: move it aside, or set another HUIWEN_HOME. Nothing was restored."
            " / 目标文件夹不是空的，请先移走，或改用另一个 HUIWEN_HOME。没有恢复任何内容。"
        )


@contextmanager
def restoring(home: Path) -> Iterator[Path]:
    """A folder on the disk of an empty home, for what will be in it. Raises OSError."""
    _clear_up(home)
    _beside(home).mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(prefix=_prefix(home), dir=_beside(home)) as name,
        locked(Path(name), fcntl.LOCK_SH),
    ):
        yield Path(name)


def check_restored(home: Path) -> None:
    """Raise LibraryError where a restore was killed, or is at work, before the library was in the home; clear up behind
    one that was killed later."""
    if (home / CATALOGUE).exists():
        _clear_up(home)
    elif list(home.glob(f"{escape(_prefix(home))}*")):
        raise LibraryError(
            f"A restore into {home} was interrupted: empty that folder, with all that is hidden in it, and run "
            "`huiwen restore` again. / 恢复备份时被中断，请清空该文件夹（包括隐藏文件）后重新运行 huiwen restore。"
        )


def _clear_up(home: Path) -> None:
    for folder in _left(home):
        shutil.rmtree(folder, ignore_errors=True)


def _left(home: Path) -> list[Path]:
    """The folders of restores that were killed."""
    left = []
    for folder in _beside(home).glob(f"{escape(_prefix(home))}*"):
        with suppress(OSError), locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):  # else one is at work
            left.append(folder)
    return left


def _beside(home: Path) -> Path:
    return home if home.exists() else home.parent  # a volume's folder can be filled only


def _prefix(home: Path) -> str:
    return f".{home.name}-restoring-"
