"""Writes the files of the sample corpus that are not plain UTF-8 text, byte-identical on every run.

Their texts stand in `evals/corpus_text/`: Markdown headings and tables for .docx and .pdf, plain text for
the scan and the old encodings, CSV for the workbook. Run `python -m evals.make_corpus [--out DIR]`.
"""

import argparse
import csv
import io
import re
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path

import docx
import numpy as np
from docx.shared import Pt
from openpyxl import Workbook
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pagesizes import A4  # type: ignore[import-untyped]
from reportlab.lib.utils import ImageReader  # type: ignore[import-untyped]
from reportlab.pdfbase.pdfmetrics import registerFont, stringWidth  # type: ignore[import-untyped]
from reportlab.pdfbase.ttfonts import TTFont  # type: ignore[import-untyped]
from reportlab.pdfgen.canvas import Canvas  # type: ignore[import-untyped]

TEXTS = Path(__file__).parent / "corpus_text"
CORPUS = Path(__file__).parent.parent / "corpus"
FONT = Path("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc")
FONT_NAME = "WenQuanYiMicroHei"

MADE_AT = datetime(2024, 12, 30, 9, 0, 0)
ZIP_TIME = (2024, 12, 30, 9, 0, 0)

ENCODED = {  # text file: encoding, as offices of the time saved it
    "会费管理办法（2021年）.txt": "gb18030",
    "关于召开会员企业融资对接会的通知.txt": "gb18030",
    "關於舉辦第三屆豫港僑商經貿交流會的通知.txt": "big5",
}
WORD = ("2022年度工作报告", "会费管理办法（2023年修订）")
PDF = "2023年度工作报告"
SCAN = "关于组织会员健康体检的通知"
LEDGER = "活动台账"

NO_LINE_START = "，。、；：？！）”》〕"  # punctuation that must not begin a line

Line = tuple[str, int]  # text and heading level; 0 is body text


def read_lines(name: str) -> list[Line]:
    """The non-empty lines of a source text, each with the level of its Markdown heading (0: none)."""
    lines = []
    for raw in (TEXTS / name).read_text(encoding="utf-8").splitlines():
        marks = re.match(r"(#*)\s*", raw)
        if marks and raw.strip():
            lines.append((raw[marks.end() :].strip(), len(marks[1])))
    return lines


def cells(row: str) -> list[str]:
    """The cells of a Markdown table row."""
    return [cell.strip() for cell in row.strip("|").split("|")]


def write_encoded(out: Path) -> None:
    for name, encoding in ENCODED.items():
        text = (TEXTS / name).read_text(encoding="utf-8")
        # Office machines of the time write CR LF.
        (out / name).write_bytes(text.replace("\n", "\r\n").encode(encoding))


def freeze_zip(content: bytes) -> bytes:
    """The same zip archive with fixed dates on its entries and in its core properties."""
    stamp = MADE_AT.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    frozen = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(frozen, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "docProps/core.xml":
                data = re.sub(rb"(<dcterms:\w+[^>]*>)[^<]*(</dcterms:)", rb"\g<1>" + stamp + rb"\2", data)
            fixed = zipfile.ZipInfo(entry.filename, ZIP_TIME)
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, data)
    return frozen.getvalue()


def write_word(name: str, out: Path) -> None:
    """A Word file with heading styles; consecutive `|` lines become one table."""
    document = docx.Document()
    document.styles["Normal"].font.size = Pt(12)
    lines = read_lines(f"{name}.md")
    document.core_properties.title = lines[0][0]
    document.core_properties.author = "河南省侨商联合会"
    document.core_properties.comments = ""
    table = None
    for text, level in lines:
        if not text.startswith("|"):
            table = None
            if level:
                document.add_heading(text, level=level)
            else:
                document.add_paragraph(text)
        elif not text.strip("|- "):
            continue  # the rule between a Markdown table's header and its body
        else:
            row = cells(text)
            if table is None:
                table = document.add_table(rows=0, cols=len(row), style="Table Grid")
            for cell, value in zip(table.add_row().cells, row, strict=True):
                cell.text = value
    content = io.BytesIO()
    document.save(content)
    (out / f"{name}.docx").write_bytes(freeze_zip(content.getvalue()))


def wrap(text: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    """Lines of at most `width`, numbers and words kept whole; closing punctuation may hang over the end."""
    line = ""
    for token in re.findall(r"[\w.:%-]+|.", text, flags=re.ASCII):
        if line and token not in NO_LINE_START and measure(line + token) > width:
            yield line
            line = ""
        line += token
    yield line


def write_pdf(out: Path) -> None:
    """A text PDF: A4, a running header and a page number on every page, hard line ends."""
    left, top, bottom, leading = 72, 740, 90, 26
    lines = read_lines(f"{PDF}.md")
    canvas = Canvas(str(out / f"{PDF}.pdf"), pagesize=A4, invariant=1)
    canvas.setTitle(lines[0][0])
    canvas.setAuthor("河南省侨商联合会")
    page, y = 1, top

    def frame() -> None:
        canvas.setFont(FONT_NAME, 9)
        canvas.drawString(left, 790, "河南省侨商联合会第三届第一次会员代表大会文件之二")
        canvas.drawCentredString(A4[0] / 2, 45, f"— {page} —")

    frame()
    for text, level in lines:
        size = {1: 18, 2: 16}.get(level, 15)
        measure = partial(stringWidth, fontName=FONT_NAME, fontSize=size)
        indented = text if level == 1 else f"　　{text}"
        for line in wrap(indented, A4[0] - 2 * left, measure):
            if y < bottom:
                canvas.showPage()
                page, y = page + 1, top
                frame()
            canvas.setFont(FONT_NAME, size)
            canvas.drawString(left, y, line)
            y -= leading
    canvas.save()


def scan_image(lines: list[Line]) -> Image.Image:
    """A grey A4 page at 150 dpi, slightly tilted and noisy, with the first line as its title."""
    width, height, left = 1240, 1754, 130
    page = Image.new("L", (width, height), 250)
    draw = ImageDraw.Draw(page)
    title, body = ImageFont.truetype(FONT, 36), ImageFont.truetype(FONT, 25)
    draw.text((width / 2, 150), lines[0][0], font=title, fill=25, anchor="mm")
    y = 210
    for text, _ in lines[1:]:
        for line in wrap(f"　　{text}", width - 2 * left, body.getlength):
            draw.text((left, y), line, font=body, fill=35)
            y += 42
    tilted = page.rotate(0.35, resample=Image.Resampling.BICUBIC, fillcolor=250)
    noise = np.random.default_rng(20240422).normal(0, 6, (height, width))
    return Image.fromarray(np.clip(np.asarray(tilted) + noise, 0, 255).astype(np.uint8))


def write_scan(out: Path) -> None:
    """A PDF of one page image, without a text layer."""
    jpeg = io.BytesIO()
    scan_image(read_lines(f"{SCAN}.txt")).save(jpeg, "JPEG", quality=80, dpi=(150, 150))
    jpeg.seek(0)
    canvas = Canvas(str(out / f"{SCAN}（扫描件）.pdf"), pagesize=A4, invariant=1)
    canvas.drawImage(ImageReader(jpeg), 0, 0, *A4)
    canvas.save()


def write_ledger(out: Path) -> None:
    """The activity ledger: one sheet a year, real dates and numbers in the cells."""
    with (TEXTS / f"{LEDGER}.csv").open(encoding="utf-8", newline="") as source:
        header, *rows = csv.reader(source)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    for year in sorted({row[0][:4] for row in rows}):
        sheet = workbook.create_sheet(f"{year}年")
        sheet.append(["序号", *header])
        for number, row in enumerate((row for row in rows if row[0].startswith(year)), start=1):
            day, name, place, people, department, cost = row
            sheet.append([number, date.fromisoformat(day), name, place, int(people), department, float(cost)])
        for column, width in zip("ABCDEFG", (6, 12, 30, 28, 10, 12, 14), strict=True):
            sheet.column_dimensions[column].width = width
    workbook.properties.title = "河南省侨商联合会活动台账"
    workbook.properties.creator = "河南省侨商联合会"
    content = io.BytesIO()
    workbook.save(content)
    (out / f"{LEDGER}.xlsx").write_bytes(freeze_zip(content.getvalue()))


def main() -> None:
    parser = argparse.ArgumentParser(description="Write the binary files of the sample corpus.")
    parser.add_argument("--out", type=Path, default=CORPUS, help="folder to write to (default: corpus/)")
    out: Path = parser.parse_args().out
    if not FONT.is_file():
        sys.exit("The Chinese font WenQuanYi Micro Hei is missing; run: apt-get install fonts-wqy-microhei")
    registerFont(TTFont(FONT_NAME, str(FONT), subfontIndex=0))
    out.mkdir(parents=True, exist_ok=True)
    write_encoded(out)
    for name in WORD:
        write_word(name, out)
    write_pdf(out)
    write_scan(out)
    write_ledger(out)


if __name__ == "__main__":
    main()
