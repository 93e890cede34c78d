"""Understanding a question: its language, what it asks for, the years it names, what it leaves unsaid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.glossary import colloquial_terms, translate_terms
from ingest.fold import Script, fold, is_han, script_of
from ingest.metadata import find_years
from ingest.tokens import tokenize, words

AnswerType = Literal["list", "when", "where", "who", "how_many", "how_much", "what"]

# In order: the first that matches decides. Patterns are of folded text.
_TYPES: tuple[tuple[AnswerType, str], ...] = (
    ("when", r"什么时候|何时|哪一?年|哪一?天|几月|几号|几点|多久|什么时间|哪个月|日期|截止|\bwhen\b|what (?:date|day|time|year)|deadline"),
    ("where", r"哪里|哪儿|在哪(?!些|个)|何地|何处|什么地方|地点|地址|哪个(?:城市|地方|酒店)|\bwhere\b|\bvenue\b|\baddress\b"),
    ("how_much", r"多少钱|多少元|多少万|多少亿|多少费|(?:费|额|款|价|薪|预算|经费|收入|支出)\w{0,4}多少|\bhow much\b|\bfees?\b|\bcost\b"),
    ("how_many", r"多少|几(?=[个名位家场次人项条届票份批年天])|\bhow many\b|\bnumber of\b"),
    ("who", r"谁|哪位|哪个人|何人|什么人|\bwho\b|\bwhom\b|\bwhose\b"),
    ("list", r"哪些|哪几|有什么|有何|都有|分别|列出|几[项条点]|\blist\b|\bwhat are\b|\bwhich\b.*s\b|what \w+ (?:are|were|does|do|did)\b"),
)
_PATTERNS = [(kind, re.compile(pattern)) for kind, pattern in _TYPES]
_INTERROGATIVE = re.compile(
    r"什么时候|什么时间|什么地方|是什么|有什么|什么|哪些|哪几[项个条]?|哪[一个位里儿年天]+|在哪|几[个名位家场次项条月号点]"
    r"|多少|多久|怎么样?|如何|为什么|何时|何地|是谁|谁|请问|请|告诉我|介绍一下|吗|呢|的|了|有没有|是否|是不是|\?|有|是|那"
)
_YEAR_IN_QUESTION = re.compile(r"(?:19|20)\d{2}年?")
_ENGLISH_CUE = re.compile(
    r"\b(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|do|does|did|can|list|tell|show|the)\b"
)
_FOLLOW_UP = re.compile(
    r"^(?:那么?|还有|其中|另外|然后|and\b|what about|how about|who else|where else)|(?:呢\??$)"
    r"|[他她它](?!们?省|国)|其(?:中|他人)|这[个次项位些]|该[会项次人活]|上述|\b(?:it|he|she|they|them|him|her|his|its|their|that|those|this)\b"
)
@dataclass(frozen=True)
class Question:
    """A question as it is searched for.

    `text` is what is embedded: the question with what its history supplies, folded. `tokens` are the
    lexical tokens to look for. `terms` are its content words, each with the other words that may stand
    for it. `years` are those it names.
    """

    language: Script
    type: AnswerType
    text: str
    tokens: tuple[str, ...]
    terms: tuple[tuple[str, ...], ...]
    years: tuple[int, ...]


def understand(question: str, history: Sequence[str] = ()) -> Question:
    """Parse a question; `history` holds the member's earlier questions, oldest first."""
    index = fold(question)
    resolved = _resolve(index, [fold(each) for each in history])
    terms = tuple(dict.fromkeys(_terms(resolved)))
    others = [word for _, *alternatives in terms for word in alternatives]
    own = " ".join(term for term, *_ in terms) if is_english(resolved) else _INTERROGATIVE.sub(" ", resolved)
    return Question(
        language="en" if is_english(index) else script_of(question),
        type=_answer_type(index) or _answer_type(resolved) or "what",
        text=resolved,
        tokens=tuple(dict.fromkeys(token for part in (own, *others) for token in tokenize(part))),
        terms=terms,
        years=find_years(resolved),
    )


def is_english(index: str) -> bool:
    """Whether a folded question is English: it has an English function word, or no Chinese at all."""
    return bool(_ENGLISH_CUE.search(index)) or not any(map(is_han, index))


def _answer_type(index: str) -> AnswerType | None:
    return next((kind for kind, pattern in _PATTERNS if pattern.search(index)), None)


def _terms(index: str) -> list[tuple[str, ...]]:
    if is_english(index):
        return translate_terms(index)
    colloquial = colloquial_terms(index)
    for term, *_ in colloquial:
        index = index.replace(term, " ")
    own = (word for word in words(_INTERROGATIVE.sub(" ", index)) if len(word) > 1 or not is_han(word))
    return [*((word,) for word in own), *colloquial]


def _resolve(index: str, history: Sequence[str]) -> str:
    """A question that can be searched for alone: a follow-up is joined to the question that it follows.

    「那2022年呢？」 asks the question before again with another year; any other follow-up adds to it.
    """
    if not history or not _FOLLOW_UP.search(index):
        return index
    previous = _resolve(history[-1], history[:-1])
    own = _terms(_YEAR_IN_QUESTION.sub(" ", index))
    new_years = _YEAR_IN_QUESTION.findall(index)
    if new_years:
        previous = _YEAR_IN_QUESTION.sub(" ".join(new_years), previous, count=1)
    return f"{previous} {index}" if own else previous
