"""Lexical tokens: segmented words and character bigrams of index text.

Bigrams find the names and new terms that a segmenter cuts wrongly; words keep common phrases together.
"""

import re
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from ingest.fold import is_han

if TYPE_CHECKING:
    from rjieba import Jieba

# Without the hexagrams of the Book of Changes between the two blocks, which SQLite takes for no letters.
_RUNS = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+|[a-z0-9]+(?:[.-][a-z0-9]+)*")


@cache
def segmenter() -> "Jieba":
    """The word segmenter, its dictionary loaded once."""
    from rjieba import Jieba

    return Jieba()


def tokenize(index: str) -> list[str]:
    """The tokens of index text, in order: for a run of Chinese, its words of two or more characters and
    its bigrams (a lone character stays); for a run of Latin letters and digits, its parts."""
    tokens: list[str] = []
    for run in _RUNS.findall(index):
        if is_han(run[0]):
            tokens += [word for word in segmenter().cut_for_search(run) if len(word) > 1]
            tokens += [a + b for a, b in pairwise(run)] or [run]
        else:
            tokens += re.split(r"[.-]", run)
    return tokens


def tagged_words(index: str) -> list[tuple[str, str]]:
    """The words of index text, in order, none inside another, each with its part of speech (ICTCLAS tags)."""
    return [(word, tag) for run in _RUNS.findall(index) for word, tag in segmenter().tag(run)]
