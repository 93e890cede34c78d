"""A question that members asked in vain: uploads are for it, and it is asked again when one is published."""

import gradio as gr

from bot.desk.asked import Asked, Group
from bot.desk.desk import Desk
from bot.desk.parts import QUIETLY, Outputs, Updates, busy, guarded, html, text
from bot.desk.render import note, render
from bot.desk.visit import Visit, visit_of


class Wanted:
    """Which question uploads are for, if for one."""

    def __init__(self) -> None:
        self.asked: gr.State = gr.State(None)
        self._told = html("hw-for-question")
        self._forget = gr.Button(text("forget_question"), size="sm", visible=False)
        self.outputs: Outputs = [self.asked, self._told, self._forget]
        self._forget.click(self.none, None, self.outputs, **QUIETLY)

    def want(self, group: Group, visit: Visit) -> Updates:
        """Uploads are for a question from now on."""
        return {
            self.asked: group.asked,
            self._told: note(visit, "for_question", question=group.label),
            self._forget: gr.update(visible=True),
        }

    def none(self) -> Updates:
        """Uploads are for no question any more."""
        return {self.asked: None, self._told: "", self._forget: gr.update(visible=False)}


class AskAgain:
    """A button that asks the question that a published file was for, and what is answered now."""

    def __init__(self, desk: Desk, message: gr.Markdown) -> None:
        self._desk = desk
        self._asked: gr.State = gr.State(None)
        self._button = gr.Button(text("ask_again"), visible=False, elem_id="hw-ask-again")
        self._answer = html("hw-answer")
        self.outputs: Outputs = [self._asked, self._button, self._answer]
        self._button.click(
            guarded(message)(self._ask), self._asked, [*self.outputs, message], **busy(message)
        )

    def offer(self, asked: Asked | None) -> Updates:
        """The button, if what was published was for a question."""
        return {self._asked: asked, self._button: gr.update(visible=asked is not None), self._answer: ""}

    def _ask(self, asked: Asked, request: gr.Request) -> Updates:
        answer = self._desk.ask_again(asked)
        return {self._answer: render("answer", visit_of(request), answer=answer, audience=asked.audience)}
