"""Plain text and Markdown."""

import re
from typing import TYPE_CHECKING, Final

from ingest.document import Block, LoadedFile
from ingest.formats.encoding import decode
from ingest.formats.lines import joined, unwrap
from ingest.formats.tables import Cell, own, table_blocks

if TYPE_CHECKING:
    from markdown_it.token import Token

_FRONT_MATTER: Final = re.compile(
    r"\A---[ \t]*\n(?=\w[\w -]*:)(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL
)
_FRONT_TITLE: Final = re.compile(r"^title[ \t]*:[ \t]*(.+?)[ \t]*$", re.MULTILINE | re.IGNORECASE)


def load_text(data: bytes) -> LoadedFile:
    """A .txt file: one block a paragraph."""
    return LoadedFile(tuple(Block(paragraph) for paragraph in unwrap(decode(data))))


def load_markdown(data: bytes) -> LoadedFile:
    """A .md file: headings, paragraphs, list items with their numbers, table rows; front matter's title."""
    from markdown_it import MarkdownIt

    text = decode(data)
    title = None
    front = _FRONT_MATTER.match(text)
    if front:
        text = text[front.end() :]
        named = _FRONT_TITLE.search(front.group(1))
        title = named.group(1).strip("\"'") if named else None
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    return LoadedFile(tuple(_markdown_blocks(tokens)), title or None)


def _markdown_blocks(tokens: "list[Token]") -> list[Block]:
    blocks: list[Block] = []
    marker = ""
    rows: list[list[Cell]] = []
    heading = 0
    for token in tokens:
        match token.type:
            case "list_item_open":
                marker = f"{token.info}{token.markup} " if token.info else ""
            case "heading_open":
                heading = int(token.tag[1:])
            case "heading_close":
                heading = 0
            case "table_open":
                rows = []
            case "tr_open":
                rows.append([])
            case "table_close":
                blocks.extend(table_blocks(rows))
                rows = []
            case "inline" if rows:
                rows[-1].append(joined(_inline_text(token)))
            case "inline" if heading:
                blocks.append(Block(marker + joined(_inline_text(token)), "heading", heading))
                marker = ""
            case "inline":
                for part in _inline_text(token).split("\v"):
                    blocks.append(Block(marker + joined(part)))
                    marker = ""
            case "fence" | "code_block":
                blocks.extend(Block(line.strip()) for line in token.content.splitlines())
            case "html_block":
                blocks.extend(_html_blocks(token.content))
            case _:
                pass
    return [block for block in blocks if block.text.strip()]


def _inline_text(token: "Token") -> str:
    """The words of a run of inline Markdown; a hard break stands as a vertical tab."""
    text = ""
    for child in token.children or []:
        match child.type:
            case "text" | "code_inline":
                text += child.content
            case "softbreak":
                text += "\n"
            case "hardbreak":
                text += "\v"
            case "image":
                text += child.content
            case "html_inline" if child.content.lower().startswith("<br"):
                text += "\v"
            case _:
                pass
    return text


def _html_blocks(content: str) -> list[Block]:
    """The lines of a piece of HTML, then the rows of its tables."""
    from lxml.html import fragment_fromstring

    if content.lstrip().startswith("<!--"):
        return []
    root = fragment_fromstring(content, create_parent="div")
    found: list[Block] = []
    for element in root.xpath(".//script | .//style"):
        element.drop_tree()
    for table in root.xpath(".//table[not(ancestor::table)]"):
        rows = [
            [" ".join(cell.text_content().split()) for cell in own(row, "th", "td")]
            for row in own(table, "tr")
        ]
        found += table_blocks(rows)
        table.drop_tree()
    lines = root.text_content().splitlines()
    return [*(Block(line.strip()) for line in lines if line.strip()), *found]
