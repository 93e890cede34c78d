"""From a question to streamed answer events: understand → retrieve → select → write or quote, or refuse."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from threading import Lock

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from bot.clock import Clock, timed
from bot.compose import quotes, refusal, reply
from bot.confidence import second_reader
from bot.events import Answer, AnswerEvent, AnswerPart, Closest
from bot.examples import example_questions
from bot.find import find
from bot.question import Question
from bot.retrieve import HuiwenRetriever, RankedPassage
from bot.scope import EVERYTHING, Scope
from bot.select import Selection
from bot.writing.model import ModelFailure
from bot.writing.reading import reads_well
from bot.writing.write import Verdict, Writer
from ingest.catalogue import DocumentInfo
from ingest.document import AUDIENCES, Audience, Document
from ingest.fold import Language
from ingest.library import Library
from ingest.reader import Reader

_EXAMINED_AFTER = 0, 60, 300, 1800  # seconds
_log = logging.getLogger(__name__)
_CLOSEST = 3
# Between these chances a large model, asked about the held-out archives, declined all of 214 questions that they do not
# answer; where quotes would be shown, 3 of 448 that these answer, and below that 1 of 26 (docs/ACCURACY.md).
_DOUBTFUL = 0.1, 0.9
# One question is searched for at a time: Python runs one thread at once, and a second would only make the server's
# event loop wait longer for it.
_TURN = Lock()


@dataclass(frozen=True)
class _Asked:
    """A question with the member's earlier ones, and the documents to answer from."""

    question: str
    history: tuple[str, ...] = ()
    scope: Scope = EVERYTHING


@dataclass(frozen=True)
class _Found:
    """What the library holds for a question."""

    asked: _Asked
    question: Question
    passages: tuple[RankedPassage, ...]
    selection: Selection
    clock: Clock

    @property
    def is_doubtful(self) -> bool:
        """Whether it is not sure enough that the documents answer, or do not, to contradict a model that reads well."""
        least, most = _DOUBTFUL
        return bool(self.selection.sentences) and least <= self.selection.confidence < most

    @property
    def closest(self) -> tuple[Document, ...]:
        """The documents that a refusal names; nothing is near a courtesy."""
        near = self.passages if self.question.terms and not self.question.courtesy else ()
        # By version: to hash a document is to hash all its text.
        return tuple({found.document.version: found.document for found in near}.values())[:_CLOSEST]


class Answerer:
    """Answers questions from one library. Thread safe.

    With a chat model, answers are written by it within `model_seconds` and verified, and follow-ups that
    find nothing are rewritten by it; without one, and wherever it fails, they are quoted.
    """

    def __init__(
        self, library: Reader, model: BaseChatModel | None = None, model_seconds: float = 20.0
    ) -> None:
        self.library = library
        self.retriever = HuiwenRetriever(library=library)
        self._writer = Writer(library, model) if model else None
        self._model_seconds = model_seconds
        self.chain: Runnable[_Asked, AnswerEvent] = RunnableLambda(self._find) | RunnableGenerator(
            self._compose
        )

    def stream(
        self, question: str, history: Sequence[str] = (), scope: Scope = EVERYTHING
    ) -> Iterator[AnswerEvent]:
        """The answer in parts, then whole, from the documents of `scope`; `history` holds the earlier questions,
        oldest first."""
        yield from self.chain.stream(_Asked(question, tuple(history), scope))

    def ask(self, question: str, history: Sequence[str] = ()) -> Answer:
        """The whole answer."""
        *_, answer = self.stream(question, history)
        assert isinstance(answer, Answer)
        return answer

    def warm_up(self) -> None:
        """Load what the first question would wait for."""
        second_reader(self.library)  # that question may be sure without it
        self._find(_Asked("会费是多少？"))

    def rely_on_model(self, reads_well: bool) -> None:
        """Have the model, if there is one, decide where it is in doubt whether the documents answer, if it `reads_well`: see
        `bot.writing.reading`."""
        if self._writer:
            self._writer.reads_well = reads_well

    def examples(self, language: Language) -> list[str]:
        """Questions in `language` that the library answers, for a member who does not know what to ask."""
        return self.library.derived(
            ("examples", language), lambda: example_questions(self.library, language, self._is_answered)
        )

    def _is_answered(self, question: str) -> bool:
        return self._find(_Asked(question)).selection.answers

    def _find(self, asked: _Asked) -> _Found:
        with timed() as clock:
            found = self._search(asked, self.retriever.understand(asked.question, asked.history), clock)
            if asked.history and self._writer and not found.selection.answers and not found.question.courtesy:
                rewritten = self._writer.standalone(asked.question, asked.history, self._model_seconds)
                clock.lap("rewrite")
                if rewritten:
                    question = replace(self.retriever.understand(rewritten), language=found.question.language)
                    return self._search(asked, question, clock)
            return found

    def _search(self, asked: _Asked, question: Question, clock: Clock) -> _Found:
        clock.lap("understand")
        with _TURN:
            clock.lap("wait")
            passages, selection = self.library.at_one_moment(
                lambda: find(self.retriever, question, asked.scope.names(self.library.documents()))
            )
        return _Found(asked, question, tuple(passages), selection, clock)

    def _compose(self, inputs: Iterator[_Found]) -> Iterator[AnswerEvent]:
        for found in inputs:
            courtesy = found.question.courtesy
            outcome = self._written(found)
            written = outcome if isinstance(outcome, list) else None
            # Where it was asked in doubt, a model that reads well has found an answer even if its words do not hold.
            answered = outcome != "declined" and (found.selection.answers or outcome is not None)
            closest = () if answered else found.closest
            if written:
                parts = written
            elif answered:
                parts = list(quotes(found.selection, found.question.language))
            elif courtesy:
                parts = [reply(courtesy, found.question.language)]
            else:
                parts = list(refusal(found.question.language, closest))
            yield from parts
            yield Answer(
                question=found.asked.question,
                language=found.question.language,
                answer="".join(part.text for part in parts),
                refused=not answered and not courtesy,
                confidence=round(found.selection.confidence, 4),
                mode="generated" if written else "extractive",
                citations=[citation for part in parts for citation in part.citations],
                closest=[_named(document) for document in closest],
                successors=[] if written else [_named(info) for info in found.selection.replaced_by.values()],
                years=sorted(found.asked.scope.years),
                kinds=sorted(found.asked.scope.kinds),
                timings_ms=found.clock.timings_ms(),
            )

    def _written(self, found: _Found) -> list[AnswerPart] | Verdict | None:
        writer, answers = self._writer, found.selection.answers
        if writer is None or not (answers or (writer.reads_well and found.is_doubtful)):
            return None
        left = max(self._model_seconds - found.clock.seconds("rewrite"), 0.0)
        outcome = writer.write(found.asked.question, found.question, found.selection, found.passages, left)
        found.clock.lap("write")
        return None if outcome == "declined" and not found.is_doubtful else outcome


class Answerers:
    """An `Answerer` for each clearance, over one library: what a person may not read has no part in his answers."""

    def __init__(
        self, library: Library, model: BaseChatModel | None = None, model_seconds: float = 20.0
    ) -> None:
        self.library = library
        self._model, self._model_seconds = model, model_seconds
        self._answerers = {
            clearance: Answerer(library.reader(clearance), model, model_seconds) for clearance in AUDIENCES
        }

    def examine_model(self) -> None:
        """Find out how far the model, if there is one, is to be relied on; until then it is not. With a slow one this takes
        a minute, and where it gives nothing, as when its server is still starting, it is examined again later."""
        if self._model is None:
            return
        for wait in _EXAMINED_AFTER:
            time.sleep(wait)
            try:
                is_good = reads_well(self._model, self._model_seconds)
            except ModelFailure as failure:
                _log.warning(
                    "The chat model could not be examined (%s); it has no say where there is doubt.", failure
                )
                continue
            _log.info("The chat model %s where there is doubt.", "is relied on" if is_good else "has no say")
            for answerer in self._answerers.values():
                answerer.rely_on_model(is_good)
            return

    def of(self, clearance: Audience) -> Answerer:
        """The one that answers from what `clearance` may read."""
        return self._answerers[clearance]


def _named(document: Document | DocumentInfo) -> Closest:
    return Closest(document=document.name, title=document.title, date=document.date)
