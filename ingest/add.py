"""Adding documents: files are found, read in worker processes, made into documents, embedded and stored.

Reading and making go ahead in threads while the files before them are embedded, and those before these are stored,
so that the processor is never idle and never waits for a disk.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from itertools import islice
from os import cpu_count, walk
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from ingest.document import UNDECIDED, Audience, Decisions, Document, LoadedFile
from ingest.embed import Vectors
from ingest.errors import HuiwenError, LoadError
from ingest.fold import is_unicode
from ingest.library import Library, Stands, Status
from ingest.load import check_size
from ingest.make import make_document, version_of
from ingest.originals import digest_of
from ingest.worker import Loader

_READ_AHEAD = 64  # files
_SENTENCES_TOGETHER, _FILES_TOGETHER = 800, 16
_MOST_READERS = 4
_FOLDER_NOTE = "readme.md"  # describes a folder, is no document of the association


@dataclass(frozen=True)
class Outcome:
    """How adding one file ended; `reason` says why it failed, `warnings` what staff should look at."""

    name: str
    status: Status | Literal["failed"]
    reason: str | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Made:
    """A document that is ready to be embedded, made when `decided` was decided about its name; its file's copy goes with
    `arrival`."""

    document: Document
    decided: Decisions
    copy: Path
    arrival: ExitStack
    warnings: tuple[str, ...]


def find_files(paths: Iterable[Path]) -> list[Path]:
    """The files to add: those named, and in folders all but hidden files, lock files and README.md.

    A folder without any stands for itself, as do those in it that are not gone through: `add_paths` says why.
    """
    return [file for path in paths for file in _inside(path) or [path]]


def _inside(folder: Path) -> list[Path]:
    found: list[Path] = []
    for place, folders, names in walk(folder, onerror=lambda error: found.append(Path(error.filename))):
        folders[:] = [name for name in folders if _is_offered(name)]
        offered = [name for name in names if _is_offered(name) and name.lower() != _FOLDER_NOTE]
        found.extend(Path(place, name) for name in offered if _may_be(Path(place, name).is_file))
        found.extend(Path(place, name) for name in folders if _may_be(Path(place, name).is_symlink))
    return sorted(set(found))


def _is_offered(name: str) -> bool:
    return not name.startswith((".", "~$"))


def _may_be(check: Callable[[], bool]) -> bool:
    try:
        return check()
    except OSError:  # in a folder whose names may be read, and nothing else
        return True


def add_paths(library: Library, files: Iterable[Path], audience: Audience | None = None) -> Iterator[Outcome]:
    """Add files, and the files in zip archives. One that cannot be read fails alone and leaves the library as it was.

    What staff decided about a document of the same name stays decided, but for `audience` if it is given.
    """
    readers = min(cpu_count() or 1, _MOST_READERS)
    with (
        TemporaryDirectory(prefix="huiwen-") as unpacked,
        ExitStack() as arrivals,  # until all of them are stored
        ThreadPoolExecutor(1, "storing") as storer,
        ThreadPoolExecutor(readers, "reading") as threads,
        Loader(readers) as loader,  # closed first: who breaks off waits for no scan
        ExitStack() as broken_off,
    ):
        broken_off.callback(threads.shutdown, wait=False, cancel_futures=True)
        offered = _offered(files, loader, Path(unpacked))
        made = _read_ahead(
            offered, lambda each: threads.submit(_made, library, loader, arrivals, each, audience)
        )
        for outcome in _stored(library, made, storer):
            if outcome.status == "failed":
                library.count_failure()
            yield outcome


def _read_ahead(
    offered: Iterator[Path | Outcome], begin: Callable[[Path | Outcome], Future[_Made | Outcome]]
) -> Iterator[_Made | Outcome]:
    waiting: deque[Future[_Made | Outcome]] = deque()
    while True:
        waiting.extend(begin(each) for each in islice(offered, _READ_AHEAD - len(waiting)))
        if not waiting:
            return
        yield waiting.popleft().result()


def _stored(
    library: Library, made: Iterable[_Made | Outcome], storer: ThreadPoolExecutor
) -> Iterator[Outcome]:
    """How each ended; some are stored while the next are embedded."""
    storing: list[Future[Outcome]] = []
    for group in _groups(made):
        embedded = _embedded(library, group)
        for each in storing:
            yield each.result()
        storing = [storer.submit(_store, library, each) for each in embedded]
    for each in storing:
        yield each.result()


def _groups(made: Iterable[_Made | Outcome]) -> Iterator[list[_Made | Outcome]]:
    """Files to be embedded together: of many sentences, more are of one length, and less is padding.

    They are counted, not those taken that are ready, so that the same files always get the same vectors.
    """
    group: list[_Made | Outcome] = []
    sentences = 0
    for each in made:
        group.append(each)
        sentences += len(each.document.sentences) if isinstance(each, _Made) else 0
        if sentences >= _SENTENCES_TOGETHER or len(group) == _FILES_TOGETHER:
            yield group
            group, sentences = [], 0
    if group:
        yield group


def _offered(files: Iterable[Path], loader: Loader, folder: Path) -> Iterator[Path | Outcome]:
    """The files, those in archives too, each under a name of its own; what cannot be one has failed."""
    seen: dict[str, Path] = {}
    for file in _unpacked(files, loader, folder):
        if isinstance(file, Outcome):
            yield file
        elif not is_unicode(file.name):
            reason = "the file's name is not in UTF-8: rename the file. / 文件名编码有误，请改名。"
            yield Outcome(_printable(file), "failed", reason)
        elif file.name in seen and seen[file.name] != file.resolve():
            other = _printable(seen[file.name].parent)
            reason = f"another file of this name was given ({other}/): rename one of them. / 另有同名文件，请改名。"
            yield Outcome(file.name, "failed", reason)
        else:
            seen[file.name] = file.resolve()
            yield file


def _unpacked(files: Iterable[Path], loader: Loader, folder: Path) -> Iterator[Path | Outcome]:
    for number, file in enumerate(files):
        if file.suffix.lower() != ".zip":
            yield file
            continue
        try:
            yield from loader.unpack(file, folder / str(number))
        except HuiwenError as error:
            yield Outcome(_printable(file), "failed", str(error))


def _printable(path: Path) -> str:
    """Its name, which may be in an encoding that no console prints."""
    return path.name if is_unicode(path.name) else ascii(path.name)


def _made(
    library: Library, loader: Loader, arrivals: ExitStack, file: Path | Outcome, audience: Audience | None
) -> _Made | Outcome:
    if isinstance(file, Outcome):
        return file
    arrival = ExitStack()
    try:
        check_size(file)
        standing = library.standing(file.name)
        decided = standing.decisions if standing else UNDECIDED
        decisions = replace(decided, audience=audience) if audience else decided
        digest = digest_of(file)
        if standing and standing.version == version_of(file.name, digest, decisions) and standing.has_file:
            return Outcome(file.name, "unchanged")
        arrivals.callback(arrival.close)
        copy, digest = arrival.enter_context(library.arriving(file))
        loaded = loader.load(copy)
        document = make_document(file.name, digest, loaded, decisions)
        return _Made(document, decided, copy, arrival, loaded.warnings)
    except HuiwenError as error:
        arrival.close()  # now: a folder of many bad files would use up what a process may have open
        return Outcome(file.name, "failed", str(error))


def _embedded(library: Library, group: Sequence[_Made | Outcome]) -> list[tuple[_Made, Vectors] | Outcome]:
    documents = [each.document for each in group if isinstance(each, _Made)]
    try:
        vectors = iter(library.embed_together(documents))
    except HuiwenError as error:
        return [_failed(each, error) if isinstance(each, _Made) else each for each in group]
    return [(each, next(vectors)) if isinstance(each, _Made) else each for each in group]


def _failed(made: _Made, error: HuiwenError) -> Outcome:
    made.arrival.close()
    return Outcome(made.document.name, "failed", str(error))


def _store(library: Library, embedded: tuple[_Made, Vectors] | Outcome) -> Outcome:
    if isinstance(embedded, Outcome):
        return embedded
    made, vectors = embedded
    with made.arrival:
        name = made.document.name
        try:
            status = library.put(made.document, vectors, made.copy, as_decided(made.decided))
            return Outcome(name, status, None, made.warnings)
        except HuiwenError as error:
            return Outcome(name, "failed", str(error))


def as_decided(seen: Decisions) -> Stands:
    """That what was decided about a document, if it is in, is still what was `seen`."""
    return lambda old: (old.decisions if old else UNDECIDED) == seen


def add_loaded(
    library: Library, file: Path, loaded: LoadedFile, decisions: Decisions, stands: Stands | None = None
) -> Status:
    """Add a file that was read before, as `loaded`, with what staff decided about it.

    Raises LoadError when no text is left of it, and LibraryError as `Library.put`.
    """
    with library.arriving(file) as (copy, digest):
        document = make_document(copy.name, digest, loaded, decisions)
        return library.put(document, library.embed(document), copy, stands)


def rebuild(library: Library) -> Iterator[Outcome]:
    """Make every document and its vectors anew from the kept files, in a library opened as `rebuilding`.

    A file that is not kept, or can no longer be read here, leaves its document as it was made.
    """
    library.embedder.load()  # one that cannot be loaded costs no vectors
    with Loader() as loader, library.anew():
        for info in library.documents():
            if document := _remade(library, loader, info.name):
                library.remake(document, library.embed(document))
                yield Outcome(info.name, "replaced")


def _remade(library: Library, loader: Loader, name: str) -> Document | None:
    document, original = library.get(name), library.original(name)
    if document and original:
        with suppress(LoadError):
            return make_document(name, document.digest, loader.load(original), document.decisions)
    return document


def add_documents(library: Library, documents: Iterable[Document]) -> Iterator[Status]:
    """Put documents of no file in, and say of each how it ended."""
    for document in documents:
        yield library.put(document, library.embed(document))
