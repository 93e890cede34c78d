"""What the chat shows: questions as plain text, and answers whose [n] marks link to their source."""

import logging
import re
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from bot.events import Answer, Citation, Closest
from bot.web.markdown import escape_markdown
from bot.web.texts import TEXTS
from ingest.errors import HuiwenError
from ingest.fold import Language

if TYPE_CHECKING:
    from bot.answer import Answerer

_log = logging.getLogger(__name__)

# A backslash and what it escapes come first, so that an escaped [n] of a document is never a mark.
_MARK = re.compile(r"\\.|\[(\d+)\]", re.DOTALL)
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def answer_texts(
    answerer: "Answerer", question: str, history: Sequence[str], language: Language
) -> Iterator[str]:
    """The Markdown shown for a question as it grows: "searching…", the answer so far, the whole answer.

    An error ends it with a sentence in the interface language.
    """
    texts = TEXTS[language]
    yield f'<span class="searching">{texts["searching"]}</span>'
    text = ""
    citations: dict[int, Citation] = {}
    try:
        for event in answerer.stream(question, history):
            citations |= {citation.n: citation for citation in event.citations}
            if isinstance(event, Answer):
                yield _link_titles(link_marks(event.answer, citations), event.closest)
            else:
                text += event.text
                yield link_marks(text, citations)
    except HuiwenError as error:
        yield texts["failed_because"].format(reason=as_plain_text(str(error)))
    except Exception:
        _log.exception("A question could not be answered")
        yield texts["failed"]


def link_marks(markdown: str, citations: dict[int, Citation]) -> str:
    """The Markdown of an answer, its [n] marks made into links that open the source panel."""

    def link(match: re.Match[str]) -> str:
        citation = citations.get(int(match[1])) if match[1] else None
        return _citation_link(citation) if citation else match[0]

    return _MARK.sub(link, markdown)


def as_plain_text(text: str) -> str:
    """Text that Markdown and HTML show as it is: punctuation as character references, no indentation."""
    lines = (line.strip() for line in text.splitlines())
    return _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", "\n".join(lines))


def _citation_link(citation: Citation) -> str:
    place = urlencode(citation.model_dump(include={"document", "start", "end", "quote"}))
    title = escape(" · ".join(filter(None, [citation.title, citation.date])))
    return f'<a class="cite" href="#cite?{escape(place)}" title="{title}">[{citation.n}]</a>'


def _link_titles(markdown: str, closest: list[Closest]) -> str:
    """A refusal names the closest documents as 《title》; each title becomes a link to its document."""
    for document in closest:
        named = f"《{escape_markdown(document.title)}》"
        markdown = markdown.replace(named, f"《{_document_link(document)}》", 1)
    return markdown


def _document_link(document: Closest) -> str:
    place = escape(urlencode({"document": document.document}))
    return f'<a class="cite whole" href="#cite?{place}">{as_plain_text(document.title)}</a>'
