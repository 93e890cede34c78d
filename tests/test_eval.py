"""`huiwen eval`: what CI holds the answers to, and an exam that is honest about itself."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from console import Running

StartHuiwen = Callable[..., Running]

NOTICE = "关于秋游的通知\n会员秋游定于2022年10月15日举行。\n每人收费80元，由宣传部办理报名。\n"
QUESTION = {
    "id": "q1",
    "question": "会员秋游哪天举行？",
    "lang": "zh-Hans",
    "type": "when",
    "docs": ["秋游.txt"],
    "quotes": ["2022年10月15日"],
    "key_points": ["10月15日"],
    "history": [],
    "forbidden": [],
}


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    folder = tmp_path / "corpus"
    folder.mkdir()
    (folder / "秋游.txt").write_text(NOTICE, encoding="utf-8")
    return folder


def written(path: Path, *questions: dict[str, object]) -> Path:
    path.write_text("\n".join(json.dumps(each, ensure_ascii=False) for each in questions), encoding="utf-8")
    return path


def test_the_answers_over_the_sample_corpus_are_as_accurate_as_promised(
    tmp_path: Path, start_huiwen: StartHuiwen
) -> None:
    out, report = tmp_path / "run.json", tmp_path / "run.html"
    floors = [
        argument
        for floor in ("answer_accuracy=0.8", "refusal_f1=0.9", "citation_validity=1")
        for argument in ("--min", floor)
    ]
    done = start_huiwen(tmp_path / "home", "eval", "run", *floors, "--json", out, "--html", report).result()
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads(out.read_text(encoding="utf-8"))
    assert len(run["questions"]) == 40 and run["metrics"]["answer_accuracy"]["n"] == 40
    assert "<script" not in report.read_text(encoding="utf-8")


def test_a_missed_floor_is_told_and_fails(tmp_path: Path, corpus: Path, start_huiwen: StartHuiwen) -> None:
    wrong = QUESTION | {"id": "q2", "key_points": ["10月16日"]}
    questions = written(tmp_path / "q.jsonl", QUESTION, wrong)
    exam = ("eval", "run", "--questions", questions, "--corpus", corpus, "--min", "answer_accuracy=0.9")
    done = start_huiwen(tmp_path / "home", *exam).result()
    assert done.returncode == 1
    assert "answer_accuracy=0.9 missed: it is 0.5000" in done.stdout + done.stderr
    assert "q2" in done.stdout


def test_a_wrong_exam_is_no_wrong_answer(tmp_path: Path, corpus: Path, start_huiwen: StartHuiwen) -> None:
    questions = written(tmp_path / "q.jsonl", QUESTION | {"quotes": ["2022年11月15日"]})
    done = start_huiwen(
        tmp_path / "home", "eval", "run", "--questions", questions, "--corpus", corpus
    ).result()
    assert done.returncode == 2
    assert "2022年11月15日" in done.stdout + done.stderr
