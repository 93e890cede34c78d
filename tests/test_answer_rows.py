"""Answers from the rows of tables."""

import csv
from pathlib import Path

import pytest
from asking import assert_sound
from openpyxl import Workbook

from bot.answer import Answerer
from ingest.add import add_paths
from ingest.cells import pairs_of
from ingest.library import Library


def test_a_row_that_begins_as_a_web_page_s_lines_do_answers(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "会刊分工.csv"
    file.write_text("编辑,负责栏目,分机\n汪冬梅,侨商人物,8051\n齐远山,政策解读,8052\n", encoding="utf-8")
    assert [each.status for each in add_paths(library, [file])] == ["added"]
    answer = Answerer(library).ask("政策解读栏目由谁负责？")
    assert "齐远山" in answer.answer and not answer.refused


def test_of_a_table_the_row_that_is_named_answers(sample: Answerer) -> None:
    answer = sample.ask("马骁2022年负责什么事务？")
    assert [pair for each in answer.citations for pair in pairs_of(each.quote) if pair[0] == "负责人"] == [
        ("负责人", "马骁")
    ]


@pytest.mark.parametrize("question", ["哪些活动在楷林中心举办？", "哪些活動在楷林中心舉辦？"])
def test_the_rows_that_have_what_is_named_are_listed(sample: Answerer, question: str) -> None:
    answer = sample.ask(question)
    assert_sound(sample.library, answer)
    assert len(answer.citations) == 5 and all("楷林中心" in each.quote for each in answer.citations)


def test_what_is_counted_of_one_department_is_shown_row_by_row(sample: Answerer) -> None:
    quotes = [each.quote for each in sample.ask("2023年外联部办了几场活动？").citations]
    assert len(quotes) == 7 and all("外联部" in each and "2023-" in each for each in quotes)
    (told,) = sample.ask("2022年金融部组织了几次活动").citations  # a row of the report has the number
    assert "承办活动（场）：4" in told.quote


def test_of_what_is_asked_of_each_all_rows_are_shown(sample: Answerer) -> None:
    quotes = [each.quote for each in sample.ask("秘书处各部门负责人和电话").citations]
    assert len(quotes) == 6 and len({each.split("；")[0] for each in quotes}) == 6


def test_the_one_row_above_minutes_does_not_answer_for_them(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "纪要.html"
    file.write_text(
        "<h1>第三届理事会第七次会议纪要</h1><table><tr><th>时间</th><th>地点</th><th>主持</th></tr>"
        "<tr><td>2023年2月24日19时</td><td>侨商之家三层</td><td>会长阮若虚</td></tr></table>"
        "<p>出席理事9人，缺席2人（孟骁、葛小兰），监事贝慧列席。</p>",
        encoding="utf-8",
    )
    assert [each.status for each in add_paths(library, [file])] == ["added"]
    answer = Answerer(library).ask("2023年2月的理事会谁没来？")
    assert ["孟骁" in citation.quote for citation in answer.citations] == [True]


DONATIONS = """捐款人,日期,金额,人数
嘉禾超市,2023年5月20日,5000元,12人
沈维岳,2023年6月2日,800元,1人
枫林面馆,2022年3月9日,1.2万元,4人
青年部,2022年8月1日,3000元,36人
合计,,20800元,53人
"""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("谁捐得最多？", "枫林面馆"),
        ("2023年谁捐款最多？", "嘉禾超市"),
        ("Who gave the smallest donation?", "沈维岳"),
        ("哪家捐款的人数最多？", "青年部"),
    ],
)
def test_the_row_with_the_most_or_least_answers(
    library: Library, tmp_path: Path, question: str, expected: str
) -> None:
    file = tmp_path / "捐款名单.csv"
    file.write_text(DONATIONS, encoding="utf-8")
    assert [each.status for each in add_paths(library, [file])] == ["added"]
    answer = Answerer(library).ask(question)
    assert [expected in citation.quote for citation in answer.citations] == [True]


@pytest.mark.parametrize("question", ["捐款前两名是谁？", "Who are the top two donors?"])
def test_the_first_so_many_rows_answer(library: Library, tmp_path: Path, question: str) -> None:
    file = tmp_path / "捐款名单.csv"
    file.write_text(DONATIONS, encoding="utf-8")
    assert [each.status for each in add_paths(library, [file])] == ["added"]
    answer = Answerer(library).ask(question)
    assert [each.quote.split("；")[0] for each in answer.citations] == [
        "捐款人：嘉禾超市",
        "捐款人：枫林面馆",
    ]


LEDGER_2023 = """日期,活动,参加人数,经费（万元）
2023年3月8日,读书会,35,0.4
2023年9月9日,联欢会,145,4
2023年9月20日,讲座,62,1.2
"""


LEDGER_2024 = """日期,活动,参加人数,经费（万元）
2024年5月4日,徒步,103,0.8
2024年9月12日,考察,22,18.6
"""


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("哪次活动经费最多？", ["考察"]),  # of both sheets
        ("参加人数超过100人的活动有哪些？", ["联欢会", "徒步"]),
        ("參加人數超過100人的活動有哪些？", ["联欢会", "徒步"]),
        ("2023年9月参加人数超过100人的活动", ["联欢会"]),
        ("经费1.2万元以上的活动有哪些？", ["联欢会", "讲座", "考察"]),
        ("参加人数不大于35人的活动有哪些？", ["读书会", "考察"]),
        ("参加人数没有超过35人的活动有哪些？", ["读书会", "考察"]),
        ("参加人数不小于103人的活动有哪些？", ["联欢会", "徒步"]),
        ("2023年1-3月参加人数超过10人的活动", ["读书会"]),
        ("2023年上半年参加人数超过10人的活动", ["读书会"]),
        ("参加人数超过500人的活动有哪些？", []),  # no row, so no answer
    ],
)
def test_the_rows_that_keep_a_condition_answer(
    library: Library, tmp_path: Path, question: str, expected: list[str]
) -> None:
    book = Workbook()
    for year, text in (("2023年", LEDGER_2023), ("2024年", LEDGER_2024)):
        sheet = book.create_sheet(year)
        for row in csv.reader(text.splitlines()):
            sheet.append(row)
    del book["Sheet"]
    book.save(tmp_path / "活动台账.xlsx")
    assert [each.status for each in add_paths(library, [tmp_path / "活动台账.xlsx"])] == ["added"]
    answer = Answerer(library).ask(question)
    assert [activity_of(citation.quote) for citation in answer.citations] == expected
    assert answer.refused is not bool(expected)


MEMBERS = """姓名,职务,单位
林嘉和,会长,嘉和集团
方启,副会长,启明商贸
周若兰,副会长,若兰服饰
孟伟,常务理事,孟记食品
"""


def test_an_office_in_a_cell_is_not_one_whose_name_ends_like_it(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "第三届理事会名单.csv"
    file.write_text(MEMBERS, encoding="utf-8")
    assert [each.status for each in add_paths(library, [file])] == ["added"]
    for question in ("副会长有哪些？", "副会长都有谁？"):
        quotes = [each.quote for each in Answerer(library).ask(question).citations]
        assert [quote.split("；")[0] for quote in quotes] == ["姓名：方启", "姓名：周若兰"], question


def test_a_limit_of_time_chooses_no_rows_of_money(library: Library, tmp_path: Path) -> None:
    rule = """会费管理办法

| 单位 | 每年会费 |
| --- | --- |
| 会长单位 | 12万元 |
| 理事单位 | 4万元 |

第三条 会费逾期超过3个月不交的，暂停会员资格。
"""
    file = tmp_path / "会费管理办法.md"
    file.write_text(rule, encoding="utf-8")
    assert [each.status for each in add_paths(library, [file])] == ["added"]
    answer = Answerer(library).ask("会费逾期超过3个月不交会怎么样？")
    assert ["暂停会员资格" in each.quote for each in answer.citations] == [True]


def test_rows_of_another_year_do_not_answer(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "活动台账.csv"
    file.write_text(
        "日期,活动,部门\n2022.03.05,读书会,外联部\n2022.05.06,联欢会,外联部\n2023.03.05,徒步,外联部\n",
        encoding="utf-8",
    )
    assert [each.status for each in add_paths(library, [file])] == ["added"]
    answer = Answerer(library).ask("2023年外联部办了哪些活动？")
    assert [activity_of(each.quote) for each in answer.citations] == ["徒步"]


def activity_of(row: str) -> str:
    """What stands under 「活动」 in a row."""
    return dict(pairs_of(row))["活动"]
