"""Slides, letters, OpenDocument, rich text and pictures, made and read back."""

import io
from email.message import EmailMessage
from pathlib import Path

import hostile as h
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont
from test_load import FONT, texts, written

from ingest.document import LoadedFile
from ingest.load import load


def shown(loaded: LoadedFile) -> list[tuple[str, int | None, str]]:
    return [(block.kind, block.page, block.text) for block in loaded.blocks]


def slides_file(path: Path) -> Path:
    import pptx
    from pptx.util import Cm

    slides = pptx.Presentation()
    first = slides.slides.add_slide(slides.slide_layouts[1])
    first.shapes.title.text = "年度报告"
    first.placeholders[1].text = "新增会员41家\n走访企业\v12家"
    first.notes_slide.notes_text_frame.text = "讲稿不公开"
    group = first.shapes.add_group_shape()
    group.shapes.add_textbox(0, 0, Cm(5), Cm(2)).text_frame.text = "组合中的文字"
    hidden = slides.slides.add_slide(slides.slide_layouts[5])
    hidden.shapes.title.text = "隐藏的一页"
    hidden._element.set("show", "0")
    third = slides.slides.add_slide(slides.slide_layouts[5])
    third.shapes.title.text = "会费"
    table = third.shapes.add_table(4, 3, 0, 0, Cm(12), Cm(4)).table
    rows = [
        ("类别", "职务", "会费"),
        ("领导", "会长", "5万元"),
        ("", "副会长", "3万元"),
        ("合计", "", "8万元"),
    ]
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            table.cell(r, c).text = value
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 1))
    slides.save(str(path))
    return path


SLIDES = [
    ("heading", 1, "年度报告"),
    ("paragraph", 1, "新增会员41家"),
    ("paragraph", 1, "走访企业12家"),
    ("paragraph", 1, "组合中的文字"),
    ("heading", 3, "会费"),
    ("row", 3, "类别：领导；职务：会长；会费：5万元"),
    ("row", 3, "类别：领导；职务：副会长；会费：3万元"),
    ("row", 3, "类别：合计；会费：8万元"),
]


def test_slides_are_pages_without_notes_and_hidden_ones(tmp_path: Path) -> None:
    assert shown(load(slides_file(tmp_path / "a.pptx"))) == SLIDES


def letter_file(path: Path, *, html: bool, subject: str = "会费通知") -> Path:
    letter = EmailMessage()
    letter["From"] = "秘书处 <office@example.org>"
    letter["Subject"] = subject
    letter["Date"] = "Fri, 10 Feb 2023 09:00:00 +0800"
    if html:
        letter.set_content(
            "<html><body><p>会费每年一千元。</p></body></html>", subtype="html", charset="gb2312"
        )
    else:
        letter.set_content("会费每年一千元。\n请于三月底前汇款。", charset="gb2312")
        letter.add_alternative("<p>别的版本</p>", subtype="html")
    letter.add_attachment(b"x", maintype="application", subtype="pdf", filename="../名单.pdf")
    return written(path, letter.as_bytes())


@pytest.mark.parametrize("html", [False, True])
def test_a_letter_names_its_attachments(tmp_path: Path, html: bool) -> None:
    loaded = load(letter_file(tmp_path / "a.eml", html=html))
    assert loaded.title == "会费通知"
    assert texts(loaded) == ["会费通知", "来源：秘书处", "日期：2023-02-10", "会费每年一千元。"] + (
        [] if html else ["请于三月底前汇款。"]
    )
    (warning,) = loaded.warnings
    assert "../名单.pdf" in warning and "附件未读入" in warning and "not read" in warning


def test_an_english_letter_has_english_lines(tmp_path: Path) -> None:
    loaded = load(written(tmp_path / "a.eml", h.letter("Dues", "The dues are 1,000 yuan.")))
    assert texts(loaded) == ["Dues", "From: Office", "Date: 2023-02-10", "The dues are 1,000 yuan."]
    assert loaded.warnings == ()


ODT = (
    "<office:text><text:tracked-changes><text:p>删去的话</text:p></text:tracked-changes>"
    '<text:h text:outline-level="2">会费</text:h><text:p>每年<text:span>一千</text:span>元'
    "<office:annotation><text:p>批注</text:p></office:annotation>。</text:p>"
    '<text:list text:style-name="L"><text:list-item><text:p>走访企业</text:p></text:list-item>'
    "<text:list-item><text:p>办好活动</text:p></text:list-item></text:list>"
    '<table:table><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>人数</text:p>'
    "</table:table-cell><table:covered-table-cell/><table:table-cell><text:p>部门</text:p></table:table-cell>"
    "</table:table-row><table:table-row><table:table-cell><text:p>男</text:p></table:table-cell>"
    "<table:table-cell><text:p>女</text:p></table:table-cell><table:table-cell><text:p>部门</text:p>"
    "</table:table-cell></table:table-row><table:table-row><table:table-cell><text:p>3</text:p>"
    "</table:table-cell><table:table-cell><text:p>4</text:p></table:table-cell>"
    '<table:table-cell table:number-rows-spanned="2"><text:p>金融部</text:p></table:table-cell>'
    "</table:table-row><table:table-row><table:table-cell><text:p>5</text:p></table:table-cell>"
    "<table:table-cell><text:p>6</text:p></table:table-cell><table:covered-table-cell/></table:table-row>"
    "</table:table></office:text>"
)
NUMBERED = (
    "<office:automatic-styles xmlns:style='urn:oasis:names:tc:opendocument:xmlns:style:1.0'>"
    "<text:list-style style:name='L'><text:list-level-style-number text:level='1' style:num-format='一, 二, 三, ...'"
    " style:num-suffix='、'/></text:list-style></office:automatic-styles>"
)


def test_open_document_text(tmp_path: Path) -> None:
    package = h.odf(ODT)
    content = h.member(package, "content.xml").replace("<office:body>", NUMBERED + "<office:body>")
    loaded = load(written(tmp_path / "a.odt", h.repacked(package, {"content.xml": content})))
    assert [(block.kind, block.level, block.text) for block in loaded.blocks] == [
        ("heading", 2, "会费"),
        ("paragraph", 0, "每年一千元。"),
        ("paragraph", 0, "一、走访企业"),
        ("paragraph", 0, "二、办好活动"),
        ("row", 0, "人数（男）：3；人数（女）：4；部门：金融部"),
        ("row", 0, "人数（男）：5；人数（女）：6；部门：金融部"),
    ]


@pytest.mark.parametrize(("name", "headings"), [("工作表1", []), ("Sheet2", []), ("表决", ["表决"])])
def test_a_sheet_of_open_document_is_headed_by_a_name_of_its_own(
    tmp_path: Path, name: str, headings: list[str]
) -> None:
    row = (
        "<table:table-row>"
        + 2 * "<table:table-cell><text:p>{}</text:p></table:table-cell>"
        + "</table:table-row>"
    )
    rows = row.format("姓名", "职务") + row.format("王一", "会长")
    sheet = f'<office:spreadsheet><table:table table:name="{name}">{rows}</table:table></office:spreadsheet>'
    loaded = load(written(tmp_path / "a.ods", h.odf(sheet)))
    assert [block.text for block in loaded.blocks] == [*headings, "姓名：王一；职务：会长"]


@pytest.mark.parametrize("kind", ["plain", "table", "gbk"])
def test_rich_text(tmp_path: Path, kind: str) -> None:
    def coded(text: str) -> bytes:
        if kind == "gbk":
            return "".join(f"\\'{byte:02x}" for byte in text.encode("gbk")).encode()
        return "".join(f"\\u{ord(character)}?" for character in text).encode()

    body = coded("会费每年一千元。") + b"\\par " + coded("三月底前汇款。") + b"\\par "
    if kind == "table":
        for row in (("职务", "会费"), ("会长", "5万元")):
            body += b"\\trowd " + b"".join(coded(cell) + b"\\cell " for cell in row) + b"\\row "
    rtf = b"{\\rtf1\\ansi\\ansicpg936{\\fonttbl{\\f0\\fcharset134 SimSun;}}\\f0 " + body + b"}"
    assert texts(load(written(tmp_path / "a.rtf", rtf))) == ["会费每年一千元。", "三月底前汇款。"] + (
        ["职务：会长；会费：5万元"] if kind == "table" else []
    )


def notice(*, blurred: float = 0, transparent: bool = False) -> Image.Image:
    image = Image.new("RGBA", (1240, 500), (0, 0, 0, 0) if transparent else "white")
    draw, font = ImageDraw.Draw(image), ImageFont.truetype(FONT, 34)
    for i, line in enumerate(
        ("关于收缴会费的通知", "会费每年一千元，请于三月底前汇款。", "联系人是秘书处陈女士。")
    ):
        draw.text((100, 80 + 90 * i), line, font=font, fill="black")
    if blurred:
        small = image.resize((310, 125)).filter(ImageFilter.GaussianBlur(blurred))
        return small.resize(image.size)
    return image


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "BMP", "TIFF", "photo", "transparent"])
def test_pictures_of_notices_are_read(tmp_path: Path, kind: str) -> None:
    buffer = io.BytesIO()
    if kind == "transparent":
        notice(transparent=True).save(buffer, "PNG")
    elif kind == "photo":  # held on its side; the camera says so
        exif = Image.Exif()
        exif[0x0112] = 6
        notice().convert("RGB").rotate(90, expand=True).save(buffer, "JPEG", exif=exif)
    else:
        notice().convert("RGB").save(buffer, kind)
    loaded = load(written(tmp_path / "a.png", buffer.getvalue()))
    assert "会费每年一千元，请于三月底前汇款。" in "".join(texts(loaded))
    assert {block.page for block in loaded.blocks} == {1} and loaded.warnings == ()


def test_pages_of_a_picture_and_a_warning_of_the_poor_ones(tmp_path: Path) -> None:
    good, poor = notice().convert("RGB"), notice(blurred=1.2).convert("RGB")
    good.save(tmp_path / "a.tif", save_all=True, append_images=[poor])
    loaded = load(tmp_path / "a.tif")
    assert {block.page for block in loaded.blocks} >= {1}
    (warning,) = loaded.warnings
    assert "page 2)" in warning and "第 2 页" in warning
    good.save(tmp_path / "a.pdf", save_all=True, append_images=[poor], resolution=150)
    assert load(tmp_path / "a.pdf").warnings == loaded.warnings


def test_a_scan_that_lies_on_its_side_is_told(tmp_path: Path) -> None:
    notice().convert("RGB").rotate(90, expand=True).save(tmp_path / "a.pdf", resolution=150)
    (warning,) = load(tmp_path / "a.pdf").warnings
    assert "page 1)" in warning
