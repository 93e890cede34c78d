"""What the log says of a change of a document, and how staff read it."""

from bot.audit import Entry
from bot.desk.visit import Visit
from ingest.document import Document

_ROLES = ("user.add", "user.role")


def changes(before: Document | None, after: Document) -> str:
    """What became of a document, for the log: who may read it now, and each other field that changed.

    One line a field: "audience: public → members". A title stands in its document, and the log outlives that:
    of it, it is only said that it changed.
    """
    lines = []
    if before is None or before.decisions.audience == after.decisions.audience:
        lines.append(f"audience: {after.decisions.audience}")
    if before is not None:
        old, new = _fields(before), _fields(after)
        lines += [f"{name}: {old[name]} → {new[name]}" for name in old if old[name] != new[name]]
        lines += ["title"] if before.title != after.title else []
    return "\n".join(lines)


def _fields(document: Document) -> dict[str, str]:
    return {
        "audience": document.decisions.audience,
        "date": document.date or "",
        "kind": document.kind,
        "supersedes": ", ".join(document.decisions.supersedes),
    }


def told(entry: Entry, visit: Visit) -> str:
    """The detail of an entry in the words of whoever reads it."""
    if entry.action.startswith("document."):
        return visit.t("log.and").join(_change(line, visit) for line in entry.detail.splitlines())
    if entry.action in _ROLES:
        return " → ".join(_word("role", role, visit) for role in entry.detail.split(" → "))
    if entry.action == "login.failed":
        reason, _, address = entry.detail.partition(" ")
        return f"{_word('log', reason, visit)} {address}"
    return entry.detail


def _change(line: str, visit: Visit) -> str:
    name, _, values = line.partition(": ")
    if name == "title":
        return visit.t("log.title")
    change = " → ".join(_word(name, value, visit) if value else "—" for value in values.split(" → "))
    return visit.t("log.change", field=visit.t(name), change=change)


def _word(kind: str, code: str, visit: Visit) -> str:
    key = f"{kind}.{code}"
    words = visit.t(key)
    return code if words == key else words
