"""What the API says when something is wrong: one sentence, in the asker's language."""

import logging

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from bot.watch.request_id import request_id
from bot.web.language import half_of
from bot.web.page import request_language
from bot.web.texts import TEXTS
from ingest.document import KINDS
from ingest.errors import QuestionError
from ingest.fold import Language

_log = logging.getLogger(__name__)

MAX_QUESTION = 2000  # characters
MAX_BODY = 1_000_000  # bytes of a request; a question and twenty earlier ones with each character escaped take half of it


class Problem(BaseModel):
    """What went wrong, in one sentence."""

    detail: str


def with_reference(sentence: str, language: Language, id_: str) -> str:
    """What went wrong, with the number by which staff find it in the log."""
    return sentence + TEXTS[language]["reference"].format(id=id_)


def refuse_request(request: Request, error: Exception) -> JSONResponse:
    """The answer to a request that has not the right form."""
    texts = TEXTS[request_language(request)]
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    place = ".".join(str(part) for part in first.get("loc", ())[1:])
    problem = first.get("type")
    if problem == "json_invalid":
        detail = texts["bad_json"]
    elif place == "question" and problem == "string_too_short":
        detail = texts["empty"]
    elif place == "question" and problem == "string_too_long":
        detail = texts["too_long"].format(limit=MAX_QUESTION)
    elif place.startswith("kinds.") and problem == "literal_error":
        detail = texts["unknown_kind"].format(kinds=", ".join(KINDS))
    else:
        detail = texts["bad_request"].format(field=f"{place or 'body'}: {first.get('msg', '')}")
    return JSONResponse({"detail": detail}, status_code=422)


def refuse_body(request: Request, _error: Exception) -> JSONResponse:
    """The answer to a body that is no text at all, in place of the framework's own English one."""
    return JSONResponse({"detail": TEXTS[request_language(request)]["bad_json"]}, status_code=422)


def report_error(request: Request, error: Exception) -> JSONResponse:
    """The answer when an error for people was raised."""
    language = request_language(request)
    # A question that cannot be used is the caller's to mend; the other errors are the server's state, and for those who
    # run it alone: they name its folders.
    if isinstance(error, QuestionError):
        return JSONResponse({"detail": half_of(str(error), language)}, status_code=422)
    _log.error("%s", error)
    detail = with_reference(TEXTS[language]["unusable"], language, request_id(request))
    return JSONResponse({"detail": detail}, status_code=503)
