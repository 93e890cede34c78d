"""What the routes of the web work with, and whom they work for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from starlette.requests import Request

from bot.access.visitor import visitor
from bot.events import AnswerEvent
from bot.journal import Entry, Journal
from bot.scope import Scope
from bot.standing import still_stands
from bot.watch.questions import watched
from bot.watch.request_id import request_id
from bot.web.page_images import PageImages
from ingest.document import audiences_within
from ingest.settings import Settings
from ingest.worker import Loader

if TYPE_CHECKING:
    from bot.answer import Answerer, Answerers
    from ingest.reader import Reader


@dataclass(frozen=True)
class Service:
    """`contact` says whom a member may ask when the documents do not say; empty when it is not set."""

    answerers: "Answerers"
    journal: Journal
    loader: Loader
    page_images: PageImages
    contact: str

    @classmethod
    def open(cls, answerers: "Answerers", settings: Settings) -> Self:
        """With the journal of the home in `settings`. Raises LibraryError when that cannot be used."""
        loader = Loader()
        return cls(answerers, Journal(settings.home), loader, PageImages(loader), settings.contact)

    def close(self) -> None:
        """Close the journal, and end the process that draws pages."""
        self.journal.close()
        self.loader.close()

    def answerer(self, request: Request) -> "Answerer":
        """The one that answers from what this visitor may read."""
        return self.answerers.of(visitor(request).clearance)

    def reader(self, request: Request) -> "Reader":
        """What this visitor may read."""
        return self.answerer(request).library

    def ask(
        self, request: Request, question: str, history: Sequence[str], scope: Scope
    ) -> Iterator[AnswerEvent]:
        """The events of an answer, which the journal keeps and the operator sees the outcome of."""
        events = self.answerer(request).stream(question, history, scope)
        recorded = self.journal.recorded(events, history, visitor(request).clearance)
        return watched(recorded, request_id(request))

    def entry(self, request: Request, id_: str) -> Entry | None:
        """An answer from the journal, of which this visitor may know: one that he could have been given."""
        entry = self.journal.get(id_)
        return entry if entry and self.may_know(request, entry) else None

    def may_know(self, request: Request, entry: Entry) -> bool:
        """Whether this visitor may know of the question: its asker could read no more than he can."""
        return entry.clearance in audiences_within(visitor(request).clearance)

    def still_stands(self, request: Request, entry: Entry) -> bool:
        """Whether an answer from the journal may be shown to this visitor."""
        return still_stands(entry.answer, self.reader(request))
