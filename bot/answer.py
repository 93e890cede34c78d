"""From a question to streamed answer events: understand → retrieve → select → quote, or refuse."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from langchain_core.runnables import Runnable, RunnableGenerator, RunnableLambda

from bot.events import Answer, AnswerEvent, AnswerPart, Citation, Closest
from bot.examples import example_questions
from bot.markdown import escape_markdown
from bot.question import Question, understand
from bot.retrieve import HuiwenRetriever, RankedPassage
from bot.select import ScoredSentence, Selection, select
from ingest.document import Document
from ingest.fold import Language
from ingest.library import Library

_CLOSEST = 3
_LEAST_COVERAGE = 0.47  # below it Huiwen refuses; set on the development questions
_REFUSAL: dict[Language, str] = {
    "zh-Hans": "现有文件中没有找到这个问题的答案。",
    "zh-Hant": "現有文件中沒有找到這個問題的答案。",
    "en": "The documents do not say.",
}
_CLOSEST_ARE: dict[Language, tuple[str, str, str]] = {
    "zh-Hans": ("内容最接近的文件：", "、", "。"),
    "zh-Hant": ("內容最接近的文件：", "、", "。"),
    "en": (" The closest documents: ", ", ", "."),
}


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
            selection = self._select(question, passages)
            clock.lap("select")
        near = passages if question.terms and not selection.sentences else []  # nothing is near a greeting
        closest = dict.fromkeys(found.document for found in near)
        return _Found(asked, question, selection, tuple(closest)[:_CLOSEST], clock.laps, clock.started)

    def _select(self, question: Question, passages: Sequence[RankedPassage]) -> Selection:
        selection = select(self.library, question, passages)
        if selection.sentences and selection.sentences[0].coverage >= _LEAST_COVERAGE:
            return selection
        return Selection((), is_list=False)


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
        parts = list(_quotes(found.selection) if found.selection.sentences else _refusal(found))
        yield from parts
        total = 1000 * (time.perf_counter() - found.started)
        yield Answer(
            question=found.asked.question,
            language=found.question.language,
            answer="".join(part.text for part in parts),
            refused=not found.selection.sentences,
            mode="extractive",
            citations=[citation for part in parts for citation in part.citations],
            closest=[_closest(document) for document in found.closest],
            timings_ms={**found.timings_ms, "total": round(total, 2)},
        )


def _quotes(selection: Selection) -> Iterator[AnswerPart]:
    """One part for each sentence, quoted and cited; the items of a list as a Markdown list."""
    for n, chosen in enumerate(selection.sentences, 1):
        citation = cite(chosen.document, chosen.number, n)
        is_item = selection.is_list and not (n == 1 and _leads(chosen))
        bullet = "- " if is_item else ""
        before = "" if n == 1 else "\n" if is_item and n > 2 else "\n\n"
        yield AnswerPart(
            text=f"{before}{bullet}{escape_markdown(citation.quote)} [{n}]", citations=[citation]
        )


def _leads(chosen: ScoredSentence) -> bool:
    return any(each.lead == chosen.number for each in chosen.document.enumerations)


def cite(document: Document, number: int, n: int) -> Citation:
    """Citation [n] of a sentence."""
    sentence = document.sentences[number]
    return Citation(
        n=n,
        document=document.name,
        title=document.title,
        date=document.date,
        page=sentence.page,
        quote=document.quote(number),
        start=sentence.start,
        end=sentence.end,
    )


def _refusal(found: _Found) -> Iterator[AnswerPart]:
    language = found.question.language
    yield AnswerPart(text=_REFUSAL[language])
    if found.closest:
        before, between, after = _CLOSEST_ARE[language]
        titles = between.join(f"《{escape_markdown(document.title)}》" for document in found.closest)
        yield AnswerPart(text=before + titles + after)


def _closest(document: Document) -> Closest:
    return Closest(document=document.name, title=document.title, date=document.date)
