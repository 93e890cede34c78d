"""Who is at the desk, and in which language."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from fastapi import Request

from bot.access.errors import AccessError
from bot.access.visitor import Role, visitor
from bot.desk.errors import DeskError
from bot.desk.texts import TEXTS
from bot.web.language import half_of
from bot.web.page import request_language
from ingest.errors import HuiwenError
from ingest.fold import Language

if TYPE_CHECKING:
    import gradio


@dataclass(frozen=True)
class Visit:
    """One request of a member of staff."""

    who: str
    role: Role | None
    language: Language

    def t(self, key: str, **values: object) -> str:
        """The words for `key`, filled in; the key itself where there are none."""
        words = TEXTS[self.language].get(key)
        return words.format(**values) if words else key

    def reason(self, error: HuiwenError) -> str:
        """What an error says to this person."""
        if isinstance(error, (AccessError, DeskError)):
            return error.told(self.language)
        return self.own(str(error))

    def own(self, words: str) -> str:
        """Of messages "English. / 中文。", one a line, the halves that this person reads."""
        return "\n".join(half_of(line, self.language) for line in words.splitlines())

    def check_admin(self) -> None:
        """Raises DeskError for anybody but an admin."""
        if self.role != "admin":
            raise DeskError("no_admin")


def visit_of(request: "gradio.Request") -> Visit:
    """The visit that an event of the page belongs to."""
    # Gradio leaves its type open for calls without HTTP; all events of the page come over HTTP.
    http = cast(Request, request.request)
    who = visitor(http)
    return Visit(who.name or "", who.role, request_language(http))
