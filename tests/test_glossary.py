"""The glossary: members' words and English ones become the documents' words; staff add to it and take away."""

import logging
import os
from pathlib import Path

import pytest

from bot.words.dictionary import dictionary
from bot.words.glossary import Glossary
from ingest.errors import HuiwenError, LibraryError
from ingest.fold import fold

_edits = iter(range(1, 1000))


def edit(home: Path, text: str | bytes) -> Path:
    """Staff save their glossary; each time at a later second, as people do."""
    path = home / "glossary.tsv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    seconds = 1_700_000_000 + next(_edits)
    os.utime(path, (seconds, seconds))
    return path


def colloquial(question: str, home: Path | None = None) -> dict[str, tuple[str, ...]]:
    return {term: tuple(words) for term, *words in Glossary.load(home).colloquial_terms(fold(question))}


def translated(question: str, home: Path | None = None) -> dict[str, tuple[str, ...]]:
    return {term: tuple(words) for term, *words in Glossary.load(home).translate_terms(fold(question))}


@pytest.mark.parametrize(
    ("question", "term", "word"),
    [
        ("入会要交多少钱？", "交多少钱", "会费"),
        ("商会一把手是谁？", "一把手", "会长"),
        ("谁管账？", "管账", "财务"),
        ("開會要湊夠多少人？", "凑够多少人", "三分之二以上"),
        ("几年换一回班子？", "几年换一回", "任期"),
        ("发大水那年捐了多少？", "发大水", "防汛"),
        ("屋子咋订？", "咋订", "预约"),
        ("弄坏了要赔不？", "赔", "赔偿"),
        ("能不能带狗？", "带狗", "宠物"),
        ("不想干了怎么走？", "不想干了", "退会"),
    ],
)
def test_members_words_become_the_documents(question: str, term: str, word: str) -> None:
    assert word in colloquial(question)[term]


def test_the_longest_term_counts_and_none_overlaps(tmp_path: Path) -> None:
    edit(tmp_path, "管账\t财务\n管账的人\t会计\n人事\t人员\n")
    assert colloquial("管账的人事先知道吗？", tmp_path) == {"管账的人": ("会计",)}
    assert colloquial("谁是管账的人", tmp_path) == {"管账的人": ("会计",)}


@pytest.mark.parametrize("between", ["\t", "=", " ＝ "], ids=["a tab", "=", "a wide ="])
def test_the_two_sides_of_a_line_stand_apart_by_what_a_keyboard_has(between: str, tmp_path: Path) -> None:
    edit(tmp_path, f"伙食{between}餐饮, 食堂\n")
    assert colloquial("伙食怎么样？", tmp_path)["伙食"][:2] == ("餐饮", "食堂")


def test_of_a_row_of_several_columns_each_is_a_word(tmp_path: Path) -> None:
    edit(tmp_path, "伙食\t餐饮\t食堂\n")
    assert colloquial("伙食怎么样？", tmp_path)["伙食"][:2] == ("餐饮", "食堂")


@pytest.mark.parametrize(
    ("question", "term"),
    [
        ("烟台在哪里？", "烟"),
        ("酒泉的侨商是谁？", "酒"),
        ("教书的张老师是谁？", "书"),
        ("大会员工有多少？", "会员"),
        ("领导人是谁？", "领导"),
    ],
)
def test_a_term_does_not_count_inside_an_ordinary_word(question: str, term: str, tmp_path: Path) -> None:
    edit(tmp_path, f"{term}\t别的词\n")
    assert term not in colloquial(question, tmp_path)
    assert colloquial(f"有{term}吗？", tmp_path)[term][0] == "别的词"


@pytest.mark.parametrize(
    ("question", "term", "word"),
    [
        ("What are the membership fees?", "membership fees", "会费"),
        ("Which companies were exempted?", "companies", "企业"),
        ("Which companies were exempted?", "exempted", "免交"),
        ("Who is organising the forum?", "organising", "举办"),
        ("Who is planning it?", "planning", "计划"),
        ("Who took part in the forum?", "took part", "参加"),
        ("Who was the former vice-president?", "vice-president", "副会长"),
        ("Who are the deputy secretary generals?", "deputy secretary generals", "副秘书长"),
        ("When does the association's charter take effect?", "association", "协会"),
        ("When does the association's charter take effect?", "take effect", "施行"),
        ("What is the neighbourhood like?", "neighbourhood", "社区"),
    ],
)
def test_english_terms_are_whole_words_in_any_form(question: str, term: str, word: str) -> None:
    assert word in translated(question)[term]


def test_a_term_does_not_count_inside_a_word_of_the_documents(tmp_path: Path) -> None:
    edit(tmp_path, "主管\t负责人\n上头\t业务主管单位\n")
    assert "主管" not in colloquial("业务主管单位是哪家？", tmp_path)
    assert "主管" in colloquial("主管是谁？", tmp_path)


def test_a_form_of_a_word_has_its_own_words_and_those_of_the_others(tmp_path: Path) -> None:
    edit(tmp_path, "moor\t停泊\nmoored\t停靠\n")
    assert translated("Where is the boat moored?", tmp_path)["moored"] == ("停靠", "停泊")


def test_english_terms_are_no_parts_of_words() -> None:
    assert "费用" not in {word for words in translated("coffee attendant").values() for word in words}


def test_a_hyphenated_word_is_known_by_its_parts_or_stays_whole() -> None:
    assert translated("member-elected supervisors").keys() == {"member", "elected", "supervisors"}
    assert translated("Henan-Hong Kong").keys() == {"henan", "hong kong"}
    assert translated("Zhuqq-xvv").keys() == {"zhuqq-xvv"}


def test_what_makes_a_sentence_a_question_is_no_term() -> None:
    assert translated("Could you please tell me exactly how many members there are in total?").keys() == {
        "members"
    }


@pytest.mark.parametrize(
    ("word", "common", "rare"),
    [("rules", "规定", "彝宪"), ("quality", "质量", "品第"), ("customers", "客户", "主顾")],
)
def test_a_common_word_is_translated_into_common_words(word: str, common: str, rare: str) -> None:
    chinese = translated(word)[word]
    assert common in chinese and rare not in chinese


def test_staff_add_words_and_an_edit_counts_at_once(tmp_path: Path) -> None:
    assert "龙门宴" not in colloquial("龙门宴啥时候办？", tmp_path)
    edit(tmp_path, "# 我们自己的说法\n龙门宴，老宴\t年会、團拜\ndragon dinner\t年会\n一把手\t当家人\n")
    assert colloquial("龍門宴啥时候办？", tmp_path)["龙门宴"] == ("年会", "团拜")
    assert translated("When are the dragon dinners?", tmp_path) == {"dragon dinners": ("年会",)}
    assert {"当家人", "会长"} <= set(colloquial("一把手是谁？", tmp_path)["一把手"])
    edit(tmp_path, "老宴\t年会\n")
    assert "龙门宴" not in colloquial("龙门宴啥时候办？", tmp_path)


def test_staff_take_words_away_and_replace_them(tmp_path: Path) -> None:
    edit(tmp_path, "-一把手\n-vice-president\n-管账\t司库\n")
    assert not colloquial("一把手是谁？", tmp_path)
    assert colloquial("谁管账？", tmp_path) == {"管账": ("司库",)}
    assert "副会长" not in translated("vice president", tmp_path).get("vice president", ())
    assert "会长" in colloquial("一把手是谁？")["一把手"]  # another home keeps them


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("龙门宴\t年会\n老宴 年会\n", "line 2"),
        ("龙门宴\t\n", "line 1"),
        ("\t年会\n", "line 1"),
        ("龙门宴\t年会\n".encode("gb18030"), "UTF-8"),
    ],
)
def test_a_broken_staff_file_is_told_and_the_last_good_one_answers(
    broken: str | bytes, told: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    edit(tmp_path, "龙门宴\t年会\n")
    assert "龙门宴" in colloquial("龙门宴啥时候办？", tmp_path)
    path = edit(tmp_path, broken)
    with pytest.raises(HuiwenError, match=told) as error:
        Glossary.read(tmp_path)
    assert str(path) in str(error.value) and "\n" not in str(error.value)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            assert colloquial("龙门宴啥时候办？", tmp_path)["龙门宴"] == ("年会",)
    assert len(caplog.records) == 1 and told in caplog.text


def test_a_home_that_starts_with_a_broken_file_answers_with_the_package_s(tmp_path: Path) -> None:
    edit(tmp_path, "没有分隔\n")
    assert "会长" in colloquial("一把手是谁？", tmp_path)["一把手"]
    edit(tmp_path, "一把手\t当家人\n").unlink()
    assert "当家人" not in colloquial("一把手是谁？", tmp_path)["一把手"]


def test_english_plurals_name_what_a_chinese_heading_is_about() -> None:
    assert Glossary.load().english_for("2023年重点工作") == "priorities"
    assert Glossary.load().english_for("会员的权利") in {"rights", "members"}
    assert Glossary.load().english_for("无") is None


def test_a_dictionary_that_cannot_be_unpacked_is_told_with_what_to_do(tmp_path: Path) -> None:
    cache = tmp_path / "a file" / "cache"
    cache.parent.touch()
    with pytest.raises(LibraryError, match="HUIWEN_CACHE names a folder that can be written to"):
        dictionary(cache)
