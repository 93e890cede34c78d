"""Query expansion: synonyms for a word that the library does not know, the names of its documents, and Chinese names."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from bot.question import Question
from bot.words.dictionary import synonyms
from bot.words.names import names_in
from bot.words.terms import Term, without_interrogatives
from ingest.fold import fold, is_han
from ingest.reader import Reader
from ingest.tokens import tokenize

_MOST = 3  # synonyms of one word, the nearest first
_SHORTEST_NAME = 4  # characters
_NAME_WEIGHT = 1.5


def expand(library: Reader, question: Question) -> Question:
    """The question with words added to its terms and tokens; unchanged when the library knows every word and
    no title and nobody is named.
    """
    people = _people(library, question)
    spelled = {word for term in people for word in term.words[0].split()}
    asked = [term for term in question.terms if term.words[0] not in spelled]
    known, _ = library.document_frequencies([word for term in asked for word in term.words])
    own = [
        term if any(known.get(word) for word in term.words) else _expanded(library, term) for term in asked
    ]
    added = [word for term, old in zip(own, asked, strict=True) for word in term.words[len(old.words) :]]
    added += [name for term in people for name in term.words[1:]]
    tokens = [*question.tokens, *(token for word in added for token in tokenize(word))]
    return replace(
        question,
        terms=(*own, *people, *_names(library, question)),
        tokens=tuple(dict.fromkeys(tokens)),
    )


def _people(library: Reader, question: Question) -> tuple[Term, ...]:
    """The Chinese names that an English question spells, as far as documents have them."""
    unknown = {term.words[0] for term in question.terms if len(term.words) == 1}
    if question.language != "en" or not unknown:
        return ()
    return tuple(Term(name, _NAME_WEIGHT) for name in names_in(question.text, unknown, library.present))


def _names(library: Reader, question: Question) -> tuple[Term, ...]:
    """What the question shares with titles, as one term each: 「侨商之家」 is a name, not 侨商 and 之家."""
    titles = library.derived("titles", lambda: _Titles(info.title for info in library.documents()))
    shared = titles.shared(without_interrogatives(question.text))
    names = [
        name for name in shared if len(name) >= _SHORTEST_NAME and all(map(is_han, name)) and "届" not in name
    ]
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
        """The longest string that stands in `text` and in a title, of each title where it is long enough."""
        longest: dict[int, str] = {}
        for start, gram in enumerate(_grams(text)):
            end, titles = start + len(gram), self._having.get(gram, set())
            while titles:
                longer = text[start : end + 1]
                having = self._having.get(longer[-_SHORTEST_NAME:], set()) if end < len(text) else set()
                going_on = {number for number in titles & having if longer in self._titles[number]}
                for number in titles - going_on:
                    if end - start > len(longest.get(number, "")):
                        longest[number] = text[start:end]
                titles, end = going_on, end + 1
        return {name.strip() for name in longest.values()}


def _grams(text: str) -> list[str]:
    return [text[n : n + _SHORTEST_NAME] for n in range(len(text) - _SHORTEST_NAME + 1)]


def _expanded(library: Reader, term: Term) -> Term:
    if not is_han(term.words[0][0]):
        return term
    candidates = synonyms(term.words[0])
    known, _ = library.document_frequencies(candidates)
    found = [word for word in candidates if known.get(word)]
    return replace(term, words=(*term.words, *found[:_MOST]))
