"""The staff's glossary as a text to edit."""

import gradio as gr

from bot.desk.desk import Desk
from bot.desk.errors import DeskError
from bot.desk.parts import Outputs, Updates, busy, guarded, message, text
from bot.desk.render import note, problem
from bot.desk.visit import visit_of


class GlossaryTab:
    """One field, saved as a whole."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._seen = gr.State("")
        self._field = gr.Textbox(
            label=text("glossary"),
            info=text("glossary.info"),
            interactive=False,  # until it is filled: what is typed before would be lost
            lines=16,
            max_lines=30,
            elem_id="hw-glossary",
        )
        self.message = message()
        with gr.Row(elem_classes=["hw-actions"]):
            save = gr.Button(text("glossary.save"), variant="primary", elem_id="hw-glossary-save")
            undo = gr.Button(text("glossary.undo"), elem_id="hw-glossary-undo")
        self.outputs: Outputs = [self._seen, self._field, self.message]
        self.kept: Outputs = [self._field, self._seen]
        told = guarded(self.message)
        save.click(told(self._save), self.kept, self.outputs, **busy(self.message))
        undo.click(told(self._undo), self.kept, self.outputs, **busy(self.message))

    def reopen(self, typed: str, seen: str, _request: gr.Request) -> Updates:
        """The glossary as it is now, unless what is typed has not been saved. Raises HuiwenError when it cannot be read."""
        # To Gradio an empty answer is none.
        return self._fresh() if typed == seen else {self._seen: seen}

    def _fresh(self) -> Updates:
        content = self._desk.glossary.text()
        return {self._field: gr.update(value=content, interactive=True), self._seen: content}

    def _save(self, content: str, seen: str, request: gr.Request) -> Updates:
        visit = visit_of(request)
        self._desk.save_glossary(content, seen, visit.who)
        return {**self._fresh(), self.message: note(visit, "glossary.saved")}

    def _undo(self, typed: str, seen: str, request: gr.Request) -> Updates:
        visit = visit_of(request)
        if typed != seen:
            raise DeskError("undo_unsaved")
        try:
            self._desk.undo_glossary(seen, visit.who)
        except DeskError as error:
            return {**self._fresh(), self.message: problem(visit, error)}
        return {**self._fresh(), self.message: note(visit, "glossary.undone")}
