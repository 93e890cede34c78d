"""Query expansion: synonyms for a word that the library does not know, and the names of its documents."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from bot.question import Question
from bot.words.dictionary import synonyms
from bot.words.terms import Term, without_interrogatives
from ingest.fold import fold, is_han
from ingest.reader import Reader
from ingest.tokens import tokenize

_MOST = 3  # synonyms of one word, the nearest first
_SHORTEST_NAME = 4  # characters
_NAME_WEIGHT = 1.5


def expand(library: Reader, question: Question) -> Question:
    """The question with words added to its terms and tokens; unchanged when the library knows every word and
    no title is named.

    Call it inside a snapshot of the library.
    """
    known, _ = library.document_frequencies([word for term in question.terms for word in term.words])
    terms = tuple(
        term if any(known.get(word) for word in term.words) else _expanded(library, term)
        for term in question.terms
    ) + _names(library, question)
    added = [
        word
        for term, old in zip(terms, question.terms, strict=False)
        for word in term.words[len(old.words) :]
    ]
    more = [token for word in added for token in tokenize(word)]
    return replace(question, terms=terms, tokens=tuple(dict.fromkeys([*question.tokens, *more])))


def _names(library: Reader, question: Question) -> tuple[Term, ...]:
    """What the question shares with titles, as one term each: 「侨商之家」 is a name, not 侨商 and 之家."""
    shared = _titles(library, library.generation()).shared(without_interrogatives(question.text))
    names = [name for name in shared if all(map(is_han, name)) and "届" not in name]
    longest = [name for name in names if not any(name in other for other in names if other != name)]
    return tuple(Term((name,), _NAME_WEIGHT) for name in sorted(longest))


class _Titles:
    """Titles by the strings of _SHORTEST_NAME characters in them."""

    def __init__(self, titles: Iterable[str]) -> None:
        self._titles = sorted(set(map(fold, titles)))
        self._having: defaultdict[str, set[int]] = defaultdict(set)
        for number, title in enumerate(self._titles):
            for gram in _grams(title):
                self._having[gram].add(number)

    def shared(self, text: str) -> set[str]:
        """From each place in `text`, the longest string from there that stands in a title, if it is long enough."""
        grams = _grams(text)
        found = set()
        for start, gram in enumerate(grams):
            end, titles = start + len(gram), self._having.get(gram)
            while titles and end < len(text):
                longer = text[start : end + 1]
                titles = titles & self._having.get(grams[end + 1 - _SHORTEST_NAME], set())
                if not any(longer in self._titles[number] for number in titles):
                    break
                end += 1
            if gram in self._having:
                found.add(text[start:end])
        return found


@lru_cache(maxsize=4)
def _titles(library: Reader, _generation: int) -> _Titles:
    return _Titles(info.title for info in library.documents())


def _grams(text: str) -> list[str]:
    return [text[n : n + _SHORTEST_NAME] for n in range(len(text) - _SHORTEST_NAME + 1)]


def _expanded(library: Reader, term: Term) -> Term:
    if not is_han(term.words[0][0]):
        return term
    candidates = synonyms(term.words[0])
    known, _ = library.document_frequencies(candidates)
    found = [word for word in candidates if known.get(word)]
    return replace(term, words=(*term.words, *found[:_MOST]))
