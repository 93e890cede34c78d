"""Whatever is uploaded is read as plain text or refused with a reason; nothing runs, nothing leaves."""

import io
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import hostile as h
import pytest
from test_load import written

from ingest import worker
from ingest.errors import LoadError
from ingest.worker import Loader

SECRET_FILE, REMOTE = "@SECRET@", "@REMOTE@"  # replaced by a real file and a real address
ENTITIES = h.doctype(SECRET_FILE, REMOTE)
BOMB = h.doctype(SECRET_FILE, REMOTE, h.LAUGHS)
ANY_REASON = "."
DAMAGED = "damaged or cut off"


@pytest.fixture(scope="module")
def loader() -> Iterator[Loader]:
    with pytest.MonkeyPatch.context() as patch, Loader() as loader:
        patch.setattr(worker, "_SECONDS", 15)
        patch.setattr(worker, "_SCAN_SECONDS", 15)
        yield loader


class _Trap(BaseHTTPRequestHandler):
    visits: list[str]

    def do_GET(self) -> None:
        self.visits.append(self.path)
        self.send_response(404)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture(scope="module")
def trap() -> Iterator[tuple[str, list[str]]]:
    """An address that hostile files refer to, and who called there."""
    visits: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Trap", (_Trap,), {"visits": visits}))
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/x.png", visits
    server.shutdown()


def read(text: str, absent: str = h.SECRET) -> tuple[str, str, str]:
    return ("read", text, absent)


def refused(reason: str) -> tuple[str, str, str]:
    return ("refused", reason, h.SECRET)


EITHER = ("either", "", h.SECRET)
_LINK = f'<w:p><w:r><w:t>{h.READ}</w:t></w:r></w:p><w:altChunk xmlns:r="urn:r" r:id="rId99"/>'
_RELATION = (
    '<Relationship Id="rId99" TargetMode="External" Target="@REMOTE@"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/%s"/>'
)


def _remote(package: bytes, part: str, kind: str) -> bytes:
    relations = h.member(package, part)
    return h.repacked(package, {part: relations.replace("</Rel", _RELATION % kind + "</Rel")})


def _macros(package: bytes, folder: str) -> bytes:
    return h.repacked(package, {f"{folder}/vbaProject.bin": b"Sub AutoOpen()"})


# id → (file name, content or how to make it, what becomes of it)
FILES: dict[str, tuple[str, Callable[[], bytes | str], tuple[str, str, str]]] = {
    # text
    "empty": ("a.txt", bytes, refused("empty")),
    "only a mark of UTF-16": ("a.txt", lambda: b"\xff\xfe", refused("No text")),
    "null bytes": ("a.txt", lambda: bytes(5000), refused("not a text")),
    "null bytes in text": ("a.txt", lambda: h.GOOD.replace("。", "\0"), refused("not a text")),
    "every byte": ("a.txt", lambda: bytes(range(256)) * 20, refused("not a text")),
    "mixed encodings": ("a.txt", lambda: h.GOOD.encode() + h.GOOD.encode("gbk") + h.GOOD.encode("big5", "ignore"), EITHER),
    "half a UTF-16 unit": ("a.txt", lambda: h.GOOD.encode("utf-16") + b"\x4e", read(h.READ)),
    "lone halves in UTF-16": ("a.txt", lambda: b"\xff\xfe\x00\xd8" + h.GOOD.encode("utf-16-le"), read(h.READ)),
    "UTF-8 cut in a character": ("a.txt", lambda: (h.GOOD * 9).encode()[:-2], read(h.READ)),
    "direction marks": ("a.txt", lambda: f"\u202e{h.READ}\u2066\u202d", read(h.READ)),
    "one line of 4 MB": ("a.txt", lambda: "会费" * 700_000, read("会费会费")),
    "a million brackets": ("a.txt", lambda: "（[{<" * 250_000, read("（[{<")),
    "100,000 lines": ("a.txt", lambda: "第1条 费\n" * 100_000, read("第1条")),
    "100,001 lines": ("a.txt", lambda: "第1条 费\n" * 100_001, refused("over 100,000 lines")),
    "too much text": ("a.txt", lambda: ("会费标准。" * 200 + "\n") * 5500, refused("too much text")),
    "deep JSON": ("a.txt", lambda: "[" * 1_000_000, read("[[[")),
    "deep JSON by name": ("a.json", lambda: "[" * 1000, refused("not read")),
    "PostScript named png": ("a.png", lambda: "%!PS-Adobe-3.0\n(x) (w) file /canary exch\n" + h.READ, read(h.READ)),
    "shell script": ("a.sh", lambda: "#!/bin/sh\ntouch canary\n", refused("not read")),
    "program named txt": ("a.txt", lambda: b"\x7fELF" + bytes(99), refused("really .exe")),
    "Windows program named docx": ("a.docx", lambda: b"MZ\x90\x00" + bytes(99), refused("really .exe")),
    # Markdown and CSV
    "script in Markdown": ("a.md", lambda: f"<script>hacked()</script>\n\n[{h.READ}](javascript:x)", read(h.READ)),
    "nested quotes in Markdown": ("a.md", lambda: ">" * 20_000 + h.READ, EITHER),
    "brackets in Markdown": ("a.md", lambda: "[" * 50_000 + h.READ, EITHER),
    "emphasis in Markdown": ("a.md", lambda: "*a _b" * 20_000 + h.READ, EITHER),
    "formulas in CSV": ("a.csv", lambda: "姓名,备注\n张三,=cmd|' /C calc'!A0\n", read("=cmd|' /C calc'!A0")),
    "a quote never closed in CSV": ("a.csv", lambda: 'a,"' + "会费," * 100_000, EITHER),
    "100,000 columns in CSV": ("a.csv", lambda: ("会费," * 100_000 + "\n") * 2 + "一千元\n", read("一千元")),
    # HTML and SVG
    "script in HTML": ("a.html", lambda: f"<html><script>hacked()</script><p onclick='hacked()'>{h.READ}。</p>", read(h.READ, "hacked")),
    "remote parts in HTML": ("a.html", lambda: f"<html><base href='@REMOTE@'><link rel=stylesheet href='@REMOTE@'><meta http-equiv=refresh content='0;@REMOTE@'><img src='@REMOTE@'><iframe src='@REMOTE@'></iframe><p>{h.READ}。", read(h.READ, "@")),
    "deep HTML": ("a.html", lambda: "<html>" + "<div>" * 100_000 + h.READ, EITHER),
    "deep inline HTML": ("a.html", lambda: "<html><p>" + "<b>" * 100_000 + h.READ, EITHER),
    "comments before nothing": ("a.html", lambda: "<!---->" * 9000 + h.GOOD, read(h.READ)),
    "instructions before nothing": ("a.txt", lambda: "<?x?><!doctype y>" * 3000 + h.GOOD, read(h.READ)),
    "entities in XHTML": ("a.html", lambda: f"<?xml version='1.0'?>{BOMB}<html><p>{h.READ}&l9;&f;&r;</p></html>", EITHER),
    "a table of a billion columns": ("a.html", lambda: f"<html><table><tr><td colspan=999999999>{h.READ}<td>b</table>", read(h.READ)),
    "script in SVG": ("a.svg", lambda: "<svg xmlns='http://www.w3.org/2000/svg'><script>hacked()</script></svg>", refused("save it as .jpg")),
    "SVG named png": ("a.png", lambda: f"<?xml version='1.0'?>{ENTITIES}<!-- --><svg onload='hacked()'/>", refused("really")),
    "SVG named html": ("a.html", lambda: f"<svg xmlns='http://www.w3.org/2000/svg'><text>{h.READ}</text></svg>", refused("really .svg")),
    "SVG named txt": ("a.txt", lambda: f"<svg><text>&f; {h.READ}</text></svg>", read("<svg><text>&f;")),
    "XML named docx": ("a.docx", lambda: f"<?xml version='1.0'?>{ENTITIES}<x>&f;</x>", refused("really .xml")),
    # more than one kind at once
    "HTML that is a PDF": ("a.html", lambda: b"<!--%PDF-1.4--><html><script>hacked()</script>", refused("cut off")),
    "PDF that is a zip": ("a.pdf", lambda: h.pdf_page(h.WORDS) + h.packed({"evil.sh": "x"}), read("one thousand yuan")),
    "PDF that is HTML": ("a.html", lambda: h.pdf_page(h.WORDS).replace(b"%PDF-1.7\n", b"<html><!--\n%PDF-1.7\n"), EITHER),
    "zip that is a PDF": ("a.pdf", lambda: h.packed({"x": "%PDF-1.4"}, compressed=False), refused("cut off")),
    "zip named txt": ("a.txt", lambda: h.packed({"x": "y"}), refused("unpack it first")),
    "Word and Excel at once": ("a.xlsx", lambda: h.repacked(h.docx(), {"xl/workbook.xml": "<x/>"}), read(h.READ)),
    "PDF named txt": ("a.txt", lambda: h.pdf_page(h.WORDS), read("one thousand yuan")),
    # Word
    "macros in docx": ("a.docx", lambda: _macros(h.docx(), "word"), refused("macros")),
    "macros by type": ("a.docx", lambda: h.repacked(h.docx(), {"[Content_Types].xml": h.member(h.docx(), "[Content_Types].xml").replace("wordprocessingml.document.main", "ms-word.document.macroEnabled.main")}), refused("macros")),
    "docm": ("a.docm", lambda: _macros(h.docx(), "word"), refused("macros")),
    "outside entities in docx": ("a.docx", lambda: h.with_doctype(h.docx(), "word/document.xml", ENTITIES, h.READ, "&f;&r;"), read(h.READ)),
    "a billion laughs in docx": ("a.docx", lambda: h.with_doctype(h.docx(), "word/document.xml", BOMB, h.READ, "&l9;"), EITHER),
    "remote template and frame in docx": ("a.docx", lambda: _remote(h.docx_body(_LINK), "word/_rels/document.xml.rels", "image"), read(h.READ)),
    "bomb in docx": ("a.docx", lambda: h.repacked(h.docx(), {"word/document.xml": bytes(50_000_000)}), refused("unreasonable size")),
    "a part larger than it says": ("a.docx", lambda: h.spoofed(h.repacked(h.docx(), {"word/document.xml": b"<" * 50_000_000}), "word/document.xml", file_size=10), refused(DAMAGED)),
    "names that lead out of docx": ("a.docx", lambda: h.repacked(h.docx(), {"../../canary": "x", "/canary": "x"}), read(h.READ)),
    "a cell over a billion columns": ("a.docx", lambda: h.docx_body(f'<w:tbl><w:tr><w:tc><w:tcPr><w:gridSpan w:val="999999999"/></w:tcPr><w:p><w:r><w:t>{h.READ}</w:t></w:r></w:p></w:tc></w:tr></w:tbl>'), read(h.READ)),
    "tables in tables": ("a.docx", lambda: h.docx_body("<w:tbl><w:tr><w:tc>" * 5000 + "</w:tc></w:tr></w:tbl>" * 5000), refused(ANY_REASON)),
    # Excel, slides, OpenDocument
    "xlsm": ("a.xlsm", lambda: _macros(h.xlsx(), "xl"), refused("macros")),
    "macros in xlsx": ("a.xlsx", lambda: _macros(h.xlsx(), "xl"), refused("macros")),
    "entities in xlsx": ("a.xlsx", lambda: h.with_doctype(h.xlsx(), "xl/worksheets/sheet1.xml", ENTITIES, "&#39033;", "&f;&r;"), EITHER),
    "a billion laughs in xlsx": ("a.xlsx", lambda: h.with_doctype(h.xlsx(), "xl/worksheets/sheet1.xml", BOMB, "&#39033;", "&l9;"), EITHER),
    "entities in the workbook": ("a.xlsx", lambda: h.with_doctype(h.xlsx(), "xl/workbook.xml", BOMB, "<sheets>", "&l9;&f;&r;"), EITHER),
    "a formula that calls a program": ("a.xlsx", lambda: h.xlsx((("项目", "值"), (h.READ, "=cmd|'/C touch canary'!A0"))), read(h.READ)),
    "remote link in xlsx": ("a.xlsx", lambda: _remote(h.xlsx(), "xl/_rels/workbook.xml.rels", "externalLink"), EITHER),
    "every cell merged": ("a.xlsx", lambda: h.repacked(h.xlsx(), {"xl/worksheets/sheet1.xml": h.member(h.xlsx(), "xl/worksheets/sheet1.xml").replace("</sheetData>", '</sheetData><mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>')}), EITHER),
    "the last cell of a sheet": ("a.xlsx", lambda: h.repacked(h.xlsx(), {"xl/worksheets/sheet1.xml": h.member(h.xlsx(), "xl/worksheets/sheet1.xml").replace("</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>')}), EITHER),
    "bomb in xlsx": ("a.xlsx", lambda: h.repacked(h.xlsx(), {"xl/worksheets/sheet1.xml": b" " * 50_000_000}), refused("unreasonable size")),
    "pptm": ("a.pptm", lambda: _macros(h.pptx(), "ppt"), refused("macros")),
    "outside entities in pptx": ("a.pptx", lambda: h.with_doctype(h.pptx(), "ppt/slides/slide1.xml", ENTITIES, h.READ, "&f;&r;"), read(h.READ)),
    "a billion laughs in pptx": ("a.pptx", lambda: h.with_doctype(h.pptx(), "ppt/slides/slide1.xml", BOMB, h.READ, "&l9;"), EITHER),
    "remote picture in pptx": ("a.pptx", lambda: _remote(h.pptx(), "ppt/slides/_rels/slide1.xml.rels", "image"), read(h.READ)),
    "outside entities in odt": ("a.odt", lambda: h.odt(f"{h.READ}&f;&r;", prologue=ENTITIES), read(h.READ)),
    "a billion laughs in odt": ("a.odt", lambda: h.odt(f"{h.READ}&l9;", prologue=BOMB), EITHER),
    "deep odt": ("a.odt", lambda: h.odt("<text:span>" * 5000 + "</text:span>" * 5000), refused(ANY_REASON)),
    "script in odt": ("a.odt", lambda: h.repacked(h.odt(h.READ), {"Basic/Standard/Module1.xml": "Shell(touch)"}), refused("macros")),
    "Python in odt": ("a.odt", lambda: h.repacked(h.odt(h.READ), {"Scripts/python/touch.py": "import os"}), refused("macros")),
    "no script in odt": ("a.odt", lambda: h.repacked(h.odt(h.READ), {"Basic/script-lc.xml": "<x/>", "Basic/Standard/script-lb.xml": "<x/>", "Scripts/": ""}), read(h.READ)),
    "a billion cells in ods": ("a.ods", lambda: h.odf(f'<office:spreadsheet><table:table><table:table-row table:number-rows-repeated="999999999"><table:table-cell table:number-columns-repeated="999999999"><text:p>{h.READ}</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>'), EITHER),
    # PDF
    "10,000 pages": ("a.pdf", lambda: h.pages(10_000), refused("more than 5,000 pages")),
    "2,000 pages": ("a.pdf", lambda: h.pages(2000), read("one thousand yuan")),
    "JavaScript in PDF": ("a.pdf", lambda: h.pdf_page(h.WORDS, catalogue=b"/OpenAction<</S/JavaScript/JS(app.launchURL\\('@REMOTE@'\\))>>"), read("one thousand yuan")),
    "PDF that launches a program": ("a.pdf", lambda: h.pdf_page(h.WORDS, catalogue=b"/OpenAction<</S/Launch/F(/bin/sh)>>"), read("one thousand yuan")),
    "PDF with a remote stream": ("a.pdf", lambda: h.pdf_page(h.WORDS, page=b"/AA<</O<</S/URI/URI(@REMOTE@)>>>>"), read("one thousand yuan")),
    "markup in PDF": ("a.pdf", lambda: h.pdf_page(h.WORDS.replace(b"The dues", b"<script>hacked\\(\\)</script>")), read("<script>hacked()</script>")),
    "bomb in PDF": ("a.pdf", lambda: h.pdf_page(zlib.compress(zlib.compress(b" " * 300_000_000, 1), 9), coding=b"/Filter[/FlateDecode/FlateDecode]"), refused(ANY_REASON)),
    "PDF that draws itself": ("a.pdf", lambda: h.pdf_page(b"/X Do " + h.WORDS), EITHER),
    "a page of a billion points": ("a.pdf", lambda: h.pdf_page(b"0 0 m 99 99 l S", box=b"0 0 9 999999999"), refused(ANY_REASON)),
    "a page of no size": ("a.pdf", lambda: h.pdf_page(h.WORDS, box=b"0 0 0 0"), EITHER),
    "pages in a circle": ("a.pdf", lambda: h.pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 99999999>>"]), refused(ANY_REASON)),
    "tables in a circle": ("a.pdf", lambda: h.pdf([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"], b"/Prev 9"), refused(ANY_REASON)),
    # pictures
    "a picture of 900 megapixels": ("a.png", lambda: h.png(30_000, 30_000), refused("too large")),
    "a bomb in a comment": ("a.png", lambda: h.png(9, 9, h.text_chunk(200_000_000)), refused(ANY_REASON)),
    "a picture of nothing": ("a.png", lambda: h.png(9, 9), refused("No text")),
    "a picture one pixel high": ("a.png", lambda: h.png(60_000, 1), refused(ANY_REASON)),
    "BMP of any size": ("a.bmp", lambda: b"BM" + bytes(12) + b"\x28\0\0\0" + b"\xff\xff\xff\x7f" * 2 + bytes(99), refused(ANY_REASON)),
    "TIFF in a circle": ("a.tif", lambda: b"II*\x00\x08\x00\x00\x00\x00\x00\x08\x00\x00\x00", refused(ANY_REASON)),
    "GIF named jpg": ("a.jpg", lambda: b"GIF89a" + bytes(99), refused("really .gif")),
    # letters, rich text, old Office
    "script in a letter": ("a.eml", lambda: h.letter(body=f"<html><script>hacked()</script><img src='@REMOTE@'><p>{h.READ}。</p>", kind="text/html"), read(h.READ, "hacked")),
    "a header with another": ("a.eml", lambda: h.letter(subject="=?utf-8?q?a=0D=0ABcc:_x?="), read(h.READ)),
    "letters in letters": ("a.eml", lambda: b"Content-Type: message/rfc822\r\n\r\n" * 3000 + h.letter(), EITHER),
    "parts in parts": ("a.eml", lambda: "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(500)), refused(ANY_REASON)),
    "a charset that is none": ("a.eml", lambda: h.letter().replace(b"utf-8", b"\xff-evil"), EITHER),
    "braces in rtf": ("a.rtf", lambda: b"{\\rtf1" + b"{" * 500_000, refused("No text")),
    "half characters in rtf": ("a.rtf", lambda: h.rtf(h.READ)[:-1] + b"\\u-10179?\\u-99? \\u55357?}", read(h.READ)),
    "an object in rtf": ("a.rtf", lambda: h.rtf(h.READ)[:-1] + b"{\\object\\objupdate{\\*\\objdata 0105}}{\\field{\\*\\fldinst INCLUDEPICTURE @REMOTE@}}}", read(h.READ)),
    "macros in doc": ("a.doc", lambda: h.old_word(macros=True), refused("macros")),
    "macros in ppt": ("a.ppt", lambda: h.old_slides(macros=True), refused("macros")),
    "no macros in ppt": ("a.ppt", lambda: h.old_slides(macros=False), refused("cut off")),
    "half a doc": ("a.doc", lambda: h.half(h.old_word()), refused(ANY_REASON)),
    "an empty OLE container": ("a.doc", lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(3000), refused(ANY_REASON)),
    "HTML named doc": ("a.doc", lambda: f"<html><p>{h.READ}。</p></html>", read(h.READ)),
    # cut off in the middle
    **{f"half a {suffix}": (f"a.{suffix}", lambda make=make: h.half(make()), refused(DAMAGED)) for suffix, make in {"docx": h.docx, "xlsx": h.xlsx, "pptx": h.pptx, "odt": lambda: h.odt(h.READ * 9)}.items()},
    **{f"half a {kind}": (f"a.{kind}", lambda kind=kind: h.half(h.picture(kind, h.READ)), refused(ANY_REASON)) for kind in ("png", "jpeg", "tiff", "webp", "bmp")},
    "half a pdf": ("a.pdf", lambda: h.half(h.pdf_page(h.WORDS)), refused("cut off")),
    "half a rtf": ("a.rtf", lambda: h.half(h.rtf(h.READ * 2)), read("会费标准")),
    "half a letter": ("a.eml", lambda: h.half(h.letter()), EITHER),
    "half a page": ("a.html", lambda: h.half(f"<html><p>{h.GOOD * 9}</p></html>".encode()), read(h.READ)),
}  # fmt: skip
NAMES = [
    "../a.txt".replace("/", "∕"), "..%2f..%2fa.txt", "a;touch canary.txt", "$(touch canary).txt", "-rf.txt", "|x&y.txt",
    "通知\u202etxt.pdf.txt", "مذكرة رسوم العضوية.txt", "הודעה.txt", "ประกาศ.txt", "सूचना.txt", "Уведомление.txt",
    "བརྡ་ཐོ།.txt", "📄🎉👨‍👩‍👧.txt", "Z̷̢a̶l̵g̸o̷.txt", "通知\n二.txt", "\t .txt", "NUL.txt", "'\";--.txt", "<img src=x onerror=y>.txt",
    "文" * 82 + "xxxxx.txt", "x" * 251 + ".txt", os.fsdecode("通知".encode("gbk")) + ".txt", "a.TXT", "a.pdf.txt", "a.txt ",
]  # fmt: skip


@pytest.mark.parametrize("case", FILES)
def test_a_hostile_file_is_read_as_text_or_refused(
    loader: Loader, trap: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    name, make, (outcome, expected, absent) = FILES[case]
    secret, inside = written(tmp_path / "secret.txt", h.SECRET), tmp_path / "inside"
    inside.mkdir()
    monkeypatch.chdir(inside)
    content = make()
    data = content if isinstance(content, bytes) else content.encode()
    data = _pointing(data, secret.as_uri(), trap[0])
    path = written(inside / name, data)
    try:
        text = "\n".join(block.text for block in loader.load(path).blocks)
    except LoadError as error:
        h.assert_for_people(error)
        assert outcome != "read" and (outcome == "either" or _found(expected, str(error)))
    else:
        assert outcome != "refused" and expected in text and absent not in text
        text.encode()  # can be stored and shown
    assert sorted(tmp_path.rglob("*")) == sorted([inside, path, secret])
    assert trap[1] == []


def _pointing(data: bytes, secret: str, remote: str) -> bytes:
    """The content with its references made real, in packages too."""
    if data.startswith(b"PK"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                changed = {
                    each: part.replace(b"@SECRET@", secret.encode()).replace(b"@REMOTE@", remote.encode())
                    for each in archive.namelist()
                    if b"@SECRET@" in (part := archive.read(each)) or b"@REMOTE@" in part
                }
        except zipfile.BadZipFile:
            return data
        return h.repacked(data, changed) if changed else data
    return data.replace(b"@SECRET@", secret.encode()).replace(b"@REMOTE@", remote.encode())


def _found(pattern: str, text: str) -> bool:
    return re.search(pattern, text) is not None


@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_is_only_a_name(loader: Loader, tmp_path: Path, name: str) -> None:
    try:
        blocks = loader.load(written(tmp_path / name, h.GOOD)).blocks
    except LoadError as error:
        h.assert_for_people(error)
        assert name == "a.txt "
    else:
        assert h.READ in blocks[1].text
    assert [path.name for path in tmp_path.iterdir()] == [name]


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(200 << 20)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (_fifo, "no such file"),
        (Path.mkdir, "no such file"),
        (lambda path: path.symlink_to(path), "no such file"),
        (lambda path: path.symlink_to("missing"), "no such file"),
        (lambda path: path.symlink_to("/dev/zero"), "no such file"),
        (_sparse, "too large"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.pdf"])
def test_what_is_no_ordinary_file(
    loader: Loader, tmp_path: Path, name: str, make: Callable[[Path], None], reason: str
) -> None:
    make(tmp_path / name)
    with pytest.raises(LoadError, match=reason):
        loader.load(tmp_path / name)
