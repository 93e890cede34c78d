"""The chat page at `/`, a Gradio application mounted beside the JSON API."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from fastapi import FastAPI, HTTPException, Request
from fastapi.staticfiles import StaticFiles

from bot.access.visitor import visitor
from bot.web.api import MAX_HISTORY, MAX_QUESTION
from bot.web.chat import answer_texts, as_plain_text
from bot.web.page import STATIC, PageShell, request_language
from bot.web.texts import BROWSER_LOCALES, TEXTS
from ingest.fold import Language

if TYPE_CHECKING:
    import gradio

    from bot.answer import Answerer, Answerers

CONCURRENT_QUESTIONS = 8
WAITING_QUESTIONS = 64

_FONTS = ("system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")


def mount_chat(app: FastAPI, answerers: "Answerers", temporary: Path) -> None:
    """Add the chat page at `/` and its static files at `/ui`; Gradio keeps its own files in `temporary`."""
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"  # read when gradio is imported
    os.environ["GRADIO_TEMP_DIR"] = str(temporary.absolute())

    import gradio as gr

    app.add_api_route("/gradio_api/upload", _refuse_upload, methods=["POST"], include_in_schema=False)
    app.mount("/ui", StaticFiles(directory=STATIC))
    app.add_middleware(PageShell)
    gr.mount_gradio_app(
        app,
        _chat_page(answerers),
        path="/",
        theme=gr.themes.Base(font=_FONTS, font_mono=("ui-monospace", "monospace")),
        i18n=gr.I18n(**_browser_texts()),
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        app_kwargs={"openapi_url": None},
    )


def _refuse_upload() -> None:
    # The chat takes no files; without this, anybody could fill the disk through Gradio's own route.
    raise HTTPException(404)


def _browser_texts() -> dict[str, dict[str, str]]:
    by_locale = {locale: TEXTS[language] for language, locale in BROWSER_LOCALES.items()}
    return {**by_locale, "zh": TEXTS["zh-Hans"]}


def _chat_page(answerers: "Answerers") -> "gradio.Blocks":
    import gradio as gr

    def answerer_of(request: gr.Request) -> "Answerer":
        return answerers.of(visitor(_http(request)).clearance)

    def greet(request: gr.Request) -> Any:
        return _greeting(answerer_of(request), _language(request))

    def ask(question: str, messages: list[Any], history: list[str], request: gr.Request) -> Iterator[Any]:
        yield from _converse(answerer_of(request), question, messages, history, _language(request))

    def ask_example(
        chosen: gr.SelectData, messages: list[Any], history: list[str], request: gr.Request
    ) -> Iterator[Any]:
        yield from _converse(
            answerer_of(request), chosen.value["text"], messages, history, _language(request)
        )

    quietly: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    page = gr.Blocks(title="会问 Huiwen", fill_height=True, fill_width=True, analytics_enabled=False)
    with page:
        chat, question = _chat_area(), _question_field()
        history = gr.State([])
        page.load(greet, outputs=chat, **quietly)
        question.submit(ask, [question, chat, history], [question, chat, history], **quietly)
        chat.example_select(ask_example, [chat, history], [question, chat, history], **quietly)
    page.queue(default_concurrency_limit=CONCURRENT_QUESTIONS, max_size=WAITING_QUESTIONS, api_open=False)
    return page


def _chat_area() -> "gradio.Chatbot":
    import gradio as gr

    return gr.Chatbot(
        label=gr.I18n()("chat"),
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


def _question_field() -> "gradio.Textbox":
    import gradio as gr

    return gr.Textbox(
        label=gr.I18n()("question"),
        show_label=False,
        container=False,
        elem_id="hw-question",
        placeholder=gr.I18n()("question_placeholder"),
        submit_btn=True,
        lines=1,
        max_lines=6,
        max_length=MAX_QUESTION,
        autofocus=True,
    )


def _language(request: "gradio.Request") -> Language:
    return request_language(_http(request))


def _http(request: "gradio.Request") -> Request:
    # Gradio leaves its type open for calls without HTTP; all events of the page come over HTTP.
    return cast(Request, request.request)


def _greeting(answerer: "Answerer", language: Language) -> "gradio.Chatbot":
    import gradio as gr
    from gradio.components.chatbot import ExampleMessage

    texts = TEXTS[language]
    return gr.Chatbot(
        placeholder=f"## {texts['welcome']}\n\n{texts['welcome_hint']}",
        examples=[ExampleMessage(text=question) for question in answerer.examples(language)],
    )


def _converse(
    answerer: "Answerer", question: str, messages: list[Any], history: list[str], language: Language
) -> Iterator[tuple[Any, Any, Any]]:
    """Updates of (question field, messages, history) while a question is answered."""
    import gradio as gr

    question = question.strip()
    if not question:
        yield gr.skip(), gr.skip(), gr.skip()
        return
    asked = [*messages, {"role": "user", "content": as_plain_text(question[:MAX_QUESTION])}]
    if len(question) > MAX_QUESTION:  # the field allows no more, but the queue can be called without it
        refusal = TEXTS[language]["too_long"].format(limit=MAX_QUESTION)
        yield "", [*asked, {"role": "assistant", "content": refusal}], history
        return
    # Only the first update touches the field: the next question may be typed while this one runs.
    field: Any = ""
    for answer in answer_texts(answerer, question, history[-MAX_HISTORY:], language):
        yield field, [*asked, {"role": "assistant", "content": answer}], [*history, question]
        field = gr.skip()
