"""The list of what members asked, and evaluations, without a desk around them."""

import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from desk_site import UNANSWERED

from bot.answer import Answerer
from bot.desk.asked import Grouping
from bot.desk.exam import Exam, ExamQuestion, ExamQuestions
from bot.journal import Journal
from ingest.embed import Embedder, Vectors


def test_the_list_of_questions_may_be_opened_twice_at_once(
    sample: Answerer, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path)
    for question in (UNANSWERED, "商会的停车场怎么收费？"):
        list(journal.recorded([sample.ask(question)], (), "public"))
    newer, older = journal.unsatisfying(2)
    journal.close()
    grouping = Grouping(embedder)
    grouping.groups([older])

    def queries(texts: Sequence[str]) -> Vectors:
        monkeypatch.undo()
        grouping.groups([])  # of somebody who opens the list after all questions were erased
        return embedder.queries(texts)

    monkeypatch.setattr(embedder, "queries", queries)
    assert {group.question for group in grouping.groups([newer, older])} == {
        newer.answer.question,
        older.answer.question,
    }


def test_questions_that_stand_for_themselves_are_one_group_whatever_was_asked_before(
    sample: Answerer, embedder: Embedder, tmp_path: Path
) -> None:
    journal = Journal(tmp_path)
    for history in ((), ("会费是多少？",), ("换届工作什么时候进行？",)):
        list(journal.recorded([sample.ask(UNANSWERED, history)], history, "public"))
    asked = journal.unsatisfying(10)
    journal.close()
    (group,) = Grouping(embedder).groups(asked)
    assert group.count == 3 and group.label == UNANSWERED


def test_an_evaluation_broken_off_by_the_servers_end_is_no_result(tmp_path: Path) -> None:
    questions = ExamQuestions(tmp_path)
    questions.add(ExamQuestion(id="1", question=UNANSWERED, lang="zh-Hans", type="unanswerable"))
    exam = Exam(questions, tmp_path)
    exam.start("staffer")
    while not list(tmp_path.glob("tmp/exam-*")):
        time.sleep(0.01)
    exam.close()
    for thread in threading.enumerate():
        if thread.name == "exam":
            thread.join(30)
    assert exam.last() is None


def wait_for(exam: Exam) -> None:
    while exam.running:
        time.sleep(0.01)


def test_a_result_and_a_question_are_written_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "sys.executable", str(tmp_path / "python")
    )  # no `huiwen` is there: every run fails at once
    questions = ExamQuestions(tmp_path)
    first, second = (
        ExamQuestion(id=id_, question=f"{UNANSWERED}{id_}", lang="zh-Hans", type="unanswerable")
        for id_ in "12"
    )
    questions.add(first)
    replace = Path.replace

    def replace_later(part: Path, target: Path) -> Path:
        if target.name == "evaluation.json":
            questions.add(second)
        return replace(part, target)

    monkeypatch.setattr(Path, "replace", replace_later)
    exam = Exam(questions, tmp_path)
    exam.start("staffer")
    wait_for(exam)
    result = exam.last()
    assert result and "huiwen" in result.reason and questions.all() == [first, second]


def test_a_result_that_cannot_be_written_ends_no_evaluation_for_good(tmp_path: Path) -> None:
    (tmp_path / "evaluation.jsonl").write_text("spoilt")
    (tmp_path / "evaluation.json").mkdir()  # as good as a full disk
    exam = Exam(ExamQuestions(tmp_path), tmp_path)
    exam.start("staffer")
    wait_for(exam)
    (tmp_path / "evaluation.json").rmdir()
    exam.start("staffer")
    wait_for(exam)
    result = exam.last()
    assert result and "evaluation.jsonl" in result.reason
