"""Making a document: blocks → displayed text → sentences and passages, with what staff decided above it."""

import hashlib
import json
from dataclasses import asdict, replace

from ingest import metadata
from ingest.clean import clean_block
from ingest.document import UNDECIDED, Block, Decisions, Document, LoadedFile
from ingest.errors import LoadError
from ingest.fold import fold, script_of
from ingest.passages import make_passages
from ingest.structure import outline

_PROCESSING = "7"  # raise it when cleaning or cutting changes, so that unchanged files are made anew


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


def version_of(name: str, digest: str, decisions: Decisions = UNDECIDED) -> str:
    """The version under which content of a name is stored."""
    parts = [_PROCESSING, name, digest]
    if decisions != UNDECIDED:
        parts.append(json.dumps(asdict(decisions), ensure_ascii=False))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:24]
