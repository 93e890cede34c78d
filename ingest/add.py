"""Adding documents: file → blocks → displayed text → passages → vectors → library."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from ingest import metadata
from ingest.clean import clean_block
from ingest.document import Block, Document, LoadedFile
from ingest.errors import HuiwenError, LoadError
from ingest.fold import fold, script_of
from ingest.library import Library, Status
from ingest.load import load
from ingest.passages import make_passages
from ingest.structure import outline

_PROCESSING = "1"  # raise it when cleaning or cutting changes, so that unchanged files are made anew
_EMBEDDED_TOGETHER = 32  # documents
_FOLDER_NOTE = "readme.md"  # describes a folder, is no document of the association


@dataclass(frozen=True)
class Outcome:
    """How adding one file ended; `reason` says why it failed."""

    name: str
    status: Status | Literal["failed"]
    reason: str | None = None


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files to add: those named, and in folders all but hidden files, lock files and README.md.

    A folder without any stands for itself, so that it is not passed over in silence.
    """
    files: list[Path] = []
    for path in paths:
        try:
            inside = sorted(each for each in path.rglob("*") if each.is_file() and _is_offered(each, path))
        except OSError:  # `add_paths` says why
            inside = []
        files += inside or [path]
    return files


def _is_offered(file: Path, folder: Path) -> bool:
    parts = file.relative_to(folder).parts
    return not any(part.startswith((".", "~$")) for part in parts) and parts[-1].lower() != _FOLDER_NOTE


def add_paths(library: Library, files: Iterable[Path]) -> Iterator[Outcome]:
    """Add files one by one. A file that cannot be read fails alone and leaves the library as it was."""
    library.sweep()
    seen: dict[str, Path] = {}
    for file in files:
        name = file.name
        if not _is_unicode(name):
            reason = "the file's name is not in UTF-8: rename the file. / 文件名编码有误，请改名。"
            yield Outcome(ascii(name), "failed", reason)
            continue
        if name in seen and seen[name] != file.resolve():
            reason = f"another file of this name was given ({seen[name].parent.name}/): rename one of them. / 另有同名文件，请改名。"
            yield Outcome(name, "failed", reason)
            continue
        seen[name] = file.resolve()
        try:
            yield Outcome(name, _add_file(library, file))
        except HuiwenError as error:
            yield Outcome(name, "failed", str(error))


def _add_file(library: Library, file: Path) -> Status:
    version = version_of(file.name, _digest(file))
    current = library.get(file.name)
    if current and current.version == version:
        return "unchanged"
    return next(add_documents(library, [make_document(file.name, version, load(file))]))


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # Python's stand-ins for bytes it could not decode
        return False
    return True


def _digest(file: Path) -> str:
    try:
        if file.is_dir():
            raise LoadError("the folder holds no documents. / 文件夹中没有文件。")
        if file.exists() and not file.is_file():
            raise LoadError("this is no ordinary file. / 这不是普通文件。")
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except FileNotFoundError as error:
        raise LoadError("there is no such file. / 文件不存在。") from error
    except OSError as error:
        raise LoadError(f"the file cannot be read ({error.strerror}). / 文件无法读取。") from error


def version_of(name: str, content_digest: str) -> str:
    """The version under which content of a name is stored."""
    return hashlib.sha256("\n".join((_PROCESSING, name, content_digest)).encode()).hexdigest()[:24]


def add_documents(library: Library, documents: Iterable[Document]) -> Iterator[Status]:
    """Put documents in, and say of each how it ended. Sentences of several are embedded together, because
    batches of equal length waste no work on padding."""
    remaining = iter(documents)
    while group := list(islice(remaining, _EMBEDDED_TOGETHER)):
        texts = [document.index_quote(n) for document in group for n in range(len(document.sentences))]
        vectors = library.embedder.documents(texts)
        first = 0
        for document in group:
            last = first + len(document.sentences)
            yield library.put(document, vectors[first:last])
            first = last


def make_document(name: str, version: str, loaded: LoadedFile) -> Document:
    """Clean and cut a loaded file. Raises LoadError when no text is left."""
    texts = [clean_block(block) for block in loaded.blocks]
    kept = [(block, text) for block, text in zip(loaded.blocks, texts, strict=True) if text]
    if not kept:
        raise LoadError("the file holds no text. / 文件中没有文字。")
    blocks = [replace(block, text=text) for block, text in kept]
    texts = [block.text for block in blocks]
    title = metadata.find_title(loaded.title and clean_block(Block(loaded.title)), blocks, name)
    prose = [block.text for block in blocks if block.kind != "row"]
    date = metadata.find_date(title, prose)
    outlined = outline(blocks, title)
    return Document(
        name=name,
        version=version,
        title=title,
        kind=metadata.find_kind(title),
        date=date,
        years=metadata.covered_years(title, date, texts),
        script=script_of(outlined.text),
        source=metadata.find_source(texts),
        text=outlined.text,
        index=fold(outlined.text),
        sentences=outlined.sentences,
        passages=make_passages(outlined),
        enumerations=outlined.enumerations,
    )


def document_from_text(name: str, text: str, title: str | None = None) -> Document:
    """A document of plain text, one paragraph a line."""
    blocks = tuple(Block(line) for line in text.splitlines() if line.strip())
    digest = hashlib.sha256(text.encode()).hexdigest()
    return make_document(name, version_of(name, digest), LoadedFile(blocks, title))
