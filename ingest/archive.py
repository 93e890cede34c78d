"""Zip archives of documents: unpacked into one folder, within bounds, and never outside of it."""

import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PureWindowsPath
from typing import Final

from ingest.errors import LoadError
from ingest.formats.encoding import decode
from ingest.formats.kinds import MAX_RATIO, MAX_UNPACKED, MEGABYTE, PASSWORD

_MAX_FILES: Final = 2000
_MAX_DEPTH: Final = 3  # archives in archives
_CHUNK: Final = 64 * 1024
_UTF8_FLAG: Final = 0x800
_ENCRYPTED_FLAG: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGED: Final = (
    "The archive is damaged or cut off; copy or download it again. / 压缩包损坏或不完整，请重新获取。"
)
_BOMB: Final = "The archive unpacks to an unreasonable size and was refused. / 压缩包解压后体积异常，已拒绝。"
_ESCAPES: Final = (
    "The archive holds names that lead out of its folder ({name}) and was refused."
    " / 压缩包内有指向文件夹之外的文件名（{name}），已拒绝。"
)


@dataclass
class _Budget:
    """What an archive and all archives in it may still unpack."""

    size: int = MAX_UNPACKED  # bytes
    files: list[Path] = field(default_factory=list)


def unpack(path: Path, folder: Path) -> list[Path]:
    """Unpack a zip archive, and the archives in it, into `folder`, and give the files in their order.

    Hidden files and what macOS adds are left out. What is unpacked is counted while it is written, whatever
    the archive says of itself. Raises LoadError for an archive that is damaged, locked, too large, or
    built to write elsewhere; `folder` may then hold some of its files.
    """
    budget = _Budget()
    try:
        _unpack(path, folder.resolve(), budget, depth=1)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise LoadError(_DAMAGED) from error
    except OSError as error:
        raise LoadError(f"The archive cannot be unpacked ({error.strerror}). / 压缩包无法解压。") from error
    if not budget.files:
        raise LoadError("The archive holds no files. / 压缩包中没有文件。")
    return budget.files


def _unpack(path: Path, folder: Path, budget: _Budget, depth: int) -> None:
    if depth > _MAX_DEPTH:
        raise LoadError(
            f"The archive holds archives more than {_MAX_DEPTH} deep; unpack it first."
            f" / 压缩包嵌套超过 {_MAX_DEPTH} 层，请先解压。"
        )
    with zipfile.ZipFile(path) as archive:
        for member, parts in _members(archive):
            target = folder.joinpath(*parts)
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():
                name = "/".join(parts)
                raise LoadError(
                    f"The archive holds two files of one name ({name}); pack it again."
                    f" / 压缩包内有同名文件（{name}），请重新打包。"
                )
            if len(budget.files) >= _MAX_FILES:
                raise LoadError(
                    f"The archive holds more than {_MAX_FILES:,} files; split it."
                    f" / 压缩包内文件超过 {_MAX_FILES:,} 个，请拆分。"
                )
            _extract(archive, member, target, budget)
            if target.suffix.lower() == ".zip":
                inner = target.rename(target.with_name(f".{len(budget.files)}.zip"))
                _unpack(inner, target, budget, depth + 1)
                inner.unlink()
            else:
                budget.files.append(target)


def _members(archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, tuple[str, ...]]]:
    """The ordinary files with the parts of their names. Raises LoadError at anything built to harm."""
    members = archive.infolist()
    if len(members) > 10 * _MAX_FILES:
        raise LoadError(_BOMB)
    for member, name in zip(members, _names(members), strict=True):
        if member.flag_bits & _ENCRYPTED_FLAG:
            raise LoadError(PASSWORD)
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise LoadError(
                f"The archive holds a link or device ({_shown(name)}) and was refused."
                f" / 压缩包内有链接或设备文件（{_shown(name)}），已拒绝。"
            )
        parts = _parts(name)
        offered = not any(part.startswith((".", "~$")) or part == "__MACOSX" for part in parts)
        if parts and offered and not member.is_dir():
            if member.compress_type not in _METHODS:
                raise LoadError(_DAMAGED)
            yield member, parts


def _names(members: list[zipfile.ZipInfo]) -> list[str]:
    """Names as they were meant. Windows packs Chinese names in GBK or Big5 without saying so.

    Python reads a name without the mark of UTF-8 as code page 437, which keeps every byte. All names of
    an archive are in one encoding, and tell it best together.
    """
    raw = {
        index: member.filename.encode("cp437")
        for index, member in enumerate(members)
        if not member.flag_bits & _UTF8_FLAG and not member.filename.isascii()
    }
    try:
        read = decode(b"\n".join(raw.values())).split("\n") if raw else []
    except LoadError:
        read = []
    # Where the bytes are in no Chinese encoding they are code page 437, as the format says.
    meant = dict(zip(raw, read, strict=True)) if len(read) == len(raw) else {}
    return [meant.get(index, member.filename) for index, member in enumerate(members)]


def _parts(name: str) -> tuple[str, ...]:
    """The folders and the name of a file. Raises LoadError if they lead elsewhere, or if Windows, where
    members open the original, could not store it."""
    path = PureWindowsPath(name)  # takes both / and \\ as separators
    if path.anchor or ".." in path.parts or path.is_reserved() or not name.isprintable():
        raise LoadError(_ESCAPES.format(name=_shown(name)))
    for part in path.parts:
        if len(os.fsencode(part)) > 255:
            raise LoadError(
                f"A name in the archive is too long ({_shown(name)}); shorten it."
                f" / 压缩包内文件名过长（{_shown(name)}），请缩短。"
            )
    return path.parts


def _shown(name: str) -> str:
    return "".join(character if character.isprintable() else "?" for character in name[:60])


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path, budget: _Budget) -> None:
    written = 0
    with archive.open(member) as source, target.open("xb") as copy:
        while chunk := source.read(_CHUNK):
            written += len(chunk)
            if written > budget.size or written > max(MEGABYTE, MAX_RATIO * member.compress_size):
                raise LoadError(_BOMB)
            copy.write(chunk)
    budget.size -= written
