"""`huiwen eval run`: a folder of documents into a temporary home, every question asked and scored."""

import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from langchain_core.documents import Document as Passage

from bot.answer import Answerer
from bot.events import Answer
from evals import score
from evals.questions import Question
from evals.summary import Estimate, Scores, summarise
from ingest.add import add_paths, find_files
from ingest.document import Document
from ingest.errors import HuiwenError
from ingest.library import Library
from ingest.settings import Settings

Progress = Callable[[str, int, int], None]


class CorpusError(HuiwenError):
    """A document of the corpus could not be ingested, so no score would be of the whole corpus."""


class ExamError(HuiwenError):
    """The exam itself is wrong: a question names a document or quotes a text that the corpus lacks."""


@dataclass(frozen=True)
class Record:
    """One question asked: its answer, its scores (None = not applicable) and why it failed, if it did."""

    question: Question
    answer: Answer
    scores: Scores
    failures: list[str]


@dataclass(frozen=True)
class Exam:
    """A finished run. `groups` holds the estimates by "lang" and "type", then by that label's value."""

    settings: dict[str, object]
    revision: str | None
    corpus: list[str]
    records: list[Record]
    overall: dict[str, Estimate]
    groups: dict[str, dict[str, dict[str, Estimate]]]

    @property
    def failed(self) -> list[Record]:
        """The records with a failure."""
        return [record for record in self.records if record.failures]


def run_exam(questions: Sequence[Question], corpus: Path, progress: Progress) -> Exam:
    """Ingest `corpus`, ask every question and score the answers.

    `progress` gets (what is counted, done, all).
    Raises CorpusError if a document fails to ingest and ExamError if a question does not fit the corpus;
    either message has one line for each fault.
    """
    with tempfile.TemporaryDirectory(prefix="huiwen-eval-") as home:
        settings = Settings(home=Path(home))
        with Library(settings) as library:
            documents = _ingest(library, corpus, progress)
            _check(questions, documents)
            answerer = Answerer(library)
            answerer.warm_up()  # what loads on first use loads here, not in the first timing
            records = []
            for question in questions:
                records.append(_ask(answerer, question, documents))
                progress("questions", len(records), len(questions))
    return Exam(
        settings=settings.model_dump(mode="json", exclude={"home"}),
        revision=_revision(),
        corpus=sorted(documents),
        records=records,
        overall=summarise([record.scores for record in records]),
        groups={
            "lang": _grouped(records, lambda record: record.question.lang),
            "type": _grouped(records, lambda record: record.question.type),
        },
    )


def _ingest(library: Library, corpus: Path, progress: Progress) -> dict[str, Document]:
    files = find_files([corpus])
    failed = []
    for done, outcome in enumerate(add_paths(library, files), start=1):
        if outcome.status == "failed":
            failed.append(f"{outcome.name}: not ingested: {outcome.reason}")
        progress("documents", done, len(files))
    if failed:
        raise CorpusError("\n".join(failed))
    stored = (library.get(info.name) for info in library.documents())
    return {document.name: document for document in stored if document}


def _check(questions: Sequence[Question], documents: Mapping[str, Document]) -> None:
    texts = {name: document.text for name, document in documents.items()}
    faults = [fault for question in questions for fault in score.exam_faults(question, texts)]
    if faults:
        raise ExamError("\n".join(faults))


def _ask(answerer: Answerer, question: Question, documents: Mapping[str, Document]) -> Record:
    answer = answerer.ask(question.question, question.history)
    texts = {name: document.text for name, document in documents.items()}
    gold = score.locate(question, texts)
    cited = [score.Span(c.document, c.start, c.end) for c in answer.citations]
    precision, recall, f1 = score.evidence(gold, cited) or (None, None, None)
    return Record(
        question=question,
        answer=answer,
        scores={
            "answer_accuracy": score.answer_accuracy(question, answer),
            "key_point_recall": score.key_point_recall(question, answer),
            "evidence_precision": precision,
            "evidence_recall": recall,
            "evidence_f1": f1,
            "citation_validity": score.citation_validity(answer, texts),
            "refusal_precision": score.refusal_precision(question, answer),
            "refusal_recall": score.refusal_recall(question, answer),
            "false_refusal_rate": score.false_refusal_rate(question, answer),
            **_retrieval(answerer, question, gold, documents),
            "latency_ms": answer.timings_ms.get("total"),
        },
        failures=[
            *score.answer_failures(question, answer),
            *([] if answer.refused else score.citation_failures(answer, texts)),
        ],
    )


def _retrieval(
    answerer: Answerer,
    question: Question,
    gold: Sequence[Sequence[score.Span]],
    documents: Mapping[str, Document],
) -> dict[str, float | None]:
    """Retrieval scores; None without gold quotes, and for a follow-up, which the retriever cannot see."""
    if not gold or question.history:
        return dict.fromkeys(("hit@1", "hit@3", "hit@5", "mrr", "ndcg@10"))
    relevant = score.relevance(gold, map(_span, answerer.retriever.invoke(question.question)))
    everywhere = [span for document in documents.values() for span in _passages(document)]
    return {
        **{f"hit@{k}": score.hit_at(k, relevant) for k in (1, 3, 5)},
        "mrr": score.reciprocal_rank(relevant),
        "ndcg@10": score.ndcg_at(10, relevant, sum(score.relevance(gold, everywhere))),
    }


def _span(passage: Passage) -> score.Span:
    return score.Span(*(passage.metadata[key] for key in ("document", "start", "end")))


def _passages(document: Document) -> list[score.Span]:
    return [score.Span(document.name, *document.span(passage)) for passage in document.passages]


def _grouped(records: Sequence[Record], label: Callable[[Record], str]) -> dict[str, dict[str, Estimate]]:
    labels = dict.fromkeys(map(label, records))
    return {name: summarise([r.scores for r in records if label(r) == name]) for name in labels}


def _revision() -> str | None:
    """The source's git revision, "+" if it has uncommitted changes; None outside a repository."""
    command = ["git", "-C", str(Path(__file__).parent), "describe", "--always", "--abbrev=40", "--dirty=+"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip() or None
    except (OSError, subprocess.CalledProcessError):
        return None
