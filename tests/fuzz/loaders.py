"""Coverage-guided fuzzing of the way of a file, from its bytes to a document, with atheris.

    .venv/bin/pip install -c constraints.txt -e '.[fuzz]'
    .venv/bin/python tests/fuzz/loaders.py [CORPUS] [-max_total_time=600]

CORPUS (default: fuzz-corpus) holds the inputs worth keeping, and is begun with the files of test_hostile.py. It stops
at the first input that ends in anything but a text that can be stored or a LoadError for people, that takes more than
60 seconds or 2.5 GB, or that breaks off in our own code rather than in a library's; libFuzzer writes that input
to `crash-…`, and `loaders.py crash-…` runs it again.

An input is the file with one byte before it, which chooses its suffix.
"""

import io
import random
import sys
import traceback
import zipfile
import zlib
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

# Our own code guides the fuzzer; that of the libraries, traced too, takes twenty times as long for each file.
with atheris.instrument_imports(include=["ingest"]):
    from ingest.errors import LoadError
    from ingest.formats import image, office, pdf
    from ingest.load import SUPPORTED, load
    from ingest.make import make_document

import hostile  # noqa: E402
import test_hostile  # noqa: E402
import test_load  # noqa: E402

_SUFFIXES = sorted(SUPPORTED)
_LONGEST = 20_000  # bytes of an input: what a parser does wrong it does wrong in small files too
_FOLDER = TemporaryDirectory(prefix="huiwen-fuzz-")


def seeds() -> dict[str, bytes]:
    """Files of every kind by a name: those of test_hostile.py, and honest ones."""
    honest: dict[str, bytes] = {
        "a.txt": test_load.TEXT.encode("gb18030"),
        "a.md": f"# 通知\n\n- {hostile.READ}\n\n| 项目 | 标准 |\n|---|---|\n| 会费 | 一千元 |\n".encode(),
        "a.html": f"<html><h1>通知</h1><table><tr><td rowspan=2>会费<td>一千元</table>{hostile.READ}".encode(),
        "a.csv": "项目,标准\n会费,一千元\n".encode(),
        "a.eml": hostile.letter(),
        "a.rtf": hostile.rtf(),
        "a.pdf": hostile.pdf_page(hostile.WORDS),
        "a.docx": hostile.docx(),
        "a.xlsx": hostile.xlsx(),
        "a.pptx": hostile.pptx(),
        "a.odt": hostile.odt(hostile.READ),
        "a.doc": hostile.old_word(),
        **{
            f"a.{kind}": hostile.picture(kind, hostile.READ)
            for kind in ("png", "jpeg", "tiff", "webp", "bmp")
        },
    }
    found = dict(honest)
    for case, (name, make, _) in test_hostile.FILES.items():
        if Path(name).suffix in SUPPORTED:
            content = make()
            found[f"{case}{Path(name).suffix}"] = content if isinstance(content, bytes) else content.encode()
    return {name: content for name, content in found.items() if len(content) < _LONGEST}


def begin(corpus: Path) -> None:
    """Write the first inputs, once."""
    if corpus.is_dir():
        return
    corpus.mkdir(parents=True)
    for number, (name, content) in enumerate(seeds().items()):
        (corpus / f"seed-{number}").write_bytes(bytes([_SUFFIXES.index(Path(name).suffix)]) + content)


def read(data: bytes) -> None:
    """Go the way of a file; an exception is what the fuzzer looks for."""
    if len(data) < 2:
        return
    path = Path(_FOLDER.name) / f"a{_SUFFIXES[data[0] % len(_SUFFIXES)]}"
    path.write_bytes(data[1:])
    try:
        loaded = load(path)
        document = make_document(path.name, "version", loaded)
    except LoadError as error:
        hostile.assert_for_people(error)
        if error.__cause__ is not None and not isinstance(
            error.__cause__, LoadError | OSError | RecursionError
        ):
            _assert_a_librarys(error.__cause__)
    except MemoryError:  # the worker process ends on it, and says so
        return
    else:
        document.text.encode()
        assert all(type(warning) is str and "\n" not in warning for warning in loaded.warnings)


def _assert_a_librarys(cause: BaseException) -> None:
    """What a parser throws at a damaged file is expected; our own code has to see what it is given."""
    file = traceback.extract_tb(cause.__traceback__)[-1].filename
    if file.startswith(str(ROOT / "ingest")):
        raise AssertionError("our own code broke off") from cause


def mutate(data: bytes, max_size: int, seed: int) -> bytes:
    """A mutation; inside a package it is one of its members that changes, or nothing would get past the checksums."""
    try:
        with zipfile.ZipFile(io.BytesIO(data[1:])) as package:
            parts = {name: package.read(name) for name in package.namelist()[:100]}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error):
        return atheris.Mutate(data, max_size)
    chance = random.Random(seed)
    if not parts or chance.random() < 0.05:
        return atheris.Mutate(data, max_size)
    name = chance.choice(sorted(parts))
    parts[name] = atheris.Mutate(parts[name], max(len(parts[name]), 4096))
    return (data[:1] + hostile.packed(parts))[:max_size]


def main() -> None:
    """Run libFuzzer with what it may take, and what was given on the command line."""
    given = [Path(word) for word in sys.argv[1:] if not word.startswith("-")]
    options = [word for word in sys.argv[1:] if word.startswith("-")]
    if not any(path.is_file() for path in given):
        given = given or [Path("fuzz-corpus")]
        begin(given[0])
    # Reading a picture takes seconds and learns nothing of the file; LibreOffice is another's program.
    image.read_image = pdf.read_image = lambda *_: ([], 1.0)
    office.shutil.which = lambda _: None
    bounds = ["-timeout=60", "-rss_limit_mb=2500", f"-max_len={_LONGEST}"]
    atheris.Setup([sys.argv[0], *bounds, *options, *map(str, given)], read, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
