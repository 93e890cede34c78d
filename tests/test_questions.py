"""A question file is checked whole before anything runs; a fault is one line that names the place."""

import json
from collections import Counter
from pathlib import Path

import pytest

from evals.questions import HALVES, alternatives, interleave, load_halves, load_questions
from ingest.errors import QuestionError

GOOD = {
    "id": "q1",
    "question": "会费是多少？",
    "lang": "zh-Hans",
    "type": "how much",
    "docs": ["a.txt"],
    "quotes": ["会费100元"],
    "key_points": ["100元"],
}


def write(path: Path, *lines: object) -> Path:
    path.write_text("\n".join(x if isinstance(x, str) else json.dumps(x) for x in lines), encoding="utf-8")
    return path


def test_a_question_is_asked_after_one_about_other_documents(tmp_path: Path) -> None:
    asked = (("a", "1.txt", []), ("b", "1.txt", []), ("c", "2.txt", ["a？"]), ("d", "2.txt", []))
    lines = [
        {**GOOD, "id": id_, "question": f"{id_}？", "docs": [doc], "history": history}
        for id_, doc, history in asked
    ]
    turns = interleave(load_questions(write(tmp_path / "q.jsonl", *lines)))
    assert [(each.id, each.history) for each in turns] == [("a", ["d？"]), ("b", ["d？"]), ("d", ["a？"])]


def test_good_file(tmp_path: Path) -> None:
    unanswerable = {"id": "q2", "question": "?", "lang": "en", "type": "unanswerable", "history": ["会费"]}
    loaded = load_questions(write(tmp_path / "q.jsonl", GOOD, "", unanswerable))
    assert [question.answerable for question in loaded] == [True, False]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("{", "not JSON"),
        ("[]", "dictionary"),
        ({**GOOD, "id": "q2", "key_point": ["x"]}, "key_point: Extra inputs"),
        ({**GOOD, "id": "q2", "question": " "}, "question: String should have"),
        ({**GOOD, "id": "q2", "docs": "a.txt"}, "docs: Input should be a valid list"),
        ({**GOOD, "id": "q2", "docs": []}, "has quotes or key_points but no docs"),
        ({**GOOD, "id": "q2", "key_points": ["100元|"]}, "empty alternative"),
        (GOOD, "used twice"),
    ],
)
def test_fault_is_one_line_with_its_line_number(tmp_path: Path, line: object, fault: str) -> None:
    path = write(tmp_path / "q.jsonl", GOOD, line)
    with pytest.raises(QuestionError) as caught:
        load_questions(path)
    message = str(caught.value)
    assert message.startswith(f"{path}, line 2: ")
    assert fault in message
    assert "\n" not in message


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match="no such question file"):
        load_questions(tmp_path / "absent.jsonl")


def test_halves_are_files_of_different_names_and_ids(tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", GOOD)
    with pytest.raises(QuestionError, match=r"used in .*one\.jsonl"):
        load_halves([one, write(tmp_path / "two.jsonl", GOOD)])
    with pytest.raises(QuestionError, match="two question files are named"):
        load_halves([one, one])


def test_the_development_set_asks_enough_of_every_kind() -> None:
    halves = load_halves(HALVES)
    questions = [question for half in halves.values() for question in half]
    languages = Counter(question.lang for question in questions)
    types = Counter(question.type for question in questions)
    assert len(questions) >= 150
    assert languages["en"] >= 25 and languages["zh-Hant"] >= 20
    assert sum(bool(question.history) for question in questions) >= 20
    assert sum(not question.answerable for question in questions) >= 25
    least = {"recency": 10, "comparison": 10, "injection": 5, "paraphrase": 40}
    assert {kind: types[kind] for kind, count in least.items() if types[kind] < count} == {}


def test_no_document_is_needed_in_both_halves() -> None:
    """One that merely repeats a fact may be accepted as an alternative in the other half."""
    needed = [
        {entry for question in half for entry in question.docs if len(alternatives(entry)) == 1}
        for half in load_halves(HALVES).values()
    ]
    assert set.intersection(*needed) == set()
