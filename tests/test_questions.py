"""A question file is checked whole before anything runs; a fault is one line that names the place."""

import json
from pathlib import Path

import pytest

from evals.questions import load_questions
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
