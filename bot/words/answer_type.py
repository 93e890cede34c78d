"""What kind of answer a question asks for: when, where, who, how many, how much, a list; else what."""

import re
from typing import Literal

from bot.words.terms import OFFICE, is_english

AnswerType = Literal["list", "when", "where", "who", "how_many", "how_much", "what"]

# Patterns are of folded text. 「几点意见」 are a list.
CLOCK = r"(?<![哪这那])几点(?!建议|意见|要求|共识|希望|体会|注意|内容|说明|措施|做法|经验|启示|想法|思考)"
# In "what happens when …" and "members who …" nothing is asked for by "when" and "who".
_ASKING = r"(?:^|[,.;:?] |[-–] ?|\b(?:and|or|but|know|me|us|see|say|ask|to|by|with|from|of|for|until|since|exactly) )"
# In order: the first that matches decides.
_TYPES: tuple[tuple[AnswerType, str], ...] = (
    (
        "when",
        rf"什么时候|啥时候?|何时|几时|多会儿|哪一?年|哪一?天|几月|几号(?!线|窗|楼|门|厅|馆|会议|桌|车|柜|台)|{CLOCK}|多久|多长时间"
        r"|什么时间|什么日子|哪个月|日期|截止(?!到?(?:目前|现在|\d|[今去上本]年)|[前后])"
        rf"|{_ASKING}when\b|\bwhen (?:is|are|was|were|do|does|did|will|can|must|should|has|have)\b"
        r"|what (?:date|day|time|year)|deadline|\bhow (?:long|often)\b",
    ),
    (
        "where",
        r"哪里|哪儿|在哪(?!些|个)|何地|何处|什么地方|地点|地址|哪个(?:城市|地方|酒店)|\bwhere\b|\bvenue\b|\baddress\b",
    ),
    (
        "how_much",
        r"多少钱|多少元|多少万|多少亿|多少费|几块|几万|(?:费|额|款|价|薪|预算|经费|收入|支出)\w{0,4}多少|\bhow much\b|\bcost\b",
    ),
    (
        "list",
        r"哪些|哪几|哪[三四五六七]|列出|几(?:项|条|点|步|件事|个方面)|都有谁|都是谁|分别是谁|\blist\b|\bwhat are\b"
        rf"|{_ASKING}who are\b",
    ),
    ("how_many", r"多少|几(?=[个名位家场次人届票份批年天本页辆台套篇期间])|\bhow many\b|\bnumber of\b"),
    (
        "who",
        rf"谁|哪一?位|哪一?个人|何人|什么人|啥人|(?:{OFFICE})(?:的?名字)?(?:叫什么|叫啥|姓什么|是什么名字)"
        rf"|{_ASKING}who\b|\bwhom\b|\bwhose\b",
    ),
    (
        "list",
        r"有什么|有何|都有|(?:干|做|管|负责)(?:什么|啥)|\bwhich\b.*s\b|what \w+ (?:are|were|does|do|did)\b",
    ),
)
_ASKS_WHO = re.compile(next(pattern for kind, pattern in _TYPES if kind == "who"))


def answer_type(index: str) -> AnswerType | None:
    """What is asked for: in English what comes first, "How many sit when …", else the first of the patterns."""
    found = [(match.start(), kind) for kind, pattern in _TYPES if (match := re.search(pattern, index))]
    if is_english(index):
        found.sort(key=lambda each: each[0])
    return found[0][1] if found else None


def asks_who(kind: AnswerType, index: str) -> bool:
    """Whether persons are asked for, one or all of them: 「副会长都有谁」 is a list of such."""
    return kind == "who" or (kind == "list" and bool(_ASKS_WHO.search(index)))
