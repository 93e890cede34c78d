"""Structure: cleaned blocks to sentences, each with its heading path, and the enumerations they form."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.document import Block, Enumeration, Sentence, SentenceKind
from ingest.markers import (
    Marker,
    Series,
    article_label,
    chapter_level,
    leading_marker,
    sentence_ends,
    sequences,
)

_LONGEST_HEADING = 40
# Depths of headings known by their marker alone; a file's own headings have depths 1 to 6.
_DEPTHS = {"章": 7, "节": 8, "一、": 9, "（一）": 10, "1.": 11}
_ARTICLE_DEPTH = 12
_OF_PROSE = ("一是", "一要", "其一", "第一")


@dataclass(frozen=True)
class Outline:
    """`text` is the displayed text; `headings[n]` is the heading path of sentence n, outermost first."""

    text: str
    sentences: tuple[Sentence, ...]
    headings: tuple[tuple[str, ...], ...]
    enumerations: tuple[Enumeration, ...]


@dataclass(frozen=True)
class _Heading:
    depth: int
    text: str
    number: int  # of its sentence


@dataclass
class _OpenList:
    style: str
    lead: int | None
    has_headings: bool  # its items are headings, with paragraphs under them
    items: list[list[int]] = field(default_factory=list)


class _Outliner:
    """Goes through the blocks once, keeping the open headings and the open enumerations."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.length = 0
        self.sentences: list[Sentence] = []
        self.headings: list[tuple[str, ...]] = []
        self.last_characters: list[str] = []  # of the sentences
        self.enumerations: list[Enumeration] = []
        self.path: list[_Heading] = []
        self.open: list[_OpenList] = []

    def add(self, block: Block, following: str) -> None:
        """Append one cleaned block; `following` is the text of the block after it."""
        start = self.length
        first = len(self.sentences)
        marker = self._list_marker(block)
        depth = self._heading_depth(block, marker, following)
        self._follow_headings(block.text, depth, first)
        kind: SentenceKind = "row" if block.kind == "row" else "heading" if depth is not None else "sentence"
        spans = [(0, len(block.text))] if kind == "row" else _sentence_spans(block.text)
        for begin, end in spans:
            self.sentences.append(Sentence(start + begin, start + end, block.page, kind))
            self.headings.append(tuple(heading.text for heading in self.path))
            self.last_characters.append(block.text[end - 1])
        numbers = list(range(first, len(self.sentences)))
        self._follow_lists(block, marker, depth, numbers)
        if kind != "row":
            self._add_inner_lists(block.text, start, first)
        self.length += len(block.text) + 1

    def _list_marker(self, block: Block) -> Marker | None:
        marker = leading_marker(block.text) if block.kind != "row" else None
        if marker and marker.number == 1 and any(each.items[0][0] == 0 for each in sequences(block.text)):
            return None  # the whole list stands inside this block
        return marker

    def _heading_depth(self, block: Block, marker: Marker | None, following: str) -> int | None:
        text = block.text
        if block.kind == "heading":
            return block.level
        if block.kind == "row" or len(text) > _LONGEST_HEADING or text[-1] in "。；;：:，,！!？?.":
            return None
        if chapter := chapter_level(text):
            return _DEPTHS[chapter]
        if text in self.title:
            return 0
        if marker is None or marker.style not in _DEPTHS or "：" in text or ":" in text:
            return None
        siblings = self._continued(marker)
        if siblings is None:
            next_marker = leading_marker(following)
            has_body = bool(following) and (next_marker is None or next_marker.style != marker.style)
            return _DEPTHS[marker.style] if has_body and marker.number == 1 else None
        return _DEPTHS[marker.style] if siblings.has_headings else None

    def _follow_headings(self, text: str, depth: int | None, number: int) -> None:
        label = article_label(text) if depth is None else text
        depth = _ARTICLE_DEPTH if depth is None else depth
        if label is None:
            return
        self.path = [heading for heading in self.path if heading.depth < depth]
        if label not in self.title:
            self.path.append(_Heading(depth, label, number))

    def _continued(self, marker: Marker) -> _OpenList | None:
        matching = (
            each
            for each in reversed(self.open)
            if each.style == marker.style and len(each.items) == marker.number - 1
        )
        return next(matching, None)

    def _follow_lists(
        self, block: Block, marker: Marker | None, depth: int | None, numbers: Sequence[int]
    ) -> None:
        text = block.text
        if (depth is not None and marker is None) or article_label(text):
            self._close(0)
        elif marker and (continued := self._continued(marker)):
            self._close(self.open.index(continued) + 1)
            continued.items.append([])
        elif marker and marker.number == 1:
            if depth is not None:
                self._close(self._restarted(marker.style))
            self._close_finished()
            lead = self._lead(numbers[0])
            if lead is None and depth is not None and len(self.path) > 1:
                lead = self.path[-2].number
            self.open.append(_OpenList(marker.style, lead, depth is not None, [[]]))
        else:
            self._close_finished()
        for each in self.open:
            each.items[-1].extend(numbers)

    def _restarted(self, style: str) -> int:
        """Which open list of headings one in the same style takes the place of; behind the last if none."""
        alike = (n for n, each in enumerate(self.open) if each.has_headings and each.style == style)
        return next(alike, len(self.open))

    def _close_finished(self) -> None:
        """A paragraph without a marker ends the lists whose items are themselves paragraphs."""
        while self.open and not self.open[-1].has_headings:
            self._close(len(self.open) - 1)

    def _lead(self, first: int) -> int | None:
        """The sentence before a list introduces it, when it is a heading or ends in a colon."""
        if first == 0:
            return None
        previous = self.sentences[first - 1]
        introduces = previous.kind == "heading" or self.last_characters[first - 1] in "：:"
        return first - 1 if introduces else None

    def _close(self, keep: int) -> None:
        for each in self.open[keep:]:
            self._keep(each)
        del self.open[keep:]

    def _keep(self, found: _OpenList) -> None:
        if len(found.items) > 1:
            self.enumerations.append(Enumeration(found.lead, tuple(map(tuple, found.items))))

    def _add_inner_lists(self, text: str, start: int, first: int) -> None:
        offsets = [sentence.start - start for sentence in self.sentences[first:]]
        for series in _inner_lists(text):
            items = [
                list(range(first + bisect_left(offsets, begin), first + bisect_left(offsets, end)))
                for begin, end in series.items
            ]
            if series.first > 1:
                self._split_last(series, items)
                continue
            begins_block = series.items[0][0] == 0
            lead = self._lead(items[0][0]) if begins_block else items[0][0] - 1
            found = _OpenList(series.style, lead, has_headings=False, items=items)
            is_last = series.items[-1][1] == len(text)
            if is_last and all(each.style != series.style for each in self.open):
                self.open.append(found)  # the next block may go on with it
            else:
                self._keep(found)

    def _split_last(self, series: Series, items: list[list[int]]) -> None:
        """The block that went on with an open list has further items of it: 「二是…；三是…。」"""
        for each in self.open:
            if each.style == series.style and len(each.items) == series.first:
                behind = [number for number in each.items[-1] if number > items[-1][-1]]
                each.items[-1:] = [*items[:-1], items[-1] + behind]


def _inner_lists(text: str) -> list[Series]:
    """The enumerations inside a block, and one that it only begins: 「重点：一是招商。」 before a block 「二是…」."""
    return [
        each
        for each in sequences(text, fewest=1)
        if len(each.items) > 1
        or (
            each.style in _OF_PROSE
            and each.items[0][1] == len(text)
            and text[: each.items[0][0]].endswith(("：", ":"))
        )
    ]


def _sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """Spans between terminators and enumeration markers, without the white space around them."""
    starts = {begin for each in _inner_lists(text) for begin, _ in each.items}
    cuts = sorted({0, len(text), *sentence_ends(text), *starts})
    for begin, end in pairwise(cuts):
        piece = text[begin:end]
        if piece.strip():
            yield begin + len(piece) - len(piece.lstrip()), begin + len(piece.rstrip())


def outline(blocks: Sequence[Block], title: str) -> Outline:
    """The outline of cleaned, non-empty blocks; each block is one line of the displayed text."""
    outliner = _Outliner(title)
    following = [*(block.text for block in blocks[1:]), ""]
    for block, next_text in zip(blocks, following, strict=True):
        outliner.add(block, next_text)
    outliner._close(0)
    return Outline(
        "\n".join(block.text for block in blocks),
        tuple(outliner.sentences),
        tuple(outliner.headings),
        tuple(outliner.enumerations),
    )
