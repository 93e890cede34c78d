"""`huiwen eval squad`: Huiwen and two LangChain pipelines on a reading-comprehension set."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from console import Running

from evals.evidence import Span
from evals.squad import holds_gold

StartHuiwen = Callable[..., Running]

TOWER = "云顶塔建于1931年，位于河南登封，塔高四十二米。塔内有一口铜钟。"
# So long that the peers cut it, and what is asked for stands in their second chunk.
LAKE = "".join(
    [
        "青螺湖是一座人工湖，1958年蓄水，面积约九平方公里。",
        *(f"环湖的第{number}座小桥是石拱桥。" for number in range(1, 45)),
        "青螺湖中盛产鲢鱼。",
    ]
)


@pytest.fixture
def squad_file(tmp_path: Path) -> Path:
    """Two paragraphs and three questions, one of them empty."""

    def asked(number: int, question: str, answer: str) -> dict[str, object]:
        return {"id": f"Q{number}", "question": question, "answers": [{"text": answer, "answer_start": 0}]}

    tower = [asked(1, "云顶塔建于哪一年？", "1931年"), asked(2, "", "铜钟")]
    lake = [asked(3, "青螺湖盛产什么鱼？", "鲢鱼")]
    paragraphs = [
        {"id": "P1", "context": TOWER, "qas": tower},
        {"id": "P2", "context": LAKE, "qas": lake},
    ]
    file = tmp_path / "set.json"
    file.write_text(json.dumps({"version": "1", "data": [{"paragraphs": paragraphs}]}), encoding="utf-8")
    return file


def test_a_reading_comprehension_set_is_measured_without_its_empty_questions_and_beside_the_peers(
    tmp_path: Path, squad_file: Path, start_huiwen: StartHuiwen, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nothing of a home that is thrown away may go to a shared server.
    monkeypatch.setenv("HUIWEN_CHROMA", "http://127.0.0.1:9")
    out = tmp_path / "squad.json"
    done = start_huiwen(tmp_path / "home", "eval", "squad", squad_file, "--peers", "--json", out).result()
    assert done.returncode == 0, done.stdout + done.stderr
    run = json.loads(out.read_text(encoding="utf-8"))
    assert run["excluded"] == ["Q2"] and "Q2" in done.stdout
    assert run["metrics"]["hit@1"]["value"] == run["metrics"]["first_sentence"]["value"] == 1
    assert list(run["peers"]) == ["langchain", "langchain ensemble"]
    for name, peer in run["peers"].items():
        assert name in done.stdout
        assert peer["metrics"].keys() == run["metrics"].keys()
        assert peer["metrics"]["hit@1"] == {"value": 1, "n": 2, "low": 1, "high": 1}
        # Only what is counted from the start of the chunk, not of the paragraph, would miss the fish.
        assert peer["metrics"]["first_three"]["value"] == 1


def test_a_gold_answer_over_the_end_of_a_sentence_is_held_by_sentences_that_touch() -> None:
    text = "一是修桥。\n二是铺路。三是植树。"
    bridge, road, trees = Span("路", 0, 5), Span("路", 6, 11), Span("路", 11, 16)
    texts, gold = {"路": text, "湖": text}, ["修桥。二是铺路"]
    assert holds_gold([road, bridge], gold, texts)  # shown in another order than they stand
    assert not holds_gold([bridge, trees], ["修桥。三是植树"], texts)
    assert not holds_gold([bridge, Span("湖", 6, 11)], gold, texts)
    assert not holds_gold([], gold, texts)
