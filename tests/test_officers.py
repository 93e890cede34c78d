"""Who holds an office, who held it before, and how many it takes to decide."""

import pytest

from bot.answer import Answerer


@pytest.mark.parametrize(
    ("history", "question", "expected"),
    [
        ((), "之前的会长是谁？", "陈启明"),
        ((), "上届会长是谁", "陈启明"),
        ((), "第二屆會長是誰？", "陈启明"),
        ((), "秘书长以前是谁", "柴莉由执行秘书长转任秘书长"),
        ((), "办公室主任之前是谁", "冯立群"),
        (("会长是谁？",), "上一任呢？", "陈启明"),
        ((), "会长是谁？", "林嘉和"),
    ],
)
def test_whoever_held_an_office_is_not_who_holds_it(
    sample: Answerer, history: tuple[str, ...], question: str, expected: str
) -> None:
    answer = sample.ask(question, history)
    assert not answer.refused and expected in answer.citations[0].quote


def test_of_a_session_of_which_nothing_tells_nothing_is_said(sample: Answerer) -> None:
    assert sample.ask("第一届会长是谁").refused


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("理事会开会多少人才有效？", "理事会须有三分之二以上的理事出席"),
        ("多少代表到会才能开会？", "会员代表大会须有三分之二以上的代表出席"),
        ("How many council members must attend for a quorum?", "理事会须有三分之二以上的理事出席"),
    ],
)
def test_how_many_it_takes_is_told_by_the_rule_not_by_one_meeting(
    sample: Answerer, question: str, expected: str
) -> None:
    answer = sample.ask(question)
    assert expected in answer.citations[0].quote
