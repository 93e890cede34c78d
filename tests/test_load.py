"""Files of every supported kind are made for real and read back through the door."""

import datetime as dt
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.document import LoadedFile
from ingest.errors import LoadError
from ingest.load import load
from ingest.make import make_document

FONT = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc"
# Own sentences; long enough that 2,000 characters are not a repetition of sixty.
PARAGRAPHS = [
    f"第{n}次会长办公会听取了{topic}的汇报，决定由{office}牵头，在{month}月底以前拿出办法，并向{count}家会员单位征求意见。"
    for n, (topic, office, month, count) in enumerate(
        [
            ("会员发展", "会员部", 3, 120),
            ("对外联络和接待海外侨团", "外联部", 4, 86),
            ("会费收缴", "秘书处", 5, 301),
            ("青年创业辅导", "青年委员会", 6, 45),
            ("智慧园区建设", "招商引资专业委员会", 9, 62),
        ]
        * 8,
        start=1,
    )
]
TEXT = "\n".join(PARAGRAPHS)


def texts(loaded: LoadedFile, kind: str | None = None) -> list[str]:
    return [block.text for block in loaded.blocks if kind is None or block.kind == kind]


def written(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def traditional(text: str) -> str:
    import opencc

    return opencc.OpenCC("s2t").convert(text)


@pytest.mark.parametrize("length", [20, 60, 2000])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "big5"])
def test_text_in_each_encoding_of_the_field(tmp_path: Path, encoding: str, length: int) -> None:
    text = (traditional(TEXT) if encoding == "big5" else TEXT)[:length].strip()
    assert "\n".join(texts(load(written(tmp_path / "a.txt", text, encoding)))) == text


def test_english_with_one_chinese_name_in_gb18030(tmp_path: Path) -> None:
    text = "The delegation was received by the president (林嘉和) in Zhengzhou."
    assert texts(load(written(tmp_path / "a.txt", text, "gb18030"))) == [text]


def test_hard_wrapped_text_is_joined_and_unwrapped_text_is_not(tmp_path: Path) -> None:
    paragraphs = [PARAGRAPHS[0] + PARAGRAPHS[1], "一、时间和地点", PARAGRAPHS[2] + PARAGRAPHS[3]]
    wrapped = "\n".join(p[i : i + 30] for p in paragraphs for i in range(0, len(p), 30))
    assert texts(load(written(tmp_path / "wrapped.txt", wrapped))) == paragraphs
    assert texts(load(written(tmp_path / "plain.txt", TEXT))) == PARAGRAPHS

    english = "The dues of a member company are one thousand yuan a year, to be paid before the end of March."
    lines = "The dues of a member company are one thousand\nyuan a year, to be paid before the end of\nMarch."
    assert texts(load(written(tmp_path / "english.txt", f"{lines}\n\n{lines}"))) == [english, english]


def test_markdown(tmp_path: Path) -> None:
    source = (
        "---\ntitle: 工作安排\n---\n# 2023年安排\n\n全年抓好\n**两件**事：\n\n1. 招商引资；\n2. 换届。\n\n"
        "- 附注\n\n| 部门 | 人数 |\n|---|---|\n| 金融部 | 3 |\n| 外联部 | |\n"
    )
    loaded = load(written(tmp_path / "a.md", source))
    assert loaded.title == "工作安排"
    assert [(b.kind, b.level, b.text) for b in loaded.blocks] == [
        ("heading", 1, "2023年安排"),
        ("paragraph", 0, "全年抓好两件事："),
        ("paragraph", 0, "1. 招商引资；"),
        ("paragraph", 0, "2. 换届。"),
        ("paragraph", 0, "附注"),
        ("row", 0, "部门：金融部；人数：3"),
        ("row", 0, "部门：外联部"),
    ]


PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}">
<title>关于收缴会费的通知_通知公告_海东侨商网</title></head>
<body><div class="nav"><a href="/">首页</a><a href="/n">新闻动态</a><a href="/m">会员风采</a></div>
<div class="main"><h1>关于收缴会费的通知</h1><div class="info">发布时间：2023-02-10 来源：秘书处</div>
<div class="content"><p>各会员单位：</p><p>现将<b>会费</b>事项通知如下：</p><h2>一、标准</h2>
<table><tr><th>职务</th><th>会费</th></tr><tr><td>会长</td><td>5万元</td></tr></table>
<ol><li>请于三月底前汇款；</li><li>请注明单位名称。</li></ol></div></div>
<div class="ad">广告：特价机票</div>
<div class="related"><h3>相关阅读</h3><ul><li><a href="/1">去年的通知</a></li></ul></div>
<div class="footer">版权所有</div></body></html>"""


@pytest.mark.parametrize(
    ("charset", "codec"), [("gb2312", "gbk"), ("utf-8", "utf-8"), ("big5", "big5"), ("iso-8859-1", "gbk")]
)
def test_only_the_article_of_a_page_is_read(tmp_path: Path, charset: str, codec: str) -> None:
    page = PAGE.format(charset=charset)
    convert: Callable[[str], str] = traditional if charset == "big5" else str
    loaded = load(written(tmp_path / "a.html", convert(page), codec))
    assert loaded.title == convert("关于收缴会费的通知")
    assert [(b.kind, b.text) for b in loaded.blocks if b.text != loaded.title] == [
        (kind, convert(text))
        for kind, text in [
            ("paragraph", "发布时间：2023-02-10 来源：秘书处"),
            ("paragraph", "各会员单位："),
            ("paragraph", "现将会费事项通知如下："),
            ("heading", "一、标准"),
            ("row", "职务：会长；会费：5万元"),
            ("paragraph", "1. 请于三月底前汇款；"),
            ("paragraph", "2. 请注明单位名称。"),
        ]
    ]


@pytest.mark.parametrize("element", ["title", "h1"])
def test_scripts_are_no_words_of_a_title_or_heading(tmp_path: Path, element: str) -> None:
    hidden = "<script>alert(2)</script><style>p {}</style><TEMPLATE>模板</TEMPLATE>"
    page = f"<{element}>会费{hidden}标准</{element}><p>会费每年一千元，三月底前缴清。</p><h2>附{hidden}则</h2><p>自二月起施行，由秘书处解释。</p>"
    loaded = load(written(tmp_path / "a.html", page))
    assert loaded.title == "会费标准"
    said = "".join(block.text for block in loaded.blocks)
    assert not any(word in said for word in ("alert", "{", "模板"))


def word_file(path: Path) -> Path:
    import docx

    document = docx.Document()
    document.sections[0].header.paragraphs[0].text = "内部资料"
    document.add_heading("年度报告", 0)
    document.add_heading("一、会员", 1)
    document.add_paragraph("全年新增会员41家。")
    document.add_paragraph("走访企业", style="List Number")
    document.add_paragraph("办好活动", style="List Number")
    table = document.add_table(3, 3)
    rows = [("部门", "人数", "备注"), ("金融部", "3", "新设"), ("合并的说明", "", "")]
    for row, values in zip(table.rows, rows, strict=True):
        for cell, value in zip(row.cells, values, strict=True):
            cell.text = value
    table.cell(2, 0).merge(table.cell(2, 2)).text = "以上截至年底"
    document.add_paragraph("特此报告。")
    document.save(str(path))
    return path


def test_word_document_in_order(tmp_path: Path) -> None:
    assert [(b.kind, b.level, b.text) for b in load(word_file(tmp_path / "a.docx")).blocks] == [
        ("heading", 1, "年度报告"),
        ("heading", 1, "一、会员"),
        ("paragraph", 0, "全年新增会员41家。"),
        ("paragraph", 0, "1. 走访企业"),
        ("paragraph", 0, "2. 办好活动"),
        ("row", 0, "部门：金融部；人数：3；备注：新设"),
        ("paragraph", 0, "以上截至年底"),
        ("paragraph", 0, "特此报告。"),
    ]


def excel_file(path: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "台账"
    for row in [
        ["2023年活动台账"],
        ["季度", "日期", "活动", "人数", "费用", "完成率"],
        ["一季度", dt.datetime(2023, 3, 5), "座谈会", 86.0, 0.1 + 0.2, 0.856],
        [None, dt.datetime(2023, 3, 9, 14, 30), "走访", 12, None, 1],
        ["合计", None, None, 98, None, None],
    ]:
        sheet.append(row)
    sheet.merge_cells("A1:F1")
    sheet.merge_cells("A3:A4")
    for cell in ("F3", "F4"):
        sheet[cell].number_format = "0.0%"
    book.create_sheet("草稿").append(["不公开", "的内容"])
    book["草稿"].sheet_state = "hidden"
    book.save(path)
    return path


def test_spreadsheet_rows_name_their_columns(tmp_path: Path) -> None:
    loaded = load(excel_file(tmp_path / "a.xlsx"))
    assert texts(loaded, "heading") == ["台账", "2023年活动台账"]
    assert texts(loaded, "row") == [
        "季度：一季度；日期：2023-03-05；活动：座谈会；人数：86；费用：0.3；完成率：85.6%",
        "季度：一季度；日期：2023-03-09 14:30；活动：走访；人数：12；完成率：100%",
        "季度：合计；人数：98",
    ]


@pytest.mark.parametrize(
    ("name", "above"),
    [(name, "") for name in ("Sheet", "Sheet1", "工作表1", "表1", "Sheet1 (2)")] + [("2025年", "2025年\n")],
)
def test_a_sheet_that_says_not_what_it_is_gives_no_title(tmp_path: Path, name: str, above: str) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.title = name
    for row in (["姓名", "职务"], ["王一", "会长"]):
        book.active.append(row)
    book.save(tmp_path / "理事名册.xlsx")
    document = make_document("理事名册.xlsx", "", load(tmp_path / "理事名册.xlsx"))
    rows = "姓名：王一；职务：会长"
    assert (document.title, document.kind, document.text) == ("理事名册", "ledger", above + rows)


def test_csv_in_gb18030(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", '部门,2022,2023\n金融部,"1,200",86\n', "gb18030")
    assert texts(load(path), "row") == ["部门：金融部；2022：1,200；2023：86"]


def wrapped(text: str, columns: int) -> Iterator[str]:
    text = "　　" + text
    return (text[i : i + columns] for i in range(0, len(text), columns))


def pdf_file(path: Path, *, password: str | None = None) -> Path:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), encrypt=password, invariant=1)
    lines = [line for paragraph in PARAGRAPHS for line in wrapped(paragraph, 36)]
    page, y = 0, 0.0
    for i, line in enumerate(lines):
        if y < 100:
            if page:
                canvas.showPage()
            page, y = page + 1, 740.0
            canvas.setFont("STSong-Light", 9)
            canvas.drawString(80, 800, "联合会会议文件之二")
            canvas.drawCentredString(297, 40, f"- {page} -")
        if i == 0:
            canvas.setFont("STSong-Light", 18)
            canvas.drawCentredString(297, 765, "会长办公会纪要汇编")
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(80, y, line)
        y -= 20
    canvas.save()
    return path


def test_pdf_paragraphs_are_whole_and_running_lines_are_gone(tmp_path: Path) -> None:
    loaded = load(pdf_file(tmp_path / "a.pdf"))
    assert [(b.text, b.page) for b in loaded.blocks if b.kind == "heading"] == [("会长办公会纪要汇编", 1)]
    assert texts(loaded, "paragraph") == PARAGRAPHS
    pages = [block.page for block in loaded.blocks]
    assert pages == sorted(pages, key=lambda page: page or 0) and set(pages) == {1, 2, 3}


def test_scanned_pdf_is_read_by_ocr(tmp_path: Path) -> None:
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (1240, 900), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, 34)
    paragraphs = [
        "兹定于2023年3月5日召开会员代表大会，请各会员单位准时派代表出席，并带好会员证。",
        "会费每年一千元。",
    ]
    lines = [line for paragraph in paragraphs for line in wrapped(paragraph, 28)]
    for i, line in enumerate(lines):
        draw.text((120, 120 + 60 * i), line, font=font, fill="black")
    image.save(tmp_path / "scan.pdf", resolution=150)
    loaded = load(tmp_path / "scan.pdf")
    assert texts(loaded) == paragraphs
    assert loaded.blocks[0].page == 1


def encrypted_office(path: Path) -> Path:
    from msoffcrypto.format.ooxml import OOXMLFile

    plain = word_file(path.with_name("plain.docx"))
    with plain.open("rb") as source, path.open("wb") as target:
        OOXMLFile(source).encrypt("secret", target)
    return path


def zip_bomb(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b"0" * 50_000_000)
    return path


def picture() -> bytes:
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("a.txt", lambda path: written(path, b""), "empty"),
        ("a.txt", lambda path: written(path, " \n　\n"), "No text"),
        ("a.txt", lambda path: written(path, bytes(range(256)) * 20), "not a text"),
        ("a.txt", lambda path: written(path, picture()), "No text"),
        ("a.html", lambda path: written(path, "<!doctype html><!-- -->"), "No text"),
        ("a.pdf", lambda path: pdf_file(path, password="secret"), "password"),
        ("a.docx", encrypted_office, "password"),
        ("a.docx", zip_bomb, "unreasonable size"),
        ("a.docx", lambda path: written(path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut"), "cut off"),
        ("a.docx", lambda path: written(path, bytes(range(256)) * 20), "damaged"),
        ("a.pages", lambda path: written(path, "内容"), "save it as .docx"),
        ("a.numbers", lambda path: written(path, "内容"), "save it as .xlsx"),
        ("a.heic", lambda path: written(path, "内容"), "save it as .jpg"),
        ("a.exe", lambda path: written(path, "内容"), "use .txt"),
        ("a.txt", lambda path: path, "no such file"),
    ],
)
def test_unusable_files_are_refused_with_a_reason(
    tmp_path: Path, name: str, make: Callable[[Path], Path], reason: str
) -> None:
    with pytest.raises(LoadError, match=reason) as caught:
        load(make(tmp_path / name))
    assert "\n" not in str(caught.value) and " / " in str(caught.value)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", TEXT)
    path.chmod(0)
    with pytest.raises(LoadError, match="permissions"):
        load(path)


@pytest.mark.parametrize(
    ("make", "wrong_suffix"),
    [(pdf_file, ".txt"), (word_file, ".txt"), (excel_file, ".docx"), (word_file, ".pdf")],
)
def test_the_content_counts_not_the_suffix(
    tmp_path: Path, make: Callable[[Path], Path], wrong_suffix: str
) -> None:
    right = {pdf_file: ".pdf", word_file: ".docx", excel_file: ".xlsx"}[make]
    proper = make(tmp_path / f"a{right}")
    wrong = written(tmp_path / f"b{wrong_suffix}", proper.read_bytes())
    assert load(wrong) == load(proper)


def test_a_page_or_text_under_another_name(tmp_path: Path) -> None:
    page = PAGE.format(charset="utf-8")
    assert "版权所有" not in "".join(texts(load(written(tmp_path / "page.docx", page))))
    assert texts(load(written(tmp_path / "text.pdf", TEXT))) == PARAGRAPHS


def test_a_formula_whose_result_was_not_saved_is_told(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["部门", "经费"], ["会员部", 3], ["合计", "=SUM(B2:B2)"]):
        book.active.append(row)
    hidden = book.create_sheet("草稿")
    hidden["A1"], hidden.sheet_state = "=1+1", "hidden"
    book.save(tmp_path / "a.xlsx")
    (warning,) = load(tmp_path / "a.xlsx").warnings
    assert "1 个单元格是公式" in warning
    assert load(excel_file(tmp_path / "b.xlsx")).warnings == ()


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".xlsx", ".html", ".txt", ".md", ".csv"])
def test_a_damaged_file_is_refused_or_read_but_never_crashes(tmp_path: Path, suffix: str) -> None:
    makers = {".pdf": pdf_file, ".docx": word_file, ".xlsx": excel_file}
    if suffix in makers:
        whole = makers[suffix](tmp_path / f"whole{suffix}").read_bytes()
    else:
        whole = (PAGE.format(charset="gb2312") if suffix == ".html" else TEXT).encode("gbk")
    damaged = [whole[: len(whole) * i // 40] for i in range(40)] + [whole[:n] for n in range(1, 9)]
    middle = len(whole) // 2
    damaged += [whole[:at] + bytes(200) + whole[at + 200 :] for at in range(0, len(whole), middle // 6)]
    for content in damaged:
        path = written(tmp_path / f"cut{suffix}", content)
        try:
            assert load(path).blocks
        except LoadError as error:
            assert "\n" not in str(error)
        else:
            # What still opens as a container was not merely cut off.
            assert suffix not in makers or len(content) >= len(whole)
