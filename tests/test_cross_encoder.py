"""The cross-encoder: what answers a question is told from what only speaks of the same thing."""

from pathlib import Path

import numpy as np
import pytest

from bot.answer import Answerer
from bot.cross_encoder import CrossEncoder, cross_encoder
from ingest.errors import LibraryError
from ingest.settings import Settings

OPENING = "晴川会馆管理办法 第三条 会馆开放时间为星期二至星期日上午9:00至下午6:00。"
FEE = "晴川会馆管理办法 第五条 会议室每半天收费300元,会员免费。"


@pytest.fixture(scope="module")
def model() -> CrossEncoder:
    return cross_encoder(Settings().cache)


@pytest.mark.parametrize(
    ("question", "text", "other"),
    [
        ("会馆几点开门?", OPENING, FEE),
        ("会议室怎么收费?", FEE, OPENING),
        ("when is the clubhouse open?", OPENING, FEE),
        ("会馆几点开门?", OPENING, "晴川会馆管理办法 第九条 会馆内禁止吸烟。"),
    ],
)
def test_what_answers_is_likelier_than_what_does_not(
    model: CrossEncoder, question: str, text: str, other: str
) -> None:
    answers, speaks = model.logits([(question, text), (question, other)])
    assert answers > 0 > speaks


def test_a_pair_is_read_alike_alone_and_beside_longer_ones(model: CrossEncoder) -> None:
    pairs = [("会馆几点开门?", OPENING), ("开门?", OPENING * 40), ("问" * 5000, OPENING), ("", "")]
    alone = [model.logits([pair])[0] for pair in pairs]
    assert np.allclose(model.logits(pairs), alone, atol=1e-4) and np.isfinite(alone).all()


@pytest.mark.parametrize(
    "question", ["今天郑州天气怎么样？", "今天鄭州天氣怎麼樣？", "侨商之家的停车场收费吗？"]
)
def test_what_documents_say_of_another_thing_is_no_answer(sample: Answerer, question: str) -> None:
    assert sample.ask(question).refused


def test_a_folder_that_cannot_be_written_to_is_told(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(LibraryError, match="HUIWEN_CACHE"):
        cross_encoder(tmp_path / "cache")
