"""The server's log: one JSON object a line on stderr, without anything that a person wrote."""

import json
import logging
import traceback
from datetime import UTC, datetime

from bot.watch.request_id import current


class JsonLines(logging.Formatter):
    """A record as JSON: time, level, logger, message, request_id, what `extra={"fields": …}` adds, and the error.

    Of an error stand here its type and its place in the code, never its message, which may quote a question.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line; time is ISO 8601 in UTC."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage().strip(),
            "request_id": current.get(),
            **getattr(record, "fields", {}),
        }
        error = record.exc_info[1] if record.exc_info else None
        if error:
            line["error"] = _chain(error)
        return json.dumps(line, ensure_ascii=False)


def log_as_json() -> None:
    """Write the log of this process, warnings of libraries included, as JSON lines to stderr."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
    logging.getLogger("bot").setLevel(logging.INFO)
    logging.captureWarnings(True)


def _chain(error: BaseException | None) -> list[dict[str, object]]:
    """An error and those that it came from, last first; each with the calls that led to it, outermost first."""
    chain: list[dict[str, object]] = []
    while error and len(chain) < 5:
        calls = traceback.extract_tb(error.__traceback__)
        chain.append(
            {
                "type": type(error).__qualname__,
                "calls": [f"{call.filename}:{call.lineno} {call.name}" for call in calls],
            }
        )
        error = error.__cause__ or error.__context__
    return chain
