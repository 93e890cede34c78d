"""The chat model that HUIWEN_MODEL names: made through LangChain, and asked within a time limit."""

import asyncio
import logging
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from functools import cache
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from ingest.errors import HuiwenError
from ingest.settings import Settings

MOST_CHARACTERS = 3000  # of an answer; a model that goes on is cut off

_log = logging.getLogger(__name__)
_HOW_TO_NAME = (
    "name it as PROVIDER:NAME, for example openai:gpt-4.1-mini, or openai:NAME with HUIWEN_MODEL_BASE_URL "
    "for a local server, or leave HUIWEN_MODEL empty"
)


class ModelFailure(Exception):  # noqa: N818
    """The model gave no text: too slow, not there, or an error of its own. Members never see it."""


def chat_model(settings: Settings) -> BaseChatModel | None:
    """The model that the settings name; None when they name none.

    Nothing is sent yet. Keys come from the provider's own environment variable (OPENAI_API_KEY).
    Raises HuiwenError when the name is not understood, or its package or key is missing.
    """
    if not settings.model:
        return None
    provider, colon, name = settings.model.partition(":")
    if not (provider and colon and name):
        raise HuiwenError(f"HUIWEN_MODEL={settings.model!r} is no model; {_HOW_TO_NAME}.")
    from langchain.chat_models import init_chat_model

    options: dict[str, Any] = {"timeout": settings.model_timeout, "max_retries": 0, "temperature": 0}
    if settings.model_base_url:
        options["base_url"] = settings.model_base_url
    try:
        model = init_chat_model(name, model_provider=provider, **options)
    except ImportError as error:
        package = f"langchain-{provider.replace('_', '-')}"
        raise HuiwenError(
            f"HUIWEN_MODEL={settings.model!r} needs a package that is not installed: "
            f".venv/bin/pip install {package}."
        ) from error
    except ValueError as error:  # an unknown provider, or one that refuses its settings
        raise HuiwenError(f"HUIWEN_MODEL={settings.model!r} cannot be used; {_HOW_TO_NAME}.") from error
    except Exception as error:  # each provider has an error of its own for a missing key
        variable = f"{provider.upper()}_API_KEY"
        raise HuiwenError(
            f"HUIWEN_MODEL={settings.model!r} cannot be used: is {variable} set? "
            "A local server that needs no key takes any value."
        ) from error
    assert isinstance(model, BaseChatModel)
    return model


def complete(model: BaseChatModel, messages: Sequence[BaseMessage], seconds: float) -> str:
    """The model's text, cut at MOST_CHARACTERS. Raises ModelFailure, at the latest after `seconds`.

    Runs on one event loop behind all callers: only a coroutine can be cancelled while it waits for the
    network, and cancelling closes the connection, so that no thread is left waiting for a slow server.
    """
    answer: Future[str] = asyncio.run_coroutine_threadsafe(_collect(model, messages, seconds), _loop())
    try:
        return answer.result()
    except TimeoutError:
        raise ModelFailure(f"no answer within {seconds:g} s") from None
    except Exception as error:  # whatever a provider's client raises: the member gets the quotes
        raise ModelFailure(type(error).__name__) from error
    finally:
        answer.cancel()  # a caller interrupted meanwhile (Ctrl-C) leaves nothing running


async def _collect(model: BaseChatModel, messages: Sequence[BaseMessage], seconds: float) -> str:
    text = ""
    async with asyncio.timeout(seconds):
        stream = model.astream(list(messages))
        try:
            async for chunk in stream:
                text += chunk.text
                if len(text) > MOST_CHARACTERS:
                    break
        finally:
            if close := getattr(stream, "aclose", None):
                await close()
    return text[:MOST_CHARACTERS]


@cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="huiwen-model", daemon=True).start()
    return loop


def report(failure: ModelFailure) -> None:
    """One line for the operator; neither question nor key is in it."""
    _log.warning("The model gave no answer (%s); the quoted sentences are shown instead.", failure)
