"""The article of a web page, without navigation, advertising, related links and footers."""

import codecs
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ingest.document import Block, LoadedFile
from ingest.formats.encoding import decode
from ingest.formats.lines import joined, unwrap
from ingest.formats.tables import Cell, own, table_blocks

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_CHARSET: Final = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
_SITE: Final = re.compile(r"(?:\s*[_|｜]\s*|\s+[-–—]+\s+|-)([^-_|｜–—]+)$")
_SITE_NAME: Final = re.compile(
    r"(?:网|網|站|会|會|联|聯|首页|首頁|门户|频道|頻道|中心|政府|公告|新闻|动态|要闻|\.(?:com|cn|org|net))$"
)
# 发布时间：2023-02-10 来源：秘书处 stands outside what trafilatura takes for the article.
_ISSUED: Final = re.compile(r"(?:发布|發布|發佈|时间|時間|日期|来源|來源)[^，。]{0,6}[:：]")
_DATE: Final = re.compile(r"\d{4}\s*[-年/.]\s*\d{1,2}")
_NEVER_SHOWN: Final = ("script", "style", "template")
# In <title>, markup is text to a parser.
_SCRIPT_TEXT: Final = re.compile(rf"<({'|'.join(_NEVER_SHOWN)})\b.*?</\1>", re.IGNORECASE)
_LONGEST_TITLE: Final = 1000  # characters; looking for the end of a script takes the square of it
_NOT_CONTENT: Final = (
    "script|style|noscript|template|nav|header|footer|aside|form|iframe|svg|button|select|head"
)
_NOT_CONTENT_NAME: Final = re.compile(
    r"(?:^|[-_\s])(?:nav|menu|foot(?:er)?|header|top|side(?:bar)?|ads?|banner|related|share|crumbs?|breadcrumb"
    r"|copyright|links?|hot|recommend|comments?)(?:$|[-_\s\d])",
    re.IGNORECASE,
)
_INLINE: Final = ("span", "b", "strong", "font", "em", "i", "u")
# A line break in the source between Chinese characters is no space to the reader.
_SOURCE_BREAK: Final = re.compile(r"(?<=[\u2e80-\uffef])[ \t]*\n[ \t]*(?=[\u2e80-\uffef])")
# The mark of a place that the cell on its left covers: no page writes it, and trafilatura keeps it.
_COVERED: Final = "▚▞▚"
_MOST_SPANNED: Final = 100  # columns or rows
_LONGEST_REPEATED: Final = 60  # characters
_SENTENCE: Final = re.compile(r"[，。；：]|[,.]\s")
_LINES: Final = "p|div|li|h1|h2|h3|h4|h5|h6|tr|section|article|main|dd|dt|blockquote|pre|td|table|ul|ol|br"


def load_html(data: bytes) -> LoadedFile:
    """Headings, paragraphs, list items and table rows of the page's article, and its title."""
    from lxml import etree, html

    text = decode_html(data)
    # lxml refuses a text that declares an encoding of its own.
    text = re.sub(r"\A\s*<\?xml[^>]*\?>", "", text)
    text = _SOURCE_BREAK.sub("", text)
    try:
        tree = html.document_fromstring(text)
    except etree.ParserError:  # nothing in it but comments
        return LoadedFile(())
    etree.strip_elements(tree, *_NEVER_SHOWN, with_tail=False)
    title, issued = _title(tree), _issued(tree)
    for table in tree.iter("table"):
        _fill_spans(table)
    blocks = [_uncovered(block) for block in _article(tree) or _everything(tree)]
    if issued and not any(issued in _squeezed(block.text) for block in blocks):
        blocks.insert(1 if blocks and blocks[0].kind == "heading" else 0, Block(issued))
    return LoadedFile(tuple(blocks), title)


def decode_html(data: bytes) -> str:
    """Text of a page: by its mark or as UTF-8 if it is that, else as it declares, else by its content."""
    declared = _CHARSET.search(data[:4096])
    if declared is None or data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return decode(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    name = declared.group(1).decode("ascii").lower()
    if name.startswith(("iso-8859", "windows-125", "utf")):
        return decode(data)  # a server's default, which proves nothing, or plainly wrong
    # Pages that declare GB2312 or GBK use characters of the later standard.
    encoding = "gb18030" if name in ("gb2312", "gbk", "gb_2312-80", "x-gbk") else name
    try:
        return data.decode("big5hkscs" if encoding == "big5" else encoding)
    except (UnicodeDecodeError, LookupError):
        return decode(data)


def _article(tree: "HtmlElement") -> list[Block]:
    """The longer of what trafilatura finds by itself and in the element that holds most sentences.

    It knows articles by their length in letters and by the names of their containers; Chinese notices
    are short and stand in containers of any name.
    """
    from lxml import html

    found = [_extracted(html.tostring(tree, encoding="unicode"))]
    container = _container(tree)
    if container is not None:
        container.set("class", "content")
        found.append(_extracted(html.tostring(tree, encoding="unicode")))
    return max(found, key=lambda blocks: sum(len(block.text) for block in blocks))


def _extracted(page: str) -> list[Block]:
    import trafilatura
    from trafilatura.settings import use_config

    config = use_config()
    # The default takes the whole page, navigation and all, instead of an article under 250 characters.
    config.set("DEFAULT", "MIN_EXTRACTED_SIZE", "1")
    # fast: its fallbacks lose lists and tables.
    found = trafilatura.bare_extraction(
        page, fast=True, favor_precision=True, include_comments=False, include_tables=True, config=config
    )
    body = getattr(found, "body", None)
    return [] if body is None else [block for block in _blocks(body) if block.text.strip()]


def _container(tree: "HtmlElement") -> "HtmlElement | None":
    """The element whose paragraphs, and to a lesser degree their children's, have most text in sentences."""
    scores: dict[HtmlElement, float] = {}
    for paragraph in tree.iter("p", "div", "td", "li", "section"):
        text = paragraph.text or ""
        for child in paragraph:
            text += (child.text_content() if child.tag in _INLINE else "") + (child.tail or "")
        named = (f"{element.get('class', '')} {element.get('id', '')}" for element in _lineage(paragraph))
        if not _SENTENCE.search(text) or any(map(_NOT_CONTENT_NAME.search, named)):
            continue
        length = len(text)
        # Loose text belongs to the element itself, a paragraph to what holds it.
        holder = paragraph.getparent() if paragraph.tag in ("p", "li") else paragraph
        if holder is not None:
            scores[holder] = scores.get(holder, 0) + length
            outer = holder.getparent()
            if outer is not None:
                scores[outer] = scores.get(outer, 0) + length / 2
    inside = {element: score for element, score in scores.items() if element.tag not in ("body", "html")}
    return max(inside, key=lambda element: inside[element], default=None)


def _lineage(element: "HtmlElement") -> "list[HtmlElement]":
    return [element, *element.iterancestors()]


def _blocks(element: "HtmlElement") -> Iterator[Block]:
    """Blocks of trafilatura's simplified tree: head, p, list/item, table/row/cell, quote, lb."""
    for child in element:
        match child.tag:
            case "head":
                level = str(child.get("rend", "h2"))[1:]
                yield Block(joined(_words(child)), "heading", int(level) if level.isdigit() else 2)
            case "table":
                yield from _table(child)
            case "list":
                yield from _items(child)
            case "div" | "quote" | "main" | "article" if child.find("p") is not None:
                yield from _blocks(child)
            case _:
                yield from (Block(paragraph) for paragraph in unwrap(_words(child)))
        if child.tail and child.tail.strip():
            yield Block(joined(child.tail.strip()))


def _words(element: "HtmlElement") -> str:
    """Text with a line break for each <lb>; white space of the source is one space, as a browser shows it."""
    text = re.sub(r"[ \t\r\n]+", " ", element.text or "")
    for child in element:
        text += "\n" if child.tag == "lb" else _words(child)
        text += re.sub(r"[ \t\r\n]+", " ", child.tail or "")
    return "\n".join(line.strip() for line in text.split("\n"))


def _items(element: "HtmlElement") -> Iterator[Block]:
    """List items; an ordered list's numbers are not in the text and are counted anew."""
    ordered = element.get("rend") == "ol"
    for number, item in enumerate(element.findall("item"), start=1):
        marker = f"{number}. " if ordered else ""
        nested = item.findall("list")
        for inner in nested:
            item.remove(inner)
        yield Block(marker + joined(_words(item)))
        for inner in nested:
            yield from _items(inner)


def _fill_spans(table: "HtmlElement") -> None:
    """Make a cell of each place that a merged one covers, because trafilatura leaves empty ones: to the right with a mark,
    in the rows below with its text."""
    below: dict[
        int, tuple[int, str]
    ] = {}  # by column the rows that a merged cell still reaches, and its text
    for row in [*own(table, "tr")]:  # which are changed here
        filled: list[HtmlElement] = []
        for cell in [*row.iterchildren("td", "th"), None]:
            while len(filled) in below:
                left, text = below.pop(len(filled))
                if left > 1:
                    below[len(filled)] = (left - 1, text)
                filled.append(_cell(text))
            if cell is not None:
                across, down = (_span(cell, name) for name in ("colspan", "rowspan"))
                texts = [" ".join(cell.text_content().split()), *[_COVERED] * (across - 1)]
                if down > 1:  # what is long is an article that a table lays out, and said once
                    said = texts[0] if len(texts[0]) <= _LONGEST_REPEATED else ""
                    below |= {len(filled) + n: (down - 1, text) for n, text in enumerate([said, *texts[1:]])}
                filled += [cell, *map(_cell, texts[1:])]
        row[:] = filled


def _cell(text: str) -> "HtmlElement":
    from lxml.html import Element

    cell = Element("td")
    cell.text = text
    return cell


def _span(cell: "HtmlElement", name: str) -> int:
    """How many columns or rows a cell covers, which is taken off it."""
    value = str(cell.attrib.pop(name, "1")).strip()
    return min(max(int(value[:9]), 1), _MOST_SPANNED) if value.isdecimal() else 1


def _uncovered(block: Block) -> Block:
    """A block of what was no table after all."""
    return replace(block, text=block.text.replace(_COVERED, "").strip()) if _COVERED in block.text else block


def _table(table: "HtmlElement") -> Iterator[Block]:
    rows = _rows(table)
    if max(map(len, rows), default=0) > 1:
        yield from table_blocks(rows)
    else:  # a frame around text
        for cell in table.iter("cell"):
            yield from _blocks(cell) if len(cell) else [Block(joined(_words(cell)))]


def _rows(table: "HtmlElement") -> list[list[Cell]]:
    rows: list[list[Cell]] = []
    for row in table.iter("row"):
        texts = (joined(_words(cell)) for cell in row.findall("cell"))
        rows.append([None if text == _COVERED else text for text in texts])
    return rows


def _everything(tree: "HtmlElement") -> list[Block]:
    """When no article is found: every line of the page outside what is named as not content."""
    from lxml.html import HtmlElement, fragment_fromstring, tostring

    body = tree.find("body")
    copy: HtmlElement = fragment_fromstring(
        tostring(body if body is not None else tree, encoding="unicode"), create_parent="div"
    )
    for element in list(copy.iter()):
        tag = element.tag if isinstance(element.tag, str) else "script"
        name = f"{element.get('class', '')} {element.get('id', '')}" if tag != "script" else ""
        drop = tag in _NOT_CONTENT.split("|") or _NOT_CONTENT_NAME.search(name) is not None
        if drop and element.getparent() is not None:
            element.drop_tree()
    for element in copy.iter(*_LINES.split("|")):
        element.text = f"\n{element.text or ''}"
        element.tail = f"\n{element.tail or ''}"
    lines = (line.strip() for line in copy.text_content().splitlines())
    return [Block(line) for line in lines if line]


def _issued(tree: "HtmlElement") -> str | None:
    """The line with the date of publication and the source, if the page has one."""
    lines = (_squeezed(element.text_content()) for element in tree.iter("div", "p", "span", "td", "li"))
    named = [line for line in lines if len(line) <= 120 and _ISSUED.search(line) and _DATE.search(line)]
    return min(named, key=len, default=None)  # not the box around it


def _title(tree: "HtmlElement") -> str | None:
    """og:title, the only <h1>, or <title>, with the name of the site cut off."""
    named = _squeezed(tree.xpath("string(//meta[@property='og:title' or @name='ArticleTitle']/@content)"))
    page = _squeezed(_SCRIPT_TEXT.sub("", tree.xpath("string(//head/title)")[:_LONGEST_TITLE]))
    headings = [heading for h1 in tree.iter("h1") if (heading := _squeezed(h1.text_content()))]
    only = headings[0] if len(headings) == 1 else ""
    if page.endswith(only) and page != only:
        only = ""  # the site's name in its logo
    title = named or only or page
    return _without_site(title) or None


def _squeezed(text: object) -> str:
    return " ".join(str(text).split())


def _without_site(title: str) -> str:
    """「关于换届的公告_通知公告_某某侨联网」 without the parts named like sites or sections."""
    while (place := _SITE.search(title)) and _SITE_NAME.search(place.group(1)):
        title = title[: place.start()]
    return title
