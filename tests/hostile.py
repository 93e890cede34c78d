"""Files built to do harm, and honest parts to build them from. Made anew for every test; none is stored."""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence

from ingest.errors import LoadError

GOOD = "关于会费的通知\n\n会费标准为每年一千元，请于三月底前汇款。\n"
READ = "会费标准为每年一千元"
SECRET = "只有本机才有的内容"  # stands in a file that external entities ask for
LAUGHS = "".join(  # &l9; expands to ten billion characters
    f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "哈" * 10}">' for n in range(10)
)
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def doctype(secret: str, remote: str, more: str = "") -> str:
    """Declarations of entities &f; that reads a file, and &r; that fetches a page."""
    return f'<!DOCTYPE x [{more}<!ENTITY f SYSTEM "{secret}"><!ENTITY r SYSTEM "{remote}">]>'


def packed(parts: Mapping[str, bytes | str], *, compressed: bool = True) -> bytes:
    """A zip archive of these members."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def repacked(package: bytes, changes: Mapping[str, bytes | str]) -> bytes:
    """A package with some members replaced or added."""
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        parts: dict[str, bytes | str] = {name: archive.read(name) for name in archive.namelist()}
    return packed({**parts, **changes})


def member(package: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return archive.read(name).decode()


def with_doctype(package: bytes, name: str, declarations: str, find: str, entities: str) -> bytes:
    """A package one of whose XML parts declares entities and uses them in place of `find`."""
    xml = member(package, name)
    assert find in xml
    start = xml.index("?>") + 2 if xml.startswith("<?xml") else 0
    return repacked(
        package, {name: xml[:start] + declarations + xml[start:].replace(find, find + entities, 1)}
    )


def docx(text: str = GOOD) -> bytes:
    import docx as library

    document = library.Document()
    for line in text.split("\n"):
        document.add_paragraph(line)
    return _saved(document)


def docx_body(body: str) -> bytes:
    """A Word document with this XML as its body."""
    xml = f'<w:document xmlns:w="{_W}"><w:body>{body}</w:body></w:document>'
    return repacked(docx(), {"word/document.xml": xml})


def xlsx(rows: Sequence[Sequence[object]] = (("项目", "标准"), ("会费", "会费标准为每年一千元"))) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(list(row))
    return _saved(book)


def pptx(text: str = GOOD) -> bytes:
    import pptx as library

    slides = library.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text = "会费"
    slide.placeholders[1].text = text
    return _saved(slides)


def _saved(document: object) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def odf(body: str, prologue: str = "") -> bytes:
    """An OpenDocument file with this XML as its body."""
    spaces = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for short, name in (("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"))
    )
    content = f"{prologue}<office:document-content {spaces}><office:body>{body}</office:body></office:document-content>"
    return packed({"mimetype": "application/vnd.oasis.opendocument.text", "content.xml": content})


def odt(*paragraphs: str, prologue: str = "") -> bytes:
    lines = "".join(f"<text:p>{paragraph}</text:p>" for paragraph in paragraphs)
    return odf(f"<office:text>{lines}</office:text>", prologue)


def rtf(text: str = READ) -> bytes:
    coded = "".join(f"\\u{ord(character)}?" for character in text)
    return f"{{\\rtf1\\ansi\\ansicpg936 {coded}\\par}}".encode()


def pdf(objects: Iterable[bytes], trailer: bytes = b"") -> bytes:
    """A PDF of these objects; the first is the catalogue."""
    data, offsets = b"%PDF-1.7\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(offsets) + 1)
    end = b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n"
    return data + head + table + end % (len(offsets) + 1, trailer, len(data))


def pdf_page(
    content: bytes,
    *,
    box: bytes = b"0 0 595 842",
    catalogue: bytes = b"",
    page: bytes = b"",
    coding: bytes = b"",
) -> bytes:
    """A PDF of one page with a font F1; `content` draws it."""
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R%s>>" % catalogue,
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>"
            b"/XObject<</X 4 0 R>>>>%s>>" % (box, page),
            b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Length %d%s>>stream\n%s\nendstream"
            % (len(content), coding, content),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        ]
    )


WORDS = b"BT /F1 12 Tf 72 700 Td (The dues are one thousand yuan a year.) Tj ET"


def pages(count: int) -> bytes:
    """A PDF of many pages, all of them alike."""
    kids = b" ".join(b"%d 0 R" % number for number in range(5, 5 + count))
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 3 0 R/Resources<</Font<</F1 4 0 R>>>>>>"
    return pdf(
        [
            b"<</Type/Catalog/Pages 2 0 R>>",
            b"<</Type/Pages/Kids[%s]/Count %d>>" % (kids, count),
            b"<</Length %d>>stream\n%s\nendstream" % (len(WORDS), WORDS),
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
            *[page] * count,
        ]
    )


def png(width: int, height: int, extra: bytes = b"") -> bytes:
    """A white picture of any size, small as a file: one bit a pixel."""
    row = b"\0" + b"\xff" * ((width + 7) // 8)
    deflate = zlib.compressobj(1)
    data = b"".join(deflate.compress(row * min(1000, height - at)) for at in range(0, height, 1000))
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = _chunk(b"IHDR", header) + extra + _chunk(b"IDAT", data + deflate.flush()) + _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def text_chunk(size: int) -> bytes:
    """A comment in a PNG that unpacks to `size` bytes."""
    return _chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(size), 9))


def picture(kind: str, words: str = "") -> bytes:
    """A small picture, with words on it if wanted."""
    from PIL import Image, ImageDraw, ImageFont

    image = Image.new("RGB", (900, 200), "white")
    font = ImageFont.truetype("/usr/share/fonts/truetype/wqy/wqy-microhei.ttc", 34)
    ImageDraw.Draw(image).text((40, 80), words, font=font, fill="black")
    buffer = io.BytesIO()
    image.save(buffer, kind)
    return buffer.getvalue()


def letter(subject: str = "会费", body: str = GOOD, headers: str = "", kind: str = "text/plain") -> bytes:
    head = f"From: Office <office@example.org>\r\nSubject: {subject}\r\nDate: Fri, 10 Feb 2023 09:00:00 +0800\r\n"
    coding = (
        f"MIME-Version: 1.0\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    )
    return f"{head}{headers}{coding}\r\n{body}".encode()


def spoofed(package: bytes, name: str, **values: int) -> bytes:
    """An archive whose central entry of `name` says something else: flag_bits, file_size, ..."""
    places = {"flag_bits": (8, "<H"), "compress_type": (10, "<H"), "crc": (16, "<I"), "file_size": (24, "<I")}
    data = bytearray(package)
    at = data.rindex(b"PK\x01\x02", 0, data.rindex(name.encode("cp437")))
    for key, value in values.items():
        offset, form = places[key]
        struct.pack_into(form, data, at + offset, value)
    return bytes(data)


def entries(*members: tuple[str, bytes, int]) -> bytes:
    """An archive of members with their Unix modes, names as they come, twice if they come twice."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content, mode in members:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def renamed(package: bytes, placeholder: str, name: bytes) -> bytes:
    """An archive with a name in any bytes, in place of a placeholder of the same length."""
    assert len(placeholder) == len(name)
    return package.replace(placeholder.encode(), name)


def old_word(*, macros: bool = False) -> bytes:
    """What tells an old Word document from others, without its text: its container and main stream."""
    return _compound("WordDocument", b"\xec\xa5", macros=macros)


def old_slides(*, macros: bool) -> bytes:
    """The same of old slides: their record of macros."""
    atom = struct.pack("<HHI3I", 2, 0x0400, 12, 7, int(macros), 2)
    return _compound("PowerPoint Document", bytes(40) + atom)


def _compound(stream: str, content: bytes, *, macros: bool = False) -> bytes:
    """A container of Office's old formats with one stream, and storages of macros if wanted."""
    chain = [
        0xFFFFFFFD,
        0xFFFFFFFE,
        *range(3, 10),
        0xFFFFFFFE,
    ]  # this table; directory; eight sectors of stream
    table = b"".join(struct.pack("<I", each) for each in chain).ljust(512, b"\xff")
    none, end = 0xFFFFFFFF, 0xFFFFFFFE
    head = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(10)
    )
    head += struct.pack("<9I", 1, 1, 0, 4096, end, 0, end, 0, 0) + b"\xff" * 432

    def entry(name: str, kind: int, right: int, child: int, start: int, size: int) -> bytes:
        coded = name.encode("utf-16-le")
        sides = struct.pack("<HBBIII", len(coded) + 2, kind, 1, none, right, child)
        return coded.ljust(64, b"\0") + sides + bytes(36) + struct.pack("<IQ", start, size)

    folder = entry("Root Entry", 5, none, 1, end, 0)
    folder += entry(stream, 2, 2 if macros else none, none, 2, 4096)
    folder += (entry("Macros", 1, none, 3, 0, 0) + entry("VBA", 1, none, none, 0, 0)) if macros else b""
    return head + table + folder.ljust(512, b"\0") + content.ljust(4096, b"\0")


def scratched(package: bytes, name: bytes) -> bytes:
    """An archive in which what is packed under `name` begins with bytes that no packer writes."""
    at = package.index(name) + len(name)
    return package[:at] + b"\xff" * 40 + package[at + 40 :]


def half(data: bytes) -> bytes:
    """The beginning of a file that was cut off."""
    return data[: len(data) // 2]


def assert_for_people(error: LoadError) -> None:
    """One line, in English and Chinese, and no trace of the program in it."""
    message = str(error)
    assert "\n" not in message and " / " in message and len(message) < 300
    assert not any(word in message for word in ("Traceback", "Error(", "Exception", "object at"))
