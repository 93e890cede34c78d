"""What a file is by its content: the suffix it deserves, whatever it is called."""

import io
import re
import zipfile
from typing import Final

from ingest.errors import LoadError

PASSWORD: Final = (
    "The file is protected by a password; save a copy without it. / 文件有密码保护，请另存为无密码的副本。"
)
_BOMB: Final = "The file unpacks to an unreasonable size and was refused. / 文件解压后体积异常，已拒绝。"
# The original can be downloaded by members: what is refused here cannot run on their machines either.
_MACROS: Final = (
    "The file holds macros (programs); save a copy without them, as .docx, .xlsx or .pptx."
    " / 文件含有宏（程序），请另存为不含宏的 .docx、.xlsx 或 .pptx。"
)
MEGABYTE: Final = 1 << 20
MAX_UNPACKED: Final = 1024 * MEGABYTE  # of a zip archive and all archives in it
MAX_RATIO: Final = 200  # to what is packed, where more than a megabyte is unpacked
_MAGIC: Final = (  # what a file begins with → the suffix it should have
    (b"PK\x03\x04", ".zip"),
    (b"PK\x05\x06", ".zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".ole"),
    (b"{\\rtf", ".rtf"),
    (b"Rar!\x1a\x07", ".rar"),
    (b"7z\xbc\xaf\x27\x1c", ".7z"),
    (b"\x1f\x8b", ".gz"),
    (b"\x89PNG\r\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
    (b"\x7fELF", ".exe"),
    (b"MZ\x90\x00", ".exe"),
)
# Atomic groups: a page that opens with a thousand comments is looked at once, not 2^1000 times.
_PROLOGUE: Final = rb"(?>\xef\xbb\xbf)?(?>\s*(?><\?.*?\?>|<!--.*?-->|<!doctype\s+(?!html)[^<>\[]*>))*\s*"
_MARKUP: Final = (
    (re.compile(_PROLOGUE + rb"<(?:!doctype\s+html|html[\s>])", re.IGNORECASE | re.DOTALL), ".html"),
    (re.compile(_PROLOGUE + rb"<(?:!doctype\s+svg|svg[\s>])", re.IGNORECASE | re.DOTALL), ".svg"),
    (re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\s"), ".xml"),
)
_PACKAGES: Final = (  # a member of a zip archive → what the archive is
    ("word/document.xml", ".docx"),
    ("xl/workbook.xml", ".xlsx"),
    ("ppt/presentation.xml", ".pptx"),
    ("content.xml", ".odt"),
)
# Of Office's packages and of OpenDocument's, whose Basic/script-lc.xml lists libraries, empty ones too.
_MACRO_PART: Final = re.compile(
    r"vbaproject\.bin$|^(?:basic/.+/(?!script-lb\.xml$)|scripts/).*[^/]$", re.IGNORECASE
)
_MACRO_STORAGES: Final = ("Macros/VBA", "_VBA_PROJECT_CUR/VBA")
_SLIDES: Final = "PowerPoint Document"
# Its VbaInfoAtom [MS-PPT 2.4.11], where fHasMacros is not 0: the project itself is compressed somewhere in the stream.
_SLIDES_MACROS: Final = re.compile(rb"\x02\0\0\x04\x0c\0\0\0.{4}(?!\0{4})", re.DOTALL)
_STREAMS: Final = {  # a stream of an OLE container → what the container is
    "WordDocument": ".doc",
    "Workbook": ".xls",
    "Book": ".xls",
    _SLIDES: ".ppt",
    "__properties_version1.0": ".msg",
}


def kind_of(data: bytes) -> str | None:
    """The suffix that the content deserves; ".odt" for every OpenDocument; None when it must be text.

    Raises LoadError if the file is locked, holds macros, or would unpack to an unreasonable size.
    """
    if b"%PDF-" in data[:1024]:
        return ".pdf"
    kind = next((suffix for magic, suffix in _MAGIC if data.startswith(magic)), None)
    if kind == ".zip":
        return _package_kind(data)
    if kind == ".ole":
        return _compound_kind(data)
    if kind is None and data.startswith(b"BM") and data[6:10] == bytes(4):
        return ".bmp"
    if kind is None and data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return ".webp"
    return kind or next((suffix for markup, suffix in _MARKUP if markup.match(data[:65536])), None)


def _package_kind(data: bytes) -> str:
    """What a zip archive is: an Office document, or something else."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        # What zipfile reads of a member ends at its declared size, so the sum of those is a bound.
        unpacked = sum(member.file_size for member in members)
        packed = sum(member.compress_size for member in members)
        if unpacked > MAX_UNPACKED or (unpacked > MEGABYTE and unpacked > MAX_RATIO * packed):
            raise LoadError(_BOMB)
        if any(member.flag_bits & 1 for member in members):
            raise LoadError(PASSWORD)
        names = {member.filename for member in members}
        kind = next((suffix for part, suffix in _PACKAGES if part in names), ".zip")
        types = "[Content_Types].xml"
        declared = kind != ".zip" and types in names and b"macroEnabled" in archive.read(types)
    if declared or (kind != ".zip" and any(map(_MACRO_PART.search, names))):
        raise LoadError(_MACROS)
    return kind


def _compound_kind(data: bytes) -> str:
    """What an OLE container is: one of the old binary formats, or another program's (".ole")."""
    import msoffcrypto.exceptions  # type: ignore[import-untyped]
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(data)) as container:
        if container.exists("EncryptedPackage"):
            raise LoadError(PASSWORD)
        slides = container.openstream(_SLIDES).read() if container.exists(_SLIDES) else b""
        if any(map(container.exists, _MACRO_STORAGES)) or _SLIDES_MACROS.search(slides):
            raise LoadError(_MACROS)
        kind = next((suffix for name, suffix in _STREAMS.items() if container.exists(name)), ".ole")
    try:
        encrypted = msoffcrypto.OfficeFile(io.BytesIO(data)).is_encrypted()
    except msoffcrypto.exceptions.FileFormatError:  # another program's container
        encrypted = False
    if encrypted:
        raise LoadError(PASSWORD)
    return kind
