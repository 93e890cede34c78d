"""Adding documents: file → blocks → displayed text → passages → vectors → library."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Literal

from ingest import metadata
from ingest.clean import clean_block
from ingest.document import UNDECIDED, Audience, Block, Decisions, Document, LoadedFile
from ingest.errors import HuiwenError, LibraryError, LoadError
from ingest.fold import fold, script_of
from ingest.library import Library, Status
from ingest.load import load
from ingest.originals import digest_of
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


def add_paths(library: Library, files: Iterable[Path], audience: Audience | None = None) -> Iterator[Outcome]:
    """Add files one by one. A file that cannot be read fails alone and leaves the library as it was.

    What staff decided about a document of the same name stays decided, but for `audience` if it is given.
    """
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
            yield Outcome(name, _add_file(library, file, audience))
        except HuiwenError as error:
            yield Outcome(name, "failed", str(error))


def _add_file(library: Library, file: Path, audience: Audience | None) -> Status:
    current = library.get(file.name)
    decisions = current.decisions if current else UNDECIDED
    if audience:
        decisions = replace(decisions, audience=audience)
    version = version_of(file.name, digest_of(file), decisions)
    if current and current.version == version and library.original(file.name):
        return "unchanged"
    return add_file(library, file, decisions)


def add_file(library: Library, file: Path, decisions: Decisions) -> Status:
    """Add a file with what staff decided about it. Raises LoadError when it cannot be read."""
    with library.arriving(file) as (copy, digest):
        return _put(library, copy, digest, load(copy), decisions)


def add_loaded(library: Library, file: Path, loaded: LoadedFile, decisions: Decisions) -> Status:
    """Add a file that was read before, as `loaded`. Raises LoadError when no text is left of it."""
    with library.arriving(file) as (copy, digest):
        return _put(library, copy, digest, loaded, decisions)


def _put(library: Library, copy: Path, digest: str, loaded: LoadedFile, decisions: Decisions) -> Status:
    document = make_document(copy.name, digest, loaded, decisions)
    vectors = library.embedder.documents(_index_quotes([document]))
    return library.put(document, vectors, copy)


def revise(library: Library, name: str, decisions: Decisions) -> Status:
    """Decide anew about a document. Raises LibraryError when it, or the file that it was made from, is not in."""
    return add_file(library, _kept(library.original(name), name), decisions)


def restore(library: Library, name: str) -> Status:
    """Put the previous version of a document in place of the one that is in, which becomes the previous one.

    Raises LibraryError when there is none.
    """
    previous = library.previous(name)
    file = _kept(library.previous_original(name), name)
    return add_file(library, file, previous.decisions if previous else UNDECIDED)


def _kept(file: Path | None, name: str) -> Path:
    if file is None:
        raise LibraryError(
            f"No such file of {name} is kept: add it again. / 没有保存“{name}”的这个文件，请重新添加。"
        )
    return file


def _is_unicode(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # Python's stand-ins for bytes it could not decode
        return False
    return True


def version_of(name: str, digest: str, decisions: Decisions = UNDECIDED) -> str:
    """The version under which content of a name is stored."""
    parts = [_PROCESSING, name, digest]
    if decisions != UNDECIDED:
        parts.append(json.dumps(asdict(decisions), ensure_ascii=False))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]


def add_documents(library: Library, documents: Iterable[Document]) -> Iterator[Status]:
    """Put documents in, and say of each how it ended. Sentences of several are embedded together, because
    batches of equal length waste no work on padding."""
    remaining = iter(documents)
    while group := list(islice(remaining, _EMBEDDED_TOGETHER)):
        vectors = library.embedder.documents(_index_quotes(group))
        first = 0
        for document in group:
            last = first + len(document.sentences)
            yield library.put(document, vectors[first:last])
            first = last


def _index_quotes(documents: Iterable[Document]) -> list[str]:
    return [document.index_quote(n) for document in documents for n in range(len(document.sentences))]


def make_document(name: str, digest: str, loaded: LoadedFile, decisions: Decisions = UNDECIDED) -> Document:
    """Clean and cut a loaded file, whose SHA-256 is `digest`. Raises LoadError when no text is left."""
    texts = [clean_block(block) for block in loaded.blocks]
    kept = [(block, text) for block, text in zip(loaded.blocks, texts, strict=True) if text]
    if not kept:
        raise LoadError("the file holds no text. / 文件中没有文字。")
    blocks = [replace(block, text=text) for block, text in kept]
    texts = [block.text for block in blocks]
    found_title = metadata.find_title(loaded.title and clean_block(Block(loaded.title)), blocks, name)
    title = decisions.title or found_title
    prose = [block.text for block in blocks if block.kind != "row"]
    date = decisions.date or metadata.find_date(title, prose)
    outlined = outline(blocks, found_title)
    return Document(
        name=name,
        version=version_of(name, digest, decisions),
        title=title,
        kind=decisions.kind or metadata.find_kind(title),
        date=date,
        years=metadata.covered_years(title, date, texts),
        script=script_of(outlined.text),
        source=metadata.find_source(texts),
        text=outlined.text,
        index=fold(outlined.text),
        sentences=outlined.sentences,
        passages=make_passages(outlined),
        enumerations=outlined.enumerations,
        digest=digest,
        decisions=decisions,
    )


def document_from_text(name: str, text: str, title: str | None = None) -> Document:
    """A document of plain text, one paragraph a line."""
    blocks = tuple(Block(line) for line in text.splitlines() if line.strip())
    digest = hashlib.sha256(text.encode()).hexdigest()
    return replace(make_document(name, digest, LoadedFile(blocks, title)), digest="")  # no file is kept
