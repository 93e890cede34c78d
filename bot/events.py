"""What an answer consists of: streamed parts, then the whole answer with its citations."""

from typing import Literal

from pydantic import BaseModel

from ingest.fold import Language


class Citation(BaseModel):
    """Statement [n] rests on `quote`, which is exactly displayed_text[start:end] of `document`.

    `document` is the file's name, `date` ISO 8601 as exact as known, `page` counts from 1.
    """

    n: int
    document: str
    title: str
    date: str | None
    page: int | None
    quote: str
    start: int
    end: int


class Closest(BaseModel):
    """A document that an answer names without quoting it."""

    document: str
    title: str
    date: str | None


class AnswerPart(BaseModel):
    """The next piece of the answer: Markdown to append, and the citations of its new [n] marks."""

    text: str
    citations: list[Citation] = []


class Answer(BaseModel):
    """The whole answer; the last event of a stream. `answer` is the parts' texts joined.

    `confidence`, from 0 to 1, says how sure Huiwen is that the documents answer; it refuses when that is
    too low. It searched the documents of `years` and `kinds` only, where these are not empty. `closest` are the documents that a refusal names as near the question, `successors` those that an
    answer names as having replaced one that it quotes. `id` is that of the web's journal; empty elsewhere.
    """

    id: str = ""
    question: str
    language: Language
    answer: str
    refused: bool
    confidence: float
    mode: Literal["extractive", "generated"]
    citations: list[Citation]
    closest: list[Closest] = []
    successors: list[Closest] = []
    years: list[int] = []
    kinds: list[str] = []
    timings_ms: dict[str, float]


AnswerEvent = AnswerPart | Answer
