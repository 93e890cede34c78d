"""The chat page at `/`, a Gradio application mounted beside the JSON API."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from bot.web.page import POLICY, STATIC, dress
from bot.web.problems import MAX_BODY
from bot.web.service import Service
from bot.web.shell import PageShell
from bot.web.texts import BROWSER_LOCALES, TEXTS

if TYPE_CHECKING:
    import gradio

# Gradio looks into the queue of each page every millisecond, which takes an idle server a tenth of a processor.
_QUEUE_LOOKED_INTO = 0.02  # seconds
_FONTS = ("system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "sans-serif")


def mount_chat(app: FastAPI, service: Service, temporary: Path) -> None:
    """Add the chat page at `/` and its static files at `/ui`; Gradio keeps its own files in `temporary`."""
    prepare_gradio(temporary)

    from bot.web.chat_page import chat_page

    app.mount("/ui/{version}", StaticFiles(directory=STATIC))
    app.add_middleware(PageShell, path="/", dress=dress, policy=POLICY)
    mount_blocks(app, chat_page(service), "/", _browser_texts(), MAX_BODY)


def prepare_gradio(temporary: Path) -> None:
    """Have Gradio report nothing to its makers, and keep its files in `temporary`; before it is imported.

    It reads the place while it builds an application and whenever a file comes in: the last one said counts.
    """
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    temporary.mkdir(parents=True, exist_ok=True)
    os.environ["GRADIO_TEMP_DIR"] = str(temporary.absolute())


def mount_blocks(
    app: FastAPI,
    blocks: "gradio.Blocks",
    path: str,
    texts: Mapping[str, dict[str, str]],
    max_body: int | None = None,
    **options: Any,
) -> None:
    """Add a page of Gradio's with its words by the browser's language, and nothing of Gradio's beside the page. It takes
    requests of `max_body` bytes at most."""
    import gradio as gr

    blocks._queue.sleep_when_free = _QUEUE_LOOKED_INTO
    gr.mount_gradio_app(
        app,
        blocks,
        path=path,
        theme=gr.themes.Base(font=_FONTS, font_mono=("ui-monospace", "monospace")),
        i18n=gr.I18n(**texts),
        footer_links=[],
        run_history=False,
        allowed_paths=[],
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        app_kwargs={"openapi_url": None, "max_body_size": max_body},
        **options,
    )


def _browser_texts() -> dict[str, dict[str, str]]:
    by_locale = {locale: TEXTS[language] for language, locale in BROWSER_LOCALES.items()}
    return {**by_locale, "zh": TEXTS["zh-Hans"]}
