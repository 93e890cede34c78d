"""Whether an answer given earlier may be shown as it was: everything it says must still be there to be read."""

from bot.events import Answer, Citation, Closest
from ingest.reader import Reader


def still_stands(answer: Answer, library: Reader) -> bool:
    """Whether each quote is still at its place, and each title and date still true, of documents in `library`.

    `library` is what the one who looks may read now. An answer that does not stand is not to be shown:
    its words, and the titles in it, may be of a document that is gone or not for this reader.
    """
    with library.snapshot():
        named: list[Citation | Closest] = [*answer.citations, *answer.closest, *answer.successors]
        return all(_is_true(each, library) for each in named)


def _is_true(named: Citation | Closest, library: Reader) -> bool:
    document = library.get(named.document)
    if document is None or (document.title, document.date) != (named.title, named.date):
        return False
    return not isinstance(named, Citation) or document.text[named.start : named.end] == named.quote
