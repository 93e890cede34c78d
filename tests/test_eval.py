"""`huiwen eval`: what CI holds the answers to, and an exam that is honest about itself."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from console import Running
from model_server import say, serving

from bot.answer import Answerer
from evals.evidence import exam_faults
from evals.questions import HALVES, load_questions
from evals.report import write_exam_json
from evals.run import run_exam

Huiwen = Callable[..., CompletedProcess[str]]
StartHuiwen = Callable[..., Running]

# What is reached today, a little below it; what issue 3 asks for stands in docs/ACCURACY.md beside the figures.
FLOORS = [
    ("--min", "answer_accuracy=0.84"),
    ("--min", "check:answer_accuracy=0.81"),
    ("--min", "check:evidence_f1=0.76"),
    ("--min", "check:refusal_f1=0.70"),
    ("--min", "check/en:answer_accuracy=0.71"),
    ("--min", "citation_validity=1"),
    ("--min", "citation_recall=0.98"),
]
CEILINGS = [("--max", "check:false_refusal_rate=0.06")]
SCRIPTS_APART = 0.1  # how much less accurate Traditional may be than Simplified

NOTICE = "关于秋游的通知\n会员秋游定于2022年10月15日举行。\n每人收费80元，由宣传部办理报名。\n"
MARKUP = "网站代码的说明\n宣传部的网站代码是<img src=x onerror=alert(1)>，不要改动。\n"
NO_SERVER = "http://127.0.0.1:9"
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


def test_every_question_is_one_of_the_sample_documents(sample: Answerer) -> None:
    documents = (sample.library.get(info.name) for info in sample.library.documents())
    texts = {document.name: document.text for document in documents if document}
    assert [
        fault for half in HALVES for each in load_questions(half) for fault in exam_faults(each, texts)
    ] == []


def test_the_answers_over_the_sample_corpus_are_as_accurate_as_promised(
    tmp_path: Path, sample_home: Path, start_huiwen: StartHuiwen
) -> None:
    # Of the library that is made already: to read all documents anew takes as long as to ask all questions.
    out, report = tmp_path / "run.json", tmp_path / "run.html"
    gates = [part for gate in FLOORS + CEILINGS for part in gate]
    exam = ("eval", "run", "--library", *gates, "--json", out, "--html", report)
    done = start_huiwen(sample_home, *exam).result()
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads(out.read_text(encoding="utf-8"))
    assert run["n"] == len(run["questions"]) >= 150 and set(run["groups"]["half"]) == {"tune", "check"}
    languages = run["groups"]["half/lang"]
    right = {name: languages[name]["answer_accuracy"]["value"] for name in ("check/zh-Hans", "check/zh-Hant")}
    assert right["check/zh-Hant"] >= right["check/zh-Hans"] - SCRIPTS_APART


def test_two_halves_a_baseline_and_a_report_that_shows_markup_as_text(
    tmp_path: Path, corpus: Path, start_huiwen: StartHuiwen
) -> None:
    (corpus / "标记.txt").write_text(MARKUP, encoding="utf-8")
    hostile = {
        "id": "<b>q2</b>",
        "question": "宣传部的网站代码<script>alert(1)</script>是什么？",
        "lang": "zh-Hans",
        "type": "<i>what</i>",
        "docs": ["标记.txt"],
        "quotes": ["<img src=x onerror=alert(1)>"],
        "key_points": ["没有这句话"],
    }
    one, two = written(tmp_path / "one.jsonl", QUESTION), written(tmp_path / "two.jsonl", hostile)
    out, html = tmp_path / "run.json", tmp_path / "run.html"
    exam = ("eval", "run", "--questions", one, "--corpus", corpus)
    first = start_huiwen(tmp_path / "home", *exam, "--json", out).result()
    assert first.returncode == 0, first.stdout + first.stderr
    earlier = json.loads(out.read_text(encoding="utf-8"))
    earlier["questions"][0]["scores"]["answer_accuracy"] = 0.0
    earlier["questions"].append(earlier["questions"][0] | {"id": "gone"})
    baseline = tmp_path / "earlier.json"
    baseline.write_text(json.dumps(earlier), encoding="utf-8")

    both = (*exam, "--questions", two, "--baseline", baseline, "--json", out, "--html", html)
    gates = ("--min", "one:answer_accuracy=1", "--max", "two/zh-Hans:false_refusal_rate=-1")
    done = start_huiwen(tmp_path / "home", *both, *gates).result()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "--max two/zh-Hans:false_refusal_rate=-1 missed" in done.stderr and "--min" not in done.stderr
    assert "better: q1" in done.stdout

    run = json.loads(out.read_text(encoding="utf-8"))
    halves = run["groups"]["half"]
    assert {name: half["answer_accuracy"]["value"] for name, half in halves.items()} == {"one": 1, "two": 0}
    assert (run["baseline"]["common"], run["baseline"]["left_out"]) == (1, 2)
    assert run["baseline"]["differences"]["answer_accuracy"]["value"] == 1
    lost = run["questions"][1]["diagnosis"]
    assert lost["step"] in ("refused", "not said") and lost["quotes"][0]["rank"] == 1
    in_force = run["refusal_curve"]["threshold"]
    assert in_force in [point["threshold"] for point in run["refusal_curve"]["points"]["all"]]

    page = html.read_text(encoding="utf-8")
    assert "&lt;script&gt;alert(1)" in page and "&lt;img src=x onerror=alert(1)&gt;" in page
    assert not re.search(r"<script|<img|<b>|<i>|https?:|@import|url\(", page)


def test_the_configured_model_writes_the_answers_and_the_report_names_it_without_its_address(
    tmp_path: Path, corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    halves = {"q": load_questions(written(tmp_path / "q.jsonl", QUESTION))}
    out = tmp_path / "run.json"
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("HUIWEN_MODEL", "openai:local")
    monkeypatch.setenv("HUIWEN_CHROMA", NO_SERVER)  # nothing of a home that is thrown away may go there
    with serving(say("会员秋游在2022年10月15日举行。", "[1]")) as address:
        monkeypatch.setenv("HUIWEN_MODEL_BASE_URL", address)
        write_exam_json(run_exam(halves, corpus, lambda *_: None), None, out)
    text = out.read_text(encoding="utf-8")
    run = json.loads(text)
    assert (run["settings"]["mode"], run["settings"]["model"]) == ("generated", "openai:local")
    (answer,) = (question["answer"] for question in run["questions"])
    assert (answer["mode"], answer["answer"]) == ("generated", "会员秋游在2022年10月15日举行。 [1]")
    assert address not in text and "sk-secret" not in text


def test_the_library_itself_is_examined(tmp_path: Path, corpus: Path, huiwen: Huiwen) -> None:
    home, out = tmp_path / "home", tmp_path / "out.json"
    questions = written(
        tmp_path / "questions.jsonl", QUESTION, {**QUESTION, "id": "q2", "docs": ["走了.txt"]}
    )
    assert huiwen(home, "ingest", "add", corpus).returncode == 0
    done = huiwen(home, "eval", "run", "--library", "--questions", questions, "--json", out)
    assert done.returncode == 0, done.stderr
    asked = json.loads(out.read_text(encoding="utf-8"))
    assert asked["corpus"] == ["秋游.txt"]
    failures = {record["id"]: record["failures"] for record in asked["questions"]}
    assert failures == {"q1": [], "q2": ["not cited: 走了.txt"]}


def test_a_gate_that_names_nothing_is_told_before_anything_runs(
    tmp_path: Path, corpus: Path, start_huiwen: StartHuiwen
) -> None:
    questions = written(tmp_path / "q.jsonl", QUESTION)
    exam = ("eval", "run", "--questions", questions, "--corpus", corpus)
    for gate, fault in (
        (("--min", "tune:answer_accuracy=0.9"), "choose from q, q/zh-Hans"),
        (("--min", "accuracy=0.9"), "choose from answer_accuracy"),
        (("--max", "answer_accuracy=0.9"), "choose from false_refusal_rate"),
        (("--min", "mrr=x"), "'x' is not a number"),
        (("--baseline", questions), "not the --json of an earlier run"),
    ):
        done = start_huiwen(tmp_path / "home", *exam, *gate).result()
        assert done.returncode == 1 and fault in done.stderr and done.stderr.count("\n") == 1


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
