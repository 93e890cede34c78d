"""Every question as the operator sees it: counted, measured by step, traced, and one line of the log."""

import logging
import time
from collections.abc import Iterator
from contextvars import copy_context

from prometheus_client import Counter, Histogram

from bot.events import Answer, AnswerEvent
from bot.watch.request_id import current
from bot.watch.traces import trace_question
from ingest.errors import HuiwenError

_log = logging.getLogger(__name__)

_QUESTIONS = Counter("huiwen_questions", "Questions, by what came of them.", ["outcome"])
_FALLBACKS = Counter("huiwen_fallbacks", "Answers that were quoted because none could be written.")
_STEPS = Histogram(
    "huiwen_step_seconds",
    "What each step of an answer took, and all of them.",
    ["step"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40),
)
for _outcome in ("answered", "refused", "failed"):
    _QUESTIONS.labels(_outcome)  # there from the start, so that the first failure is seen as a rise


def watched(events: Iterator[AnswerEvent], request_id: str) -> Iterator[AnswerEvent]:
    """The events of an answer; what is logged while they are made carries the id of their request."""
    # Gradio makes each event in another context than the request's, so the id has to be brought along.
    context = copy_context()
    context.run(current.set, request_id)
    started = time.time_ns()
    try:
        while (event := context.run(next, events, None)) is not None:
            if isinstance(event, Answer):
                context.run(_note_answer, event, started)
            yield event
    except Exception as error:
        context.run(_note_failure, error, started)
        raise


def _note_answer(answer: Answer, started: int) -> None:
    outcome = "refused" if answer.refused else "answered"
    is_fallback = "write" in answer.timings_ms and answer.mode == "extractive"
    _QUESTIONS.labels(outcome).inc()
    _FALLBACKS.inc(is_fallback)
    for step, milliseconds in answer.timings_ms.items():
        _STEPS.labels(step).observe(milliseconds / 1000)
    fields = {"outcome": outcome, "mode": answer.mode, "fallback": is_fallback, "ms": answer.timings_ms}
    _log.info("question", extra={"fields": fields})
    trace_question(outcome, started, answer.timings_ms)


def _note_failure(error: Exception, started: int) -> None:
    _QUESTIONS.labels("failed").inc()
    if isinstance(error, HuiwenError):  # about a file or a store, and what to do
        _log.error("A question could not be answered: %s", error, extra={"fields": {"outcome": "failed"}})
    else:
        _log.error(
            "A question could not be answered", exc_info=error, extra={"fields": {"outcome": "failed"}}
        )
    trace_question("failed", started, {})
