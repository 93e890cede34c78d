"""The evaluation: what the last change of the library made better or worse, and the questions asked."""

import gradio as gr

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
from bot.desk.render import note, render
from bot.desk.visit import Visit, visit_of


class ExamTab:
    """The last result and the list of questions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._result = html("hw-exam-result")
        self.message = message()
        with gr.Row(elem_classes=["hw-actions"]):
            self._run = gr.Button(text("exam.run"), elem_id="hw-exam-run")
        self._table = table("exam.questions", "hw-exam-questions", max_height=360)
        with gr.Column(visible=False) as self._choice:
            self._chosen = Choice(label=text("choose_exam"), choices=[], elem_id="hw-choose-exam")
            with gr.Row(elem_classes=["hw-actions"]):
                self._remove = gr.Button(text("exam.remove"), elem_id="hw-exam-remove")
        self._timer = gr.Timer(3.0, active=False)
        self.outputs: Outputs = [
            *(self._result, self.message, self._run, self._table, self._choice, self._chosen, self._timer),
        ]
        told = guarded(self.message)
        self._timer.tick(told(self._follow), None, self.outputs, **QUIETLY)
        self._run.click(told(self._start), None, self.outputs, **busy(self.message))
        self._remove.click(told(self._drop), self._chosen, self.outputs, **busy(self.message))

    def refresh(self, visit: Visit) -> Updates:
        """Result and questions as they are now. Raises LibraryError when the question file is spoilt."""
        questions = self._desk.exam_questions.all()
        return {
            **self._state(visit),
            self._table: filled(
                visit,
                ("question", "answer"),
                [[question.question, _right_answer(question, visit)] for question in questions],
            ),
            self._choice: gr.update(visible=bool(questions)),
            self._chosen: gr.update(
                choices=[(question.question, question.id) for question in questions], value=None
            ),
        }

    def _state(self, visit: Visit) -> Updates:
        running = self._desk.exam.running
        count = len(self._desk.exam_questions.all())
        return {
            self._result: render("exam", visit, running=running, count=count, last=self._desk.exam.last()),
            self._run: gr.update(interactive=not running),
            self._timer: gr.Timer(active=running),
        }

    def _follow(self, request: gr.Request) -> Updates:
        return self._state(visit_of(request))

    def _start(self, request: gr.Request) -> Updates:
        visit = visit_of(request)
        self._desk.exam.start(visit.who)
        return self._state(visit)

    def _drop(self, id_: str | None, request: gr.Request) -> Updates:
        visit = visit_of(request)
        if not id_:
            raise DeskError("choose_first")
        self._desk.drop_exam_question(id_, visit.who)
        return {**self.refresh(visit), self.message: note(visit, "exam.removed")}


def _right_answer(question: ExamQuestion, visit: Visit) -> str:
    if not question.docs:
        return visit.t("exam.must_refuse")
    return f"{'；'.join(question.key_points)}（{'、'.join(question.docs)}）"
