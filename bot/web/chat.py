"""What the chat shows: questions as plain text, and answers whose [n] marks link to their source."""

import re
from collections.abc import Callable, Iterable, Iterator
from html import escape
from urllib.parse import quote, urlencode

from bot.events import Answer, AnswerEvent, Citation, Closest
from bot.journal import Verdict
from bot.web.answer_tables import with_tables
from bot.web.language import half_of
from bot.web.markdown import escape_markdown
from bot.web.problems import with_reference
from bot.web.texts import TEXTS
from ingest.errors import QuestionError
from ingest.fold import Language

# A backslash and what it escapes come first, so that an escaped [n] of a document is never a mark.
_MARK = re.compile(r"\\.|( ?)\[(\d+)\]", re.DOTALL)
_NO_BREAK = "\N{NO-BREAK SPACE}"
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


def answer_texts(
    events: Iterable[AnswerEvent], language: Language, contact: str, request_id: str
) -> Iterator[tuple[str, Answer | None]]:
    """The Markdown shown for a question as it grows: "searching…", the answer so far, the whole answer.

    With the whole answer comes the answer itself. An error ends it with a sentence in the interface language
    that names the request; the log has more.
    """
    texts = TEXTS[language]
    yield f'<span class="searching">{texts["searching"]}</span>', None
    text = ""
    citations: dict[int, Citation] = {}
    try:
        for event in events:
            if isinstance(event, Answer):
                yield answer_text(event, contact, language), event
            else:
                citations |= {citation.n: citation for citation in event.citations}
                text += event.text
                yield _link_marks(text, citations, language), None
    except QuestionError as error:
        reason = as_plain_text(half_of(str(error), language))
        because = texts["failed_because"].format(reason=reason)
        yield with_reference(because, language, request_id), None
    except Exception:
        yield with_reference(texts["failed"], language, request_id), None


def answer_text(answer: Answer, contact: str, language: Language, verdict: Verdict | None = None) -> str:
    """The Markdown of a whole answer, for an interface language; a span with its id, if it was kept, says where the
    page may add what to do with it, and which verdict it has."""
    citations = {citation.n: citation for citation in answer.citations}
    text = _link_titles(_link_marks(answer.answer, citations, language), answer.closest)
    if answer.refused:
        text += "\n\n" + refusal_help(answer, contact)
    if answer.id:
        text += f'\n\n<span class="answer-id {verdict or ""}" id="answer-{answer.id}"></span>'
    return text


def stale_text(question: str, language: Language) -> str:
    """The Markdown shown in place of an answer that does not stand any more."""
    texts = TEXTS[language]
    place = escape(urlencode({"question": question}, quote_via=quote))
    return f'{texts["stale"]}\n\n<a class="again" href="#ask?{place}">{texts["ask_again"]}</a>'


def is_narrowed(answer: Answer) -> bool:
    """Whether only a part of the documents was searched, which a member who set a filter may have forgotten."""
    return bool(answer.years or answer.kinds)


def refusal_help(answer: Answer, contact: str) -> str:
    """Markdown in the answer's language: where a refusal has looked, if not everywhere, and whom to ask."""
    texts = TEXTS[answer.language]
    help_ = texts["ask_whom"].format(contact=as_plain_text(contact) or texts["secretariat"])
    return f"{where_searched(answer, answer.language)}\n\n{help_}" if is_narrowed(answer) else help_


def where_searched(answer: Answer, language: Language) -> str:
    """Markdown: that only documents of these years and kinds were searched."""
    texts = TEXTS[language]
    named = (texts.get(f"kind.{kind}") or as_plain_text(kind) for kind in answer.kinds)
    years, kinds = texts["and"].join(str(year) for year in answer.years), texts["and"].join(named)
    return texts["searched_only"].format(
        years=years and texts["of_years"].format(years=years),
        kinds=kinds and texts["of_kinds"].format(kinds=kinds),
    )


def replace_marks(markdown: str, replacement: Callable[[int], str | None]) -> str:
    """The Markdown of an answer with its [n] marks replaced, where there is a replacement."""

    def replaced(match: re.Match[str]) -> str:
        made = replacement(int(match[2])) if match[2] else None
        # The space before a mark becomes one at which no line ends: no mark stands alone on a line.
        return f"{match[1] and _NO_BREAK}{made}" if made else match[0]

    return _MARK.sub(replaced, markdown)


def as_plain_text(text: str) -> str:
    """Text that Markdown and HTML show as it is: punctuation as character references, no indentation."""
    lines = (line.strip() for line in text.splitlines())
    return _PUNCTUATION.sub(lambda match: f"&#{ord(match[0])};", "\n".join(lines))


def _link_marks(markdown: str, citations: dict[int, Citation], language: Language) -> str:
    return replace_marks(
        with_tables(markdown),
        lambda n: _citation_link(citations[n], language) if n in citations else None,
    )


def _citation_link(citation: Citation, language: Language) -> str:
    place = urlencode(citation.model_dump(include={"document", "start", "end", "quote"}))
    # In a row of a table a bar ends the cell, even one in an attribute.
    title = as_plain_text(" · ".join([citation.title, *citation_facts(citation, language)]))
    return f'<a class="cite" href="#cite?{escape(place)}" title="{title}">[{citation.n}]</a>'


def citation_facts(citation: Citation, language: Language) -> list[str]:
    """When a cited document is of, and the page cited, as far as known."""
    page = TEXTS[language]["page"].format(page=citation.page) if citation.page else None
    return [fact for fact in (citation.date, page) if fact]


def _link_titles(markdown: str, closest: list[Closest]) -> str:
    """A refusal names the closest documents as 《title》; each title becomes a link to its document."""
    for document in closest:
        named = f"《{escape_markdown(document.title)}》"
        markdown = markdown.replace(named, f"《{_document_link(document)}》", 1)
    return markdown


def _document_link(document: Closest) -> str:
    place = escape(urlencode({"document": document.document}))
    return f'<a class="cite whole" href="#cite?{place}">{as_plain_text(document.title)}</a>'
