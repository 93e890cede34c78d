"""The exam examined: right answers of the real system, broken on purpose, must each lower the metric that is
meant to catch the break. That of a dropped item is in tests/test_score.py, with its sums."""

import re
from collections.abc import Callable, Sequence
from itertools import islice

import pytest

from bot.answer import Answerer
from bot.compose import cite
from bot.events import Answer, Citation
from bot.web.markdown import escape_markdown
from evals.examiner import Examiner, Record
from evals.questions import HALVES, Question, load_questions
from ingest.document import Document

TUNE = load_questions(HALVES[0])
BROKEN = 3  # answers of each kind
DIGITS = re.compile(r"\d+")

Documents = dict[str, Document]


@pytest.fixture(scope="module")
def documents(sample: Answerer) -> Documents:
    stored = (sample.library.get(info.name) for info in sample.library.documents())
    return {document.name: document for document in stored if document}


@pytest.fixture(scope="module")
def examiner(sample: Answerer, documents: Documents) -> Examiner:
    return Examiner(sample, documents)


@pytest.fixture(scope="module")
def lists(examiner: Examiner) -> list[Record]:
    """Right answers that list things, each cited."""
    return right_answers(examiner, lambda question: question.type == "list" and len(question.key_points) > 2)


@pytest.fixture(scope="module")
def amounts(examiner: Examiner) -> list[Record]:
    """Right answers with a figure."""
    return right_answers(
        examiner, lambda q: q.type == "how_much" and DIGITS.match(q.key_points[0]) is not None
    )


@pytest.fixture(scope="module")
def dues(examiner: Examiner) -> Record:
    """The dues of a director unit: 5,000 yuan under the rules of 2021, 6,000 today."""
    return right_answers(examiner, lambda question: question.id == "dev-06")[0]


@pytest.fixture(scope="module")
def refusal(examiner: Examiner) -> Record:
    """A right refusal."""
    return right_answers(examiner, lambda question: not question.answerable)[0]


def right_answers(examiner: Examiner, kind: Callable[[Question], bool]) -> list[Record]:
    """What the system says to the first questions of a kind that it answers without any fault."""
    asked = (examiner.ask("tune", question) for question in TUNE if kind(question))
    right = list(islice((record for record in asked if not record.failures), BROKEN))
    assert right, "no answer is right, so that there is none to break"
    return right


def assert_lower(before: Record, after: Record, *metrics: str) -> None:
    """Each of the metrics is lower than it was."""
    for metric in metrics:
        old, new = before.scores[metric], after.scores[metric]
        assert old is not None and new is not None and new < old, f"{metric}: {old} → {new}"


def quoting(answer: Answer, document: Document, numbers: Sequence[int]) -> Answer:
    """The answer replaced by sentences of a document, each quoted and cited."""
    citations = [cite(document, number, n) for n, number in enumerate(numbers, start=1)]
    lines = [f"{escape_markdown(citation.quote)} [{citation.n}]" for citation in citations]
    return answer.model_copy(update={"answer": "\n\n".join(lines), "citations": citations})


def sentence_at(document: Document, citation: Citation) -> int:
    return next(n for n, sentence in enumerate(document.sentences) if sentence.end > citation.start)


def test_a_number_changed(amounts: list[Record], examiner: Examiner) -> None:
    for before in amounts:
        digits = DIGITS.findall(before.question.key_points[0])[0]
        changed = before.answer.answer.replace(digits, str(int(digits) + 50))
        assert changed != before.answer.answer
        after = examiner.score("tune", before.question, before.answer.model_copy(update={"answer": changed}))
        assert_lower(before, after, "answer_accuracy", "key_point_recall", "citation_recall")


def test_a_citation_moved_to_the_neighbouring_sentence(
    lists: list[Record], amounts: list[Record], examiner: Examiner, documents: Documents
) -> None:
    for before in lists + amounts:
        *others, last = before.answer.citations
        document = documents[last.document]
        number = sentence_at(document, last)
        moved = cite(document, number + 1 if number + 1 < len(document.sentences) else number - 1, last.n)
        answer = before.answer.model_copy(update={"citations": [*others, moved]})
        after = examiner.score("tune", before.question, answer)
        assert after.scores["citation_validity"] == 1  # a real quote of a real place, but the wrong one
        assert_lower(before, after, "citation_recall", "citation_precision")


def test_an_outdated_rule_quoted_instead(dues: Record, examiner: Examiner, documents: Documents) -> None:
    old = documents["会费管理办法（2021年）.txt"]
    number = next(n for n in range(len(old.sentences)) if "理事单位每年5000元" in old.quote(n))
    after = examiner.score("tune", dues.question, quoting(dues.answer, old, [number]))
    assert after.scores["citation_recall"] == 1  # the quote is faithful: only the answer is wrong
    assert_lower(dues, after, "answer_accuracy", "key_point_recall", "evidence_f1")


def test_a_whole_document_dumped(
    lists: list[Record], amounts: list[Record], examiner: Examiner, documents: Documents
) -> None:
    for before in lists + amounts:
        document = documents[before.answer.citations[0].document]
        dump = quoting(before.answer, document, range(len(document.sentences)))
        after = examiner.score("tune", before.question, dump)
        assert_lower(before, after, "evidence_precision", "evidence_f1")


def test_a_refusal_where_there_is_an_answer(
    lists: list[Record], amounts: list[Record], refusal: Record, examiner: Examiner
) -> None:
    for before in lists + amounts:
        after = examiner.score("tune", before.question, refusal.answer)
        assert_lower(before, after, "answer_accuracy", "key_point_recall", "evidence_f1")
        assert (before.scores["false_refusal_rate"], after.scores["false_refusal_rate"]) == (0, 1)
        assert after.scores["refusal_precision"] == 0
        assert after.diagnosis is not None and after.diagnosis.step == "refused"


def test_an_answer_where_there_is_none(dues: Record, refusal: Record, examiner: Examiner) -> None:
    after = examiner.score("tune", refusal.question, dues.answer)
    assert_lower(refusal, after, "answer_accuracy", "refusal_recall")
    assert after.diagnosis is not None and after.diagnosis.step == "not refused"
