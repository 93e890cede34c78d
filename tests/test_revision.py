"""What a new edition of a text changes, for a question about the whole of it."""

import pytest
from asking import ask

from bot.answer import Answerer
from bot.revision import changes
from ingest.document import Document
from ingest.library import Library
from ingest.make import document_from_text

RULE = "会员之家使用规定\n（{year}年3月1日通过）\n第一条 会员之家由{keeper}管理。\n第二条 会员之家不对外出租。\n{more}"
OLD = RULE.format(year=2020, keeper="办公室", more="第三条 禁止下列行为：\n（一）吸烟；\n（二）喧哗。\n")
NEW = RULE.format(
    year=2024,
    keeper="会员部",
    more="第三条 周日不开放。\n第四条 禁止下列行为：\n（一）携带宠物；\n（二）吸烟；\n（三）喧哗。\n",
)


@pytest.mark.parametrize(
    "question",
    [
        "侨商之家的新旧规定有什么不同？",
        "侨商之家使用管理规定和2022年相比有哪些变化",
        "2022年和2024年的侨商之家使用管理规定有什么區別？",
        "What changed between the old and new rules of the Home of Overseas Chinese Merchants?",
    ],
)
def test_of_a_whole_text_every_article_that_changed_is_quoted_of_both_editions(
    sample: Answerer, question: str
) -> None:
    answer = sample.ask(question)
    said = [each.quote for each in answer.citations]
    assert len({each.document for each in answer.citations}) == 2
    for changed in ["三个工作日", "一个工作日", "40人", "50人", "收取场地费200元", "一律免费", "携带宠物"]:
        assert any(changed in each for each in said), changed
    assert not any("照价赔偿" in each or "酗酒" in each for each in said)


def test_what_changed_in_one_matter_is_not_the_whole(sample: Answerer) -> None:
    answer = sample.ask("侨商之家开放时间新旧规定有什么不同")
    assert ["开放时间" in each.quote for each in answer.citations] == [True, True]


def test_an_item_stands_behind_what_introduces_it_and_the_number_of_an_article_is_no_change(
    library: Library,
) -> None:
    answer = ask(
        library,
        ("old.txt", OLD),
        ("new.txt", NEW.replace("规定\n", "规定（修订）\n", 1)),
        question="会员之家的规定修改了哪些内容？",
    )
    assert [each.quote.strip() for each in answer.citations] == [
        "第一条 会员之家由办公室管理。",
        "第一条 会员之家由会员部管理。",
        "第三条 周日不开放。",
        "第四条 禁止下列行为：",
        "（一）携带宠物；",
    ]


def test_what_only_moved_has_not_changed() -> None:
    def document(text: str) -> Document:
        return document_from_text("a.txt", text)

    moved = OLD.replace("（一）吸烟；\n（二）喧哗。", "1. 喧哗；\n2. 吸烟。")
    assert changes(document(OLD), document(moved)) == ([], [])
    lost, gained = changes(document(OLD), document(OLD.replace("不对外", "可对外")))
    assert (len(lost), len(gained)) == (1, 1)


@pytest.mark.parametrize("question", ["新旧会费标准有什么不同", "會費調整前後各是多少？"])
def test_of_a_list_in_both_editions_the_whole_is_compared(sample: Answerer, question: str) -> None:
    quotes = [each.quote for each in sample.ask(question).citations]
    for fee in ["会长单位每年10万元", "个人会员每年200元", "12万元", "300元"]:
        assert any(fee in quote for quote in quotes), fee
