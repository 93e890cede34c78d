"""Query expansion: synonyms for a word that the library does not know, and the names of its documents."""

from dataclasses import replace
from difflib import SequenceMatcher

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
    asked = without_interrogatives(question.text)
    shared = {_longest_shared(asked, fold(info.title)) for info in library.documents()}
    names = [
        name for name in shared if len(name) >= _SHORTEST_NAME and all(map(is_han, name)) and "届" not in name
    ]
    longest = [name for name in names if not any(name in other for other in names if other != name)]
    return tuple(Term((name,), _NAME_WEIGHT) for name in sorted(longest))


def _longest_shared(one: str, other: str) -> str:
    """The longest string that stands in both."""
    match = SequenceMatcher(None, one, other, autojunk=False).find_longest_match()
    return one[match.a : match.a + match.size].strip()


def _expanded(library: Reader, term: Term) -> Term:
    if not is_han(term.words[0][0]):
        return term
    candidates = synonyms(term.words[0])
    known, _ = library.document_frequencies(candidates)
    found = [word for word in candidates if known.get(word)]
    return replace(term, words=(*term.words, *found[:_MOST]))
