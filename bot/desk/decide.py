"""From a form that staff filled in to decisions about a document."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any
from unicodedata import normalize

from bot.desk.errors import DeskError
from ingest.document import AUDIENCES, KINDS, Audience, Decisions, Document
from ingest.reader import Reader

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_LONGEST_TITLE = 200


@dataclass(frozen=True)
class Form:
    """What the fields of the form hold; an empty one leaves the matter to what is read from the file."""

    title: str
    date: str
    kind: str
    audience: Audience
    supersedes: tuple[str, ...]

    @classmethod
    def of(cls, document: Document) -> "Form":
        """The form as it is first shown."""
        given = document.decisions
        return cls(document.title, document.date or "", document.kind, given.audience, given.supersedes)


def edited(before: Form | Decisions, after: Form | Decisions) -> dict[str, Any]:
    """The fields in which the second of two of a kind differs from the first."""
    return {
        field.name: value
        for field in fields(before)
        if (value := getattr(after, field.name)) != getattr(before, field.name)
    }


def decide(document: Document, form: Form, library: Reader) -> Decisions:
    """What is decided when `form` is sent in about `document`: what was not touched stays undecided.

    Raises DeskError for fields that cannot be.
    """
    title, day = " ".join(form.title.split())[:_LONGEST_TITLE], normalize("NFKC", form.date).strip()
    _check_date(day)
    if form.kind not in ("", *KINDS) or form.audience not in AUDIENCES:
        raise DeskError("bad_form")
    check_superseded(document.name, form.supersedes, library)
    given = document.decisions
    return Decisions(
        title=given.title if title == document.title else title or None,
        date=given.date if day == (document.date or "") else day or None,
        kind=given.kind if form.kind == document.kind else form.kind or None,
        audience=form.audience,
        supersedes=form.supersedes,
    )


def _check_date(day: str) -> None:
    if not day:
        return
    parts = _DATE.fullmatch(day)
    try:
        if parts is None:
            raise ValueError
        date(*(int(part or 1) for part in parts.groups()))
    except ValueError:
        raise DeskError("bad_date", date=day) from None


def check_superseded(name: str, supersedes: Sequence[str], library: Reader) -> None:
    """Raises DeskError for a name that is not in, and for a circle."""
    known = {info.name: info.supersedes for info in library.documents()}
    for other in supersedes:
        if other == name:
            raise DeskError("supersedes_itself", name=name)
        if other not in known:
            raise DeskError("supersedes_unknown", name=other)
        if name in _reached(other, known):
            raise DeskError("supersedes_circle", name=name, other=other)


def _reached(name: str, supersedes: Mapping[str, Iterable[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = [name]
    while ahead:
        current = ahead.pop()
        if current not in reached:
            reached.add(current)
            ahead += supersedes.get(current, ())
    return reached
