"""Backups: everything that cannot be made anew, and the vectors, which would take long, in one zip file."""

import json
import logging
import os
import shutil
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory, mkstemp

import numpy as np

from ingest.catalogue import CATALOGUE, EMBEDDING_MODEL, Catalogue, sentence_id
from ingest.database import Database
from ingest.errors import HuiwenError
from ingest.library import Library
from ingest.restoring import check_empty, restoring
from ingest.schema import LAYOUT
from ingest.settings import Settings

_log = logging.getLogger(__name__)
_MANIFEST, _IDS, _VECTORS, _HOME = "huiwen.json", "vectors/ids.json", "vectors/vectors.npy", "home/"
_FORMAT = 1
# Made anew when needed, or of this machine only: the vectors' index, caches, locks, the key that signs cookies.
_LEFT_OUT = ("arriving", "chroma", "tmp", "chroma.lock", "writer.lock", "session.key")
_WAL = ("-wal", "-shm")
_OTHER_MODEL = (
    "The vectors of the backup are of another embedding model (%s): they are made anew, which may take minutes."
    " / 备份中的向量来自另一个模型，正在重新生成，可能需要几分钟。"
)


def back_up(library: Library, file: Path) -> int:
    """Write the library and all that staff and members have added to its home into `file`; returns the documents.

    Nothing is written to the library meanwhile. `file` is there whole or not at all. Raises HuiwenError.
    """
    if file.resolve().is_relative_to(library.home.resolve()):
        raise HuiwenError(
            f"The backup {file} would be in the home that it is a backup of: name a file outside of {library.home}."
            " / 备份文件不能放在资料文件夹里面，请换一个位置。"
        )
    if file.exists() and not file.is_file():
        raise HuiwenError(
            f"{file} is no file, and no backup is written over it: name a file, like huiwen.zip."
            f" / {file} 不是文件，请写出备份文件的名称，例如 huiwen.zip。"
        )
    try:
        with (
            library.still(),
            TemporaryDirectory(prefix="huiwen-backup-") as folder,
            _whole(file) as part,
            zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive,
        ):
            _warn(library.lost_originals())
            names = _write_vectors(library, archive, Path(folder))
            for path in _kept_files(library.home):
                name = _HOME + path.relative_to(library.home).as_posix()
                if path.parent == library.home and path.suffix == ".sqlite":
                    _write_database(archive, path, name, Path(folder))
                else:
                    archive.write(path, name)
            manifest = {"format": _FORMAT, "layout": LAYOUT, "documents": names}
            archive.writestr(_MANIFEST, json.dumps(manifest, ensure_ascii=False))
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise HuiwenError(
            f"The backup {file} cannot be written ({reason}). Is there room in its folder, and in the one "
            "for temporary files (TMPDIR)? / 备份文件无法写入，请检查它所在的文件夹和临时文件夹（TMPDIR）是否还有空间。"
        ) from error
    return len(names)


@contextmanager
def _whole(file: Path) -> Iterator[Path]:
    """A file beside `file`, which takes its place in the end; nobody else may read it, for it holds accounts, and what
    members asked."""
    descriptor, name = mkstemp(".part", f"{file.name}.", file.parent)
    os.close(descriptor)
    part = Path(name)
    try:
        yield part
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def restore(file: Path, settings: Settings) -> int:
    """Make the home of `settings` from a backup; returns the documents.

    The home must not exist yet, or be empty. It is there whole or not at all. Vectors of another embedding model are
    made anew; all go where this home is set to have them. Raises HuiwenError.
    """
    check_empty(settings.home)
    with _opened(file) as archive, restoring(settings.home) as folder:
        made = folder / "home"
        _extract(archive, made)
        names = json.loads(archive.read(_MANIFEST))["documents"]
        model = _become_another(made)
        with Library(settings.model_copy(update={"home": made}), rebuilding=True) as library:
            try:
                if model in (None, library.embedder.name):
                    _read_vectors(library, archive, folder)
                else:
                    _log.warning(_OTHER_MODEL, model)
                    library.embed_anew()
                lost = library.lost_originals()
                if problems := [each for each in library.check() if each not in lost]:
                    raise HuiwenError(
                        f"The backup {file} is not whole: {problems[0]} Nothing was restored."
                        " / 备份不完整，没有恢复任何内容。"
                    )
            except BaseException:
                with suppress(HuiwenError):
                    library.forget_vectors()  # a Chroma server would keep them
                raise
        _put_in_place(made, settings.home)
    _warn(lost)
    return len(names)


def _warn(lost: Iterable[str]) -> None:
    """Of files that are not kept: without them there is no download, but all that is asked is answered."""
    for each in lost:
        _log.warning("%s", each)


def _put_in_place(made: Path, home: Path) -> None:
    if not home.exists():
        made.rename(home)
        return
    home.chmod(0o700)
    # The catalogue last: until then there is no library.
    for path in sorted(made.iterdir(), key=lambda each: each.name == CATALOGUE):
        path.rename(home / path.name)


def _kept_files(home: Path) -> Iterator[Path]:
    for path in sorted(home.rglob("*")):
        top = path.relative_to(home).parts[0]
        if path.is_file() and top not in _LEFT_OUT and not (path.parent == home and path.name.endswith(_WAL)):
            yield path


def _write_database(archive: zipfile.ZipFile, path: Path, name: str, scratch: Path) -> None:
    copy = scratch / path.name
    with closing(Database(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.connection.backup(target)
    archive.write(copy, name)
    copy.unlink()


def _write_vectors(library: Library, archive: zipfile.ZipFile, scratch: Path) -> list[str]:
    """Store the vector of every sentence; returns the names of the documents."""
    names, ids = [], []
    path = scratch / "vectors.raw"
    with path.open("wb") as stream:
        for info in library.documents():
            names.append(info.name)
            document = library.version(info.version)
            wanted = [(info.version, n) for n in range(len(document.sentences))] if document else []
            found = library.vectors(wanted)
            if len(found) < len(wanted):
                raise HuiwenError(
                    f"There is no backup without all vectors, and some of {info.name} are missing: run "
                    "`huiwen ingest rebuild` first. / 部分向量缺失，无法备份，请先运行 huiwen ingest rebuild。"
                )
            for place, vector in found.items():
                ids.append(sentence_id(*place))
                stream.write(np.asarray(vector, dtype=np.float32).tobytes())
    archive.writestr(_IDS, json.dumps(ids))
    archive.write(path, _VECTORS)
    return names


def _read_vectors(library: Library, archive: zipfile.ZipFile, scratch: Path) -> None:
    ids = json.loads(archive.read(_IDS))
    path = Path(archive.extract(_VECTORS, scratch))
    stored = (
        np.fromfile(path, dtype=np.float32).reshape(len(ids), -1) if ids else np.empty((0, 0), np.float32)
    )
    rows = {id_: row for row, id_ in enumerate(ids)}
    with library.anew():
        for document in filter(None, (library.version(info.version) for info in library.documents())):
            numbers = range(len(document.sentences))
            library.put_vectors(document, stored[[rows[sentence_id(document.version, n)] for n in numbers]])


def _become_another(home: Path) -> str | None:
    """Have a restored home share nothing with the one of the backup, which may stand beside it on one Chroma server;
    returns the model of the vectors."""
    catalogue = Catalogue(home / CATALOGUE)
    with closing(catalogue.database):
        catalogue.forget_identity()
        return catalogue.meta(EMBEDDING_MODEL)


@contextmanager
def _opened(file: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read(_MANIFEST))
            if manifest["format"] != _FORMAT or manifest["layout"] > LAYOUT:
                raise HuiwenError(
                    f"The backup {file} was made by a newer version of Huiwen. / 备份来自更新的版本。"
                )
            if archive.testzip():
                raise zipfile.BadZipFile
            yield archive
    except FileNotFoundError as error:
        raise HuiwenError(f"There is no backup {file}. / 没有这个备份文件。") from error
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
        raise HuiwenError(
            f"{file} is not a whole backup of Huiwen; nothing was restored. / 备份文件损坏或不是会问的备份，没有恢复任何内容。"
        ) from error
    except OSError as error:
        raise HuiwenError(f"The backup {file} cannot be restored ({error}). / 备份无法恢复。") from error


def _extract(archive: zipfile.ZipFile, home: Path) -> None:
    home.mkdir(mode=0o700)
    for member in archive.infolist():
        if not member.filename.startswith(_HOME) or member.is_dir():
            continue
        parts = PurePosixPath(member.filename).parts[1:]
        if not parts or ".." in parts or PurePosixPath(*parts).is_absolute():
            raise zipfile.BadZipFile
        target = home.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, open(target, "xb", opener=_private) as copy:
            shutil.copyfileobj(source, copy)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
