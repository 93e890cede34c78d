"""The audit log."""

import gradio as gr

from bot.audit import Entry
from bot.desk.desk import Desk
from bot.desk.parts import QUIETLY, Outputs, Updates, filled, message, table, text
from bot.desk.record import told
from bot.desk.render import moment
from bot.desk.visit import Visit, visit_of
from ingest.errors import LibraryError

_AT_ONCE = 200
_COLUMNS = ("time", "who", "action", "about", "detail")
_WIDTHS = ["150px", "110px", "160px", "300px", "400px"]  # by itself, the last would be pushed off the screen


class LogTab:
    """A page of entries, newest first."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._last = gr.State(None)  # the number of the oldest entry shown
        self.message = message()
        self._table = table("log", "hw-log", max_height=640, column_widths=_WIDTHS)
        with gr.Row(elem_classes=["hw-actions"]):
            newest = gr.Button(text("log.newest"), size="sm")
            older = gr.Button(text("log.older"), size="sm")
        self.outputs: Outputs = [self._last, self._table, self.message]
        newest.click(self._newest, None, self.outputs, **QUIETLY)
        older.click(self._older, self._last, self.outputs, **QUIETLY)

    def refresh(self, visit: Visit, before: int | None = None) -> Updates:
        """The newest entries, or those before a number."""
        entries = self._desk.audit.entries(_AT_ONCE, before)
        questions = self._questions()
        rows = [
            [
                moment(each.time),
                each.who,
                visit.t(f"action.{each.action}"),
                _about(each, questions, visit),
                told(each, visit),
            ]
            for each in entries
        ]
        return {
            self._table: filled(visit, _COLUMNS, rows),
            self._last: entries[-1].number if entries else None,
        }

    def _questions(self) -> dict[str, str]:
        """The evaluation questions by the numbers that the log has of them.

        Their words are not in the log: a question may quote a document, and goes when that is withdrawn.
        """
        try:
            return {each.id: each.question for each in self._desk.exam_questions.all()}
        except LibraryError:
            return {}  # the tab of the questions says what is wrong

    def _older(self, last: int | None, request: gr.Request) -> Updates:
        return self.refresh(visit_of(request), last)

    def _newest(self, request: gr.Request) -> Updates:
        return self.refresh(visit_of(request))


def _about(entry: Entry, questions: dict[str, str], visit: Visit) -> str:
    if not entry.action.startswith("exam."):
        return entry.about
    return questions.get(entry.about, visit.t("log.question_gone"))
