"""The door for files: what a file is, by name and by content, and its text as blocks."""

import io
import logging
import re
import warnings
import zipfile
from pathlib import Path
from typing import Final

from ingest.document import LoadedFile
from ingest.errors import LoadError
from ingest.formats import html, pdf, sheet, text, word

SUPPORTED: Final[frozenset[str]] = frozenset(
    {".txt", ".md", ".markdown", ".html", ".htm", ".docx", ".pdf", ".xlsx", ".csv"}
)
_TEXTS: Final = {
    ".txt": text.load_text,
    ".md": text.load_markdown,
    ".markdown": text.load_markdown,
    ".html": html.load_html,
    ".htm": html.load_html,
    ".csv": sheet.load_csv,
}
_MEGABYTE: Final = 1 << 20
_MAX_SIZE: Final = 200 * _MEGABYTE
_MAX_UNPACKED: Final = 1024 * _MEGABYTE
_MAX_RATIO: Final = 200
_SAVE_AS_DOCX: Final = "save it as .docx or .pdf. / 不支持的格式，请另存为 .docx 或 .pdf。"
_SAVE_AS_XLSX: Final = "save it as .xlsx. / 不支持的格式，请另存为 .xlsx。"
_SAVE_AS_PDF: Final = "save it as .pdf. / 不支持的格式，请另存为 .pdf。"
_ADVICE: Final = {
    **dict.fromkeys((".doc", ".wps", ".rtf", ".odt", ".pages"), _SAVE_AS_DOCX),
    **dict.fromkeys((".xls", ".et", ".ods", ".numbers", ".xlsm", ".xlsb"), _SAVE_AS_XLSX),
    **dict.fromkeys((".ppt", ".pptx", ".dps", ".odp", ".key", ".ofd"), _SAVE_AS_PDF),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp"), _SAVE_AS_PDF),
    **dict.fromkeys((".zip", ".rar", ".7z", ".gz", ".tar"), "unpack it first. / 不支持压缩包，请先解压。"),
}
_OTHER: Final = (
    "use .txt, .md, .html, .docx, .pdf, .xlsx or .csv."
    " / 不支持的格式，请使用 .txt、.md、.html、.docx、.pdf、.xlsx 或 .csv。"
)
_MAGIC: Final = (  # what a file begins with → the suffix it should have
    (b"PK\x03\x04", ".zip"),
    (b"PK\x05\x06", ".zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ".doc"),
    (b"{\\rtf", ".rtf"),
    (b"Rar!\x1a\x07", ".rar"),
    (b"7z\xbc\xaf\x27\x1c", ".7z"),
    (b"\x1f\x8b", ".gz"),
    (b"\x89PNG\r\n", ".png"),
    (b"\xff\xd8\xff", ".jpg"),
    (b"GIF8", ".gif"),
    (b"II*\x00", ".tif"),
    (b"MM\x00*", ".tif"),
)
_HTML: Final = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*\?>\s*|<!--.*?-->\s*)*<(?:!doctype\s+html|html[\s>])",
    re.IGNORECASE | re.DOTALL,
)
_PASSWORD: Final = (
    "The file is protected by a password; save a copy without it. / 文件有密码保护，请另存为无密码的副本。"
)
_CUT_OFF: Final = (
    "The file is damaged or cut off; copy or download it again. / 文件损坏或不完整，请重新获取。"
)
_NOT_READABLE: Final = "The file cannot be read; check its permissions. / 无法读取文件，请检查权限。"
_NO_TEXT: Final = "No text was found in the file. / 文件中没有文字。"
_TOO_LARGE: Final = "The file is too large (over 200 MB); split it. / 文件太大（超过 200 MB），请拆分。"
_BOMB: Final = "The file unpacks to an unreasonable size and was refused. / 文件解压后体积异常，已拒绝。"
_LOGGERS: Final = ("trafilatura", "htmldate", "pypdfium2", "openpyxl", "msoffcrypto")


def load(path: Path) -> LoadedFile:
    """The text of a file as blocks. A wrong suffix does not matter where the content is clear.

    Raises LoadError, whose one line says why the file cannot be used and what to do.
    """
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            loaded = _load(path)
    except (LoadError, ImportError, MemoryError):
        raise
    except Exception as error:  # whatever a parser throws at a damaged file
        raise LoadError(_CUT_OFF) from error
    if not any(block.text.strip() for block in loaded.blocks):
        raise LoadError(_NO_TEXT)
    return loaded


def _load(path: Path) -> LoadedFile:
    suffix = path.suffix.lower()
    if not path.is_file():
        raise LoadError("There is no such file. / 文件不存在。")
    if suffix not in SUPPORTED:
        raise LoadError(f"Files of this kind ({suffix or '-'}) are not read: {_ADVICE.get(suffix, _OTHER)}")
    data = _read(path)
    match content := _content(data):
        case ".pdf":
            return pdf.load_pdf(data)
        case ".docx":
            return word.load_docx(data)
        case ".xlsx":
            return sheet.load_xlsx(data)
        case ".html" if suffix not in (".md", ".markdown"):
            return html.load_html(data)
        case None | ".html":
            return _load_as_text(data, suffix)
        case _:
            raise LoadError(
                f"The content is really {content}: {_ADVICE.get(content, _OTHER)} (内容实为 {content})"
            )


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size == 0:
            raise LoadError("The file is empty. / 文件是空的。")
        if size > _MAX_SIZE:
            raise LoadError(_TOO_LARGE)
        return path.read_bytes()
    except OSError as error:
        raise LoadError(_NOT_READABLE) from error


def _content(data: bytes) -> str | None:
    """The suffix that the content deserves; None when it must be text. Raises LoadError if it is locked."""
    if b"%PDF-" in data[:1024]:
        return ".pdf"
    kind = next((suffix for magic, suffix in _MAGIC if data.startswith(magic)), None)
    if kind == ".zip":
        return _package_kind(data)
    if kind == ".doc":
        return _compound_kind(data)
    return ".html" if kind is None and _HTML.match(data[:65536]) else kind


def _package_kind(data: bytes) -> str:
    """What a zip archive is: a Word or Excel document, or something else. Refuses zip bombs."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if unpacked > _MAX_UNPACKED or (unpacked > _MEGABYTE and unpacked > _MAX_RATIO * packed):
        raise LoadError(_BOMB)
    if any(member.flag_bits & 1 for member in members):
        raise LoadError(_PASSWORD)
    names = {member.filename for member in members}
    for part, suffix in (
        ("word/document.xml", ".docx"),
        ("xl/workbook.xml", ".xlsx"),
        ("ppt/presentation.xml", ".pptx"),
        ("content.xml", ".odt"),
    ):
        if part in names:
            return suffix
    return ".zip"


def _compound_kind(data: bytes) -> str:
    """What an OLE container is: an encrypted Office file (refused), or one of the old binary formats."""
    import msoffcrypto.exceptions  # type: ignore[import-untyped]
    import olefile  # type: ignore[import-untyped]

    with olefile.OleFileIO(io.BytesIO(data)) as container:
        if container.exists("EncryptedPackage"):
            raise LoadError(_PASSWORD)
        streams = {"WordDocument": ".doc", "Workbook": ".xls", "Book": ".xls", "PowerPoint Document": ".ppt"}
        kind = next((suffix for name, suffix in streams.items() if container.exists(name)), ".doc")
    try:
        encrypted = msoffcrypto.OfficeFile(io.BytesIO(data)).is_encrypted()
    except msoffcrypto.exceptions.FileFormatError:  # another program's container
        encrypted = False
    if encrypted:
        raise LoadError(_PASSWORD)
    return kind


def _load_as_text(data: bytes, suffix: str) -> LoadedFile:
    loader = _TEXTS.get(suffix)
    if loader is not None:
        return loader(data)
    # Named .docx, .xlsx or .pdf without being one: plain text is taken for what it is, the beginning of
    # a damaged file is not.
    loaded = text.load_text(data)
    if sum(len(block.text) for block in loaded.blocks) < 20:
        raise LoadError(_CUT_OFF)
    return loaded
