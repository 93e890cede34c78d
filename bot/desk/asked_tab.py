"""What members asked in vain, and what to make of it."""

from dataclasses import replace
from secrets import token_hex

import gradio as gr

from bot.desk.add_tab import AddTab
from bot.desk.asked import Group
from bot.desk.desk import Desk
from bot.desk.errors import DeskError
from bot.desk.exam import ExamQuestion
from bot.desk.parts import (
    QUIETLY,
    Choice,
    Outputs,
    Updates,
    busy,
    filled,
    guarded,
    html,
    message,
    table,
    text,
)
from bot.desk.render import moment, note, render
from bot.desk.visit import Visit, visit_of

_COLUMNS = ("question", "count", "last", "reasons")
# By itself, a long question would push the others off the screen.
_WIDTHS = ["520px", "110px", "200px", "300px"]


class AskedTab:
    """The groups of questions, and the chosen one."""

    def __init__(self, desk: Desk, adding: AddTab, tabs: gr.Tabs) -> None:
        self._desk, self._adding, self._tabs = desk, adding, tabs
        self._groups: gr.State = gr.State([])
        self._table = table("asked", "hw-asked", max_height=360, column_widths=_WIDTHS)
        self._none = html("hw-asked-none")
        self._chosen = Choice(label=text("choose_question"), choices=[], elem_id="hw-choose-question")
        self.message = message()
        self._view = html("hw-question-view")
        with gr.Group(visible=False) as self._form:
            self._add = gr.Button(text("add_document"), elem_id="hw-add-for")
            self._refuse = gr.Checkbox(label=text("must_refuse"), elem_id="hw-must-refuse")
            self._docs = Choice(label=text("exam_docs"), multiselect=True, choices=[], elem_id="hw-exam-docs")
            self._points = gr.Textbox(
                label=text("key_points"), info=text("key_points.info"), lines=3, elem_id="hw-key-points"
            )
            self._make = gr.Button(text("make_exam"), variant="primary", elem_id="hw-make-exam")
        self.outputs: Outputs = [
            *(self._groups, self._table, self._none, self._chosen, self.message, self._view),
            *(self._form, self._refuse, self._docs, self._points),
        ]
        self.kept: Outputs = [self._chosen, self._groups]
        told = guarded(self.message)
        self._table.select(self._pick, self._groups, self._chosen, **QUIETLY)
        self._chosen.change(
            told(self._look), [self._chosen, self._groups], self.outputs, **busy(self.message)
        )
        self._make.click(
            told(self._save),
            [self._chosen, self._groups, self._refuse, self._docs, self._points],
            self.outputs,
            **busy(self.message),
        )
        self._add.click(
            told(self._add_document),
            [self._chosen, self._groups],
            [*self.outputs, *adding.outputs, tabs],
            **busy(self.message),
        )

    def reopen(self, chosen: str | None, known: list[Group], request: gr.Request) -> Updates:
        """The groups as they are now; the chosen one stays, and what is typed about it."""
        visit = visit_of(request)
        groups = _keeping(_group(chosen, known), self._desk.asked())
        kept = _group(chosen, groups)
        rows = [
            [group.question, str(group.count), moment(group.asked_at), _reasons(group, visit)]
            for group in groups
        ]
        view = {self._view: render("group", visit, group=kept)} if kept else {}
        choices = [(group.label, group.id) for group in groups]
        return {
            **view,
            self._groups: groups,
            self._table: filled(visit, _COLUMNS, rows),
            self._none: "" if groups else note(visit, "asked.none"),
            self._chosen: gr.update(choices=choices, value=chosen if kept else None),
        }

    def _pick(self, groups: list[Group], picked: gr.SelectData) -> str | None:
        question, _, asked_at, *_ = picked.row_value
        found = (g.id for g in groups if (g.question, moment(g.asked_at)) == (question, asked_at))
        return next(found, None)

    def _look(self, id_: str | None, groups: list[Group], request: gr.Request) -> Updates:
        group = _group(id_, groups)
        if group is None:
            return {self._view: "", self._form: gr.update(visible=False)}
        names = [info.name for info in self._desk.library.documents()]
        return {
            self.message: "",
            self._view: render("group", visit_of(request), group=group),
            self._form: gr.update(visible=True),
            self._refuse: False,
            self._docs: gr.update(choices=names, value=[]),
            self._points: "",
        }

    def _save(
        self,
        id_: str,
        groups: list[Group],
        refuse: bool,
        docs: list[str],
        points: str,
        request: gr.Request,
    ) -> Updates:
        visit = visit_of(request)
        group = _chosen(id_, groups)
        said = [] if refuse else [line.strip() for line in (points or "").splitlines() if line.strip(" |")]
        if not refuse and not (docs and said):
            raise DeskError("exam_incomplete")
        question = ExamQuestion(
            id=f"desk-{token_hex(6)}",
            question=group.question,
            lang=group.language,
            type="unanswerable" if refuse else "asked",
            docs=[] if refuse else docs,
            key_points=said,
            history=list(group.history),
        )
        self._desk.make_exam_question(question, visit.who)
        return {self.message: note(visit, "exam.saved")}

    def _add_document(self, id_: str, groups: list[Group], request: gr.Request) -> Updates:
        updates = self._adding.wanted.want(_chosen(id_, groups), visit_of(request))
        return {**updates, self._tabs: gr.Tabs(selected="add")}


def _group(id_: str | None, groups: list[Group]) -> Group | None:
    return next((group for group in groups if group.id == id_), None)


def _chosen(id_: str | None, groups: list[Group]) -> Group:
    group = _group(id_, groups)
    if group is None:
        raise DeskError("choose_first")
    return group


def _keeping(chosen: Group | None, groups: list[Group]) -> list[Group]:
    """The groups, of which the one that the chosen one has become keeps its id: a wording more makes another."""
    if chosen is None:
        return groups
    now = _group(chosen.id, groups) or next((group for group in groups if group.continues(chosen)), None)
    return [replace(group, id=chosen.id) if group is now else group for group in groups]


def _reasons(group: Group, visit: Visit) -> str:
    return "、".join(f"{visit.t(f'reason.{reason}')} {count}" for reason, count in group.reasons.items())
