"""Understanding a question: its language, what it asks for, the years it names, what it leaves unsaid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from bot.courtesy import Courtesy, courtesy_of
from bot.follow_up import ASKS, resolve
from bot.words.glossary import Glossary
from bot.words.terms import Term, asked_attribute, content_terms, is_english, without_interrogatives
from ingest.errors import QuestionError
from ingest.fold import Language, fold, is_unicode, script_of
from ingest.metadata import find_dates, find_years
from ingest.numerals import parse_numeral
from ingest.tokens import tagged_words, tokenize

AnswerType = Literal["list", "when", "where", "who", "how_many", "how_much", "what"]

# In order: the first that matches decides. Patterns are of folded text.
_BETWEEN = re.compile(r"(?<=[?;,。!])\s*|\s(?=and (?:what|when|who|where|how|which)\b)")
_ORDINAL = re.compile(
    r"第(\d{1,2}|[一二三四五六七八九]?十[一二三四五六七八九]?|[一二三四五六七八九])([项条件点个步])"
)
_TYPES: tuple[tuple[AnswerType, str], ...] = (
    (
        "when",
        r"什么时候|啥时候?|何时|几时|多会儿|哪一?年|哪一?天|几月|几号|几点|多久|什么时间|什么日子|哪个月|日期|截止|\bwhen\b|what (?:date|day|time|year)|deadline",
    ),
    (
        "where",
        r"哪里|哪儿|在哪(?!些|个)|何地|何处|什么地方|地点|地址|哪个(?:城市|地方|酒店)|\bwhere\b|\bvenue\b|\baddress\b",
    ),
    (
        "how_much",
        r"多少钱|多少元|多少万|多少亿|多少费|几块|几万|(?:费|额|款|价|薪|预算|经费|收入|支出)\w{0,4}多少|\bhow much\b|\bcost\b",
    ),
    ("list", r"哪些|哪几|哪[三四五六七]|列出|几(?:项|条|点|步|件事|个方面)|\blist\b|\bwhat are\b"),
    ("how_many", r"多少|几(?=[个名位家场次人项条届票份批年天])|\bhow many\b|\bnumber of\b"),
    ("who", r"谁|哪位|哪个人|何人|什么人|啥人|\bwho\b|\bwhom\b|\bwhose\b"),
    (
        "list",
        r"有什么|有何|都有|(?:干|做|管|负责)(?:什么|啥)|\bwhich\b.*s\b|what \w+ (?:are|were|does|do|did)\b",
    ),
)
# What a sentence holds that answers a question of the type, in folded text.
_EVIDENCE: dict[AnswerType, re.Pattern[str]] = {
    "when": re.compile(
        r"\d+ ?[年月日]|\d:\d\d|\d{4}-\d|[一二三四五六七八九十]+[年月日]|世纪|年代|时期|[春夏秋冬]季"
    ),
    "where": re.compile(r"位于|地点|地址|住所|分布|在[^,。]*[省市县区国州岛厅楼店路街号]"),
    "how_many": re.compile(
        r"\d|[一二三四五六七八九十百千万两]{2,}|[一二三四五六七八九十百千万两] ?[个名位家场次人项条届票份批年天元吨亩倍]"
        r"|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twelve|dozen|hundred|thousand)\b"
    ),
    "how_much": re.compile(
        r"\d[\d,.]* ?[万亿]*[美港欧日英]?[元镑币]|[一二三四五六七八九十百千万]+元|费.*(?<!\d)\d+(?![\d年月日届号])"
    ),
}
_LABELS: dict[AnswerType, re.Pattern[str]] = {
    "when": re.compile(r"(?:时间|日期):"),
    "where": re.compile(r"(?:地点|地址|会场|住所):"),
}
_LABELLED = 3.0
_OFFICE_LABEL = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff]{2,8}):")
# What only a sentence with a name, a mobile number, an account number, a web or mail address can answer.
_PARTICULARS = (
    (re.compile(r"手机|\bmobile\b"), re.compile(r"(?<!\d)1\d{10}(?!\d)")),
    (re.compile(r"电话|联系方式|\b(?:tele)?phone\b|\bfax\b|传真"), re.compile(r"\d{3,4}-?\d{7,8}")),
    (re.compile(r"账号|帐号|卡号|\baccount number\b"), re.compile(r"\d{10,}")),
    (re.compile(r"邮箱|电子邮件|\be-?mail address\b"), re.compile(r"[\w.]+@\w")),
    (re.compile(r"网址|\bwebsite\b"), re.compile(r"www\.|https?:|\w\.(?:com|cn|org)")),
    (
        re.compile(r"叫什么|叫啥|名字|名称|\bnames\b"),
        re.compile(r"[“\"《][^”\"》]+[”\"》]|公司|集团|银行|中心|名称为|简称"),
    ),
)
# What makes another noun of the one before it: 「会费收入」 is not what a member pays.
_ANOTHER_NOUN = re.compile(r"收入|支出|结余|总额|专账|账户")
_RATE = "标准"  # 「会费标准」 asks for the fee
_PERSON_TAG = "nr"
_COUNTED = ("how_many", "how_much")
_MOST_TERMS, _MOST_TOKENS = 40, 120  # of a question as long as a page; what follows adds little but time
_UNIT = re.compile(
    r"(?:多少|几)(?:个?(小时|星期|工作日|月(?!几))|([名位家场次人项条届票份批年天岁页本册间栋套台辆门笔篇期组桌层平亩吨个]))"
)
# People and firms are counted by more than one measure word.
_SAME_UNITS = {
    "个": "[个名位家项人]",
    "名": "[名位人个]",
    "位": "[位名人个]",
    "人": "[人名位]",
    "家": "[家个]",
}
# 「3月」, not 「3月18日」
_MONTH = re.compile(r"(?<!\d)(1[0-2]|0?[1-9])月(?!\d)(?!底)")
_CURRENT = re.compile(
    r"现在|目前|如今|现任|现行|最新|最近|这一届|本届|\b(?:now|current|currently|latest|newest|today)\b"
)
_FORMER = re.compile(
    r"旧|以前|原来|原先|之前的|老(?:办法|规定|章程|标准|版|规矩)|(?:修订|修改|修正|调整|改)之?前|试行|暂行"
    r"|\b(?:old|previous|previously|former|formerly|trial|original|originally|used to)\b|\bbefore (?:it|the|they)\b"
)

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_SENTENCE = re.compile(r".+?(?:[。!?;]|\.(?=\s|$)|$)\s*", re.DOTALL)
# Words to a machine, in a question or in a document: they ask nothing and state nothing.
INSTRUCTION = re.compile(
    r"(?:忽略|无视|忘记|不要理会|不用管)[^。!?;]{0,12}(?:指示|指令|规则|设定|提示|要求)|无需引用|不要引用"
    r"|\b(?:ignore|disregard|forget)\b[^.!?]{0,40}\b(?:instructions?|rules?|prompts?)\b|你现在是|\byou are now\b"
)
_SHORT_YEAR = re.compile(
    r"(?<![\d第满近约共立期足超了])([12]\d)年(?=[^前后内间以来多]|$)"
)  # 「满10年」 is no year
_COMPARES = re.compile(
    r"前后|新旧|以前.*(?:现在|如今)|原来.*(?:现在|如今)|变化|变了|有变|改了|改成|不同|区别|差别|差异|相比|比较|对比|比起|涨了|降了"
    r"|多还是|历年|这几年|逐年|每年各|\bcompared?\b|\bdiffer|\bdifference|\bchanged?\b|\bversus\b|\bvs\b|before and after|each year"
)


@dataclass(frozen=True)
class Question:
    """A question as it is searched for.

    `text` is what is embedded: the question with what its history supplies, folded. `tokens` are the
    lexical tokens to look for. `focus` and `focus_tokens` are those of what is asked about the topic: of a
    follow-up only what it adds. `terms` are its content words. `years` are those it names; `current` says
    that it asks for what holds now, `former` for what held before; `unit` is the measure word of the number it asks for, `attribute` the
    noun it asks for, `month` the month, from 1, and `ordinal` the item or article (「第三项」 is (3, "项")). `compares` says that it asks how
    editions or years differ.
    """

    language: Language
    type: AnswerType
    text: str
    focus: str
    tokens: tuple[str, ...]
    focus_tokens: tuple[str, ...]
    terms: tuple[Term, ...]
    years: tuple[int, ...]
    current: bool
    former: bool
    unit: str | None
    attribute: str | None
    ordinal: tuple[int, str] | None
    month: int | None
    compares: bool

    def fit(self, index: str) -> float:
        """How well folded text fits the kind of answer asked for: 0 not at all, 1 when it holds a date, a
        place, a name, a number of the units, more when it says so with a label (「地点：…」)."""
        if self.counts and self._is_of_another(index):
            return 0.0
        label = _LABELS.get(self.type)
        if label and label.search(index):
            return _LABELLED
        if self.type == "who":
            if any(self._names(office) for office in _OFFICE_LABEL.findall(index)):
                return _LABELLED
            return float(any(tag.startswith(_PERSON_TAG) for _, tag in tagged_words(index)))
        pattern = _EVIDENCE.get(self.type)
        if particular := self._particular:
            pattern = particular
        elif self.unit:
            digits = r"\d[\d,.]*|(?<![第一二三四五六七八九十百千])[一二三四五六七八九十百千万两]+"
            number = rf"(?:{digits})[余多]?[万亿]?"
            unit = _SAME_UNITS.get(self.unit, self.unit)
            pattern = re.compile(rf"{number}{unit}|\({unit}\):\d")
        return float(bool(pattern and pattern.search(index)))

    def is_of_month(self, index: str) -> bool:
        """Whether folded text has a date of the month asked for, in one of the years asked for if any are."""
        months = [(int(each[:4]), int(each[5:7])) for each in find_dates(index)]
        return any(month == self.month and (not self.years or year in self.years) for year, month in months)

    def _is_of_another(self, index: str) -> bool:
        """Whether folded text has the noun that is asked for, but only as a part of another one."""
        if not self.attribute or _ANOTHER_NOUN.search(self.text):
            return False
        nouns = [term.words[0] for term in self.terms] if self.attribute == _RATE else [self.attribute]
        after = [rest for noun in nouns for rest in index.split(noun)[1:]]
        return bool(after) and all(map(_ANOTHER_NOUN.match, after))

    def _names(self, label: str) -> bool:
        """Whether the question names the whole of a label: 「会长」, of which 「名誉会长」 is another."""
        return label in self.text or any(label in term.words for term in self.terms)

    def questions(self) -> list[str]:
        """What it asks, one after another: 「会费是多少？什么时候交？」 are two questions. Folded."""
        if self.focus != self.text or self.compares:
            return [self.text]
        asked: list[str] = []
        for part in filter(None, _BETWEEN.split(self.text)):
            # What asks nothing belongs to what it stands beside.
            if asked and not (ASKS.search(asked[-1]) and ASKS.search(part)):
                asked[-1] += f" {part}"
            else:
                asked.append(part)
        return asked

    @property
    def courtesy(self) -> Courtesy | None:
        """What it is if it asks nothing: a greeting, thanks, a goodbye."""
        return courtesy_of(self.text)

    @property
    def demands(self) -> bool:
        """Whether only a sentence that fits can answer: one with a date, a number of the unit, an address."""
        return self.type in ("when", "how_many", "how_much") or self._particular is not None

    @property
    def explains(self) -> bool:
        """Whether more than one sentence may be needed to answer: no single fact is asked for."""
        return self.type in ("list", "what")

    @property
    def counts(self) -> bool:
        """Whether a number is asked for."""
        return self.type in _COUNTED

    @cached_property
    def _particular(self) -> re.Pattern[str] | None:
        return next((found for asked, found in _PARTICULARS if asked.search(self.text)), None)


def understand(question: str, history: Sequence[str] = (), glossary: Glossary | None = None) -> Question:
    """Parse a question; `history` holds the member's earlier questions, oldest first.

    `glossary` is the packaged one unless given. Raises QuestionError for bytes that are no text.
    """
    # A console that is not set to UTF-8 hands on what it does not know.
    if not all(map(is_unicode, (question, *history))):
        raise QuestionError(
            "The question has characters that cannot be read; is the terminal set to UTF-8?"
            " / 问题中有无法识别的字符，请把终端设为 UTF-8 编码。"
        )
    glossary = glossary or Glossary.load()
    asked = _MARKUP.sub(" ", question)
    index = _in_full(fold(asked))
    earlier = [] if courtesy_of(index) else [_in_full(fold(each)) for each in _asking(history)]
    resolved = resolve(index, earlier, glossary)
    text, focus = resolved.text, resolved.focus
    kind = _answer_type(focus) or _answer_type(text) or "what"
    years = find_years(text)
    terms = tuple(dict.fromkeys(content_terms(text, glossary)))[:_MOST_TERMS]
    return Question(
        language="en" if is_english(fold(asked)) and any(map(str.isalpha, asked)) else script_of(asked),
        type=kind,
        text=text,
        focus=focus,
        tokens=_tokens(text, terms),
        focus_tokens=_tokens(focus, content_terms(focus, glossary)) or _tokens(text, terms),
        terms=terms,
        years=years,
        # Who holds an office is asked of today, unless a year is named.
        current=bool(_CURRENT.search(text)) or (kind == "who" and not years),
        former=bool(_FORMER.search(text)),
        attribute=asked_attribute(focus),
        unit=(match.group(1) or match.group(2))
        if (match := _UNIT.search(focus)) and kind in _COUNTED
        else None,
        ordinal=_ordinal(text),
        month=int(months[-1]) if (months := _MONTH.findall(text)) else None,
        compares=bool(_COMPARES.search(text)),
    )


def leant_on(question: str, history: Sequence[str]) -> tuple[str, ...]:
    """Of the earlier questions those without which this one would say nothing, oldest first."""
    asked = _asking(history)
    if not asked or understand(question, asked).text == understand(question).text:
        return ()
    return (*leant_on(asked[-1], asked[:-1]), asked[-1])


def _asking(history: Sequence[str]) -> list[str]:
    """The earlier questions without thanks and the like, on which no question leans."""
    return [question for question in history if not courtesy_of(fold(question))]


def _tokens(index: str, terms: Sequence[Term]) -> tuple[str, ...]:
    """What to look for by words: a question's own words, in English its terms, and what may stand for them."""
    own = " ".join(term.words[0] for term in terms) if is_english(index) else without_interrogatives(index)
    others = [word for term in terms for word in term.words[1:]]
    return tuple(dict.fromkeys(token for part in (own, *others) for token in tokenize(part)))[:_MOST_TOKENS]


def _in_full(index: str) -> str:
    """A folded question with its years in four digits, without what it tells a machine to do."""
    parts = [part for part in _SENTENCE.findall(index) if not INSTRUCTION.search(part)]
    kept = "".join(parts)
    return _SHORT_YEAR.sub(r"20\1年", kept if any(map(str.isalnum, kept)) else index)


def _ordinal(index: str) -> tuple[int, str] | None:
    """The last ordinal that names an item or an article; that of a follow-up comes last."""
    found = _ORDINAL.findall(index)
    return (parse_numeral(found[-1][0]), found[-1][1]) if found else None


def _answer_type(index: str) -> AnswerType | None:
    return next((kind for kind, pattern in _TYPES if re.search(pattern, index)), None)
