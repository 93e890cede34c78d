"""The files that documents were made from, kept as they came, for download and to make every index anew."""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.errors import DAMAGE_ADVICE, LibraryError, LoadError

Key = tuple[str, str]  # digest and name

_IS_EMPTY = "the folder holds no documents. / 文件夹中没有文件。"
_IS_LINK = (
    "this is a link to another folder, which is not followed: add that folder itself."
    " / 这是指向另一个文件夹的链接，不会随之添加，请直接添加那个文件夹。"
)


class Originals:
    """Files by the SHA-256 of their content and by name, under `home`. A kept file is never changed."""

    def __init__(self, home: Path) -> None:
        self.folder = home / "originals"
        self._arriving = home / "arriving"

    def path(self, digest: str, name: str) -> Path | None:
        """Where the file lies; None when it is not kept."""
        path = self.folder / digest / name
        return path if digest and path.is_file() else None

    @contextmanager
    def arriving(self, file: Path) -> Iterator[tuple[Path, str]]:
        """A private copy of `file` and its digest, so that what is read is what will be kept.

        Raises LoadError when the file cannot be read, LibraryError when the copy cannot be written.
        """
        with ExitStack() as stack:
            with _written(self._arriving):
                self._arriving.mkdir(parents=True, exist_ok=True)
                with locked(self._arriving, fcntl.LOCK_SH):  # nobody clears up meanwhile
                    folder = Path(stack.enter_context(TemporaryDirectory(dir=self._arriving)))
                    stack.enter_context(locked(folder, fcntl.LOCK_SH))
            copy = folder / file.name
            yield copy, _copy(file, copy)

    def keep(self, copy: Path, digest: str) -> None:
        """Take an arriving copy in; it lasts through a power cut once this returns."""
        place = self.folder / digest
        with _written(place):
            place.mkdir(parents=True, exist_ok=True)
            with copy.open("rb+") as stream:
                os.fsync(stream.fileno())
            copy.replace(place / copy.name)
            for folder in (place, self.folder):
                _sync_folder(folder)

    def drop(self, digest: str, name: str) -> None:
        """Forget a file, whether it is kept or not."""
        if digest:
            with _written(self.folder):
                (self.folder / digest / name).unlink(missing_ok=True)
            with suppress(OSError):  # another name has the same content
                (self.folder / digest).rmdir()

    def sweep(self, known: Iterable[Key]) -> None:
        """Drop all that is not among `known`."""
        wanted = set(known)
        for file in list(self.folder.glob("*/*")):
            if (file.parent.name, file.name) not in wanted:
                self.drop(file.parent.name, file.name)

    def clear_up(self) -> None:
        """Drop arriving copies whose process is gone, as far as the disk allows."""
        with suppress(OSError), locked(self._arriving, fcntl.LOCK_EX):
            for folder in self._arriving.iterdir():
                with suppress(OSError), locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB):
                    shutil.rmtree(folder)


def digest_of(file: Path) -> str:
    """The SHA-256 of a file's content. Raises LoadError when it cannot be read."""
    with _readable(file), file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _copy(file: Path, copy: Path) -> str:
    digest = hashlib.sha256()
    with _written(copy.parent), copy.open("wb") as target:
        for chunk in _chunks(file):
            digest.update(chunk)
            target.write(chunk)
    return digest.hexdigest()


def _chunks(file: Path) -> Iterator[bytes]:
    with _readable(file), file.open("rb") as source:
        while chunk := source.read(1 << 20):
            yield chunk


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        if file.is_dir():
            with os.scandir(file):  # unless it may not be read
                raise LoadError(_IS_LINK if file.is_symlink() else _IS_EMPTY)
        if file.exists() and not file.is_file():
            raise LoadError("this is no ordinary file. / 这不是普通文件。")
        yield
    except FileNotFoundError as error:
        raise LoadError("there is no such file. / 文件不存在。") from error
    except OSError as error:
        raise LoadError(f"the file cannot be read ({error.strerror}). / 文件无法读取。") from error


@contextmanager
def _written(folder: Path) -> Iterator[None]:
    """The system's errors of writing in a folder become errors for people."""
    try:
        yield
    except OSError as error:
        raise LibraryError(
            f"The folder {folder} cannot be written ({error.strerror}). {DAMAGE_ADVICE}"
        ) from error


@contextmanager
def locked(folder: Path, how: int) -> Iterator[None]:
    """A lock on a folder as `fcntl.flock` knows them, which ends with the process at the latest. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)  # a copy of this process would keep it
        os.close(descriptor)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
