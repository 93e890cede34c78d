"""`huiwen ask`: its contract, what is refused, and what no question may do."""

import json
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from asking import ask, assert_sound
from console import Running
from markdown_it import MarkdownIt

from bot.answer import Answerer
from bot.events import Answer
from ingest.add import add_documents
from ingest.fold import fold, script_of, simplify, traditionalize
from ingest.library import Library
from ingest.make import document_from_text

StartHuiwen = Callable[..., Running]

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


def test_the_steps_of_an_answer_make_up_its_time(sample: Answerer) -> None:
    timings = sample.ask("侨商之家的停车场收费吗？").timings_ms
    total = timings.pop("total")
    assert list(timings) == [
        "understand", "wait", "words", "embed", "vectors", "documents", "judge", "choose", "read",
    ]  # fmt: skip
    assert sum(timings.values()) <= total + 0.1


@pytest.mark.parametrize("question", ["明天股市会涨吗？", "能报销差旅费吗？", "商會有食堂嗎？"])
def test_what_no_document_has_a_word_of_is_refused(sample: Answerer, question: str) -> None:
    assert sample.ask(question).refused


@pytest.mark.parametrize("question", ["会费是多少，什么时候交？", "會費是多少？什麼時候交？"])
def test_two_questions_asked_in_one_are_both_answered(sample: Answerer, question: str) -> None:
    answer = sample.ask(question)
    assert_sound(sample.library, answer)
    said = " ".join(citation.quote for citation in answer.citations)
    assert "12万元" in said and "3月31日前" in said


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


@pytest.mark.parametrize("question", ["？？？", "😀🎉", "2023"])
def test_what_asks_nothing_is_answered_in_chinese_with_nothing(sample: Answerer, question: str) -> None:
    answer = sample.ask(question)
    assert answer.language == "zh-Hans" and (not answer.citations or question.isdecimal())


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
