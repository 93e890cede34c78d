"""Every error a person may see. The message says what happened, to which file, and what to do."""

DAMAGE_ADVICE = (
    "Is the disk full or the folder not writable? If neither, move the library's home aside "
    "and add the documents again."
)


class HuiwenError(Exception):
    """Base of all errors whose text is meant for people: shown in one line, never as a stack trace."""


class LoadError(HuiwenError):
    """A file cannot be read as a document; the library is unchanged by it."""


class LibraryError(HuiwenError):
    """The library cannot do what was asked (unknown document, other embedding model, busy, damaged)."""


class QuestionError(HuiwenError):
    """A question, or a file of questions, cannot be used."""
