"""The files that documents were made from, kept as they came, for download and to make every index anew."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.errors import DAMAGE_ADVICE, LibraryError, LoadError

_ARRIVING = ".arriving-"
_ARRIVAL_SECONDS = 24 * 3600  # a copy older than that was left by a crash, a younger one may be in use
Key = tuple[str, str]  # digest and name


class Originals:
    """Files by the SHA-256 of their content and by name, in `folder`. A kept file is never changed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str, name: str) -> Path | None:
        """Where the file lies; None when it is not kept."""
        path = self.folder / digest / name
        return path if digest and path.is_file() else None

    @contextmanager
    def arriving(self, file: Path) -> Iterator[tuple[Path, str]]:
        """A private copy of `file` and its digest, so that what is read is what will be kept.

        Raises LoadError when the file cannot be read, LibraryError when the copy cannot be written.
        """
        self._made(self.folder)
        with TemporaryDirectory(prefix=_ARRIVING, dir=self.folder) as folder:
            copy = Path(folder) / file.name
            yield copy, _copy(file, copy)

    def keep(self, copy: Path, digest: str) -> None:
        """Take an arriving copy in; it lasts through a power cut once this returns."""
        place = self._made(self.folder / digest)
        try:
            with copy.open("rb+") as stream:
                os.fsync(stream.fileno())
            copy.replace(place / copy.name)
            _sync_folder(place)
        except OSError as error:
            raise _unwritable(place, error) from error

    def drop(self, digest: str, name: str) -> None:
        """Forget a file, whether it is kept or not."""
        if digest:
            (self.folder / digest / name).unlink(missing_ok=True)
            with suppress(OSError):  # another name has the same content
                (self.folder / digest).rmdir()

    def sweep(self, known: Iterable[Key]) -> None:
        """Drop all that is not among `known`, and old copies that a crashed writer left."""
        wanted = set(known)
        for folder in self.folder.glob("*"):
            if folder.name.startswith(_ARRIVING):
                if time.time() - folder.stat().st_mtime > _ARRIVAL_SECONDS:
                    shutil.rmtree(folder, ignore_errors=True)
                continue
            for file in list(folder.iterdir()):
                if (folder.name, file.name) not in wanted:
                    self.drop(folder.name, file.name)

    @staticmethod
    def _made(folder: Path) -> Path:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unwritable(folder, error) from error
        return folder


def digest_of(file: Path) -> str:
    """The SHA-256 of a file's content. Raises LoadError when it cannot be read."""
    with _readable(file), file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _copy(file: Path, copy: Path) -> str:
    digest = hashlib.sha256()
    with _readable(file), file.open("rb") as source:
        try:
            target = copy.open("wb")
        except OSError as error:
            raise _unwritable(copy.parent, error) from error
        with target:
            while chunk := source.read(1 << 20):
                digest.update(chunk)
                try:
                    target.write(chunk)
                except OSError as error:
                    raise _unwritable(copy.parent, error) from error
    return digest.hexdigest()


@contextmanager
def _readable(file: Path) -> Iterator[None]:
    try:
        if file.is_dir():
            raise LoadError("the folder holds no documents. / 文件夹中没有文件。")
        if file.exists() and not file.is_file():
            raise LoadError("this is no ordinary file. / 这不是普通文件。")
        yield
    except FileNotFoundError as error:
        raise LoadError("there is no such file. / 文件不存在。") from error
    except OSError as error:
        raise LoadError(f"the file cannot be read ({error.strerror}). / 文件无法读取。") from error


def _unwritable(folder: Path, error: OSError) -> LibraryError:
    return LibraryError(f"The folder {folder} cannot be written ({error.strerror}). {DAMAGE_ADVICE}")


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
