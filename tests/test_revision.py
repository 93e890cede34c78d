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


def test_each_article_stands_beside_the_one_of_the_other_edition(sample: Answerer) -> None:
    answer = sample.ask("会费管理办法新旧有什么不同")
    said = [each.quote for each in answer.citations]
    cash = next(n for n, quote in enumerate(said) if "以现金缴纳" in quote)
    assert ["不再收取现金" in quote for quote in said[cash + 1 : cash + 3]] == [False, True]
    assert f"\n- 2023-06-28：{said[cash + 2].strip()} [{cash + 3}]" in answer.answer


def test_where_an_article_is_new_the_others_stand_beside_what_they_are_like(library: Library) -> None:
    rule = "会员之家使用规定{title}\n（{year}年3月1日通过）\n{articles}"
    old = [
        "会员之家设在二楼，可以容纳三十人。",
        "会员之家由办公室管理，每月清点图书。",
        "会员之家星期六不开放。",
    ]
    new = [
        "会员之家设在二楼，可以容纳五十人。",
        "直播间每次使用两小时。",
        "会员之家由会员部管理，每月清点图书。",
        "会员之家星期日不开放。",
    ]
    texts = [
        rule.format(
            title=title,
            year=year,
            articles="\n".join(f"第{n}条 {each}" for n, each in zip("一二三四", articles, strict=False)),
        )
        for title, year, articles in [("", 2020, old), ("（修订）", 2024, new)]
    ]
    answer = ask(
        library, ("old.txt", texts[0]), ("new.txt", texts[1]), question="会员之家的规定修改了哪些内容？"
    )
    assert [each.quote.strip()[4:] for each in answer.citations] == [
        old[0], new[0], new[1], old[1], new[2], old[2], new[3]
    ]  # fmt: skip


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


@pytest.mark.parametrize("question", ["新旧会费标准有什么不同", "會費調整前後各是多少？", "会费有什么变化？"])
def test_of_a_list_in_both_editions_the_whole_is_compared(sample: Answerer, question: str) -> None:
    quotes = [each.quote for each in sample.ask(question).citations]
    for fee in ["会长单位每年10万元", "个人会员每年200元", "12万元", "300元"]:
        assert any(fee in quote for quote in quotes), fee
    assert not any("代表大会" in quote for quote in quotes)  # what they are spent on
