"""Upload, look at, correct, publish."""

import time
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
from pydantic import BaseModel

from bot.desk.asked import Asked
from bot.desk.decide import Form
from bot.desk.desk import Desk
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
    guarded,
    html,
    message,
    text,
)
from bot.desk.render import note, offer, problem, published, render, staged_html, warning
from bot.desk.staging import Item
from bot.desk.visit import Visit, visit_of
from bot.desk.wanted import AskAgain, Wanted
from ingest.document import AUDIENCES, Audience
from ingest.errors import HuiwenError

_TOLD_EVERY = 1.0  # seconds
_AT_WORK = ("waiting", "reading", "publishing")


class _Shown(BaseModel):
    """The file whose fields are shown, and what they held then."""

    id: str
    form: Form


class AddTab:
    """Its fields; other tabs send staff here with a question, or with a file that is to be looked at."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._listed = gr.State([])  # the ids that can be chosen
        self._shown = carried()
        self.wanted = Wanted()
        self._readers = gr.Radio(
            label=text("upload.audience"),
            info=text("upload.audience.info"),
            choices=[(text(f"audience.{each}"), each) for each in AUDIENCES],
            value=AUDIENCES[0],
            elem_id="hw-uploads-audience",
        )
        self.uploads = Uploads(label=text("upload"), file_count="multiple", elem_id="hw-uploads", height=150)
        self.message = message()
        self._again = AskAgain(desk, self.message)
        gr.Markdown(text("staged"), elem_classes=["hw-heading"])
        self._table = html("hw-staged")
        with gr.Row(elem_classes=["hw-actions"]):
            self._publish_all = gr.Button(size="sm", visible=False, elem_id="hw-publish-all")
            self._discard_failed = gr.Button(text("discard_failed"), size="sm", visible=False)
        self._clicked = gr.Textbox(visible="hidden", elem_id="hw-clicked-staged")  # the row, by its id
        self.chosen = Choice(
            label=text("choose_staged"), choices=[], visible=False, elem_id="hw-choose-staged"
        )
        self._form = DecisionForm("hw-staged")
        with gr.Row(visible=False, elem_classes=["hw-actions"]) as self._actions:
            self._publish = gr.Button(text("publish.public"), variant="primary", elem_id="hw-publish")
            self._save = gr.Button(text("save"), elem_id="hw-save-staged")
            self._discard = gr.Button(text("discard"), elem_id="hw-discard")
        self._preview = html("hw-preview")
        self._timer = gr.Timer(1.0, active=False)
        self.outputs: Outputs = [
            *(*self.wanted.outputs, self._listed, self._shown, self.uploads),
            *(self.message, *self._again.outputs, self._table, self.chosen, self._actions),
            *(self._publish_all, self._discard_failed, self._publish, self._preview, self._timer),
            *(self._form.group, *self._form.fields),
        ]
        self.kept: Outputs = [self.chosen, self._listed]
        self._wire()

    def _wire(self) -> None:
        self._timer.tick(self.reopen, self.kept, self.outputs, **QUIETLY)
        self.uploads.upload(
            guarded(self.message)(self._receive),
            [self.uploads, self.wanted.asked, self._readers, self.chosen, self._listed],
            self.outputs,
            **busy(self.message),
        )
        self._clicked.change(self._choose, self._clicked, [self._clicked, self.chosen], **QUIETLY)
        form = {self.chosen, self._listed, self._shown, *self._form.fields}
        self.chosen.change(guarded(self.message)(self._look), form, self.outputs, **busy(self.message))
        self._form.audience.input(self._keep_readers, form, self.outputs, **QUIETLY)
        self._save.click(guarded(self.message)(self._correct), form, self.outputs, **busy(self.message))
        self._publish.click(
            guarded(self.message)(self._publish_one), form, self.outputs, **busy(self.message)
        )
        self._publish_all.click(
            self._publish_ready, {self._publish_all, *form}, self.outputs, **busy(self.message)
        )
        self._discard.click(
            guarded(self.message)(self._discard_one), form, self.outputs, **busy(self.message)
        )
        self._discard_failed.click(
            guarded(self.message)(self._discard_all_failed),
            [self.chosen, self._listed],
            self.outputs,
            **busy(self.message),
        )

    def reopen(self, chosen: str | None, listed: list[str], request: gr.Request) -> Updates:
        """What has changed; what is chosen stays, and what is typed about it."""
        return self.refresh(visit_of(request), chosen, listed)

    def refresh(self, visit: Visit, chosen: str | None, listed: list[str]) -> Updates:
        """The table of uploaded files, and what can be chosen of them."""
        items = self._desk.staging.items()
        updates: Updates = {
            **self._listing(visit, items),
            self._timer: gr.Timer(active=any(item.state in _AT_WORK for item in items)),
            self._discard_failed: gr.update(visible=any(item.state == "failed" for item in items)),
        }
        ready = {item.id: item.name for item in items if item.state == "ready"}
        if list(ready) != listed:  # an open list of choices is not to be closed by a clock
            # Never one that nobody chose: its button stands where the last one's stood, under the same finger.
            keep = chosen if chosen in ready else None
            choices = [(name, id_) for id_, name in ready.items()]
            choice = gr.update(choices=choices, value=keep, visible=bool(ready))
            updates |= {self.chosen: choice, self._listed: list(ready)}
        return updates

    def _listing(self, visit: Visit, items: list[Item]) -> Updates:
        clear = self._desk.checks.passed(items)
        button = gr.update(visible=bool(clear), value=offer(visit, clear))
        return {self._table: self._rows(visit, items), self._publish_all: button}

    def _rows(self, visit: Visit, items: list[Item]) -> str:
        return render("staged", visit, items=items, doubts=self._desk.checks.doubts())

    def _receive(
        self,
        files: list[tuple[Path, str]],
        asked: Asked | None,
        readers: Audience,
        chosen: str | None,
        listed: list[str],
        request: gr.Request,
    ) -> Updates:
        visit = visit_of(request)
        refused = self._desk.receive(files, visit.who, asked, readers)
        said = warning(visit, visit.own("\n".join(refused))) if refused else ""
        return {**self.refresh(visit, chosen, listed), self.uploads: None, self.message: said}

    def _choose(self, clicked: str) -> Updates:
        forgotten: Updates = {self._clicked: ""}  # so that the same row can be clicked again
        return forgotten | ({self.chosen: clicked} if clicked else {})

    def _look(self, given: Given, request: gr.Request) -> Updates:
        """The chosen file; still the last one if what was typed about that cannot be kept."""
        chosen, shown = given[self.chosen], self._shown_in(given)
        if shown and chosen == shown.id:  # it had to stay
            return {self.chosen: chosen}
        try:
            kept = self._keep_typed(given)
        except DeskError as error:
            return {self.chosen: shown.id if shown else None, self.message: problem(visit_of(request), error)}
        updates = self._show(chosen, request) if chosen else self._hide()
        return updates | {self.message: ""} if kept else updates  # it may have been refused before

    def _shown_in(self, given: Given) -> _Shown | None:
        shown = given[self._shown]
        return _Shown.model_validate_json(shown) if shown else None

    def _chosen_in(self, given: Given) -> str:
        """The id of the chosen file. Raises DeskError if the fields and the preview are still those of another."""
        shown = self._shown_in(given)
        if shown is None or shown.id != given[self.chosen]:
            raise DeskError("not_shown")
        return shown.id

    def _keep_typed(self, given: Given) -> str:
        """Keep what was typed about the file that is shown and still waits; returns its id, if anything was. Raises
        DeskError."""
        shown, typed = self._shown_in(given), self._form.read(given)
        item = self._desk.staging.get(shown.id) if shown else None
        if shown is None or item is None or item.state != "ready" or typed == shown.form:
            return ""
        self._desk.correct(shown.id, typed, shown.form)
        return shown.id

    def _hide(self) -> Updates:
        hidden: Updates = {self._preview: "", self._shown: "", self._actions: gr.update(visible=False)}
        return hidden | self._form.hide()

    def _show(self, id_: str, request: gr.Request) -> Updates:
        visit = visit_of(request)
        document, preview = staged_html(self._desk, id_, visit)
        return {
            self._preview: preview,
            self._shown: _Shown(id=id_, form=Form.of(document)).model_dump_json(),
            self._actions: gr.update(visible=True),
            # On the button itself: a document that nobody decided about is for everybody.
            self._publish: visit.t(f"publish.{document.decisions.audience}"),
            **self._form.show(document, self._desk.library),
            **self._listing(visit, self._desk.staging.items()),
        }

    def _keep_readers(self, given: Given, request: gr.Request) -> Updates:
        """Kept as soon as it is chosen: who has read the button must not find the list, the preview or what is
        published with all the rest of another mind."""
        visit, audience = visit_of(request), given[self._form.audience]
        try:
            chosen = self._chosen_in(given)
            self._desk.choose_readers(chosen, audience)
            _, preview = staged_html(self._desk, chosen, visit)
        except DeskError:
            # Another was chosen meanwhile, or it was published or discarded, which has been told.
            return {self._publish: gr.skip()}
        return {
            self._publish: visit.t(f"publish.{audience}"),
            self._preview: preview,
            **self._listing(visit, self._desk.staging.items()),
        }

    def _correct(self, given: Given, request: gr.Request) -> Updates:
        chosen = self._correct_shown(given)
        return {**self._show(chosen, request), self.message: note(visit_of(request), "saved")}

    def _correct_shown(self, given: Given) -> str:
        """Keep what the fields say of the chosen file, and return its id."""
        chosen = self._chosen_in(given)
        self._desk.correct(chosen, self._form.read(given))
        return chosen

    def _publish_one(self, given: Given, request: gr.Request) -> Updates:
        visit, chosen = visit_of(request), self._correct_shown(given)
        try:
            done = self._desk.publish(chosen, visit.who)
        except DeskError as error:
            if error.key != "decided_meanwhile":
                raise
            return {**self._show(chosen, request), self.message: problem(visit, error)}
        updates = self.refresh(visit, chosen, given[self._listed])
        updates[self.message] = published(visit, done)
        return updates | self._offer_to_ask(done.asked)

    def _publish_ready(self, given: Given, request: gr.Request) -> Iterator[Updates]:
        visit, chosen, listed = visit_of(request), given[self.chosen], given[self._listed]
        try:
            if kept := self._keep_typed(given):
                yield self._show(kept, request)
        except DeskError as error:
            yield {self.message: problem(visit, error)}
            return
        said, wanted = [], []
        items = self._desk.staging.items()
        clear = self._desk.checks.passed(items)
        if given[self._publish_all] != offer(visit, clear):  # what the button said when it was clicked
            changed = warning(visit, visit.t("publish_all.changed"))
            yield {**self.refresh(visit, chosen, listed), self.message: changed}
            return
        left = [item.name for item in items if item.state == "ready" and item not in clear]
        told = time.monotonic()
        for number, item in enumerate(clear, 1):
            if time.monotonic() > told + _TOLD_EVERY:
                told = time.monotonic()
                going_on = note(visit, "publishing_all", number=number, all=len(clear))
                rows = self._rows(visit, self._desk.staging.items())
                yield {self.message: going_on, self._table: rows}
            if self._desk.staging.get(item.id) != item:
                continue  # somebody has decided otherwise since the click
            try:
                done = self._desk.publish(item.id, visit.who)
                said.append(published(visit, done))
                wanted.append(done.asked)
            except HuiwenError as error:
                said.append(problem(visit, error))
        if left:
            said.append(warning(visit, visit.t("published.left", names="、".join(left))))
        updates = self.refresh(visit, chosen, listed) | self._offer_to_ask(next(filter(None, wanted), None))
        yield {**updates, self.message: " ".join(said)}

    def _offer_to_ask(self, asked: Asked | None) -> Updates:
        return {**self._again.offer(asked), **self.wanted.none()}

    def _discard_one(self, given: Given, request: gr.Request) -> Updates:
        visit, chosen = visit_of(request), self._chosen_in(given)
        item = self._desk.staging.get(chosen)
        self._desk.discard(chosen, visit.who)
        said = note(visit, "discarded", name=item.name if item else "")
        return {**self.refresh(visit, chosen, given[self._listed]), self.message: said}

    def _discard_all_failed(self, chosen: str | None, listed: list[str], request: gr.Request) -> Updates:
        visit = visit_of(request)
        for item in self._desk.staging.items():
            if item.state == "failed":
                self._desk.discard(item.id, visit.who)
        return {**self.refresh(visit, chosen, listed), self.message: ""}
