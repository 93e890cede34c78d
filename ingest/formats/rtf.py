"""Rich text (.rtf): its paragraphs, and its tables as rows."""

from itertools import groupby
from typing import Final

from ingest.document import Block, LoadedFile
from ingest.formats.lines import unwrap
from ingest.formats.tables import Cell, table_blocks

_CELL_END: Final = "|"  # as striprtf writes it


def load_rtf(data: bytes) -> LoadedFile:
    """One block a paragraph or row; the styles of headings are not told apart."""
    from striprtf.striprtf import rtf_to_text

    # RTF is ASCII; what is beyond it stands there by mistake, and is kept byte for byte.
    text: str = rtf_to_text(data.decode("latin-1"), errors="replace")  # type: ignore[no-untyped-call]
    # It writes characters beyond the first 65,536 as two halves.
    text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")
    blocks: list[Block] = []
    for is_table, lines in groupby(text.splitlines(), key=lambda line: line.endswith(_CELL_END)):
        if is_table:
            rows: list[list[Cell]] = [_cells(line) for line in lines]
            blocks += table_blocks(rows)
        else:
            blocks += (Block(paragraph) for paragraph in unwrap("\n".join(lines)))
    return LoadedFile(tuple(blocks))


def _cells(line: str) -> list[Cell]:
    return [" ".join(cell.split()) for cell in line.split(_CELL_END)[:-1]]
