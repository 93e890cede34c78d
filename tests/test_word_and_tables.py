"""What the programs of an office write into files: automatic numbers, merged cells, what is not shown, default titles."""

from pathlib import Path

import hostile as h
import pytest
from test_load import texts

from bot.web.tables import tables
from ingest.document import LoadedFile
from ingest.formats.tables import table_blocks
from ingest.load import load
from ingest.make import make_document

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(tmp_path: Path, body: str, levels: str = "", override: str = "") -> list[str]:
    """The texts of a Word file with this body, and with the levels of one list in its numbering."""
    import docx
    from lxml import etree

    file = tmp_path / "a.docx"
    file.write_bytes(h.docx_body(body))
    if levels:
        document = docx.Document(str(file))
        root = document.part.numbering_part.element
        for child in list(root):
            root.remove(child)
        abstract = f'<w:abstractNum xmlns:w="{W}" w:abstractNumId="1">{levels}</w:abstractNum>'
        for xml in (
            abstract,
            f'<w:num xmlns:w="{W}" w:numId="1"><w:abstractNumId w:val="1"/></w:num>',
            f'<w:num xmlns:w="{W}" w:numId="2"><w:abstractNumId w:val="1"/>{override}</w:num>',
        ):
            root.append(etree.fromstring(xml))
        document.save(str(file))
    return texts(load(file))


def level(number: int, pattern: str, more: str = "", kind: str = "chineseCounting") -> str:
    return f'<w:lvl w:ilvl="{number}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/>{more}<w:lvlText w:val="{pattern}"/></w:lvl>'


def numbered(text: str, depth: int, number: int = 1) -> str:
    place = f'<w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr></w:pPr>'
    return f"<w:p>{place}{run(text)}</w:p>"


def run(text: str, properties: str = "") -> str:
    return f"<w:r>{properties}<w:t>{text}</w:t></w:r>" if text else ""


def cell(content: str, merged: str = "") -> str:
    return f"<w:tc><w:tcPr>{merged}</w:tcPr>{content}</w:tc>"


def paragraph(text: str) -> str:
    return f"<w:p>{run(text)}</w:p>"


def test_articles_go_on_through_the_chapters_where_word_has_them_go_on(tmp_path: Path) -> None:
    levels = level(0, "第%1章") + level(1, "第%2条", '<w:lvlRestart w:val="0"/>')
    body = numbered("总则", 0) + numbered("宗旨", 1) + numbered("会员", 0) + numbered("入会", 1)
    assert word(tmp_path, body, levels) == ["第一章 总则", "第一条 宗旨", "第二章 会员", "第二条 入会"]
    anew = level(0, "第%1章") + level(1, "第%2条")
    assert word(tmp_path, body, anew)[-1] == "第一条 入会"


def test_a_list_begins_where_word_has_it_begin_and_its_numbers_are_as_word_writes_them(
    tmp_path: Path,
) -> None:
    levels = level(0, "%1、") + level(1, "%1.%2", "<w:isLgl/>", "decimal")
    override = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>'
    body = numbered("会费", 0) + numbered("标准", 1) + numbered("换届", 0, 2) + numbered("选举", 0, 2)
    assert word(tmp_path, body, levels, override) == ["一、会费", "1.1 标准", "五、换届", "六、选举"]


def test_what_word_does_not_show_as_text_is_none(tmp_path: Path) -> None:
    ruby = "<w:r><w:ruby><w:rt><w:r><w:t>yàn</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>彦</w:t></w:r></w:rubyBase></w:ruby></w:r>"
    hidden = run("不公开", "<w:rPr><w:vanish/></w:rPr>")
    assert word(tmp_path, f"<w:p>{run('会长王')}{ruby}{hidden}{run('主持。')}</w:p>") == ["会长王彦主持。"]


def test_a_frame_and_a_repeated_row_are_read_once_and_a_cell_has_its_number(tmp_path: Path) -> None:
    row = "<w:tr>" + cell(paragraph("部门")) + cell(paragraph("电话")) + "</w:tr>"
    kept = "<w:tr>" + cell(paragraph("会员部")) + cell(paragraph("5512")) + "</w:tr>"
    inner = f"<w:tbl>{row}<w:sdt><w:sdtContent>{kept}</w:sdtContent></w:sdt></w:tbl>"
    frame = f"<w:tbl><w:tr>{cell(paragraph('通讯录') + inner + paragraph('完'))}</w:tr></w:tbl>"
    assert word(tmp_path, frame) == ["通讯录", "部门：会员部；电话：5512", "完"]
    counted = "".join(f"<w:tr>{cell(numbered('', 0))}{cell(paragraph(name))}</w:tr>" for name in ("甲", "乙"))
    head = f"<w:tr>{cell(paragraph('序号'))}{cell(paragraph('单位'))}</w:tr>"
    levels = level(0, "%1", kind="decimal")
    assert word(tmp_path, f"<w:tbl>{head}{counted}</w:tbl>", levels) == [
        "序号：1；单位：甲",
        "序号：2；单位：乙",
    ]


def test_the_first_record_below_a_merged_header_is_a_record() -> None:
    rows = [["单位", "负责人", None], ["海东公司", "张三", "总经理"], ["河西公司", "李四", "董事长"]]
    assert [block.text for block in table_blocks(rows)] == [
        "单位：海东公司；负责人：张三；负责人：总经理",
        "单位：河西公司；负责人：李四；负责人：董事长",
    ]
    parts = [["部门", "人数", None], ["部门", "男", "女"], ["会员部", "3", "5"]]
    assert [block.text for block in table_blocks(parts)] == ["部门：会员部；人数（男）：3；人数（女）：5"]


def test_merged_cells_of_a_page_count_for_each_row_and_column(tmp_path: Path) -> None:
    file = tmp_path / "a.html"
    file.write_text(
        "<html><body><h1>人员一览</h1><p>各部门的人员情况如下，截至2024年底。</p><table>"
        "<tr><th rowspan=2>部门</th><th colspan=2>人数</th></tr><tr><th>男</th><th>女</th></tr>"
        "<tr><td rowspan=2>办公室</td><td>3</td><td>5</td></tr><tr><td>1</td><td>2</td></tr>"
        "</table></body></html>",
        encoding="utf-8",
    )
    assert texts(load(file), "row") == [
        "部门：办公室；人数（男）：3；人数（女）：5",
        "部门：办公室；人数（男）：1；人数（女）：2",
    ]


def test_an_article_that_a_table_of_a_page_lays_out_is_read_once(tmp_path: Path) -> None:
    article = (
        "全省侨联工作座谈会二月十日上午在郑州召开。会议总结了上一年度的工作，并对本年度的重点任务作出安排，要求各地认真落实。"
        * 2
    )
    file = tmp_path / "a.html"
    file.write_text(
        f"<html><body><table><tr><td rowspan=3><p>{article}</p></td><td>上一篇</td></tr>"
        "<tr><td>下一篇</td></tr><tr><td>相关</td></tr></table></body></html>",
        encoding="utf-8",
    )
    assert "".join(texts(load(file))).count("二月十日上午") == 2  # as often as the page says it


def test_tables_and_rules_of_markdown(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text(
        "---\n理事会决定如下。\n\n---\n\n<table><tr><td>项目</td><td>金额</td></tr><tr><td>会费</td><td>100</td></tr></table>\n",
        encoding="utf-8",
    )
    assert texts(load(file)) == ["理事会决定如下。", "项目：会费；金额：100"]
    inner = "<table><tr><td>甲</td><td>乙</td></tr></table>"
    file.write_text(
        f"<table><tr><td>项目</td><td>说明</td></tr><tr><td>会费</td><td>{inner}</td></tr></table>\n"
    )
    assert texts(load(file)) == ["项目：会费；说明：甲乙"]


@pytest.mark.parametrize("own", ["PowerPoint 演示文稿", "PowerPoint Presentation", "演示文稿1"])
def test_a_title_that_a_program_gave_is_none(own: str, tmp_path: Path) -> None:
    import pptx

    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[0])
    slide.shapes.title.text = "侨商之家使用培训"
    slides.core_properties.title = own
    slides.save(str(tmp_path / "a.pptx"))
    assert make_document("a.pptx", "", load(tmp_path / "a.pptx")).title == "侨商之家使用培训"


def test_numbers_of_an_open_document_skip_what_has_none(tmp_path: Path) -> None:
    style = (
        '<text:list-style style:name="L" xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0">'
        '<text:list-level-style-number text:level="1" style:num-format="一, 二, 三, ..." style:num-suffix="、"/>'
        "</text:list-style>"
    )
    items = (
        '<text:list text:style-name="L"><text:list-item><text:p>会费</text:p></text:list-item>'
        "<text:list-item><text:list><text:list-item><text:p>标准</text:p></text:list-item></text:list></text:list-item>"
        "<text:list-header><text:p>附带说明</text:p></text:list-header>"
        "<text:list-item><text:p>换届</text:p></text:list-item></text:list>"
    )
    (tmp_path / "a.odt").write_bytes(h.odf(f"{style}<office:text>{items}</office:text>"))
    found = texts(load(tmp_path / "a.odt"))
    assert [text for text in found if text != "标准"] == ["一、会费", "附带说明", "二、换届"]


def test_a_letter_whose_text_is_empty_is_read_from_its_page(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(
        b"From: office@example.org\r\nSubject: Tea\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n \r\n"
        b"--b\r\nContent-Type: text/html\r\n\r\n<p>The tea party is on 5 May at the club house.</p>\r\n--b--\r\n"
    )
    assert "The tea party is on 5 May at the club house." in texts(load(tmp_path / "a.eml"))


def test_hidden_columns_are_told(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["姓名", "电话"], ["王一", "5512"]):
        book.active.append(row)
    book.active.column_dimensions["B"].hidden = True
    book.save(tmp_path / "a.xlsx")
    (warning,) = load(tmp_path / "a.xlsx").warnings
    assert "隐藏的列" in warning


def test_a_word_that_a_line_of_a_pdf_divides_is_one(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "a.pdf"))
    for number, line in enumerate(
        ("The federation invites all members of the associ-", "ation to its annual meeting.")
    ):
        canvas.drawString(72, 700 - 16 * number, line)
    canvas.save()
    assert texts(load(tmp_path / "a.pdf")) == [
        "The federation invites all members of the association to its annual meeting."
    ]


def test_rows_that_read_like_hundreds_of_columns_are_no_table() -> None:
    rows = [
        ["序号", "缴费"],
        *([str(n), "；".join(f"会员{n}号{m}：已缴" for m in range(9))] for n in range(1, 40)),
    ]
    assert tables(make_document("a.csv", "", LoadedFile(tuple(table_blocks(rows))))) == []
    (table,) = tables(make_document("a.csv", "", LoadedFile(tuple(table_blocks(rows[:4])))))
    assert len(table.rows) == 3
