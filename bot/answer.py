"""From a question to streamed answer events: understand → retrieve → select → quote, or refuse."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from bot.compose import quotes, refusal
from bot.events import Answer, AnswerEvent, Closest
from bot.examples import example_questions
from bot.question import Question, understand
from bot.retrieve import HuiwenRetriever
from bot.select import Selection, select
from ingest.document import Document
from ingest.fold import Language
from ingest.library import Library

_CLOSEST = 3


@dataclass(frozen=True)
class _Asked:
    """A question with the member's earlier ones."""

    question: str
    history: tuple[str, ...]


@dataclass(frozen=True)
class _Found:
    """What the library holds for a question; nothing selected means a refusal."""

    asked: _Asked
    question: Question
    selection: Selection
    closest: tuple[Document, ...]
    timings_ms: dict[str, float]
    started: float


class Answerer:
    """Answers questions from one library. Thread safe."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.retriever = HuiwenRetriever(library=library)
        self._examples = lru_cache(maxsize=8)(
            self._find_examples
        )  # a new generation of the library asks anew
        self.chain: Runnable[_Asked, AnswerEvent] = RunnableLambda(self._find) | RunnableGenerator(_compose)

    def stream(self, question: str, history: Sequence[str] = ()) -> Iterator[AnswerEvent]:
        """The answer in parts, then whole; `history` holds the earlier questions, oldest first."""
        yield from self.chain.stream(_Asked(question, tuple(history)))

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        """The whole answer."""
        *_, answer = self.stream(question, history)
        assert isinstance(answer, Answer)
        return answer

    def warm_up(self) -> None:
        """Load what the first question of each language would wait for."""
        for question in ("会费是多少？", "what are the membership dues?"):
            self.ask(question)

    def examples(self, language: Language) -> list[str]:
        """Questions in `language` that the library answers, for a member who does not know what to ask."""
        return self._examples(language, self.library.generation())

    def _find_examples(self, language: Language, _generation: int) -> list[str]:
        return example_questions(self.library, language, lambda question: not self.ask(question).refused)

    def _find(self, asked: _Asked) -> _Found:
        clock = _Clock()
        question = understand(asked.question, asked.history)
        clock.lap("understand")
        with self.library.snapshot():
            passages = self.retriever.search(question)
            clock.lap("retrieve")
            selection = select(self.library, question, passages)
            clock.lap("select")
        near = passages if question.terms and not selection.answers else []  # nothing is near a greeting
        closest = dict.fromkeys(found.document for found in near)
        return _Found(asked, question, selection, tuple(closest)[:_CLOSEST], clock.laps, clock.started)


class _Clock:
    """Milliseconds of each step since the one before it."""

    def __init__(self) -> None:
        self.started = self._last = time.perf_counter()
        self.laps: dict[str, float] = {}

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(1000 * (now - self._last), 2)
        self._last = now


def _compose(inputs: Iterator[_Found]) -> Iterator[AnswerEvent]:
    for found in inputs:
        answered = found.selection.answers
        language = found.question.language
        parts = list(quotes(found.selection) if answered else refusal(language, found.closest))
        yield from parts
        total = 1000 * (time.perf_counter() - found.started)
        yield Answer(
            question=found.asked.question,
            language=language,
            answer="".join(part.text for part in parts),
            refused=not answered,
            confidence=round(found.selection.confidence, 4),
            mode="extractive",
            citations=[citation for part in parts for citation in part.citations],
            closest=[_closest(document) for document in found.closest],
            timings_ms={**found.timings_ms, "total": round(total, 2)},
        )


def _closest(document: Document) -> Closest:
    return Closest(document=document.name, title=document.title, date=document.date)
