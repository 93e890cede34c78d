"""Understanding a question: its language, what it asks for, the years it names, what it leaves unsaid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.glossary import colloquial_terms, is_glossary_term, translate_terms
from ingest.fold import Script, fold, is_han, script_of
from ingest.metadata import find_years
from ingest.tokens import tagged_words, tokenize

AnswerType = Literal["list", "when", "where", "who", "how_many", "how_much", "what"]

# In order: the first that matches decides. Patterns are of folded text.
_TYPES: tuple[tuple[AnswerType, str], ...] = (
    (
        "when",
        r"什么时候|何时|哪一?年|哪一?天|几月|几号|几点|多久|什么时间|哪个月|日期|截止|\bwhen\b|what (?:date|day|time|year)|deadline",
    ),
    (
        "where",
        r"哪里|哪儿|在哪(?!些|个)|何地|何处|什么地方|地点|地址|哪个(?:城市|地方|酒店)|\bwhere\b|\bvenue\b|\baddress\b",
    ),
    (
        "how_much",
        r"多少钱|多少元|多少万|多少亿|多少费|(?:费|额|款|价|薪|预算|经费|收入|支出)\w{0,4}多少|\bhow much\b|\bfees?\b|\bcost\b",
    ),
    ("list", r"哪些|哪几|分别|列出|几(?:项|条|点|件事|个方面)|\blist\b|\bwhat are\b"),
    ("how_many", r"多少|几(?=[个名位家场次人项条届票份批年天])|\bhow many\b|\bnumber of\b"),
    ("who", r"谁|哪位|哪个人|何人|什么人|\bwho\b|\bwhom\b|\bwhose\b"),
    ("list", r"有什么|有何|都有|\bwhich\b.*s\b|what \w+ (?:are|were|does|do|did)\b"),
)
# What a sentence holds that answers a question of the type, in folded text.
_EVIDENCE: dict[AnswerType, re.Pattern[str]] = {
    "when": re.compile(
        r"\d+ ?[年月日]|\d:\d\d|\d{4}-\d|[一二三四五六七八九十]+[年月日]|世纪|年代|时期|[春夏秋冬]季"
    ),
    "where": re.compile(r"位于|地点|地址|住所|分布|在[^,。]*[省市县区国州岛厅楼店路街号]"),
    "how_many": re.compile(r"\d|[一二三四五六七八九十百千万两]+ ?[个名位家场次人项条届票份批年天]"),
    "how_much": re.compile(r"\d[\d,.]* ?[万亿]?元|[一二三四五六七八九十百千万]+元|费.*\d"),
}
_PATTERNS = [(kind, re.compile(pattern)) for kind, pattern in _TYPES]
_INTERROGATIVE = re.compile(
    r"什么时候|什么时间|什么地方|哪一?[天年月日]|是什么|有什么|什么|哪些|哪几[项个条]?|哪[一个位里儿年天]+|在哪|几[个名位家场次项条月号点]"
    r"|多少|多久|怎么样?|如何|为什么|何时|何地|是谁|谁|请问|请|告诉我|介绍一下|吗|呢|的|了|有没有|是否|是不是|\?|有|是|那"
)
_VAGUE = 1.0  # a question whose terms weigh no more than one noun leans on the one before it
_PARALLEL = 3  # words at most of a topic that takes another's place
_TOPIC = re.compile(r"^那么?|呢?\??$")
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
_POS_WEIGHTS = {
    "n": 1.0,
    "l": 1.0,
    "i": 1.0,
    "j": 1.0,
    "eng": 1.0,
    "b": 0.5,
    "a": 0.5,
    "t": 0.5,
    "v": 0.3,
    "z": 0.3,
}
_NOUN_LIKE_VERB, _PERSON_TAG = "vn", "nr"
_STOP_WORDS = frozenset(
    [
        "一共",
        "总共",
        "现在",
        "目前",
        "如今",
        "以后",
        "之后",
        "以前",
        "之前",
        "时候",
        "时间",
        "自己",
        "我能",
        "能够",
        "可以",
        "应该",
        "一年",
        "会儿",
        "大概",
        "具体",
        "情况",
        "内容",
        "东西",
        "事情",
        "会上",
    ]
)
_UNIT = re.compile(r"(?:多少|几|哪一?)([个名位家场次人项条届票份批年天岁页家])")
# Nouns that name the kind of answer wanted, not what it is about: the answer need not contain them.
_CATEGORY_NOUNS = frozenset(
    [
        "特点",
        "特征",
        "外形",
        "外观",
        "职业",
        "名字",
        "名称",
        "后果",
        "影响",
        "情节",
        "故事情节",
        "理由",
        "原因",
        "意思",
        "含义",
        "意义",
        "奖项",
        "职务",
        "美誉",
        "作用",
        "目的",
        "活动",
        "方面",
        "环境",
        "成绩",
        "结果",
        "关系",
        "区别",
        "不同",
        "地方",
        "国家",
        "时期",
        "方式",
        "方法",
        "称号",
        "身份",
        "头衔",
        "用途",
        "类型",
        "种类",
        "地位",
        "评价",
        "主题",
        "理念",
        "线路",
        "过程",
        "背景",
        "经历",
        "重要性",
        "看法",
        "观点",
    ]
)
_CATEGORY_WEIGHT, _ATTRIBUTE_WEIGHT = 0.3, 2.0
_KIND_ASKED = re.compile(r"哪些|哪几[个项条种]|有什么")
_FACT_ASKED = re.compile(r"多少|在?哪里|在?哪儿|何处|何时|什么时候|什么时间|什么地方")
_CURRENT = re.compile(
    r"现在|目前|如今|现任|现行|最新|最近|这一届|本届|\b(?:now|current|currently|latest|newest|today)\b"
)


@dataclass(frozen=True)
class Term:
    """A content word of a question, first, and the other words that may stand for it; `weight` up to 2."""

    words: tuple[str, ...]
    weight: float


@dataclass(frozen=True)
class Question:
    """A question as it is searched for.

    `text` is what is embedded: the question with what its history supplies, folded. `tokens` are the
    lexical tokens to look for. `terms` are its content words. `years` are those it names; `current` says
    that it asks for what holds now; `unit` is the measure word of the number it asks for.
    """

    language: Script
    type: AnswerType
    text: str
    tokens: tuple[str, ...]
    terms: tuple[Term, ...]
    years: tuple[int, ...]
    current: bool
    unit: str | None

    def is_answered_by(self, index: str) -> bool:
        """Whether folded text holds something of the kind asked for: a date, a place, a name, a number of units."""
        if self.type == "who":
            return any(tag.startswith(_PERSON_TAG) for _, tag in tagged_words(index))
        if self.unit:
            return bool(re.search(rf"\d[\d,.]*余?[万亿]?{self.unit}|\({self.unit}\):\d", index))
        pattern = _EVIDENCE.get(self.type)
        return bool(pattern and pattern.search(index))


def understand(question: str, history: Sequence[str] = ()) -> Question:
    """Parse a question; `history` holds the member's earlier questions, oldest first."""
    index = fold(question)
    resolved = _resolve(index, [fold(each) for each in history])
    terms = tuple(dict.fromkeys(_terms(resolved)))
    others = [word for term in terms for word in term.words[1:]]
    own = (
        " ".join(term.words[0] for term in terms)
        if is_english(resolved)
        else _INTERROGATIVE.sub(" ", resolved)
    )
    return Question(
        language="en" if is_english(index) else script_of(question),
        type=_answer_type(index) or _answer_type(resolved) or "what",
        text=resolved,
        tokens=tuple(dict.fromkeys(token for part in (own, *others) for token in tokenize(part))),
        terms=terms,
        years=find_years(resolved),
        current=bool(_CURRENT.search(resolved)),
        unit=match.group(1) if (match := _UNIT.search(resolved)) else None,
    )


def is_english(index: str) -> bool:
    """Whether a folded question is English: it has an English function word, or no Chinese at all."""
    return bool(_ENGLISH_CUE.search(index)) or not any(map(is_han, index))


def _answer_type(index: str) -> AnswerType | None:
    return next((kind for kind, pattern in _PATTERNS if pattern.search(index)), None)


def _terms(index: str) -> list[Term]:
    index = _YEAR_IN_QUESTION.sub(" ", index)
    if is_english(index):
        return [Term(words, _english_weight(words)) for words in translate_terms(index)]
    colloquial = colloquial_terms(index)
    asked = _asked_attribute(index)
    for term, *_ in colloquial:
        index = index.replace(term, " ")
    content = _INTERROGATIVE.sub(" ", index)
    own = [
        Term((word,), _ATTRIBUTE_WEIGHT * weight if word == asked else weight)
        for word, tag in tagged_words(content)
        if (weight := _weight(word, tag))
    ]
    return own + [
        Term(words, max(map(_phrase_weight, words[1:])) * (_ATTRIBUTE_WEIGHT if asked in words else 1.0))
        for words in colloquial
    ]


def _asked_attribute(index: str) -> str | None:
    """The noun that is asked for: 「工资」 in 「秘书长的工资是多少」, 「权利」 in 「会员有哪些权利」."""
    if match := _KIND_ASKED.search(index):
        candidates = tagged_words(index[match.end() :])[:1]
    elif match := _FACT_ASKED.search(index):
        candidates = tagged_words(index[: match.start()])[::-1]
    else:
        candidates = []
    return next((word for word, tag in candidates if _weight(word, tag) >= 1.0), None)


def _phrase_weight(phrase: str) -> float:
    return max((_weight(word, tag) for word, tag in tagged_words(phrase)), default=0.0)


def _weight(word: str, tag: str) -> float:
    if word in _STOP_WORDS or (len(word) == 1 and is_han(word)):
        return 0.0
    if word in _CATEGORY_NOUNS:
        return _CATEGORY_WEIGHT
    if tag == _NOUN_LIKE_VERB or (tag == "m" and word.isascii()):
        return 1.0
    return _POS_WEIGHTS.get(tag, _POS_WEIGHTS.get(tag[0], 0.0))


def _english_weight(words: tuple[str, ...]) -> float:
    if words[0].endswith(("ed", "ing")):
        return _POS_WEIGHTS["v"]
    # What only the dictionary translates may be any of a word's senses.
    return 1.0 if len(words) == 1 or is_glossary_term(words[0]) else 0.5


def _resolve(index: str, history: Sequence[str]) -> str:
    """A question that can be searched for alone: a follow-up is joined to the question that it follows.

    「那2022年呢？」 asks the question before again with another year, 「副会长单位呢？」 with another word of
    the same ending; any other follow-up adds to it.
    """
    own = _terms(index)
    if not history or not (_FOLLOW_UP.search(index) or sum(min(term.weight, 1.0) for term in own) <= _VAGUE):
        return index
    previous = _resolve(history[-1], history[:-1])
    new_years = _YEAR_IN_QUESTION.findall(index)
    if new_years:
        previous = _YEAR_IN_QUESTION.sub(" ".join(new_years), previous, count=1)
    if len(own) <= _PARALLEL and index.rstrip("?").endswith("呢"):
        topic = _TOPIC.sub("", index)
        for word, _ in tagged_words(previous):
            if len(word) > 2 and word[-2:] == topic[-2:]:
                return previous.replace(word, topic)
    return f"{previous} {index}" if own else previous
