"""Understanding a question: its language, what it asks for, the years it names, what it leaves unsaid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.glossary import colloquial_terms, translate_terms
from ingest.fold import Script, fold, is_han, script_of
from ingest.metadata import find_years
from ingest.tokens import tagged_words, tokenize

AnswerType = Literal["list", "when", "where", "who", "how_many", "how_much", "what"]

# In order: the first that matches decides. Patterns are of folded text.
_TYPES: tuple[tuple[AnswerType, str], ...] = (
    ("when", r"什么时候|何时|哪一?年|哪一?天|几月|几号|几点|多久|什么时间|哪个月|日期|截止|\bwhen\b|what (?:date|day|time|year)|deadline"),
    ("where", r"哪里|哪儿|在哪(?!些|个)|何地|何处|什么地方|地点|地址|哪个(?:城市|地方|酒店)|\bwhere\b|\bvenue\b|\baddress\b"),
    ("how_much", r"多少钱|多少元|多少万|多少亿|多少费|(?:费|额|款|价|薪|预算|经费|收入|支出)\w{0,4}多少|\bhow much\b|\bfees?\b|\bcost\b"),
    ("list", r"哪些|哪几|分别|列出|几(?:项|条|点|件事|个方面)|\blist\b|\bwhat are\b"),
    ("how_many", r"多少|几(?=[个名位家场次人项条届票份批年天])|\bhow many\b|\bnumber of\b"),
    ("who", r"谁|哪位|哪个人|何人|什么人|\bwho\b|\bwhom\b|\bwhose\b"),
    ("list", r"有什么|有何|都有|\bwhich\b.*s\b|what \w+ (?:are|were|does|do|did)\b"),
)
_PATTERNS = [(kind, re.compile(pattern)) for kind, pattern in _TYPES]
_INTERROGATIVE = re.compile(
    r"什么时候|什么时间|什么地方|哪一?[天年月日]|是什么|有什么|什么|哪些|哪几[项个条]?|哪[一个位里儿年天]+|在哪|几[个名位家场次项条月号点]"
    r"|多少|多久|怎么样?|如何|为什么|何时|何地|是谁|谁|请问|请|告诉我|介绍一下|吗|呢|的|了|有没有|是否|是不是|\?|有|是|那"
)
_VAGUE = 1.0  # a question whose terms weigh no more than one noun leans on the one before it
_YEAR_IN_QUESTION = re.compile(r"(?:19|20)\d{2}年?")
_ENGLISH_CUE = re.compile(
    r"\b(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|do|does|did|can|list|tell|show|the)\b"
)
_FOLLOW_UP = re.compile(
    r"^(?:那么?|还有|其中|另外|然后|and\b|what about|how about|who else|where else)|(?:呢\??$)"
    r"|[他她它](?!们?省|国)|其(?:中|他人)|这[个次项位些]|该[会项次人活]|上述|\b(?:it|he|she|they|them|him|her|his|its|their|that|those|this)\b"
)
# What a word of each part of speech weighs when the documents are searched for what a question asks:
# a noun names it, a verb may be said in many ways; what is not listed names nothing.
_POS_WEIGHTS = {"n": 1.0, "l": 1.0, "i": 1.0, "j": 1.0, "eng": 1.0, "b": 0.5, "a": 0.5, "t": 0.5, "v": 0.3, "z": 0.3}
_NOUN_LIKE_VERB = "vn"
_STOP_WORDS = frozenset(
    "一共 总共 现在 目前 如今 以后 之后 以前 之前 时候 时间 自己 我能 能够 可以 应该 一年 会儿 大概 具体 情况 内容 东西 事情 会上".split()
)
_CURRENT = re.compile(r"现在|目前|如今|现任|现行|最新|最近|这一届|本届|\b(?:now|current|currently|latest|newest|today)\b")


@dataclass(frozen=True)
class Term:
    """A content word of a question, first, and the other words that may stand for it; `weight` up to 1."""

    words: tuple[str, ...]
    weight: float


@dataclass(frozen=True)
class Question:
    """A question as it is searched for.

    `text` is what is embedded: the question with what its history supplies, folded. `tokens` are the
    lexical tokens to look for. `terms` are its content words. `years` are those it names; `current` says
    that it asks for what holds now.
    """

    language: Script
    type: AnswerType
    text: str
    tokens: tuple[str, ...]
    terms: tuple[Term, ...]
    years: tuple[int, ...]
    current: bool


def understand(question: str, history: Sequence[str] = ()) -> Question:
    """Parse a question; `history` holds the member's earlier questions, oldest first."""
    index = fold(question)
    resolved = _resolve(index, [fold(each) for each in history])
    terms = tuple(dict.fromkeys(_terms(resolved)))
    others = [word for term in terms for word in term.words[1:]]
    own = " ".join(term.words[0] for term in terms) if is_english(resolved) else _INTERROGATIVE.sub(" ", resolved)
    return Question(
        language="en" if is_english(index) else script_of(question),
        type=_answer_type(index) or _answer_type(resolved) or "what",
        text=resolved,
        tokens=tuple(dict.fromkeys(token for part in (own, *others) for token in tokenize(part))),
        terms=terms,
        years=find_years(resolved),
        current=bool(_CURRENT.search(resolved)),
    )


def is_english(index: str) -> bool:
    """Whether a folded question is English: it has an English function word, or no Chinese at all."""
    return bool(_ENGLISH_CUE.search(index)) or not any(map(is_han, index))


def _answer_type(index: str) -> AnswerType | None:
    return next((kind for kind, pattern in _PATTERNS if pattern.search(index)), None)


def _terms(index: str) -> list[Term]:
    index = _YEAR_IN_QUESTION.sub(" ", index)
    if is_english(index):
        return [Term(words, _english_weight(words[0])) for words in translate_terms(index)]
    colloquial = colloquial_terms(index)
    for term, *_ in colloquial:
        index = index.replace(term, " ")
    content = _INTERROGATIVE.sub(" ", index)
    own = [Term((word,), weight) for word, tag in tagged_words(content) if (weight := _weight(word, tag))]
    return own + [Term(words, 1.0) for words in colloquial]


def _weight(word: str, tag: str) -> float:
    if word in _STOP_WORDS or (len(word) == 1 and is_han(word)):
        return 0.0
    if tag == _NOUN_LIKE_VERB or (tag == "m" and word.isascii()):
        return 1.0
    return _POS_WEIGHTS.get(tag, _POS_WEIGHTS.get(tag[0], 0.0))


def _english_weight(term: str) -> float:
    return _POS_WEIGHTS["v"] if term.endswith(("ed", "ing")) else 1.0


def _resolve(index: str, history: Sequence[str]) -> str:
    """A question that can be searched for alone: a follow-up is joined to the question that it follows.

    「那2022年呢？」 asks the question before again with another year; any other follow-up adds to it.
    """
    own = _terms(index)
    if not history or not (_FOLLOW_UP.search(index) or sum(term.weight for term in own) <= _VAGUE):
        return index
    previous = _resolve(history[-1], history[:-1])
    new_years = _YEAR_IN_QUESTION.findall(index)
    if new_years:
        previous = _YEAR_IN_QUESTION.sub(" ".join(new_years), previous, count=1)
    return f"{previous} {index}" if own else previous
