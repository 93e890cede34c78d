"""The chat as a Gradio page: messages, the question's field, a filter, and the conversations before.

Importing it imports Gradio, which takes a second and reads its settings then: see mount.py.
"""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import gradio as gr
from fastapi import Request
from gradio.components.chatbot import ExampleMessage, OptionDict

from bot.events import Answer
from bot.journal import Entry
from bot.watch.request_id import request_id
from bot.web.api import MAX_HISTORY
from bot.web.chat import answer_text, answer_texts, as_plain_text, is_narrowed, stale_text
from bot.web.conversations import (
    Conversations,
    Find,
    entries,
    past,
    remembered,
    with_answer,
    with_current,
    with_new,
    within_limits,
)
from bot.web.filter import filter_field, offered, scope_of
from bot.web.page import request_language
from bot.web.problems import MAX_QUESTION
from bot.web.service import Service
from bot.web.texts import TEXTS
from ingest.errors import LibraryError
from ingest.fold import Language

CONCURRENT_QUESTIONS = 8
WAITING_QUESTIONS = 64


def chat_page(service: Service) -> gr.Blocks:
    """The page with its events."""
    page = gr.Blocks(title="会问 Huiwen", fill_height=True, fill_width=True, analytics_enabled=False)
    with page:
        parts = _parts()
        _Events(service, parts).connect()
    page.queue(default_concurrency_limit=CONCURRENT_QUESTIONS, max_size=WAITING_QUESTIONS, api_open=False)
    return page


@dataclass(frozen=True)
class _Parts:
    """What the page consists of. static/conversations.js puts what the browser remembers into `kept`, and what filter it
    had into `chosen`, `restore`s both, and stores what `remembered` says, which is nothing at all where it is to forget
    everything. On `busy` Gradio shows whether an answer or another conversation is under way."""

    kept: gr.Textbox
    chosen: gr.Textbox
    restore: gr.Button
    remembered: gr.Button
    busy: gr.Textbox
    chat: gr.Chatbot
    past: gr.Dataset
    erase: gr.Button
    year: gr.Dropdown
    kind: gr.Dropdown
    new: gr.Button
    question: gr.Textbox


def _parts() -> _Parts:
    text = gr.I18n()
    kept = gr.Textbox(elem_id="hw-kept", visible="hidden")
    chosen = gr.Textbox(elem_id="hw-chosen", visible="hidden")
    restore = gr.Button(elem_id="hw-restore", visible="hidden")
    # Its caption is read; what else shows text evaluates code or wraps it in markup.
    conversations = gr.Button("", elem_id="hw-remembered", visible="hidden")
    busy = gr.Textbox(elem_id="hw-busy", visible="hidden")
    chat = gr.Chatbot(
        label=text("chat"),
        show_label=False,
        container=False,
        elem_id="hw-chat",
        scale=1,
        height="100%",
        layout="bubble",
        buttons=[],
        feedback_options=None,
        latex_delimiters=[],
        allow_tags=False,
        group_consecutive_messages=False,
    )
    with gr.Column(elem_id="hw-past"):
        earlier = gr.Dataset(
            label=text("past"), components=[gr.Textbox(visible=False)], samples=[], type="values"
        )
    with gr.Row(elem_id="hw-tools"):
        year = filter_field("year", "all_years")
        kind = filter_field("kind", "all_kinds")
        erase = gr.Button(text("erase"), elem_id="hw-erase", size="sm", scale=0)
        new = gr.Button(text("new_chat"), elem_id="hw-new", size="sm", scale=0)
    question = gr.Textbox(
        label=text("question"),
        show_label=False,
        container=False,
        elem_id="hw-question",
        placeholder=text("question_placeholder"),
        submit_btn=True,
        lines=1,
        max_lines=6,
        autofocus=True,
    )
    return _Parts(kept, chosen, restore, conversations, busy, chat, earlier, erase, year, kind, new, question)


class _Events:
    """What happens on the page, for whoever it happens to."""

    def __init__(self, service: Service, parts: _Parts) -> None:
        self._service = service
        self._parts = parts

    def connect(self) -> None:
        """Tie the events to the page; called inside it."""
        parts = self._parts
        quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asked = [parts.kept, parts.year, parts.kind]
        answered = [parts.question, parts.chat, parts.remembered]
        shown = [parts.chat, parts.remembered, parts.past]
        greeted = parts.restore.click(
            self.greet, [parts.kept, parts.chosen], [*shown, parts.year, parts.kind], **quietly
        )
        greeted.then(self.suggest, outputs=parts.chat, **quietly)  # apart, because it may take seconds
        # While one of these is under way, static/busy.js refuses the others: an answer brings back what was there before.
        quietly |= {"show_progress": "minimal", "show_progress_on": parts.busy}
        parts.question.submit(self.ask, [parts.question, *asked], answered, **quietly)
        parts.chat.example_select(self.ask_example, asked, answered, **quietly)
        parts.chat.option_select(
            self.ask_everywhere, parts.kept, [*answered, parts.year, parts.kind], **quietly
        )
        parts.new.click(self.begin, parts.kept, shown, **quietly)
        parts.past.click(self.open, [parts.past, parts.kept], shown, **quietly)
        parts.erase.click(self.erase, parts.kept, shown, **quietly)

    def greet(self, stored: object, chosen: object, request: gr.Request) -> tuple[Any, ...]:
        """The page as it opens: a welcome, the conversation as it was, what the filter offers."""
        visited, language = _http(request), _language(request)
        texts, conversations = TEXTS[language], remembered(stored)
        messages, documents = list[Any](), list[Any]()
        with suppress(LibraryError):  # which the first answer will tell of
            documents = self._service.reader(visited).documents()
            messages = self._messages(self._entries(conversations, visited), visited, language)
        chat = gr.Chatbot(
            value=messages,
            placeholder=f"## {texts['welcome']}\n\n{texts['welcome_hint']}",
        )
        return (
            chat,
            _to_be_stored(conversations),
            self._past(conversations, visited),
            *offered(documents, chosen, language),
        )

    def suggest(self, request: gr.Request) -> gr.Chatbot:
        """Questions that a member may begin with."""
        examples: list[str] = []
        with suppress(LibraryError):  # which the first answer will tell of
            examples = self._service.answerer(_http(request)).examples(_language(request))
        return gr.Chatbot(examples=[ExampleMessage(text=question) for question in examples])

    def ask(
        self, question: str, stored: object, year: str, kind: str, request: gr.Request
    ) -> Iterator[tuple[Any, Any, Any]]:
        """Updates of (question field, messages, conversations) while a question is answered.

        The messages before it are those of the journal: sent along with each question, they would be megabytes.
        """
        question, visited, language = question.strip(), _http(request), _language(request)
        if not question:
            yield gr.skip(), gr.skip(), gr.skip()
            return
        conversations = remembered(stored)
        earlier = self._entries(conversations, visited)
        asked = [_said("user", as_plain_text(question[:MAX_QUESTION]))]
        with suppress(LibraryError):  # which the answer will tell of
            asked = self._messages(earlier, visited, language) + asked
        if len(question) > MAX_QUESTION:  # it stays in the field, to be shortened
            refusal = TEXTS[language]["too_long"].format(limit=MAX_QUESTION)
            yield gr.skip(), [*asked, _said("assistant", refusal)], gr.skip()
            return
        history = [entry.answer.question for entry in earlier[-MAX_HISTORY:]]
        events = self._service.ask(visited, question, history, scope_of(year, kind))
        # Only the first update touches the field: the next question may be typed while this one runs.
        field: Any = ""
        id_ = request_id(visited)
        for text, answer in answer_texts(events, language, self._service.contact, id_):
            state = self._remember(with_answer(conversations, answer.id)) if answer else gr.skip()
            yield field, [*asked, _said("assistant", text, _options(answer, language))], state
            field = gr.skip()

    def ask_example(
        self, chosen: gr.SelectData, stored: object, year: str, kind: str, request: gr.Request
    ) -> Iterator[tuple[Any, Any, Any]]:
        """The same for an example that was chosen."""
        yield from self.ask(chosen.value["text"], stored, year, kind, request)

    def ask_everywhere(
        self, chosen: gr.SelectData, stored: object, request: gr.Request
    ) -> Iterator[tuple[Any, ...]]:
        """The same for a question that a filter left without an answer; the filter is taken back."""
        for update in self.ask(chosen.value, stored, "", "", request):
            yield *update, "", ""

    def begin(self, stored: object, request: gr.Request) -> tuple[Any, Any, Any]:
        """A new conversation."""
        conversations = with_new(remembered(stored))
        return [], self._remember(conversations), self._past(conversations, _http(request))

    def open(self, chosen: list[str], stored: object, request: gr.Request) -> tuple[Any, Any, Any]:
        """A conversation of before, by the id that its line in the list holds: another tab may have changed what is
        stored since the list was drawn."""
        conversations, visited = with_current(remembered(stored), chosen[0]), _http(request)
        messages = self._messages(self._entries(conversations, visited), visited, _language(request))
        return messages, _to_be_stored(conversations), self._past(conversations, visited)

    def erase(self, stored: object, request: gr.Request) -> tuple[Any, Any, Any]:
        """Nothing is left of any conversation."""
        self._service.journal.erase(id_ for each in remembered(stored) for id_ in each)
        return [], _to_be_stored([]), self._past([], _http(request))

    def _remember(self, conversations: Conversations) -> str:
        """What the browser is to remember. What falls off is forgotten, for its owner could no longer erase it."""
        kept, fallen = within_limits(conversations)
        if fallen:
            self._service.journal.let_go(fallen)
        return _to_be_stored(kept)

    def _entries(self, conversations: Conversations, request: Request) -> list[Entry]:
        """The answers of the current conversation."""
        return entries(self._find(request), conversations[-1])

    def _messages(self, earlier: list[Entry], request: Request, language: Language) -> list[Any]:
        return [
            message
            for entry in earlier
            for message in (
                _said("user", as_plain_text(entry.answer.question)),
                _said("assistant", self._answer(entry, request, language), _options(entry.answer, language)),
            )
        ]

    def _answer(self, entry: Entry, request: Request, language: Language) -> str:
        if self._service.still_stands(request, entry):
            return answer_text(entry.answer, self._service.contact, language, entry.feedback.verdict)
        return stale_text(entry.answer.question, language)

    def _find(self, request: Request) -> Find:
        return partial(self._service.entry, request)

    def _past(self, conversations: Conversations, request: Request) -> Any:
        shown = past(self._find(request), conversations)
        return gr.Dataset(
            samples=[[entry.id] for entry in shown],
            sample_labels=[entry.answer.question for entry in shown],
        )


def _to_be_stored(conversations: Conversations) -> str:
    return json.dumps(conversations)


def _said(role: str, content: str, options: list[OptionDict] | None = None) -> dict[str, Any]:
    return {"role": role, "content": content, "options": options}


def _options(answer: Answer | None, language: Language) -> list[OptionDict] | None:
    """What a member may do next, by a button below the last answer."""
    if answer is None or not answer.refused or not is_narrowed(answer):
        return None
    return [{"value": answer.question, "label": TEXTS[language]["search_all"]}]


def _http(request: gr.Request) -> Request:
    # Gradio leaves its type open for calls without HTTP; all events of the page come over HTTP.
    return cast(Request, request.request)


def _language(request: gr.Request) -> Language:
    return request_language(_http(request))
