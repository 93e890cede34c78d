"""Whether cited spans hold up a statement: the judge of the citation metrics.

It shares nothing with the bot's own verifier, so that a mistake there shows here. It is strict about what
can be compared exactly and needs no chat model: the same answer always gets the same verdict.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import cast

import numpy as np

from bot.events import Citation
from evals.quantities import unsupported
from ingest.document import Document
from ingest.embed import Embedder, Vectors
from ingest.fold import fold, script_of
from ingest.tokens import tagged_words

# Measured in tests/test_support.py on pairs of a statement and its source, and the same pairs shuffled.
LEAST_COVERAGE = 0.5
LEAST_LIKENESS = 0.38
_SAMPLE = 100  # sentences of the library whose mean vector stands for what all its texts have in common
# The same for English statements: any on the subjects of an association would do.
_GENERIC_ENGLISH = (
    "The meeting was held on Monday.", "They agreed on three points.", "He is the head of the department.",
    "Members pay a fee every year.", "The number rose in the last year.", "The plan was adopted by a vote.",
    "It was signed by both sides.", "The office takes care of it.", "Applications must be made in writing.",
    "The rule applies from January.", "The project will be completed.", "The visit lasted three days.",
)  # fmt: skip

_CONTENT_TAGS = ("n", "v", "a", "t", "s", "i", "l", "j", "b", "eng")
_SENTENCE_END = re.compile(r"(?<=[。！？!?])|(?<=\.)\s+|\n")
_YEAR_LABEL = re.compile(r"^\W*(?:in )?(\d{4}) ?年?(?:[初末底]|年?度)?\W*:")
# What a frame says around a quote: where it stands, and whether that still holds.
_FRAME = frozenset(
    "据 根据 按照 依据 依照 载 记载 写明 规定 指出 显示 提到 文件 文 原文 资料 出自 出处 来源 注 注意 说明 此件 该件 本件 此 该 "
    "旧 旧版 新 新版 版本 版 修订 修订版 取代 代替 替代 废止 失效 有效 现行 已 不再 适用 生效 以 为准 参见 见 另见 最新 现 现在 当时 "
    "日期 标题 是 有 为 答 回答 问题 如下 以下 下列 包括 其中 分别 即 年 月 日".split()
)
_ENGLISH_FRAME = frozenset(
    "according the this that these those and are was were has have had been being will would shall with from "
    "for its his her their which who whom whose where when what document documents text source sources note "
    "dated date since superseded supersedes replaced replaces revised revision longer force applies current "
    "says states stated following follows year later earlier version see also not but into onto than then it "
    "they there here about after before during each per including include includes under over both all any".split()
)
_WORD = re.compile(r"[a-z]+")
_STEM = 5  # letters by which English words are compared: "members" is "membership"


class Support:
    """Judges statements against spans of `documents`.

    A citation holds its span, the title, date and headings of its document there, and nothing else. A
    statement is supported if every sentence of it is: each number, date and amount is cited with the same
    value and unit, each Chinese personal name as it is, and the coverage of the content words is at least
    LEAST_COVERAGE. What is said in one language and cited in the other is compared by its numbers, and by
    the likeness of the embeddings (at least LEAST_LIKENESS). Names of the library's documents in 《》,
    verbatim quotes of the cited spans and the words of a frame need no support.
    """

    def __init__(self, documents: Mapping[str, Document], embedder: Embedder) -> None:
        self._documents = documents
        self._embedder = embedder
        titles = sorted({fold(each.title) for each in documents.values()}, key=len, reverse=True)
        name = "|".join(map(re.escape, titles))
        self._reference = re.compile(rf"[《\"](?:{name})[》\"](?: ?\(\d{{4}}[-\d年月日]*\))?")

    def holds(self, text: str, citations: Sequence[Citation]) -> bool:
        """Whether the citations together support `text`; without any they support nothing."""
        spans = [(d, c) for c in citations if (d := self._documents.get(c.document))]
        if not spans:
            return False
        quotes = [document.index[citation.start : citation.end] for document, citation in spans]
        about = "\n".join(_about(document, citation) for document, citation in spans)
        years = {year for document, _ in spans for year in document.years}
        rest = self._reference.sub(" ", fold(text))
        for quote in sorted(filter(None, map(str.strip, quotes)), key=len, reverse=True):
            rest = rest.replace(quote, " ")
        return all(
            self._sentence_holds(sentence, "\n".join(quotes), fold(about), years)
            for sentence in _SENTENCE_END.split(rest)
        )

    def _sentence_holds(self, sentence: str, quotes: str, about: str, years: set[int]) -> bool:
        label = _YEAR_LABEL.match(sentence)
        if label and int(label[1]) in years:
            sentence = sentence[label.end() :]
        words, evidence = content_words(sentence), quotes + "\n" + about
        across = bool(words) and _is_latin(sentence) != _is_latin(quotes)
        if unsupported(sentence, evidence, across_languages=across):
            return False
        if across:
            return self.likeness(sentence, quotes) >= LEAST_LIKENESS
        return coverage(words, evidence) >= LEAST_COVERAGE and all(
            name in evidence for name in _names(sentence)
        )

    def likeness(self, one: str, other: str) -> float:
        """Cosine of a statement and the text it is said to rest on, each less the mean of its language.

        Without that, any two texts of this model are alike.
        """
        vectors = self._embedder.documents([one, other])
        means = [self._english_mean if _is_latin(text) else self._chinese_mean for text in (one, other)]
        left, right = vectors - np.stack(means)
        return float(np.dot(left, right) / (np.linalg.norm(left) * np.linalg.norm(right)))

    @cached_property
    def _english_mean(self) -> Vectors:
        return cast(Vectors, self._embedder.documents(_GENERIC_ENGLISH).mean(axis=0))

    @cached_property
    def _chinese_mean(self) -> Vectors:
        sentences = [
            document.quote(number)
            for document in self._documents.values()
            if not _is_latin(document.text)
            for number, sentence in enumerate(document.sentences)
            if sentence.kind == "sentence"
        ]
        sample = sentences[:: len(sentences) // _SAMPLE + 1]
        return cast(Vectors, self._embedder.documents(sample).mean(axis=0))


def content_words(index: str) -> list[str]:
    """The words of folded text that say something of their own: no function words, numbers or frames."""
    if _is_latin(index):
        return [word for word in _WORD.findall(index) if len(word) > 2 and word not in _ENGLISH_FRAME]
    return [
        word
        for word, tag in tagged_words(index)
        if tag.startswith(_CONTENT_TAGS) and word not in _FRAME and not any(map(str.isdecimal, word))
    ]


def coverage(words: Sequence[str], evidence: str) -> float:
    """The share of content words found in folded `evidence`; 1 where there are none.

    English words are compared by their first letters. Chinese ones by character, each once: a paraphrase
    says 交清 for 缴清 and 缴费 for 缴纳会费, and a segmenter cuts the same text in two ways.
    """
    if _is_latin(" ".join(words)):
        stems = {word[:_STEM] for word in _WORD.findall(evidence)}
        return sum(word[:_STEM] in stems for word in words) / len(words)
    characters = set("".join(words))
    return len(characters & set(evidence)) / len(characters) if characters else 1.0


def _names(index: str) -> list[str]:
    """The Chinese personal names in folded text."""
    return [word for word, tag in tagged_words(index) if tag.startswith("nr") and len(word) > 1]


def _about(document: Document, citation: Citation) -> str:
    """What else a citation shows: title, date and the headings above the span."""
    headings = (
        heading
        for passage in document.passages
        if document.span(passage)[0] < citation.end and citation.start < document.span(passage)[1]
        for heading in passage.headings
    )
    return "\n".join((document.title, document.date or "", *headings))


def _is_latin(text: str) -> bool:
    return script_of(text) == "en"
