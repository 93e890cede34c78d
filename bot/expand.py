"""Query expansion: for a word that the library does not know, the dictionary's synonyms that it does know."""

from dataclasses import replace

from bot.dictionary import synonyms
from bot.question import Question
from bot.terms import Term
from ingest.fold import is_han
from ingest.library import Library
from ingest.tokens import tokenize

_MOST = 3  # synonyms of one word, the nearest first


def expand(library: Library, question: Question) -> Question:
    """The question with words added to its terms and tokens; unchanged when the library knows every word.

    Call it inside a snapshot of the library.
    """
    known, _ = library.document_frequencies([word for term in question.terms for word in term.words])
    terms = tuple(
        term if any(known.get(word) for word in term.words) else _expanded(library, term)
        for term in question.terms
    )
    added = [
        word for term, old in zip(terms, question.terms, strict=True) for word in term.words[len(old.words) :]
    ]
    more = [token for word in added for token in tokenize(word)]
    return replace(
        question,
        terms=terms,
        tokens=tuple(dict.fromkeys([*question.tokens, *more])),
        focus_tokens=tuple(dict.fromkeys([*question.focus_tokens, *more])),
    )


def _expanded(library: Library, term: Term) -> Term:
    if not is_han(term.words[0][0]):
        return term
    candidates = synonyms(term.words[0])
    known, _ = library.document_frequencies(candidates)
    found = [word for word in candidates if known.get(word)]
    return replace(term, words=(*term.words, *found[:_MOST]))
