"""What a question is understood to ask: its language, its years, and what a follow-up leaves unsaid."""

import pytest
from markdown_it import MarkdownIt

from bot.question import understand
from bot.web.markdown import escape_markdown, unescape_markdown


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("会费是多少？", "zh-Hans"),
        ("換屆工作什麼時候進行？", "zh-Hant"),
        ("今天中午吃什麼", "zh-Hant"),
        ("what are the 2023 priorities", "en"),
        ("who is 王广国", "en"),
        ("what did 杨海强 say at 全省侨联工作座谈会", "en"),
        ("The Bund项目的投资额是多少？", "zh-Hans"),
        ("HNOCBF是什么？", "zh-Hans"),
    ],
)
def test_the_language_is_that_of_the_asking_words(question: str, language: str) -> None:
    assert understand(question).language == language


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("In 2023, what were the priorities?", (2023,)),
        ("2023，重点工作有哪些？", (2023,)),
        ("2021年到2023年办了多少活动？", (2021, 2022, 2023)),
        ("谁捐了2000元？", ()),
        ("13820239999是谁的电话？", ()),
    ],
)
def test_years_are_told_from_other_numbers(question: str, years: tuple[int, ...]) -> None:
    assert understand(question).years == years


def test_a_follow_up_asks_the_question_before_of_another_year() -> None:
    assert understand("那2022年呢？", ["2023年办了多少场活动？"]).text == "2022年办了多少场活动?"
    assert understand("那2022年呢？", ["重点工作有哪些？"]).years == (2022,)
    assert understand("What about 2022?", ["What are the 2023 priorities?"]).years == (2022,)


def test_a_follow_up_asks_the_question_before_of_another_thing() -> None:
    understood = understand("副会长单位呢？", ["理事单位一年要交多少会费？"])
    assert understood.text == "副会长单位一年要交多少会费?"


def test_another_topic_is_no_follow_up() -> None:
    history = ["2023年的重点工作有哪些？"]
    assert understand("会费是多少？", history) == understand("会费是多少？")
    assert understand("What are the membership fees?", history) == understand("What are the membership fees?")


@pytest.mark.parametrize(
    "text",
    [
        "见https://example.org/a_b",
        "www.example.org",
        "a@example.org",
        "<b>粗</b>",
        "[链](javascript:x)",
        "1. 一",
        "-",
    ],
)
def test_text_of_a_document_is_never_markup(text: str) -> None:
    html = MarkdownIt("gfm-like").render(f"{escape_markdown(text)} [1]")
    assert "<a" not in html and "<b" not in html and "<li" not in html
    assert unescape_markdown(escape_markdown(text)) == text
