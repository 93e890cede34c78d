"""Whether a sentence holds the kind of thing that a question asks for: a date, a place, an amount, a name."""

import re
from functools import lru_cache

from bot.question import Question
from bot.words.answer_type import CLOCK, AnswerType
from ingest.numerals import CARDINALS
from ingest.tokens import tagged_words

# What a sentence holds that answers a question of the type, in folded text.
_EVIDENCE: dict[AnswerType, re.Pattern[str]] = {
    # How long something takes says not when, but 「七个工作日内」 does.
    "when": re.compile(
        r"\d ?[年月日]|\d:\d\d|\d{4}-\d|[一二三四五六七八九十][年月日]|世纪|年代|时期|[春夏秋冬]季|第.季度|周[一二三四五六日末]|星期[一二三四五六日天]"
        r"|[\d一二三四五六七八九十两] ?个?(?:天|工作日|月|小时|星期|周)(?:[之以]?[内前后])|[\d一二三四五六七八九十] ?[点时](?!五)|每[年季月周日天届]|[上下]午|[年月][底初]"
        r"|(?<![首本上这那多几一二三四五六七八九十\d])次[年月日]|随时|即止|立即"
    ),
    "where": re.compile(
        r"位于|地点|地址|住所|分布|在[^,。]*[省市县区国州岛厅楼店路街号]|在[\u4e00-\u9fff]{2,12}(?:举行|举办|召开|成立|集合|办公)"
    ),
    "how_many": re.compile(
        r"\d|[一二三四五六七八九十百千万两]{2,}|[一二三四五六七八九十百千万两] ?[个名位家场次人项条届票份批年天元吨亩倍]"
        rf"|\b(?:{'|'.join(CARDINALS)}|dozen|hundred|thousand)\b"
    ),
    "how_much": re.compile(
        r"\d[,.]* ?[万亿]*[美港欧日英]?[元镑币]|[一二三四五六七八九十百千万]元|费.*(?<!\d)\d+(?![\d年月日届号])|免费|免收|免缴|不收"
    ),
}
_LABELS: dict[AnswerType, re.Pattern[str]] = {
    "when": re.compile(r"(?:时间|日期):"),
    "where": re.compile(r"(?:地点|地址|会场|住所):"),
}
_LABELLED = 3.0
_ASKS_TOTAL = re.compile(r"[一总]共|共计|合计|总计|\bin total\b|\baltogether\b|\boverall\b|\bthe total\b")
_TOTAL = re.compile(r"共计|[合总小]计|总额|[总一]共|共[\u4e00-\u9fff]{0,3}(?=\d)|累计")
_EXACT = 8.0  # what is asked for in so many words, and nothing else
_ASKS_HOLDER = re.compile(
    r"现在|现任|如今|目前|新任|\bnow\b|\bcurrent|接[任替班手]|之后|以后|后来|换成|\b(?:took over|take over|succeed|replaced?|after)\b"
)
_TAKES_OFFICE = re.compile(r"接任|继任|接替|当选|新任|出任|改由|改聘|现任|选举|代理")
_ASKS_FORMER_HOLDER = re.compile(r"前任|\b(?:former|previous|predecessor)\b|\bwho was\b.*\bbefore\b")
_HELD_OFFICE = re.compile(
    r"担任.{0,16}(?:届|年[,;。])|曾任|原任|前任|卸任|离任|离职|退休|退任|转任|改任|不再(?:担任|兼任|参选|分管)|聘[为任].{0,4}名誉|接替|改由|由.{1,8}接任"
    r"|\b(?:former|predecessor|stepped down|retired|succeed|served as|took over)"
)
_OFFICE_LABEL = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,8}):")
_PERSON_TAG = "nr"
_NOT_ASKED = r"号?码?.{0,2}(?:[换改变]了|更换|变更|忘|丢)(?![成为])|密码"
_NUMERAL = r"(?:(?<!第)\d[\d.]*|[一二两三四五六七八九十半]+)"
# What only a sentence with a mobile number, an account number, a web or mail address, a time of the day or the like can answer.
_PARTICULARS = (
    (
        re.compile(rf"{CLOCK}|\bwhat time\b"),
        re.compile(rf"{_NUMERAL}[点时](?!五|倍)|\d:\d\d|上午|下午|晚上|中午|全天|\d ?[ap]\.?m\b"),
    ),
    (
        re.compile(r"多久|多长时间|\bhow (?:long|often)\b"),
        re.compile(
            rf"{_NUMERAL}余?个?(?:小时|学时|分钟|秒|天|日|周|星期|月|季度|年|工作日|届)|每[年季月周日天届]|随时|长期|立即|\b(?:day|week|month|year|hour|minute)s?\b"
        ),
    ),
    (
        re.compile(r"哪一?天|几月?几[日号]|\bwhat (?:day|date)\b|\bwhich (?:day|date)\b"),
        re.compile(
            r"(?:\d|[一二三四五六七八九十]) ?[日号](?!楼)|星期|周[一二三四五六日末]|\d-\d{1,2}(?!\d)|每[日天]"
        ),
    ),
    (
        re.compile(
            r"(?:多少|几)个?(?:人|名|位|票|代表|理事|会员|单位).{0,8}(?:(?<!人)才|才(?=[能可算有开成召举作够行])|方)(?!入)|最少.{0,6}(?:到会|出席)|\bquorum\b"
            r"|\bhow many\b.*\b(?:must|needed|required|have to)\b"
        ),
        re.compile(
            r"分之|[半过]数|以上|至少|不少于|不得少于|满|达到|不足|\b(?:half|thirds?|majority|at least)\b"
        ),
    ),
    # Who changes or has lost a number asks for no number.
    (re.compile(rf"手机(?!{_NOT_ASKED})|\bmobile (?:phone )?number\b"), re.compile(r"(?<!\d)1\d{10}(?!\d)")),
    (
        re.compile(rf"电话(?!{_NOT_ASKED})|联系方式(?!{_NOT_ASKED})|\b(?:tele)?phone\b|\bfax\b|传真"),
        re.compile(r"\d{3,4}\)? ?-?\d{7,8}|\d{3}-\d{3,4}-\d{4}|(?<!\d)\d{8}(?!\d)|(?<!\d)\d{4} \d{4}(?!\d)"),
    ),
    (re.compile(rf"(?:账号|帐号|卡号)(?!{_NOT_ASKED})|\baccount number\b"), re.compile(r"\d{10,}")),
    (re.compile(r"邮箱|电子邮件|\be-?mail address\b"), re.compile(r"[\w.]@\w")),
    (
        re.compile(r"网址|\bwebsite address\b|\bwhat(?:'s| is)\b.{0,40}\bwebsite\b|\burl\b"),
        re.compile(r"www\.|https?:|\w\.(?:com|cn|org)"),
    ),
)
_ASKS_NAME = re.compile(r"叫什么|叫啥|名字|名称|\bnames\b")
_NAME = re.compile(r"[\"《][^\"》]+[\"》]|公司|集团|银行|中心|名称为|简称")
# 「可推荐两家机构」 has no names: what is counted, where a list or a quoted name would stand, says nothing of which two.
_ASKS_WHICH = re.compile(
    r"\bwhich (?:two|three|four|five|six|seven|eight|nine|ten|\d+)\b|哪[两三四五六七八九十几][家所个位名项]|[家所个位名项][^,。?]{0,6}是(?:哪|谁)"
)
_COUNTED = re.compile(r"(?<!第)[两三四五六七八九十\d][家所个位名项](?!.{0,8}:)")
_NAMES = re.compile(r'(?<![一二三四五六七八九十])、|[和与](?![两三四五六七八九十\d]+[家所个位名项])|["《]')
_BODY = re.compile("公司|集团|银行|中心|事务所|[处部局办会室组院校厂店社]")
_CLAUSE_END = re.compile("[,;:。、]")
# What makes another noun of the one before it: 「会费收入」 is not what a member pays.
_ANOTHER_NOUN = re.compile(r"收入|支出|结余|总额|专账|账户")
_RATE = "标准"  # 「会费标准」 asks for the fee
# People, firms and hours of lessons are counted by more than one measure word.
_SAME_UNITS = {
    "个": "[个名位家项人]",
    "名": "[名位人个]",
    "位": "[位名人个]",
    "人": "[人名位]",
    "家": "[家个]",
    "小时": "(?:小时|[学课]时)",
    "天": r"(?:天|工作日|(?<!月\d)(?<!月\d\d)(?<!月.)(?<!月..)(?<!月...)日)",
    "月": "个月",
    "岁": "周?岁",
    "场": "[场次]",
    "次": "[次场]",
    "本": "[本册]",
}


def fit(question: Question, index: str) -> float:
    """How well folded text fits the kind of answer asked for: 0 not at all, 1 when it holds a date, a
    place, a name, a number of the units, more when it says so with a label (「地点：…」), and most when it is what is asked for in so
    many words: a total, or who held the office before, by the share of the question that it speaks of."""
    if question.counts and _ASKS_TOTAL.search(question.text) and _TOTAL.search(index):
        return _EXACT
    if question.counts and _is_of_another(question, index):
        return 0.0
    label = _LABELS.get(question.type)
    if label and label.search(index):
        return _LABELLED
    if question.asks_who:
        if _ASKS_FORMER_HOLDER.search(question.text) and _HELD_OFFICE.search(index):
            # 「办公室主任前任是谁」: other bodies have directors, too.
            return _LABELLED + (_EXACT - _LABELLED) * _spoken_share(question, index)
        if any(_names(question, office) for office in _OFFICE_LABEL.findall(index)):
            return _LABELLED
        if _ASKS_HOLDER.search(question.text) and _TAKES_OFFICE.search(index):
            return _LABELLED
        return float(any(tag.startswith(_PERSON_TAG) for _, tag in tagged_words(index)))
    particular = _particular(question.text)
    if particular is None and _ASKS_NAME.search(question.text):
        return float(_has_name(question, index))
    pattern = particular or (_number_of(question.unit) if question.unit else _EVIDENCE.get(question.type))
    return float(bool(pattern and pattern.search(index)))


def demands(question: Question) -> bool:
    """Whether only a sentence that fits can answer: one with a date, a number of the unit, an address, a name."""
    is_dated_or_counted = question.type in ("when", "how_many", "how_much")
    return is_dated_or_counted or bool(_particular(question.text) or _ASKS_NAME.search(question.text))


def could_answer(question: Question, index: str, fits: float) -> bool:
    """Whether folded text, which fits so well, has what the question demands; of who it is, a body will do, too."""
    if question.asks_who:
        return bool(fits or _BODY.search(index))
    return bool(fits or not demands(question))


def only_counts(question: Question, index: str) -> bool:
    """Whether folded text counts what the question wants to have named: 「可推荐两家机构」 does not tell which two."""
    if not _ASKS_WHICH.search(question.text):
        return False
    clauses = re.split("[,;。]", index)
    counting = [clause for clause in clauses if _COUNTED.search(clause)]
    return (
        bool(counting) and not any(map(_NAMES.search, counting)) and not any("、" in each for each in clauses)
    )


@lru_cache(maxsize=64)  # one question is held against some hundred texts
def _particular(question: str) -> re.Pattern[str] | None:
    return next((found for asked, found in _PARTICULARS if asked.search(question)), None)


def _number_of(unit: str) -> re.Pattern[str]:
    """A number of the unit, in a sentence (「112人」, 「七个工作日」) or below the name of a column (「人数: 112」, 「支出(元): 30」)."""
    digits = r"\d[\d,.]*|(?<![第一二三四五六七八九十百千])[一二三四五六七八九十百千万两]+"
    same = _SAME_UNITS.get(unit, unit)
    return re.compile(rf"(?:{digits})[余多]?[万亿]? ?个?{same}|(?:\({unit}\)|{same}[数次]):\d")


def _spoken_share(question: Question, index: str) -> float:
    """The share of the question's terms, by their weights, that folded text has."""
    spoken = sum(term.weight for term in question.terms if term.is_in(index))
    return spoken / sum(term.weight for term in question.terms) if spoken else 0.0


def _has_name(question: Question, index: str) -> bool:
    """Whether a clause has a name and speaks of what the question asks the name of: in 「会刊、网站、“侨商通”小程序」 the name
    is not that of the 会刊."""
    nouns = [term for term in question.terms if term.is_noun]
    return any(
        _NAME.search(clause) and any(noun.is_in(clause) for noun in nouns)
        for clause in _CLAUSE_END.split(index)
    )


def _is_of_another(question: Question, index: str) -> bool:
    """Whether folded text has the noun that is asked for, but only as a part of another one."""
    if not question.attribute or _ANOTHER_NOUN.search(question.text):
        return False
    asked = [question.attribute]
    nouns = [term.words[0] for term in question.terms] if question.attribute == _RATE else asked
    after = [rest for noun in nouns for rest in index.split(noun)[1:]]
    return bool(after) and all(map(_ANOTHER_NOUN.match, after))


def _names(question: Question, label: str) -> bool:
    """Whether the question names the whole of a label: 「会长」, of which 「名誉会长」 is another."""
    return label in question.text or any(label in term.words for term in question.terms)
