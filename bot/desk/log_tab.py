"""The audit log."""

import gradio as gr

from bot.desk.desk import Desk
from bot.desk.parts import QUIETLY, Outputs, Updates, filled, message, table, text
from bot.desk.render import moment
from bot.desk.visit import Visit, visit_of

_AT_ONCE = 200
_COLUMNS = ("time", "who", "action", "about", "detail")


class LogTab:
    """A page of entries, newest first."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._last = gr.State(None)  # the number of the oldest entry shown
        self.message = message()
        self._table = table("log", "hw-log", max_height=640)
        with gr.Row(elem_classes=["hw-actions"]):
            newest = gr.Button(text("log.newest"), size="sm")
            older = gr.Button(text("log.older"), size="sm")
        self.outputs: Outputs = [self._last, self._table, self.message]
        newest.click(self._newest, None, self.outputs, **QUIETLY)
        older.click(self._older, self._last, self.outputs, **QUIETLY)

    def refresh(self, visit: Visit, before: int | None = None) -> Updates:
        """The newest entries, or those before a number."""
        entries = self._desk.audit.entries(_AT_ONCE, before)
        rows = [
            [moment(each.time), each.who, visit.t(f"action.{each.action}"), each.about, each.detail]
            for each in entries
        ]
        return {
            self._table: filled(visit, _COLUMNS, rows),
            self._last: entries[-1].number if entries else None,
        }

    def _older(self, last: int | None, request: gr.Request) -> Updates:
        return self.refresh(visit_of(request), last)

    def _newest(self, request: gr.Request) -> Updates:
        return self.refresh(visit_of(request))
