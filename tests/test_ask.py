"""`huiwen ask` and the answers behind it, over the sample corpus and over small documents made here."""

import csv
import json
import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from console import Running
from markdown_it import MarkdownIt
from openpyxl import Workbook

from bot.answer import Answerer
from bot.events import Answer
from bot.question import understand
from ingest.add import add_documents, add_paths
from ingest.cells import pairs_of
from ingest.embed import Embedder
from ingest.fold import fold, script_of, simplify, traditionalize
from ingest.library import Library
from ingest.make import document_from_text
from ingest.settings import Settings

StartHuiwen = Callable[..., Running]
OpenLibrary = Callable[[Path], Library]

ANSWER_KEYS = {"question", "language", "answer", "refused", "mode", "citations", "timings_ms"}
CITATION_TYPES = {
    "n": int,
    "document": str,
    "title": str,
    "date": str | None,
    "page": int | None,
    "quote": str,
    "start": int,
    "end": int,
}

# A report in the shape of the seed: Traditional, half-width commas, pinyin in brackets, lists in paragraphs.
REPORT = """全市僑商聯(lián)誼會年度工作會議舉行,會長李明遠、秘書長周曉嵐出席
3月18日下午,市僑商聯(lián)誼會在青溪賓館舉行年度工作會議,總結(jié)2024年工作,謀劃2025年重點工作。副會長趙立新主持會議。
會議聽取了各聯(lián)絡(luò)處關(guān)于2024年工作的匯報和對下一步工作的意見。
會上,秘書長周曉嵐回顧了2024年的工作亮點:一是為了擴大服務(wù)范圍,聯(lián)誼會增設(shè)了法務(wù)部、青年部兩個新部門和跨境電商專業(yè)委員會;二是全年舉辦了30余場交流活動,加深了會員之間的往來;三是會員登記、信息宣傳等日常工作持續(xù)開展。
對于2025年如何開展工作,周秘書長匯報了2025年的重點工作部署:一是與青溪港務(wù)集團共建僑商物流園,吸引海外倉企業(yè)入駐;二是通過法務(wù)部和青年部的力量,帶領(lǐng)會員“走出去”開拓東南亞市場;三是發(fā)揮跨境電商專業(yè)委員會的作用,為中小會員提供開店培訓(xùn);四是做好聯(lián)誼會日常服務(wù);五是推進與市華商協(xié)會的合并工作。六是提前準備2026年9月份的換屆工作,選出有活力的新一屆班子。
此次會議是新的起點,聯(lián)誼會將繼續(xù)團結(jié)廣大僑胞。
來源:綜合青溪僑訊
"""
PRIORITIES = ["物流園", "東南亞", "開店培訓", "日常服務", "合并", "換屆"]


@pytest.fixture
def library(tmp_path: Path, open_library: OpenLibrary) -> Library:
    """An empty library."""
    return open_library(tmp_path / "home")


def ask(library: Library, *texts: tuple[str, str], question: str) -> Answer:
    """The answer after adding documents given as (name, text)."""
    for name, text in texts:
        list(add_documents(library, [document_from_text(name, text)]))
    answer = Answerer(library).ask(question)
    assert_sound(library, answer)
    return answer


def assert_sound(library: Library, answer: Answer) -> None:
    """What holds of every answer: exact quotes, each mark cited, each statement marked."""
    for citation in answer.citations:
        document = library.get(citation.document)
        assert document is not None
        assert citation.quote == document.text[citation.start : citation.end] != ""
        assert (citation.title, citation.date) == (document.title, document.date)
    marks = [int(n) for n in re.findall(r"(?<!\\)\[(\d+)\]", answer.answer)]
    assert marks == [citation.n for citation in answer.citations] == list(range(1, len(marks) + 1))
    if answer.refused or understand(answer.question).courtesy:
        assert not answer.citations
    else:
        # A line without a mark names the document of the rows below it.
        lines = [
            line
            for line in answer.answer.splitlines()
            if line and not re.fullmatch("(?:[据據]|From ).*[:：] ?", line)
        ]
        assert lines and all(re.search(r"(?<!\\)\[\d+\]$", line) for line in lines)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Library]:
    """The report above, ingested as it is."""
    with Library(Settings(home=tmp_path_factory.mktemp("report")), embedder) as library:
        list(add_documents(library, [document_from_text("年度工作會議.txt", REPORT)]))
        yield library


@pytest.mark.parametrize(
    "question", ["2025年的重点工作有哪些？", "2025年的重點工作是什麼", "what are the 2025 priorities"]
)
def test_the_priorities_of_a_scraped_report_are_listed_whole(report: Library, question: str) -> None:
    answer = ask(report, question=question)
    assert not answer.refused and not re.search("[a-zāáǎàēéěèīíǐìōóǒòūúǔù]{2,}[)）]", answer.answer)
    quotes = [citation.quote for citation in answer.citations]
    items = [quote for quote in quotes if re.match("[一二三四五六]是", quote)]
    assert [quote[0] for quote in items] == list("一二三四五六")
    assert all(word in item for word, item in zip(PRIORITIES, items, strict=True))


def test_when_and_which_are_answered_from_a_scraped_report(report: Library) -> None:
    assert "2026年9月份" in ask(report, question="换届工作什么时候进行？").answer
    departments = ask(report, question="增设了哪些部门？").answer
    assert all(simplify(name) in simplify(departments) for name in ("法务部", "青年部", "专业委员会"))


def test_the_steps_of_an_answer_make_up_its_time(report: Library) -> None:
    timings = ask(report, question="2025年和2024年的重点工作有什么不同？").timings_ms
    total = timings.pop("total")
    assert list(timings) == [
        "understand", "wait", "words", "embed", "vectors", "documents", "judge", "choose",
    ]  # fmt: skip
    assert sum(timings.values()) <= total + 0.1


def test_what_a_scraped_report_does_not_say_is_refused(report: Library) -> None:
    answer = ask(report, question="会费是多少？")
    assert answer.refused and [each.document for each in answer.closest] == ["年度工作會議.txt"]


@pytest.mark.parametrize("question", ["会长是谁？", "會長是誰？", "谁保管公章？", "会长领工资吗？"])
def test_one_sentence_that_answers_is_not_followed_by_others(sample: Answerer, question: str) -> None:
    answer = sample.ask(question)
    assert_sound(sample.library, answer)
    assert len(answer.citations) == 1


def test_another_office_has_its_own_article(sample: Answerer) -> None:
    answer = sample.ask("那秘书长呢？", ["章程里会长有哪些职权？"])
    assert [citation.quote[:4] for citation in answer.citations] == ["第十八条"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        (
            "会员借用会客厅半天收多少钱？",
            "一律免费",
        ),  # not the 200 of the rule that it replaced, nor guests' 300 alone
        ("会费逾期不交有什么后果？", "自动退会"),
        ("單位會員現在一年交多少會費？", "1500元"),
    ],
)
def test_what_is_no_longer_in_force_does_not_answer_beside_what_is(
    sample: Answerer, question: str, expected: str
) -> None:
    answer = sample.ask(question)
    assert_sound(sample.library, answer)
    assert expected in answer.answer and not answer.successors


def test_what_a_web_page_says_of_itself_is_no_answer(sample: Answerer) -> None:
    answer = sample.ask("两会合一什么时候完成的？")
    assert "十月办结" in answer.answer and "點擊" not in answer.answer


def test_of_a_table_the_row_that_is_named_answers(sample: Answerer) -> None:
    answer = sample.ask("马骁2022年负责什么事务？")
    assert [pair for each in answer.citations for pair in pairs_of(each.quote) if pair[0] == "负责人"] == [
        ("负责人", "马骁")
    ]


def test_a_date_is_that_of_what_is_asked_about(sample: Answerer) -> None:
    answer = sample.ask("融资对接会几号报名截止？")
    assert "8月18日" in answer.answer and "9月20日" not in answer.answer


@pytest.mark.parametrize("question", ["明天股市会涨吗？", "能报销差旅费吗？", "商會有食堂嗎？"])
def test_what_no_document_has_a_word_of_is_refused(sample: Answerer, question: str) -> None:
    assert sample.ask(question).refused


def test_a_name_beside_another_thing_is_not_its_name(sample: Answerer) -> None:
    assert sample.ask("会刊叫什么名字？").refused  # 「会刊、网站、“侨商通”小程序」
    assert "侨商通" in sample.ask("小程序叫什么名字？").answer


@pytest.mark.parametrize("question", ["哪些活动在楷林中心举办？", "哪些活動在楷林中心舉辦？"])
def test_the_rows_that_have_what_is_named_are_listed(sample: Answerer, question: str) -> None:
    answer = sample.ask(question)
    assert_sound(sample.library, answer)
    assert len(answer.citations) == 5 and all("楷林中心" in each.quote for each in answer.citations)


def test_steps_are_told_in_their_order(sample: Answerer) -> None:
    answer = sample.ask("会员证书弄丢了怎么办？")
    assert len(answer.citations) > 1
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts)


@pytest.mark.parametrize("question", ["会费是多少，什么时候交？", "會費是多少？什麼時候交？"])
def test_two_questions_asked_in_one_are_both_answered(sample: Answerer, question: str) -> None:
    answer = sample.ask(question)
    assert_sound(sample.library, answer)
    said = " ".join(citation.quote for citation in answer.citations)
    assert "12万元" in said and "3月31日前" in said


def test_some_items_of_a_list_do_not_pass_for_all(sample: Answerer) -> None:
    answer = sample.ask("申请助学金需要什么材料？")
    assert_sound(sample.library, answer)
    assert [citation.quote[:3] for citation in answer.citations[-4:]] == [
        "（一）",
        "（二）",
        "（三）",
        "（四）",
    ]


def test_the_console_prints_the_contract(
    sample_home: Path, start_huiwen: StartHuiwen, sample: Answerer
) -> None:
    question = "2023年的重点工作有哪些？"
    done = start_huiwen(sample_home, "ask", question, "--history", "会长是谁？", "--json").result()
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found) >= ANSWER_KEYS and (found["mode"], found["refused"]) == ("extractive", False)
    assert found["language"] == "zh-Hans" and found["question"] == question
    for citation in found["citations"]:
        assert set(citation) == set(CITATION_TYPES)
        assert all(isinstance(citation[key], kind) for key, kind in CITATION_TYPES.items())
    assert found["timings_ms"]["total"] > 0 and all(t >= 0 for t in found["timings_ms"].values())
    assert_sound(sample.library, Answer(**found))


def test_an_empty_question_is_refused_in_one_line(
    sample_home: Path, huiwen: Callable[..., CompletedProcess[str]]
) -> None:
    for question in ("", " \u3000 "):
        done = huiwen(sample_home, "ask", question)
        assert done.returncode == 1 and done.stderr.count("\n") == 1 and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("2023年的重点工作有哪些？", "zh-Hans"),
        ("2023年的重點工作是什麼", "zh-Hant"),
        ("what are the 2023 priorities", "en"),
    ],
)
def test_the_six_priorities_of_the_corpus_in_order(sample: Answerer, question: str, language: str) -> None:
    answer = sample.ask(question)
    assert_sound(sample.library, answer)
    assert answer.language == language and not answer.refused
    lead, *items = answer.citations
    assert "工作" in lead.quote and lead.quote[-1] in "：:"
    assert [item.quote[:2] for item in items] == [f"{n}是" for n in "一二三四五六"]
    assert len({citation.document for citation in answer.citations}) == 1
    assert [item.start for item in items] == sorted(item.start for item in items)


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("食堂的麻辣火锅几点开门？", "zh-Hans"),
        ("食堂的麻辣火鍋幾點開門？", "zh-Hant"),
        ("Who won the football championship in Brazil?", "en"),
    ],
)
def test_what_the_corpus_does_not_know_is_refused_in_the_asker_s_script(
    sample: Answerer, question: str, language: str
) -> None:
    answer = sample.ask(question)
    assert answer.refused and answer.language == language and not answer.citations
    assert answer.closest and all(sample.library.get(each.document) for each in answer.closest)
    assert all(fold(each.title)[:8] in fold(answer.answer) for each in answer.closest)
    own_words = re.sub("《[^》]*》", "", answer.answer)
    assert script_of(own_words) == language
    assert own_words == (traditionalize(own_words) if language == "zh-Hant" else simplify(own_words))


@pytest.mark.parametrize(
    "question",
    [
        '" OR NEAR(',
        "AND NOT *",
        "会费' OR 1=1; DROP TABLE documents; --",
        "body:会费 ^会费 {head} 会费*",
        "<script>alert(1)</script> [x](javascript:alert(1)) **会费** `rm`",
        "？！。，；",
        "👨‍👩‍👧🎉🇨🇳",
        "\x00\x1b[31m会费\u202e多少",
        "会费" * 1000,
        "谢" * 1000 + "会费",
        "".join(chr(0x4E00 + n) for n in range(2000)),
        " ".join(f"w{n}" for n in range(100)),
        "𠮷𠮷𠮷是什么",
        "1.5.5-2.-3..4",
        "na\u0308ive ＦＵＬＬ ｗｉｄｔｈ ﷺ",
    ],
)
def test_no_question_is_an_error(sample: Answerer, question: str) -> None:
    assert_sound(sample.library, sample.ask(question))
    assert_sound(sample.library, sample.ask("那2022年呢？", [question, question]))


@pytest.mark.parametrize(
    ("greeting", "told"),
    [
        ("你好", "请用一句话提问"),
        ("您好！在吗？", "请用一句话提问"),
        ("謝謝你", "不客氣"),
        ("谢谢", "不客气"),
        ("再见！", "再见"),
        ("Hello there!", "Ask a question"),
        ("Thanks a lot", "You are welcome"),
        ("Goodbye", "Goodbye"),
    ],
)
def test_who_asks_nothing_gets_a_reply_that_staff_need_not_read(
    sample: Answerer, greeting: str, told: str
) -> None:
    answer = sample.ask(greeting, ["会费是多少？"])
    assert told in answer.answer and not answer.citations and not answer.closest and not answer.refused


def test_a_greeting_before_a_question_is_no_more_than_that(sample: Answerer) -> None:
    assert sample.ask("你好，请问会费多少").citations


def test_what_is_forbidden_does_not_read_as_if_it_were_allowed(sample: Answerer) -> None:
    quotes = [citation.quote for citation in sample.ask("僑商之家可以帶寵物嗎？").citations]
    assert quotes == ["第八条 在侨商之家内禁止下列行为：", "5. 携带宠物；"]


def test_an_empty_library_refuses_politely(library: Library) -> None:
    for question in ("会费是多少？", "what are the dues?"):
        answer = ask(library, question=question)
        assert answer.refused and answer.answer and not answer.closest


@pytest.mark.parametrize(
    ("start", "markup"),
    [
        ("", "<script>alert(1)</script>"),
        ("# ", "<img src=x onerror=alert(1)>"),
        ("1. ", "[链接](javascript:alert(1))"),
        ("- ", "*星号*和__下划线__和`代码`和~~删除~~"),
        ("+ ", "&lt;b&gt;和&#38;和\\*反斜线"),
        ("> ", "<https://example.com>和|竖线|和$公式$"),
        ("", "见[1]和[^2]和[99]"),
    ],
)
def test_markup_in_a_document_is_shown_as_it_is_written(library: Library, start: str, markup: str) -> None:
    text = f"暗号说明\n{start}茶话会的暗号是{markup}请牢记。"
    answer = ask(library, ("暗号.txt", text), question="茶话会的暗号是什么？")
    assert not answer.refused
    html = MarkdownIt("commonmark").render(answer.answer)
    assert set(re.findall(r"</?([a-z0-9]+)", html)) <= {"p", "ul", "li"}, html
    assert f"{start}茶话会的暗号是{markup}请牢记。" in _unescape(html)


def _unescape(html: str) -> str:
    return html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")


def test_a_long_list_is_given_whole(library: Library) -> None:
    items = [
        f"（{n}）{body}；" for n, body in zip("一二三四五六七八九", ["采茶", "制陶", "舞狮"] * 3, strict=True)
    ]
    text = "庙会活动安排\n庙会设以下活动：\n" + "\n".join(items)
    answer = ask(library, ("庙会.txt", text), question="庙会有哪些活动？")
    assert [citation.quote for citation in answer.citations][-9:] == items


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("2021年会费标准是多少？", ["10万元", "6万元", "3万元", "8000元", "5000元", "1000元", "200元"]),
        ("会费标准是多少？", ["12万元", "8万元", "4万元", "1万元", "6000元", "1500元", "300元"]),
        ("会费 标准", ["12万元", "8万元", "4万元", "1万元", "6000元", "1500元", "300元"]),
        ("会费是多少？", ["12万元", "8万元", "4万元", "1万元", "6000元", "1500元", "300元"]),
        ("理事单位会费多少？", ["6000元"]),
    ],
)
def test_what_the_question_does_not_tell_apart_is_shown_together(
    sample: Answerer, question: str, shown: list[str]
) -> None:
    quotes = [citation.quote for citation in sample.ask(question).citations]
    assert [amount for quote in quotes for amount in re.findall(r"(?<!\d)\d+万?元", quote)] == shown


@pytest.mark.parametrize(
    ("question", "date"),
    [
        ("什么时候换届？", "1月20日"),
        ("換屆工作什麼時候進行？", "2024年1月"),
        ("会费截止日期", "3月31日"),
        ("会费最晚什么时候交", "3月31日"),
        ("兩會合一什麼時候完成的？", "十月办结"),
    ],
)
def test_a_question_of_when_is_answered_with_a_date(sample: Answerer, question: str, date: str) -> None:
    first, *others = sample.ask(question).citations
    assert any(date in citation.quote for citation in [first, *others[:1]])


def test_a_letter_s_question_is_answered_with_the_reply(library: Library) -> None:
    letters = (
        "读者来信\n\n来信：会员证弄丢了，能补吗？要收工本费吗？\n\n答复：可以到秘书处办理。补办不收工本费。\n"
    )
    answer = ask(library, ("letters.txt", letters), question="会员证弄丢了，补一张要收工本费吗？")
    assert "补办不收工本费" in answer.answer
    assert not any("？" in citation.quote for citation in answer.citations)


def test_each_question_of_a_document_has_its_own_reply(library: Library) -> None:
    replies = (
        "常见问题\n\n问：会员证丢了怎么补？\n\n答：到秘书处登记，当场补发。\n\n"
        "问：停车场收费吗？\n\n答：凭胸牌免费停两小时。\n"
    )
    answer = ask(library, ("faq.txt", replies), question="会员证丢了怎么补")
    assert [citation.quote for citation in answer.citations] == ["答：到秘书处登记，当场补发。"]


CHARTER = """晴川诗社章程
2015年3月1日通过
第五条 年满十六周岁、爱好诗词者，可以申请入社。
第六条 申请入社须提交本人诗作十首、社员一人介绍，经社长批准。
第七条 社费每年八十元。
"""
AMENDMENT = """晴川诗社章程修正案
2019年5月20日通过
修改条文如下：
第五条改为：年满十四周岁者可以申请入社，未成年人须有家长书面同意。
第六条改为：申请入社须提交本人诗作六首、社员二人介绍，经理事会通过。
"""


@pytest.mark.parametrize(
    ("question", "expected", "other"),
    [
        ("申请入社要提交几首诗作？", "诗作六首", "诗作十首"),
        ("how many poems must an applicant submit now?", "诗作六首", "诗作十首"),
        ("修改以前申请入社要提交几首诗作？", "诗作十首", "诗作六首"),
        ("社费每年多少钱？", "八十元", "诗作"),
    ],
)
def test_an_amended_article_answers_as_it_reads_now(
    library: Library, question: str, expected: str, other: str
) -> None:
    answer = ask(library, ("章程.txt", CHARTER), ("修正案.txt", AMENDMENT), question=question)
    assert expected in answer.citations[0].quote and other not in answer.answer


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("时间银行服务一小时记几个时间币？", "记2个"),
        ("试行办法里服务一小时记几个时间币？", "记1个"),
        ("how many time coins did an hour of service earn under the old rules?", "记1个"),
    ],
)
def test_the_edition_asked_for_answers(library: Library, question: str, expected: str) -> None:
    rules = "时间银行服务办法（{}）\n{}年3月1日起施行\n第一条 志愿者服务一小时，记{}个时间币。\n第二条 时间币不得转让。\n"
    editions = [("old.txt", rules.format("试行", 2018, 1)), ("new.txt", rules.format("修订", 2022, 2))]
    answer = ask(library, *editions, question=question)
    assert expected in answer.citations[0].quote


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


def activity_of(row: str) -> str:
    """What stands under 「活动」 in a row."""
    return dict(pairs_of(row))["活动"]


@pytest.mark.parametrize("question", ["？？？", "😀🎉", "2023"])
def test_what_asks_nothing_is_answered_in_chinese_with_nothing(sample: Answerer, question: str) -> None:
    answer = sample.ask(question)
    assert answer.language == "zh-Hans" and (not answer.citations or question.isdecimal())


def test_a_year_beside_today_is_a_comparison(sample: Answerer) -> None:
    answer = sample.ask("副会长单位的会费，2021年和现在各是多少？")
    assert "3万元" in answer.answer and "4万元" in answer.answer


def test_answers_quote_one_version_while_a_document_is_replaced(library: Library) -> None:
    def version(number: int) -> str:
        lines = [f"{n}是第{number}版的第{n}项任务，走访第{number}版会员；" for n in "一二三四五六"]
        return "茶叶节任务\n茶叶节任务如下：\n" + "\n".join(lines) + f"\n第{number}版茶叶节地点在郑州。"

    texts = [document_from_text("茶叶节.txt", version(number)) for number in range(1, 9)]
    list(add_documents(library, [texts[0]]))
    answerer, done = Answerer(library), threading.Event()
    seen: set[str] = set()

    def keep_asking(question: str) -> None:
        while not done.is_set():
            answer = answerer.ask(question)
            versions = set(re.findall(r"第(\d)版", answer.answer))
            # Found here: a reader whose vectors a writer had just deleted refused what the library answers.
            assert len(versions) == 1 and not answer.refused, answer.answer
            document = texts[int(next(iter(versions))) - 1]
            for citation in answer.citations:
                assert document.text[citation.start : citation.end] == citation.quote
            seen.update(versions)

    questions = ["茶叶节任务有哪些？", "茶叶节地点在哪里？"] * 4
    with ThreadPoolExecutor(len(questions)) as pool:
        asking = [pool.submit(keep_asking, question) for question in questions]
        try:
            for document in [*texts[1:], *texts[:4]]:
                list(add_documents(library, [document]))
        finally:
            done.set()
        for each in asking:
            each.result()
    assert len(seen) > 1 and library.check() == []
