"""What is in: found, read, corrected, replaced, restored, withdrawn."""

from pathlib import Path

import gradio as gr

from bot.desk.add_tab import AddTab
from bot.desk.desk import Desk, Proof
from bot.desk.errors import DeskError
from bot.desk.parts import (
    QUIETLY,
    Choice,
    DecisionForm,
    Given,
    Outputs,
    Updates,
    Uploads,
    busy,
    carried,
    filled,
    guarded,
    html,
    message,
    table,
    text,
)
from bot.desk.render import library_html, moment, note, render, warning
from bot.desk.visit import Visit, visit_of
from bot.editions import editions

_COLUMNS = ("name", "title", "date", "kind", "audience", "status", "added")
# Titles, and names of documents that supersede others, would push the last columns off a screen of 1280.
_WIDTHS = ["230px", "250px", "auto", "auto", "auto", "130px", "auto"]


class LibraryTab:
    """The table and the chosen document."""

    def __init__(self, desk: Desk, adding: AddTab, tabs: gr.Tabs) -> None:
        self._desk, self._adding, self._tabs = desk, adding, tabs
        self._seen = carried()  # the version that is shown
        self._withdrawn = gr.State("")
        self._table = table("library", "hw-library", max_height=420, column_widths=_WIDTHS)
        self._chosen = Choice(label=text("choose_document"), choices=[], elem_id="hw-choose-document")
        self.message = message()
        self._proof = html("hw-proof")
        self._again = gr.Button(text("proof.again"), visible=False)
        self._form = DecisionForm("hw-library")
        with gr.Row(visible=False, elem_classes=["hw-actions"]) as self._actions:
            self._revise = gr.Button(text("revise"), variant="primary", elem_id="hw-revise")
            self._restore = gr.Button(text("restore"), elem_id="hw-restore")
            self._withdraw = gr.Button(text("withdraw"), elem_id="hw-withdraw")
        with gr.Group(visible=False, elem_id="hw-sure") as self._sure:
            self._warning = html("hw-sure-text")
            with gr.Row(elem_classes=["hw-actions"]):
                self._yes = gr.Button(text("withdraw.yes"), variant="stop", elem_id="hw-withdraw-yes")
                self._no = gr.Button(text("cancel"), elem_id="hw-withdraw-no")
        self._replacement = Uploads(
            label=text("replace"), visible=False, elem_id="hw-replacement", height=150
        )
        self._view = html("hw-view")
        self.outputs: Outputs = [
            *(self._seen, self._withdrawn, self._table, self._chosen, self.message, self._proof),
            *(self._again, self._actions, self._sure, self._warning, self._replacement, self._view),
            *(self._restore, self._form.group, *self._form.fields),
        ]
        self.kept: Outputs = [self._chosen, self._seen]
        self._wire()

    def _wire(self) -> None:
        told = guarded(self.message)
        self._table.select(self._pick, None, self._chosen, **QUIETLY)
        self._chosen.change(told(self._look), self._chosen, self.outputs, **busy(self.message))
        self._revise.click(
            told(self._correct), {*self.kept, *self._form.fields}, self.outputs, **busy(self.message)
        )
        self._restore.click(told(self._put_back), self.kept, self.outputs, **busy(self.message))
        self._withdraw.click(told(self._ask_whether), self._chosen, self.outputs, **QUIETLY)
        self._no.click(lambda: gr.update(visible=False), None, self._sure, **QUIETLY)
        self._yes.click(told(self._take_out), self.kept, self.outputs, **busy(self.message))
        self._again.click(told(self._search_again), self._withdrawn, self.outputs, **busy(self.message))
        self._replacement.upload(
            told(self._replace),
            [self._replacement, self._chosen],
            [*self.outputs, *self._adding.outputs, self._tabs],
            **busy(self.message),
        )

    def reopen(self, chosen: str | None, seen: str, request: gr.Request) -> Updates:
        """The table as it is now; the chosen document stays, and what is typed about it, unless it has changed meanwhile."""
        updates = self.refresh(visit_of(request), chosen)
        document = self._desk.library.get(chosen) if chosen else None
        is_as_seen = document is None or document.version == seen
        return updates if is_as_seen else {**updates, **self._look(chosen, request)}

    def refresh(self, visit: Visit, chosen: str | None = None) -> Updates:
        """The table and the choices as they are now."""
        infos = self._desk.library.documents()
        current = editions(self._desk.library)
        rows = [
            [
                info.name,
                info.title,
                info.date or "",
                visit.t(f"kind.{info.kind}"),
                visit.t(f"audience.{info.audience}"),
                visit.t("status.superseded", name=newer.name)
                if (newer := current.successor(info.name))
                else visit.t("status.current"),
                moment(info.added) if info.added else "",
            ]
            for info in infos
        ]
        names = [info.name for info in infos]
        return {
            self._table: filled(visit, _COLUMNS, rows),
            self._chosen: gr.update(choices=names, value=chosen if chosen in names else None),
        }

    def _pick(self, picked: gr.SelectData) -> str:
        return str(picked.row_value[0])

    def _look(self, name: str | None, request: gr.Request) -> Updates:
        document = self._desk.library.get(name) if name else None
        if document is None:
            hidden = gr.update(visible=False)
            return {
                **self._form.hide(),
                **dict.fromkeys((self._actions, self._sure, self._replacement), hidden),
                self._view: "",
                self._seen: "",
            }
        return {
            **dict.fromkeys((self.message, self._proof), ""),
            self._again: gr.update(visible=False),
            **self._form.show(document, self._desk.library),
            self._actions: gr.update(visible=True),
            self._sure: gr.update(visible=False),
            self._replacement: gr.update(visible=True, value=None),
            self._restore: gr.update(visible=self._desk.library.previous(document.name) is not None),
            self._view: library_html(self._desk, document, visit_of(request)),
            self._seen: document.version,
        }

    def _correct(self, given: Given, request: gr.Request) -> Updates:
        visit, name = visit_of(request), given[self._chosen]
        self._desk.revise(name, given[self._seen], self._form.read(given), visit.who)
        return {**self._shown(name, request), self.message: note(visit, "revised", name=name)}

    def _put_back(self, name: str, seen: str, request: gr.Request) -> Updates:
        visit = visit_of(request)
        self._desk.restore(name, seen, visit.who)
        return {**self._shown(name, request), self.message: note(visit, "restored", name=name)}

    def _shown(self, name: str, request: gr.Request) -> Updates:
        return {**self.refresh(visit_of(request), name), **self._look(name, request)}

    def _ask_whether(self, name: str, request: gr.Request) -> Updates:
        visit = visit_of(request)
        said = warning(visit, visit.t("withdraw.sure", name=name))
        return {self._sure: gr.update(visible=True), self._warning: said}

    def _take_out(self, name: str, seen: str, request: gr.Request) -> Updates:
        visit = visit_of(request)
        proof = self._desk.withdraw(name, seen, visit.who)
        return {**self.refresh(visit), **self._look(None, request), **self._proven(proof, visit)}

    def _search_again(self, name: str, request: gr.Request) -> Updates:
        return self._proven(self._desk.prove_again(name), visit_of(request))

    def _proven(self, proof: Proof, visit: Visit) -> Updates:
        return {
            self._withdrawn: proof.name,
            self.message: "",
            self._proof: render("proof", visit, proof=proof),
            self._again: gr.update(visible=bool(proof.report.texts or proof.holding)),
        }

    def _replace(self, files: list[tuple[Path, str]], name: str | None, request: gr.Request) -> Updates:
        visit = visit_of(request)
        if not name:
            raise DeskError("choose_first")
        self._desk.replace(name, files[0][0], visit.who)
        return {
            self._replacement: None,
            self.message: note(visit, "replace.done", name=name),
            self._tabs: gr.Tabs(selected="add"),
            **self._adding.refresh(visit, None, []),
        }
