"""Asking one question and scoring its answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.answer import Answerer
from bot.events import Answer
from evals import ranking, score
from evals.citations import citation_failures, citation_scores, citation_validity
from evals.diagnosis import Diagnosis, diagnose
from evals.evidence import Span, evidence, locate
from evals.questions import Question
from evals.summary import Scores
from evals.support import Support
from ingest.document import Document


@dataclass(frozen=True)
class Record:
    """One question asked: its answer, its scores (None = not applicable), why it failed and where it was
    lost, if it did; `half` names the question file."""

    half: str
    question: Question
    answer: Answer
    scores: Scores
    failures: list[str]
    diagnosis: Diagnosis | None


class Examiner:
    """Asks an answerer and scores what it says against its library's `documents`, given by name."""

    def __init__(self, answerer: Answerer, documents: Mapping[str, Document]) -> None:
        self._answerer = answerer
        self._texts = {name: document.text for name, document in documents.items()}
        self._passages = [
            Span(document.name, *document.span(passage))
            for document in documents.values()
            for passage in document.passages
        ]
        self._support = Support(documents, answerer.library.embedder)

    def ask(self, half: str, question: Question) -> Record:
        """Ask a question and score the answer."""
        return self.score(half, question, self._answerer.ask(question.question, question.history))

    def score(self, half: str, question: Question, answer: Answer) -> Record:
        """Score an answer; what would be retrieved for the question is looked up anew."""
        question = self._without_lost_quotes(question)
        gold = locate(question, self._texts)
        retrieved = self._retrieve(question) if gold else []
        cited = [Span(c.document, c.start, c.end) for c in answer.citations]
        precision, recall, f1 = evidence(gold, cited) or (None, None, None)
        citations = citation_scores(answer, self._support)
        wrong = score.answer_failures(question, answer)
        badly_cited = [] if answer.refused else citation_failures(answer, self._texts) + citations.failures
        return Record(
            half=half,
            question=question,
            answer=answer,
            scores={
                "answer_accuracy": score.answer_accuracy(question, answer),
                "key_point_recall": score.key_point_recall(question, answer),
                "evidence_precision": precision,
                "evidence_recall": recall,
                "evidence_f1": f1,
                "citation_validity": citation_validity(answer, self._texts),
                "citation_precision": citations.precision,
                "citation_recall": citations.recall,
                "refusal_precision": score.refusal_precision(question, answer),
                "refusal_recall": score.refusal_recall(question, answer),
                "false_refusal_rate": score.false_refusal_rate(question, answer),
                **self._ranking(gold, retrieved),
                "latency_ms": answer.timings_ms.get("total"),
            },
            failures=wrong + badly_cited,
            diagnosis=diagnose(question, answer, bool(wrong), gold, retrieved)
            if wrong or badly_cited
            else None,
        )

    def _without_lost_quotes(self, question: Question) -> Question:
        """In the association's own library a quoted document may have changed since the question was made."""
        places = zip(question.quotes, locate(question, self._texts), strict=True)
        return question.model_copy(update={"quotes": [quote for quote, at in places if at]})

    def _retrieve(self, question: Question) -> list[Span]:
        """The passages that the answerer retrieves, best first; follow-ups with their history."""
        with self._answerer.library.snapshot():
            retriever = self._answerer.retriever
            found = retriever.search(retriever.understand(question.question, question.history))
        return [Span(each.document.name, each.start, each.end) for each in found]

    def _ranking(self, gold: Sequence[Sequence[Span]], retrieved: Sequence[Span]) -> dict[str, float | None]:
        """Retrieval scores; None without gold quotes."""
        if not gold:
            return dict.fromkeys(("hit@1", "hit@3", "hit@5", "mrr", "ndcg@10"))
        relevant = ranking.relevance(gold, retrieved)
        return {
            **{f"hit@{k}": ranking.hit_at(k, relevant) for k in (1, 3, 5)},
            "mrr": ranking.reciprocal_rank(relevant),
            "ndcg@10": ranking.ndcg_at(10, relevant, sum(ranking.relevance(gold, self._passages))),
        }
