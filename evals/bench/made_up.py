"""Generated documents for measuring speed, of any number, the same in every run. Nothing is learnt from their text."""

import random
from collections.abc import Iterator

import numpy as np

from ingest.document import Document
from ingest.embed import Embedder, Vectors
from ingest.library import Library
from ingest.make import document_from_text

CITIES = (
    "郑州 洛阳 开封 南阳 新乡 安阳 许昌 平顶山 信阳 商丘 周口 驻马店 焦作 鹤壁 濮阳 漯河 三门峡 济源".split()
)
TRADES = "纺织 机械 食品 电子 物流 医药 化工 农业 旅游 教育".split()
DOINGS = "走访 调研 座谈 签约 捐赠 培训 考察 换届 招商 联谊".split()
SURNAMES, GIVEN_NAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗",
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华",
)
_PATTERNS = (
    "{year}年{month}月{day}日，{name}会长一行赴{city}{doing}{trade}企业{n}家。",
    "{city}市侨商会{doing}活动共有{n}人参加，{name}主持会议。",
    "{trade}行业会员企业在{city}{doing}项目{n}个，金额{amount}万元。",
    "秘书处{name}负责{city}{trade}企业的{doing}联络工作。",
    "会议决定由{name}担任{city}{trade}专业委员会主任，任期{n}年。",
)
_EMBEDDED = 400  # real sentences; the vectors of all others lie near theirs
_NOISE = 0.02  # of each dimension


class MadeUp:
    """Texts by number, from a fixed seed."""

    def __init__(self, seed: int = 2023) -> None:
        self._chance = random.Random(seed)

    def sentence(self) -> str:
        """One sentence like those of reports."""
        pick = self._chance.choice
        count = self._chance.randrange(3, 900)
        return pick(_PATTERNS).format(
            year=self._chance.randrange(2010, 2026),
            month=self._chance.randrange(1, 13),
            day=self._chance.randrange(1, 29),
            name=pick(SURNAMES) + pick(GIVEN_NAMES) + pick(GIVEN_NAMES),
            city=pick(CITIES),
            trade=pick(TRADES),
            doing=pick(DOINGS),
            n=count,
            amount=count * 7,
        )

    def text(self, number: int, sentences: int) -> str:
        """A report of so many sentences, four to a paragraph, under a title."""
        pick = self._chance.choice
        title = f"{pick(CITIES)}{pick(TRADES)}{number}号工作报告（{self._chance.randrange(2010, 2026)}年）"
        parts = [self.sentence() for _ in range(sentences - 1)]
        return "\n".join([title, *("".join(parts[n : n + 4]) for n in range(0, len(parts), 4))])

    def documents(self, sentences: int) -> Iterator[Document]:
        """Documents of 30 to 200 sentences, until there are so many sentences together."""
        number, left = 0, sentences
        while left > 0:
            document = document_from_text(
                f"{number}.txt", self.text(number, self._chance.choice((30, 60, 100, 200)))
            )
            yield document
            left -= len(document.sentences)
            number += 1


def fill(library: Library, sentences: int) -> None:
    """Put generated documents into a library, with vectors that are not computed one by one."""
    near = neighbours(library.embedder)
    for document in MadeUp().documents(sentences):
        library.put(document, next_vectors(near, len(document.sentences)))


def neighbours(embedder: Embedder) -> tuple[Vectors, np.random.Generator]:
    """Real vectors of some sentences, and the chance that draws others near them."""
    made_up = MadeUp(seed=7)
    return embedder.documents([made_up.sentence() for _ in range(_EMBEDDED)]), np.random.default_rng(7)


def next_vectors(near: tuple[Vectors, np.random.Generator], count: int) -> Vectors:
    """So many unit vectors, each near a real one."""
    real, chance = near
    drawn = real[chance.integers(0, len(real), count)] + chance.normal(
        scale=_NOISE, size=(count, real.shape[1])
    )
    vectors: Vectors = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)
    return vectors
