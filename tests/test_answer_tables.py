"""Rows that an answer quotes one after another are shown as a table, letter by letter."""

import re
from html import unescape
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.events import Answer, Citation
from bot.web.answer_tables import with_tables
from bot.web.chat import answer_text
from bot.web.markdown import escape_markdown

CELLS = st.text(st.sampled_from(r"会费12万元|\*_`<b>[1](x)&#.- "), min_size=1, max_size=12).map(str.strip)


@given(st.lists(st.tuples(CELLS, CELLS, CELLS), min_size=2, max_size=4))
def test_every_cell_reads_as_it_stands_in_the_document(rows: list[tuple[str, str, str]]) -> None:
    quoted = [f"类别：{a}；标准（元）：{b}；备注：{c}" for a, b, c in rows]
    items = [f"- {escape_markdown(quote)} [{n}]" for n, quote in enumerate(quoted, 1)]
    shown = with_tables("据《办法》：\n\n" + "\n".join(items))
    found = cells(shown)
    assert found[0] == ["类别", "标准（元）", "备注"]
    expected = [[f"{a} [{n}]".strip(), b, c] for n, (a, b, c) in enumerate(rows, 1)]
    assert found[1:] == expected


def test_a_cell_that_a_row_lacks_stays_empty_and_what_is_no_table_stays_as_it_is() -> None:
    assert (
        cells(with_tables("- 类别：甲；备注：一 [1]\n- 类别：乙 [2]\n- 类别：丙；电话：5；备注：二 [3]"))
        == []
    )
    rows = "- 类别：甲；备注：一 [1]\n- 类别：乙；电话：5；备注：二 [2]"
    assert cells(with_tables(rows)) == [["类别", "电话", "备注"], ["甲 [1]", "", "一"], ["乙 [2]", "5", "二"]]
    for text in (
        "据《甲》：会费100元。 [1]",
        "据《甲》：\n\n- 类别：甲；备注：一 [1]",
        "据《甲》：\n\n- 一是办会。 [1]\n- 二是联络。 [2]\n\n据《乙》：无。 [3]",
        "- 类别：甲；备注：一 [1]\n- 地点：乙；时间：二 [2]",
    ):
        assert with_tables(text) == text


def test_a_bar_in_a_title_divides_no_cell() -> None:
    title = "会费|台账\\|二"
    citations = [
        Citation(n=n, document=f"{title}.csv", title=title, date=None, page=None, quote="甲", start=0, end=1)
        for n in (1, 2)
    ]
    answer = Answer(
        question="会费是多少？",
        language="zh-Hans",
        answer="- 类别：甲；备注：一 [1]\n- 类别：乙；备注：二 [2]",
        refused=False,
        confidence=1,
        mode="extractive",
        citations=citations,
        timings_ms={},
    )
    html = MarkdownIt("commonmark").enable("table").render(answer_text(answer, "", "zh-Hans"))
    shown = [re.sub("<.*?>", "", cell) for cell in re.findall("<td>(.*)</td>", html)]
    assert shown == ["甲\N{NO-BREAK SPACE}[1]", "一", "乙\N{NO-BREAK SPACE}[2]", "二"]
    assert [unescape(each) for each in re.findall(' title="(.*?)"', html)] == [title, title]


def cells(markdown: str) -> list[list[str]]:
    """The texts of the cells of the tables in some Markdown, as a browser shows them."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    rows: list[list[str]] = []
    for before, token in pairwise(tokens):
        if before.type == "tr_open":
            rows.append([])
        if before.type in ("th_open", "td_open"):
            assert all(each.type == "text" for each in token.children or [])
            rows[-1].append("".join(each.content for each in token.children or []))
    return rows
