"""`huiwen eval squad`: retrieval and extraction on a reading-comprehension set in SQuAD format."""

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pydantic import BaseModel, ValidationError

from bot.answer import Answerer
from evals import score
from evals.questions import NonEmpty
from evals.summary import Estimate, latency, mean
from ingest.add import add_documents, document_from_text
from ingest.errors import QuestionError
from ingest.library import Library
from ingest.settings import Settings

Progress = Callable[[str, int, int], None]


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
class SquadSet:
    """A SQuAD-format file: paragraph texts by name, the questions, and the ids left out as empty."""

    paragraphs: dict[str, str]
    questions: list[SquadQuestion]
    excluded: list[str]


@dataclass(frozen=True)
class SquadResult:
    """A finished run: what was measured, over how much, and each question's record."""

    settings: dict[str, object]
    paragraphs: int
    texts_per_second: float | None
    excluded: list[str]
    refused: int
    metrics: dict[str, Estimate]
    records: list[dict[str, object]]


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
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise QuestionError(f"{path}: not in SQuAD format: {place}: {first['msg']}.") from None
    squad = SquadSet({}, [], [])
    for number, article in enumerate(content.data):
        for index, paragraph in enumerate(article.paragraphs):
            name = paragraph.id or f"{number}-{index}"
            if name in squad.paragraphs:
                raise QuestionError(f"{path}: two paragraphs have the id {name}; rename one.")
            squad.paragraphs[name] = paragraph.context
            for query in paragraph.qas:
                gold = tuple(dict.fromkeys(a.text for a in query.answers if a.text.strip()))
                if query.question.strip() and gold:
                    squad.questions.append(SquadQuestion(query.id, query.question, name, gold))
                else:
                    squad.excluded.append(query.id)
    if not squad.questions:
        raise QuestionError(f"{path}: the file holds no question with an answer.")
    return squad


def run_squad(squad: SquadSet, limit: int | None, progress: Progress) -> SquadResult:
    """Ingest every paragraph into a temporary home and ask the first `limit` questions (all if None).

    `progress` gets (what is counted, done, all). The speed of ingest leaves out the first paragraph,
    during which the model loads.
    """
    questions = squad.questions[:limit]
    total = len(squad.paragraphs)
    with tempfile.TemporaryDirectory(prefix="huiwen-squad-") as home:
        settings = Settings(home=Path(home))
        with Library(settings) as library:
            seconds = _ingest(library, squad.paragraphs, progress)
            answerer = Answerer(library)
            answerer.warm_up()
            records: list[dict[str, object]] = []
            scores: list[dict[str, float | None]] = []
            for question in questions:
                record, values = _ask(answerer, question)
                records.append(record)
                scores.append(values)
                progress("questions", len(records), len(questions))
    means = {name: mean(values[name] for values in scores) for name in scores[0] if name != "latency_ms"}
    return SquadResult(
        settings=settings.model_dump(mode="json", exclude={"home"}),
        paragraphs=total,
        texts_per_second=(total - 1) / seconds if total > 1 else None,
        excluded=squad.excluded,
        refused=sum(record["refused"] is True for record in records),
        metrics={**means, **latency([values["latency_ms"] for values in scores])},
        records=records,
    )


def _ingest(library: Library, paragraphs: Mapping[str, str], progress: Progress) -> float:
    """Put every paragraph in; the seconds it took from the second one on."""
    documents = (document_from_text(name, text) for name, text in paragraphs.items())
    next(add_documents(library, islice(documents, 1)))
    started = time.perf_counter()
    for done, _ in enumerate(add_documents(library, documents), 2):
        progress("paragraphs", done, len(paragraphs))
    return time.perf_counter() - started


def _ask(answerer: Answerer, question: SquadQuestion) -> tuple[dict[str, object], dict[str, float | None]]:
    passages = answerer.retriever.invoke(question.question)
    ranking = list(dict.fromkeys(passage.metadata["document"] for passage in passages))
    relevant = [name == question.document for name in ranking]
    answer = answerer.ask(question.question)
    quotes = [citation.quote for citation in sorted(answer.citations, key=lambda c: c.n)]
    values = {
        **{f"hit@{k}": score.hit_at(k, relevant) for k in (1, 3, 5)},
        "mrr": score.reciprocal_rank(relevant),
        "first_sentence": float(holds_gold(quotes[:1], question.gold)),
        "first_three": float(holds_gold(quotes[:3], question.gold)),
        "latency_ms": answer.timings_ms.get("total"),
    }
    record: dict[str, object] = {
        "id": question.id,
        "question": question.question,
        "document": question.document,
        "gold": question.gold,
        "ranking": ranking[:5],
        "quotes": quotes,
        "refused": answer.refused,
        "scores": values,
    }
    return record, values


def holds_gold(quotes: Sequence[str], gold: Sequence[str]) -> bool:
    """Whether one of the quotes contains one of the gold answers, folded and without white space."""
    return any(score.compact(text) in score.compact(quote) for quote in quotes for text in gold)
