"""Answers over small documents, and what holds of every answer. Its fixture is known to all tests."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.answer import Answerer
from bot.events import Answer
from bot.question import understand
from ingest.add import add_documents
from ingest.library import Library
from ingest.make import document_from_text

OpenLibrary = Callable[[Path], Library]


@pytest.fixture
def library(tmp_path: Path, open_library: OpenLibrary) -> Library:
    """An empty library."""
    return open_library(tmp_path / "home")


def ask(library: Library, *texts: tuple[str, str], question: str) -> Answer:
    """The answer after adding documents given as (name, text)."""
    for name, text in texts:
        list(add_documents(library, [document_from_text(name, text)]))
    answer = Answerer(library).ask(question)
    assert_sound(library, answer)
    return answer


def assert_sound(library: Library, answer: Answer) -> None:
    """What holds of every answer: exact quotes, each mark cited, each statement marked."""
    for citation in answer.citations:
        document = library.get(citation.document)
        assert document is not None
        assert citation.quote == document.text[citation.start : citation.end] != ""
        assert (citation.title, citation.date) == (document.title, document.date)
    marks = [int(n) for n in re.findall(r"(?<!\\)\[(\d+)\]", answer.answer)]
    assert marks == [citation.n for citation in answer.citations] == list(range(1, len(marks) + 1))
    if answer.refused or understand(answer.question).courtesy:
        assert not answer.citations
    else:
        # A line without a mark names the document of the rows below it.
        lines = [
            line
            for line in answer.answer.splitlines()
            if line and not re.fullmatch("(?:[据據]|From ).*[:：] ?", line)
        ]
        assert lines and all(re.search(r"(?<!\\)\[\d+\]$", line) for line in lines)
