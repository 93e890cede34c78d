"""The content words of a question: what they weigh, and the other words that may stand for them."""

import re
from dataclasses import dataclass

from bot.words.glossary import Glossary
from ingest.fold import is_han
from ingest.metadata import NAMED_YEAR
from ingest.tokens import tagged_words

# What a word of each part of speech weighs when the documents are searched for what a question asks:
# a noun names it, a verb may be said in many ways; what is not listed names nothing.
_POS_WEIGHTS = (
    dict.fromkeys(("n", "j", "eng", "vn"), 1.0) | dict.fromkeys("bat", 0.5) | dict.fromkeys("vzli", 0.3)
)
_STOP_WORDS = frozenset(
    """进行 一共 总共 现在 目前 如今 以后 之后 以前 之前 时候 时间 自己 我能 能够 可以 应该 一年
    会儿 大概 具体 情况 内容 东西 事情 会上 你好 您好 谢谢 提到 说到 讲到 谈到 承认 看到 属于 这个 那个
    各是 各有 各定 都有 现行 最近 最新 现任 新旧 两版 前后 前后各 变化 不同 区别 差别 差异 对比 比较 相比 贵会 后来 接着 全部 所有 真的 准备 算是""".split()
)
# Nouns that name the kind of answer wanted, not what it is about: the answer need not contain them.
_CATEGORY_NOUNS = frozenset(
    """特点 特征 外形 外观 职业 名字 名称 后果 影响 情节 故事情节 理由 原因 意思 含义 意义
    奖项 职务 美誉 作用 目的 活动 方面 环境 成绩 结果 关系 区别 不同 地方 国家 时期 方式
    方法 称号 身份 头衔 用途 类型 种类 地位 评价 主题 理念 线路 过程 背景 经历 重要性
    看法 观点 工作 事项 日期 截止 截止日期 最晚 最迟 最后期限""".split()
)
_CATEGORY_WEIGHT, _ATTRIBUTE_WEIGHT = 0.05, 2.0
_KIND_ASKED = re.compile(r"哪些|哪几[个项条种]|[有都]什么|[有都]啥")
_FACT_ASKED = re.compile(r"多少[个家名位项场次]?")
_INTERROGATIVE = re.compile(
    # what asks
    r"什么时候|什么时间|什么地方|什么日子|啥时候|啥时间|啥意思|哪一?[天年月日]|是什么|有什么|为什么|为啥|干什么|干啥|什么|啥样?"
    r"|哪些人?|哪几[项个条]?|哪[一个位里儿年天块]+|在哪|哪|几[个名位家场次项条月号点时年]|多会儿"
    r"|多少|多久|多大|多高|多长时间|怎么样|怎么办|怎么|怎样|咋回事|咋样|咋办|咋整|咋|如何|何时|何地|有谁|是谁|谁"
    # whether
    r"|行不行|中不中|能不能|可不可以|要不要|有没有|是不是|算不算|会不会|对不对|用不用|是否|可以吗|行吗|[不没]\??$|没有\??$"
    # how one asks
    r"|我想问一下|我想问|想问一?下?|请问|问一下|请教|麻烦|帮我查一?下?|帮我看一?下?|给我说说|说说|说一下|告诉我|介绍一下|讲讲|想知道|想了解|听说|到底|究竟|(?<![申邀聘提宴])请(?![假示柬])|一下"
    r"|俺们?|咱们?|我们|你们|贵会|[吗呢呗啊呀嘛哩吧么]|[的了有是那]|\?"
)
_ENGLISH_CUE = re.compile(
    r"\b(?:what|who|whom|whose|when|where|which|why|how|is|are|was|were|do|does|did|can|list|tell|show|the)\b"
)
_CHINESE_CUE = re.compile(r"[的是吗呢了谁哪几啥咋]|什么|多少|怎|有|如何|何时|为")
_SESSION = re.compile(
    r"第?([一二三四五六七八九十]+)届(?:第?([一二三四五六七八九十]+)次)?的?((?![了是有在由当什几哪多谁何怎都共])[\u4e00-\u9fff]{2})?"
)
OFFICE = (
    "会长|理事长|秘书长|监事长|监事|理事|主任|部长|主席|书记|董事长|董事|总经理|经理|组长|处长|厅长|局长|委员|党组成员|顾问"
    "|负责人|法定代表人|会计|出纳"
)
_OF_OFFICE = ("会长", "副会", "常务", "执行", "名誉", "秘书", "领导")  # the first two characters of one
_SESSION_WEIGHT = 1.5  # another session's meeting is another meeting


@dataclass(frozen=True)
class Term:
    """A content word of a question, first, and the other words that may stand for it; `weight` up to 2.

    Of an `exact` one no part may stand for the whole: 「第二届」 is not nearly 「第三届」.
    """

    words: tuple[str, ...]
    weight: float
    exact: bool = False

    def is_in(self, index: str) -> bool:
        """Whether folded text has one of its words."""
        return any(word in index for word in self.words)

    @property
    def is_noun(self) -> bool:
        """Whether it names something, rather than says what is done or how."""
        return self.weight >= _POS_WEIGHTS["n"]


def is_english(index: str) -> bool:
    """Whether a folded question is English: it has no Chinese, or an English function word and no Chinese one."""
    if not any(map(is_han, index)):
        return True
    return bool(_ENGLISH_CUE.search(index)) and not _CHINESE_CUE.search(index)


def content_terms(index: str, glossary: Glossary) -> list[Term]:
    """The content words of a folded question; its years are not among them."""
    index = NAMED_YEAR.sub(" ", index)
    if is_english(index):
        return [Term(words, _english_weight(words, glossary)) for words in glossary.translate_terms(index)]
    colloquial = glossary.colloquial_terms(index)
    asked = asked_attribute(index)
    for term, *_ in colloquial:
        index = index.replace(term, " ")
    sessions = [Term(_session(*found), _SESSION_WEIGHT, exact=True) for found in _SESSION.findall(index)]
    own = sessions + [
        Term((word,), _ATTRIBUTE_WEIGHT * weight if word == asked else weight)
        for word, tag in tagged_words(without_interrogatives(index))
        if (weight := _weight(word, tag))
    ]
    return own + [
        Term(words, _colloquial_weight(words) * (_ATTRIBUTE_WEIGHT if asked in words else 1.0))
        for words in colloquial
    ]


def _session(session: str, meeting: str, body: str) -> tuple[str, ...]:
    """How documents write a session: 「第二届豫港…」, 「二届四次…」, 「第二届理事会第四次…」; who held an office in it stands in
    what tells of its boards."""
    if meeting:
        return (f"{session}届{meeting}次", f"{session}届第{meeting}次", f"第{meeting}次")
    if body in _OF_OFFICE:
        return (f"{session}届{body}", f"{session}届理事会", f"{session}届监事会", f"{session}届会员")
    return (f"{session}届{body}", f"{session}届理事会{body}")


def asked_attribute(index: str) -> str | None:
    """The noun that is asked for: 「工资」 in 「秘书长的工资是多少」, 「会员」 in 「协会有多少会员」, 「权利」 in
    「会员有哪些权利」."""
    if match := _KIND_ASKED.search(index):
        # What stands there is a noun, whatever the tagger says of 「手续」.
        candidates = [(word, "n") for word, _ in tagged_words(index[match.end() :])[:1]]
    elif match := _FACT_ASKED.search(index):
        counted = tagged_words(index[match.end() :])[:1]
        candidates = [*counted, *reversed(tagged_words(index[: match.start()]))]
    else:
        candidates = []
    return next((word for word, tag in candidates if _weight(word, tag) >= 1.0 and not word.isascii()), None)


def _colloquial_weight(words: tuple[str, ...]) -> float:
    return _CATEGORY_WEIGHT if words[0] in _CATEGORY_NOUNS else max(map(_phrase_weight, words[1:]))


def _phrase_weight(phrase: str) -> float:
    return max((_weight(word, tag) for word, tag in tagged_words(phrase)), default=0.0)


def _weight(word: str, tag: str) -> float:
    if word in _STOP_WORDS or (len(word) == 1 and is_han(word)):
        return 0.0
    if word in _CATEGORY_NOUNS:
        return _CATEGORY_WEIGHT
    if tag == "m" and word.isascii():
        return 1.0
    return _POS_WEIGHTS.get(tag, _POS_WEIGHTS.get(tag[0], 0.0))


def _english_weight(words: tuple[str, ...], glossary: Glossary) -> float:
    if words[0].endswith(("ed", "ing")):
        return _POS_WEIGHTS["v"]
    # What only the dictionary translates may be any of a word's senses.
    return 1.0 if len(words) == 1 or glossary.is_glossary_term(words[0]) else 0.5


def without_interrogatives(index: str) -> str:
    """A folded Chinese question without the words that make it one."""
    return _INTERROGATIVE.sub(" ", index)
