"""What the desk shows of documents and questions: escaped here, and sanitised once more by Gradio."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from bot.desk.desk import Desk, Published
from bot.desk.preview import cleaned, page_texts, passages, replaced
from bot.desk.staging import Item
from bot.desk.visit import Visit
from bot.web.page import templates_of
from ingest.document import AUDIENCES, Document
from ingest.errors import HuiwenError
from ingest.load import SCANS
from ingest.trace_files import Finding

_ADVICE = {
    "staging/": "advice.staging",
    "evaluation.": "advice.evaluation",
    "glossary.": "advice.glossary",
    "catalogue.sqlite": "advice.database",
    "journal.sqlite": "advice.database",
}


def moment(time: str) -> str:
    """A time in ISO 8601 as the clock on the wall shows it."""
    return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M")


def _advice(finding: Finding) -> str:
    if finding.trace == "memory":
        return "advice.memory"
    return next(
        (advice for start, advice in _ADVICE.items() if finding.place.startswith(start)), "advice.other"
    )


_LINE_BREAK = re.compile(r"\s*[\n\r]\s*")
_templates = templates_of("bot.desk")
_templates.filters["moment"] = moment
_templates.globals.update(advice=_advice)


def render(template: str, visit: Visit, **values: object) -> str:
    """A template as one line of HTML: to Gradio's Markdown, a blank line would end the markup."""
    html = _templates.get_template(f"{template}.jinja").render(t=visit.t, own=visit.own, **values)
    return _LINE_BREAK.sub(" ", html.strip())


def note(visit: Visit, key: str, **values: object) -> str:
    """A line that says what was done."""
    return render("note", visit, words=visit.t(key, **values), bad=False)


def warning(visit: Visit, words: str) -> str:
    """A line that is to stop whoever reads it."""
    return render("note", visit, words=words, bad=True)


def problem(visit: Visit, error: HuiwenError) -> str:
    """A line that says why nothing was done."""
    return warning(visit, visit.reason(error))


def offer(visit: Visit, items: Sequence[Item]) -> str:
    """How many files go to whom, in words for the button that publishes them."""
    counts = Counter(item.decisions.audience for item in items)
    told = [f"{visit.t(f'audience.{each}')} {counts[each]}" for each in AUDIENCES if counts[each]]
    return visit.t("publish_all", count=len(items), readers=visit.t("publish_all.and").join(told))


def published(visit: Visit, done: Published) -> str:
    """A line that says what became of a file, and who may read it."""
    readers = visit.t(f"audience.{done.audience}")
    return note(visit, f"published.{done.status}", name=done.name, readers=readers)


def staged_html(desk: Desk, id_: str, visit: Visit) -> tuple[Document, str]:
    """An uploaded file as the document it would be. Raises DeskError when it is gone."""
    item, document, loaded = desk.staged(id_)
    current = desk.library.get(item.name)
    return document, _document_html(
        document,
        visit,
        images=f"/staff/pages/staged/{item.id}/",
        doubts=desk.checks.doubts().get(item.id, []),
        replaced=replaced(current, document) if current else None,
        cleaned=cleaned(loaded),
    )


def library_html(desk: Desk, document: Document, visit: Visit) -> str:
    """A document that is in."""
    previous = desk.library.previous(document.name)
    return _document_html(
        document,
        visit,
        images=f"/staff/pages/library/{document.version}/",
        previous=previous.added if previous else None,
    )


def _document_html(document: Document, visit: Visit, images: str, **values: object) -> str:
    pages, complete = page_texts(document)
    has_images = document.name.lower().endswith(tuple(SCANS))
    shown = {"doubts": (), "replaced": None, "cleaned": None, "previous": None, **values}
    return render(
        "document",
        visit,
        document=document,
        pages=pages,
        complete=complete,
        passages=passages(document),
        images=images if has_images else "",
        **shown,
    )
