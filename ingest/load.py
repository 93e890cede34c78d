"""The door for files: what a file is, by name and by content, and its text as blocks."""

import logging
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from ingest.document import LoadedFile
from ingest.errors import LoadError
from ingest.formats import html, image, mail, odf, office, pdf, rtf, sheet, slides, text, word
from ingest.formats.kinds import MEGABYTE, kind_of

_Loader = Callable[[bytes], LoadedFile]
_TEXTS: Final[dict[str, _Loader]] = {  # suffix of a file whose content is no more than text
    ".txt": text.load_text,
    ".md": text.load_markdown,
    ".markdown": text.load_markdown,
    ".html": html.load_html,
    ".htm": html.load_html,
    ".csv": sheet.load_csv,
    ".xls": sheet.load_csv,  # what many programs export under that name
    ".eml": mail.load_mail,
}
_BINARIES: Final[dict[str, _Loader]] = {  # what the content is
    ".pdf": pdf.load_pdf,
    ".docx": word.load_docx,
    ".xlsx": sheet.load_xlsx,
    ".pptx": slides.load_pptx,
    ".odt": odf.load_odf,
    ".rtf": rtf.load_rtf,
    ".doc": office.load_doc,
    ".xls": office.load_xls,
    ".ppt": office.load_ppt,
    **dict.fromkeys((".png", ".jpg", ".tif", ".bmp", ".webp"), image.load_image),
}
_AS_WRITTEN: Final = {  # markup that is shown as it is written where the name says so
    ".html": (".md", ".markdown"),
    ".xml": (".txt", ".md", ".markdown", ".csv", ".html", ".htm"),
    ".svg": (".txt", ".md", ".markdown", ".csv"),
}
_OTHER_NAMES: Final = frozenset({".ods", ".odp", ".wps", ".et", ".dps", ".jpeg", ".tiff"})
SUPPORTED: Final[frozenset[str]] = frozenset({*_TEXTS, *_BINARIES, *_OTHER_NAMES})
SCANS: Final[frozenset[str]] = frozenset(
    {".pdf", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp"}
)  # what may have to be read by OCR, which takes seconds a page
_MAX_SIZE: Final = 100 * MEGABYTE
_MAX_CHARACTERS: Final = 5_000_000  # five long novels; more would take hours to embed
_MAX_LINES: Final = 100_000  # a quarter of a minute to cut into sentences
_SAVE_AS_DOCX: Final = "save it as .docx or .pdf. / 不支持的格式，请另存为 .docx 或 .pdf。"
_SAVE_AS_XLSX: Final = "save it as .xlsx. / 不支持的格式，请另存为 .xlsx。"
_SAVE_AS_PDF: Final = "save it as .pdf. / 不支持的格式，请另存为 .pdf。"
_SAVE_AS_JPG: Final = "save it as .jpg or .png. / 不支持的格式，请另存为 .jpg 或 .png。"
_NO_MACROS: Final = (
    "it may hold macros (programs); save it as .docx, .xlsx or .pptx."
    " / 文件可能含有宏（程序），请另存为 .docx、.xlsx 或 .pptx。"
)
_ADVICE: Final = {
    **dict.fromkeys((".pages", ".xml"), _SAVE_AS_DOCX),
    **dict.fromkeys((".numbers", ".xlsb"), _SAVE_AS_XLSX),
    **dict.fromkeys((".ppsx", ".key", ".ofd"), _SAVE_AS_PDF),
    **dict.fromkeys((".gif", ".svg", ".heic", ".heif"), _SAVE_AS_JPG),
    **dict.fromkeys((".docm", ".dotm", ".xlsm", ".xltm", ".pptm", ".ppsm", ".potm"), _NO_MACROS),
    **dict.fromkeys((".zip", ".rar", ".7z", ".gz", ".tar"), "unpack it first. / 不支持压缩包，请先解压。"),
    ".msg": "save it as .eml. / 不支持的格式，请另存为 .eml。",
}
_OTHER: Final = (
    "use .txt, .md, .html, .docx, .pdf, .xlsx, .pptx, .csv, .odt, .rtf, .eml, or a picture (.png, .jpg)."
    " / 不支持的格式，请使用 .txt、.md、.html、.docx、.pdf、.xlsx、.pptx、.csv、.odt、.rtf、.eml 或图片（.png、.jpg）。"
)
_CUT_OFF: Final = (
    "The file is damaged or cut off; copy or download it again. / 文件损坏或不完整，请重新获取。"
)
_NOT_READABLE: Final = "The file cannot be read; check its permissions. / 无法读取文件，请检查权限。"
_NO_TEXT: Final = "No text was found in the file. / 文件中没有文字。"
_TOO_LARGE: Final = "The file is too large (over 100 MB); split it. / 文件太大（超过 100 MB），请拆分。"
_TOO_LONG: Final = "The file has too much text (over 5 million characters); split it. / 文件文字太多（超过 500 万字），请拆分。"
_TOO_MANY_LINES: Final = "The file has over 100,000 lines; split it. / 文件超过 10 万行，请拆分。"
_LOGGERS: Final = ("trafilatura", "htmldate", "pypdfium2", "openpyxl", "msoffcrypto", "PIL")


def load(path: Path) -> LoadedFile:
    """The text of a file as blocks. A wrong suffix does not matter where the content is clear.

    For one thread at a time: PDFium is no more. For files of unknown origin use `ingest.worker.Loader`, which calls this
    in a process of its own.
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
    if sum(len(block.text) for block in loaded.blocks) > _MAX_CHARACTERS:
        raise LoadError(_TOO_LONG)
    if len(loaded.blocks) > _MAX_LINES:
        raise LoadError(_TOO_MANY_LINES)
    return loaded


def check_size(path: Path) -> None:
    """Raise LoadError for a file that is too large to be read, before anything is."""
    with suppress(OSError):  # reading it will say why
        if path.is_file() and path.stat().st_size > _MAX_SIZE:
            raise LoadError(_TOO_LARGE)


def _load(path: Path) -> LoadedFile:
    suffix = path.suffix.lower()
    if not path.is_file():
        raise LoadError("There is no such file. / 文件不存在。")
    if suffix not in SUPPORTED:
        raise LoadError(f"Files of this kind ({suffix or '-'}) are not read: {_ADVICE.get(suffix, _OTHER)}")
    data = _read(path)
    kind = kind_of(data)
    if kind is None or suffix in _AS_WRITTEN.get(kind, ()):
        return _load_as_text(data, suffix)
    loader = _TEXTS[kind] if kind == ".html" else _BINARIES.get(kind)
    if loader is None:
        raise LoadError(f"The content is really {kind}: {_ADVICE.get(kind, _OTHER)} (内容实为 {kind})")
    return loader(data)


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size == 0:
            raise LoadError("The file is empty. / 文件是空的。")
        check_size(path)
        return path.read_bytes()
    except OSError as error:
        raise LoadError(_NOT_READABLE) from error


def _load_as_text(data: bytes, suffix: str) -> LoadedFile:
    loader = _TEXTS.get(suffix)
    if loader is not None:
        return loader(data)
    # Named .docx, .xlsx or .pdf without being one: plain text is taken for what it is, the beginning of
    # a damaged file is not.
    try:
        loaded = text.load_text(data)
    except LoadError as error:
        raise LoadError(_CUT_OFF) from error
    if sum(len(block.text) for block in loaded.blocks) < 20:
        raise LoadError(_CUT_OFF)
    return loaded
