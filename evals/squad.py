"""`huiwen eval squad`: retrieval and extraction on a reading-comprehension set in SQuAD format."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ValidationError

from bot.answer import Answerer
from evals.evidence import Span
from evals.homes import temporary_settings
from evals.matching import compact
from evals.output import Progress
from evals.questions import NonEmpty, first_problem
from evals.ranking import hit_at, reciprocal_rank
from evals.summary import Estimate, Scores, latency, mean
from ingest.add import add_documents
from ingest.document import Document
from ingest.embed import Embedder
from ingest.errors import QuestionError
from ingest.library import Library
from ingest.make import document_from_text


class _Gold(BaseModel):
    text: str


class _Query(BaseModel):
    id: str
    question: str
    answers: list[_Gold]


class _Paragraph(BaseModel):
    id: str | None = None
    context: NonEmpty
    qas: list[_Query]


class _Article(BaseModel):
    title: str = ""
    paragraphs: list[_Paragraph]


class _File(BaseModel):
    data: list[_Article]


@dataclass(frozen=True)
class SquadQuestion:
    """A question, the name of the paragraph that answers it, and the accepted answers."""

    id: str
    question: str
    document: str
    gold: tuple[str, ...]


@dataclass(frozen=True)
class SquadParagraph:
    """A paragraph with the title of its article, if the file has one: to readers and peers its first line."""

    title: str
    context: str

    def document(self, name: str) -> Document:
        """The paragraph as a document of its own."""
        return document_from_text(name, f"{self.title}\n{self.context}".strip(), self.title or None)


@dataclass(frozen=True)
class SquadSet:
    """A SQuAD-format file: paragraph texts by name, the questions, and the ids left out as empty."""

    paragraphs: dict[str, SquadParagraph]
    questions: list[SquadQuestion]
    excluded: list[str]


@dataclass(frozen=True)
class Reply:
    """What a system shows for a question: paragraph names, best first, and spans of displayed text.

    `first` is the sentence it shows first, `three` its first three, in any order.
    """

    ranking: Sequence[str]
    first: Sequence[Span]
    three: Sequence[Span]
    latency_ms: float
    refused: bool = False


class System(Protocol):
    """What can be asked: Huiwen, or a peer to compare it with."""

    name: str

    def ask(self, question: str) -> Reply:
        """What it shows for a question."""
        ...


# From the ingested paragraphs by name, their embedding model, and an empty folder to store in.
Peers = Callable[[Mapping[str, Document], Embedder, Path], Sequence[System]]


@dataclass(frozen=True)
class Measured:
    """What was measured of one system, and each question's record."""

    metrics: dict[str, Estimate]
    refused: int
    records: list[dict[str, object]]


@dataclass(frozen=True)
class SquadResult:
    """A finished run: over how much, Huiwen's measures, and those of its peers by their names."""

    settings: dict[str, object]
    paragraphs: int
    texts_per_second: float | None
    excluded: list[str]
    huiwen: Measured
    peers: dict[str, Measured] = field(default_factory=dict)


def load_squad(path: Path) -> SquadSet:
    """Read a SQuAD-format file (as CMRC 2018 and DRCD are).

    A question without text or without an accepted answer is left out. Raises QuestionError for a file
    that cannot be read or is not of this format.
    """
    try:
        content = _File.model_validate_json(path.read_bytes())
    except OSError as error:
        raise QuestionError(f"{path}: cannot be read ({error.strerror}).") from None
    except ValidationError as error:
        raise QuestionError(f"{path}: not in SQuAD format: {first_problem(error)}.") from None
    squad = SquadSet({}, [], [])
    for number, article in enumerate(content.data):
        for index, paragraph in enumerate(article.paragraphs):
            name = paragraph.id or f"{number}-{index}"
            if name in squad.paragraphs:
                raise QuestionError(f"{path}: two paragraphs have the id {name}; rename one.")
            squad.paragraphs[name] = SquadParagraph(article.title.strip(), paragraph.context)
            for query in paragraph.qas:
                gold = tuple(dict.fromkeys(a.text for a in query.answers if a.text.strip()))
                if query.question.strip() and gold:
                    squad.questions.append(SquadQuestion(query.id, query.question, name, gold))
                else:
                    squad.excluded.append(query.id)
    if not squad.questions:
        raise QuestionError(f"{path}: the file holds no question with an answer.")
    return squad


def run_squad(
    squad: SquadSet, limit: int | None, progress: Progress, make_peers: Peers | None = None
) -> SquadResult:
    """Ingest every paragraph into a temporary home and ask the first `limit` questions (all if None).

    `progress` gets (what is counted, done, all). The speed of ingest leaves out the first paragraph,
    during which the model loads. The peers, if any, index the displayed texts of the same paragraphs.
    """
    questions = squad.questions[:limit]
    total = len(squad.paragraphs)
    with tempfile.TemporaryDirectory(prefix="huiwen-squad-") as folder:
        settings = temporary_settings(Path(folder) / "huiwen")
        with Library(settings) as library:
            documents, seconds = _ingest(library, squad.paragraphs, progress)
            texts = {name: document.text for name, document in documents.items()}
            huiwen = _measure(_Huiwen(library), questions, texts, progress)
            peers = make_peers(documents, library.embedder, Path(folder) / "peers") if make_peers else []
            measured = {peer.name: _measure(peer, questions, texts, progress) for peer in peers}
    return SquadResult(
        settings={"mode": "extractive", "embedding_model": settings.embedding_model},
        paragraphs=total,
        texts_per_second=(total - 1) / seconds if total > 1 else None,
        excluded=squad.excluded,
        huiwen=huiwen,
        peers=measured,
    )


def _ingest(
    library: Library, paragraphs: Mapping[str, SquadParagraph], progress: Progress
) -> tuple[dict[str, Document], float]:
    """Put every paragraph in; the documents by name, and the seconds it took from the second one on."""
    documents: dict[str, Document] = {}

    def made() -> Iterator[Document]:
        for name, paragraph in paragraphs.items():
            documents[name] = paragraph.document(name)
            yield documents[name]

    making = made()
    next(add_documents(library, islice(making, 1)))
    started = time.perf_counter()
    for done, _ in enumerate(add_documents(library, making), 2):
        progress("paragraphs", done, len(paragraphs))
    return documents, time.perf_counter() - started


class _Huiwen:
    """Huiwen itself: its sentences are those of its first citations."""

    name = "huiwen"

    def __init__(self, library: Library) -> None:
        self._answerer = Answerer(library)
        self._answerer.warm_up()

    def ask(self, question: str) -> Reply:
        passages = self._answerer.retriever.invoke(question)
        answer = self._answerer.ask(question)
        cited = [Span(c.document, c.start, c.end) for c in sorted(answer.citations, key=lambda c: c.n)]
        return Reply(
            ranking=list(dict.fromkeys(passage.metadata["document"] for passage in passages)),
            first=cited[:1],
            three=cited[:3],
            latency_ms=answer.timings_ms["total"],
            refused=answer.refused,
        )


def _measure(
    system: System, questions: Sequence[SquadQuestion], texts: Mapping[str, str], progress: Progress
) -> Measured:
    records: list[dict[str, object]] = []
    scores: list[Scores] = []
    for question in questions:
        reply = system.ask(question.question)
        scores.append(_scores(reply, question, texts))
        records.append(_record(reply, question, texts) | {"scores": scores[-1]})
        progress(f"questions to {system.name}", len(records), len(questions))
    means = {name: mean(values[name] for values in scores) for name in scores[0] if name != "latency_ms"}
    times = latency([values["latency_ms"] for values in scores])
    refused = sum(record["refused"] is True for record in records)
    return Measured(metrics={**means, **times}, refused=refused, records=records)


def _scores(reply: Reply, question: SquadQuestion, texts: Mapping[str, str]) -> Scores:
    """One question's values.

    hit@k and MRR: the rank of the answering paragraph; a passage or chunk counts for its paragraph.
    first_sentence: the first sentence shown holds a gold answer. first_three: the first three taken
    together hold one (see `holds_gold`), because many a gold answer of CMRC 2018 runs over the end of a
    sentence. A refusal shows no sentence, so it scores 0 in both.
    """
    relevant = [name == question.document for name in reply.ranking]
    return {
        **{f"hit@{k}": hit_at(k, relevant) for k in (1, 3, 5)},
        "mrr": reciprocal_rank(relevant),
        "first_sentence": float(holds_gold(reply.first, question.gold, texts)),
        "first_three": float(holds_gold(reply.three, question.gold, texts)),
        "latency_ms": reply.latency_ms,
    }


def _record(reply: Reply, question: SquadQuestion, texts: Mapping[str, str]) -> dict[str, object]:
    return {
        "id": question.id,
        "question": question.question,
        "document": question.document,
        "gold": question.gold,
        "ranking": reply.ranking[:5],
        "first_sentence": _joined(reply.first, texts),
        "first_three": _joined(reply.three, texts),
        "refused": reply.refused,
    }


def holds_gold(spans: Sequence[Span], gold: Sequence[str], texts: Mapping[str, str]) -> bool:
    """Whether the spans taken together contain one of the gold answers, folded and without white space.

    Taken together: spans of a document in the order of its text, joined where one touches the next, that
    is where nothing but white space stands between them. `texts` holds the displayed texts by document.
    """
    shown = [compact(text) for text in _joined(spans, texts)]
    return any(compact(answer) in text for text in shown for answer in gold)


def _joined(spans: Sequence[Span], texts: Mapping[str, str]) -> list[str]:
    """The texts of the spans in document order; those that touch or overlap as one."""
    runs: list[Span] = []
    for span in sorted(spans, key=lambda each: (each.document, each.start)):
        last = runs[-1] if runs else None
        text = texts[span.document]
        if last and last.document == span.document and not text[last.end : span.start].strip():
            runs[-1] = Span(last.document, last.start, max(last.end, span.end))
        else:
            runs.append(span)
    return [texts[run.document][run.start : run.end] for run in runs]
