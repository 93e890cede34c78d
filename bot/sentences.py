"""Scoring sentences: how likely each sentence of the best passages is the one that answers."""

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.coverage import is_of_another_issue, is_of_another_year, year_agreement
from bot.fit import fit
from bot.question import INSTRUCTION, Question
from bot.retrieve import READ, RankedPassage, recency, standardise
from ingest.document import Document, Sentence
from ingest.metadata import is_date
from ingest.reader import Reader
from ingest.tokens import tokenize

# A conditional logit over the sentences considered (McFadden 1974): docs/ACCURACY.md says what it was fitted to.
_WEIGHTS = {
    "meaning": 1.63,
    "words": 0.41,
    "passage": 0.25,
    "coverage": 1.61,
    "kind": 0.35,
    "length": 0.16,
    "cell": 0.59,
    "itself": -0.26,
    "year": 0.78,
    "recent": 1.0,  # set on the tune half, like the next
    "elsewhere": -3.0,
}
_SHARPNESS = 30.0  # inner products differ little: what the model learnt with was 80
_CELL = re.compile(r"(?<=:)[^:;、]{2,}|(?<=、)[^:;、]{2,}")
_ITSELF = re.compile(r"本(?:办法|规定|章程|细则|制度|规则|条例|公约|通知|决定)(?!第)")  # 「本办法自…起施行」
# What a web page says of itself, and where and when a report was written.
_FURNITURE = re.compile(
    r"(?:发布日期|发布时间|发布人|信息来源|来源|作者|责任编辑|编辑|点击|点击量|浏览|浏览量|浏览次数|阅读|字号):"
)
_DATELINE = re.compile(r"[a-z]+(?: [a-z]+)?, (?:\d{1,2} [a-z]+|[a-z]+ \d{1,2},) \d{4}\.?")
_K1, _B = 1.2, 0.75  # BM25's usual constants


@dataclass(frozen=True)
class ScoredSentence:
    """Sentence `number` of a document, and how well it answers.

    `score` compares within one question; `share` is its softmax, the chance that of all sentences
    considered this one answers. `likeness` is the inner product with the question, of it or what it replies to, `coverage`
    that of the passage it stands in; `is_elsewhere` says that the passage, or the sentence itself, is about other years,
    another session or another issue than those asked for, `fit` whether it holds what is asked for.
    """

    document: Document
    number: int
    score: float
    share: float
    likeness: float
    coverage: float
    is_elsewhere: bool
    fit: float

    @property
    def sentence(self) -> Sentence:
        """Its span."""
        return self.document.sentences[self.number]

    @property
    def place(self) -> tuple[str, int]:
        """Where it stands: the version of its document, and its number there."""
        return self.document.version, self.number

    @property
    def index(self) -> str:
        """Its index text."""
        return self.document.index_quote(self.number)


def score_sentences(
    library: Reader, question: Question, passages: Sequence[RankedPassage]
) -> list[ScoredSentence]:
    """The sentences of the best passages, best first."""
    places = considered(passages)
    if not places:
        return []
    values = features(library, question, places)
    scores = sum((weight * values[name] for name, weight in _WEIGHTS.items()), np.zeros(len(places)))
    shares = np.exp(scores - scores.max())
    shares /= shares.sum()
    sentences = [
        ScoredSentence(
            found.document,
            number,
            score=float(scores[n]),
            share=float(shares[n]),
            likeness=float(values["meaning"][n]) / _SHARPNESS,
            coverage=found.coverage,
            is_elsewhere=found.is_elsewhere
            or is_of_another_year(question, found.document, found.passage, number)
            or is_of_another_issue(question, found.document, number),
            fit=float(values["kind"][n]),
        )
        for n, (found, number) in enumerate(places)
    ]
    return sorted(sentences, key=lambda each: -each.score)


def considered(passages: Sequence[RankedPassage]) -> list[tuple[RankedPassage, int]]:
    """The sentences considered, each with its passage."""
    return [
        (found, number)
        for found in passages[:READ]
        for number in range(found.passage.first, found.passage.last + 1)
        if _states_something(found.document, number)
    ]


def features(
    library: Reader, question: Question, places: Sequence[tuple[RankedPassage, int]]
) -> dict[str, npt.NDArray[np.float64]]:
    """What speaks for each of the sentences considered, by name; shape (sentences,)."""
    best = places[0][0].document
    texts = [found.document.index_quote(number) for found, number in places]
    fits = np.array([fit(question, text) for text in texts])
    replies = [[*_replied_to(found, number), number] for found, number in places]
    dense = [
        max(found.dense[n - found.passage.first] for n in numbers)
        for (found, _), numbers in zip(places, replies, strict=True)
    ]
    asked = [
        "".join(map(found.document.index_quote, numbers))
        for (found, _), numbers in zip(places, replies, strict=True)
    ]
    return {
        "meaning": _SHARPNESS * np.array(dense, float),
        "words": standardise(np.array(bm25(library, _telling(question.focus_tokens, best), asked))),
        "passage": np.array([found.score for found, _ in places]),
        "coverage": np.array([found.coverage for found, _ in places]),
        "kind": fits,
        "length": standardise(np.log1p([len(text) for text in texts])),
        "itself": np.array([bool(_ITSELF.search(text)) for text in texts], float),
        "cell": np.array([_has_cell(question, found.document, n) for found, n in places], float),
        "year": np.array([year_agreement(question, found.document, found.passage) for found, _ in places]),
        "elsewhere": np.array([found.is_elsewhere for found, _ in places], float),
        "recent": recency([found.document.date for found, _ in places]) * question.current,
    }


def _states_something(document: Document, number: int) -> bool:
    """Whether a sentence says more than its document's title, a date or a form of address does.

    Words to a machine, whoever wrote them, and questions of a document state nothing.
    """
    span = document.sentences[number]
    index = document.index_quote(number)
    if span.kind == "heading" or any(each.lead == number for each in document.enumerations):
        return True
    if INSTRUCTION.search(index):
        return False
    is_of_page = span.kind != "row" and _FURNITURE.match(index)
    return not (
        is_of_page
        or is_date(index)
        or _DATELINE.fullmatch(index)
        or index in document.title_index
        or index.endswith((":", "?"))
    )


def _replied_to(found: RankedPassage, number: int) -> list[int]:
    """The questions next before a sentence in its passage, to which it replies: what is like them is like it."""
    before = [found.document.index_quote(n).endswith("?") for n in range(found.passage.first, number)]
    last = next((n for n, asks in reversed(list(enumerate(before))) if asks), -1)
    first = next((n for n in range(last, -1, -1) if not before[n]), -1) + 1
    return list(range(found.passage.first + first, found.passage.first + last + 1))


def _has_cell(question: Question, document: Document, number: int) -> bool:
    """Whether the question names what stands alone in a cell of a table row: 「会长单位」, not 「执行会长单位」."""
    if document.sentences[number].kind != "row":
        return False
    return any(cell in question.text for cell in _CELL.findall(document.index_quote(number)))


def _telling(tokens: Sequence[str], document: Document) -> list[str]:
    """The tokens that tell the sentences of a document apart.

    What its title and first sentence say is its subject, and is meant by every sentence that follows;
    the one that repeats it is not the better answer for it.
    """
    subject = set(tokenize(document.title_index + "\n" + document.index_quote(0)))
    return [token for token in tokens if token not in subject] or list(tokens)


def bm25(library: Reader, query: Sequence[str], texts: Sequence[str]) -> list[float]:
    """BM25 (Robertson and Zaragoza 2009) of each text, with document frequencies of the library's passages."""
    frequencies, total = library.document_frequencies(query)
    idf = {t: math.log(1 + (total - n + 0.5) / (n + 0.5)) for t, n in frequencies.items()}
    bags = [Counter(tokenize(text)) for text in texts]
    lengths = [bag.total() for bag in bags]
    average = sum(lengths) / len(lengths) or 1.0
    return [
        sum(
            weight * bag[token] * (_K1 + 1) / (bag[token] + _K1 * (1 - _B + _B * length / average))
            for token, weight in idf.items()
            if token in bag
        )
        for bag, length in zip(bags, lengths, strict=True)
    ]
