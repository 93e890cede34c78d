"""Everything that staff can do, each action recorded with who did it; the pages only show it."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.answer import Answerer
from bot.audit import AuditLog
from bot.desk.asked import Asked, Group, Grouping
from bot.desk.checks import Checks
from bot.desk.decide import Form, check_superseded, decide, edited
from bot.desk.errors import DeskError
from bot.desk.exam import Exam, ExamQuestion, ExamQuestions
from bot.desk.reading import Reading
from bot.desk.record import changes
from bot.desk.staging import Item, Staging
from bot.desk.words import GlossaryFile
from bot.events import Answer
from bot.journal import Journal
from bot.words.glossary import FILE_NAME as GLOSSARY
from ingest.add import add_loaded, as_decided
from ingest.document import AUDIENCES, UNDECIDED, Audience, Decisions, Document, LoadedFile, narrower
from ingest.errors import HuiwenError, LoadError
from ingest.library import Library, Stands, Status
from ingest.make import make_document
from ingest.originals import digest_of
from ingest.traces import Report, Traces

_UNSATISFYING = 2000  # answers looked at, newest first
_SEARCHES, _PAUSE = 3, 1.0  # a reader at work keeps the log of a database for a moment; seconds


@dataclass(frozen=True)
class Published:
    """A file that went in; `asked` is the question it was uploaded for."""

    name: str
    status: Status
    audience: Audience
    asked: Asked | None


@dataclass(frozen=True)
class Proof:
    """What is left of a withdrawn document; `forgotten` answers of the journal quoted or named it,
    `holding` still do."""

    name: str
    report: Report
    forgotten: int
    holding: int


class Desk:
    """The actions of one home's staff. Thread safe: of two who change the same thing, one is told so."""

    def __init__(
        self,
        library: Library,
        answerer_of: Callable[[Audience], Answerer],
        audit: AuditLog,
        journal: Journal,
        home: Path,
    ) -> None:
        """`answerer_of` gives the one that answers from what an audience may read."""
        self.library, self.audit, self.home = library, audit, home
        self._answerer_of, self._journal = answerer_of, journal
        self.staging = Staging(home)
        self.staging.sweep()
        self.reading = Reading(self.staging, self._decided)
        self.checks = Checks(library, self.staging, self.staged)
        self.glossary = GlossaryFile(home)
        self.exam_questions = ExamQuestions(home)
        self.exam = Exam(self.exam_questions, home)
        self._grouping = Grouping(library.embedder)
        self._changing = threading.Lock()
        self._unproven: dict[str, Traces] = {}
        self.forget_shown: Callable[[], None] = lambda: None  # what pages keep of what they showed

    def close(self) -> None:
        """Stop what runs in the background."""
        self.reading.close()
        self.exam.close()

    # Files on their way in

    def receive(
        self,
        files: Sequence[tuple[Path, str]],
        who: str,
        asked: Asked | None = None,
        audience: Audience = "public",
    ) -> list[str]:
        """Take uploaded files, given with their names, and begin to read them; returns why some are refused. New ones are
        for `audience`; of those that are in, fewer may read them if fewer may now."""
        self.staging.sweep()
        refused = []
        for path, name in files:
            try:
                item = self.staging.add(path, name, who, self._decided, asked, audience)
            except HuiwenError as error:
                path.unlink(missing_ok=True)
                refused.append(str(error))
                continue
            self.audit.record(who, "upload", item.name)
            self.reading.add(item)
        return refused

    def replace(self, name: str, file: Path, who: str) -> Item:
        """Take an uploaded file as the next version of a document. Raises HuiwenError; for a file of another format too,
        which the document's name would give a wrong ending."""
        kept, given = Path(name).suffix, file.suffix
        if kept.lower() != given.lower():
            raise DeskError("other_format", name=name, kept=kept, given=given)
        item = self.staging.add(file, name, who, self._decided)
        self.audit.record(who, "upload", name)
        self.reading.add(item)
        return item

    def staged(self, id_: str) -> tuple[Item, Document, LoadedFile]:
        """An uploaded file that was read, as the document it would be. Raises DeskError when it is not there."""
        item = self.staging.get(id_)
        loaded = self.staging.loaded(item) if item else None
        if item is None or loaded is None or item.state != "ready":
            raise DeskError("item_gone")
        digest = digest_of(self.staging.file(item))
        return item, make_document(item.name, digest, loaded, item.decisions), loaded

    def correct(self, id_: str, form: Form, shown: Form | None = None) -> None:
        """Keep what staff decided about an uploaded file: all that `form` says, or only what was typed into the one `shown`.
        Raises DeskError."""
        _, document, _ = self.staged(id_)
        if shown is not None:
            form = replace(Form.of(document), **edited(shown, form))
        if not self.staging.decide(id_, decide(document, form, self.library)):
            raise DeskError("item_gone")

    def choose_readers(self, id_: str, audience: Audience) -> None:
        """Keep for whom staff say an uploaded file is. Raises DeskError."""
        item = self.staging.get(id_)
        if audience not in AUDIENCES:
            raise DeskError("bad_form")
        if item is None or not self.staging.decide(id_, replace(item.decisions, audience=audience)):
            raise DeskError("item_gone")

    def publish(self, id_: str, who: str) -> Published:
        """Put an uploaded file into the library, as it was previewed. Raises HuiwenError; not before it has been looked at
        again if others have meanwhile decided about the document of its name, for whom it is, say."""
        item = self.staging.move(id_, "ready", "publishing")
        if item is None:
            raise DeskError("item_gone")
        try:
            with self._changing:
                before = self.library.get(item.name)
                status = self._put_in(item)
        except BaseException:
            self.staging.move(id_, "publishing", "ready")
            raise
        self.staging.remove(item)
        self._changed(who, f"document.{status}", item.name, before)
        return Published(item.name, status, item.decisions.audience, item.asked)

    def _put_in(self, item: Item) -> Status:
        loaded, decided = self.staging.loaded(item), self._decided(item.name)
        if loaded is None:
            raise DeskError("item_gone")
        if decided != item.seen:
            self.staging.see(item, decided)
            raise DeskError("decided_meanwhile", name=item.name)
        check_superseded(item.name, item.decisions.supersedes, self.library)
        file, stands = self.staging.file(item), as_decided(item.seen)
        return add_loaded(self.library, file, loaded, item.decisions, stands)

    def discard(self, id_: str, who: str) -> None:
        """Forget an uploaded file. Raises DeskError."""
        item = self.staging.get(id_)
        if item is None or not self.staging.discard(id_):
            raise DeskError("item_gone")
        self.audit.record(who, "upload.discard", item.name)

    def _decided(self, name: str) -> Decisions:
        document = self.library.get(name)
        return document.decisions if document else UNDECIDED

    # Documents that are in

    def revise(self, name: str, seen: str, form: Form, who: str) -> None:
        """Correct a document whose version was `seen`. Raises HuiwenError."""
        document = self._as_seen(name, seen)
        if decide(document, form, self.library) == document.decisions:
            raise DeskError("nothing_changed")
        file, loaded = self._read_again(self.library.original(name))
        with self._changing:
            document = self._as_seen(name, seen)
            decisions = decide(document, form, self.library)
            add_loaded(self.library, file, loaded, decisions, _is(document))
        self._changed(who, "document.revise", name, document)

    def restore(self, name: str, seen: str, who: str) -> None:
        """Put the last version back in place of the one `seen`; nobody may read it who may not read that one. Raises
        HuiwenError."""
        self._as_seen(name, seen)
        previous = self.library.previous(name)
        if previous is None:
            raise DeskError("no_previous", name=name)
        file, loaded = self._read_again(self.library.previous_original(name))
        with self._changing:
            document = self._as_seen(name, seen)
            check_superseded(name, previous.decisions.supersedes, self.library)
            audience = narrower(previous.decisions.audience, document.decisions.audience)
            decisions = replace(previous.decisions, audience=audience)
            add_loaded(self.library, file, loaded, decisions, _is(document))
        self._changed(who, "document.restore", name, document)

    def _read_again(self, file: Path | None) -> tuple[Path, LoadedFile]:
        """A file that is kept and what it holds; a scan takes minutes, so nobody should have to wait for it."""
        if file is None:
            raise DeskError("no_original")
        return file, self.reading.kept.load(file)

    def withdraw(self, name: str, seen: str, who: str) -> Proof:
        """Take a document out for good, and prove it. Raises HuiwenError."""
        with self._changing:
            self._as_seen(name, seen)
            traces = Traces.of(self.library, name)
            # Before, because nobody withdraws again what is out; and after, because members may have asked meanwhile.
            forgotten = self._journal.forget_document(name)
            self.library.remove(name)
        forgotten += self._journal.forget_document(name)
        self._changed(who, "document.withdraw", name)
        self._unproven[name] = traces
        return self._prove(name, traces, forgotten)

    def prove_again(self, name: str) -> Proof:
        """Search once more for what was left of a withdrawn document. Raises DeskError."""
        traces = self._unproven.get(name)
        if traces is None:
            raise DeskError("nothing_to_prove", name=name)
        return self._prove(name, traces, self._journal.forget_document(name))

    def _prove(self, name: str, traces: Traces, forgotten: int) -> Proof:
        for search in range(_SEARCHES):
            if search:
                time.sleep(_PAUSE)
            self.library.remove()  # nothing: it takes what was removed before out of the files
            self.forget_shown()
            self.library.version(traces.version)  # lets go of what was kept in memory
            proof = Proof(name, traces.search(self.home), forgotten, len(self._journal.holding(name)))
            if not proof.report.texts and not proof.holding:
                self._unproven.pop(name, None)  # what is searched for is itself a trace
                break
        return proof

    def _as_seen(self, name: str, seen: str) -> Document:
        document = self.library.get(name)
        if document is None or document.version != seen:
            raise DeskError("changed_meanwhile", name=name)
        return document

    def _changed(self, who: str, action: str, name: str, before: Document | None = None) -> None:
        after = self.library.get(name)
        self.audit.record(who, action, name, changes(before, after) if after else "")
        self.exam.start(name)

    def page_image(self, file: Path | None, page: int) -> bytes:
        """A PNG of a page of a file. Raises LoadError."""
        if file is None:
            raise LoadError("There is no such file. / 文件不存在。")
        return self.reading.pages.page_image(file, page)

    # What members asked

    def asked(self) -> list[Group]:
        """What members asked in vain."""
        return self._grouping.groups(self._journal.unsatisfying(_UNSATISFYING))

    def ask_again(self, asked: Asked) -> Answer:
        """The answer that whoever asked gets now."""
        return self._answerer_of(asked.audience).ask(asked.question, asked.history)

    def make_exam_question(self, question: ExamQuestion, who: str) -> None:
        """Make a member's question one that every change of the library is tried with. Raises HuiwenError."""
        if not self.exam_questions.add(question):
            raise DeskError("exam_known")
        self.audit.record(who, "exam.add", question.id)
        self.exam.start(question.question)

    def drop_exam_question(self, id_: str, who: str) -> None:
        """Ask an evaluation question no more. Raises HuiwenError."""
        removed = self.exam_questions.remove(id_)
        if removed is None:
            raise DeskError("exam_unknown")
        self.audit.record(who, "exam.remove", id_)
        self.exam.start(removed.question)

    # The glossary

    def save_glossary(self, text: str, seen: str, who: str) -> None:
        """Write the glossary anew over the one `seen`. Raises HuiwenError."""
        self.glossary.save(text, seen)
        self.audit.record(who, "glossary.save", GLOSSARY)

    def undo_glossary(self, seen: str, who: str) -> None:
        """Put the glossary that was before the one `seen` back in its place. Raises HuiwenError."""
        self.glossary.undo(seen)
        self.audit.record(who, "glossary.undo", GLOSSARY)


def _is(document: Document) -> Stands:
    """That a document is still in: another process, a command, may have put in a new version."""
    return lambda old: old is not None and old.version == document.version
