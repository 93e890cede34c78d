"""Understanding a question: its language, what it asks for, the years it names, what it leaves unsaid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.courtesy import Courtesy, courtesy_of
from bot.follow_up import ASKS, Resolved, resolve
from bot.words.answer_type import AnswerType, answer_type, asks_who
from bot.words.comparing import compares, is_than_year_before
from bot.words.glossary import Glossary
from bot.words.periods import months_asked, with_whole_years, years_asked
from bot.words.terms import OFFICE, Term, asked_attribute, content_terms, is_english, without_interrogatives
from ingest.errors import QuestionError
from ingest.fold import Language, fold, is_unicode, script_of
from ingest.metadata import find_dates
from ingest.numerals import NUMERAL, parse_numeral
from ingest.tokens import tokenize

# Patterns are of folded text.
_BETWEEN = re.compile(r"(?<=[?;。!])\s*|(?<=,)(?!\d)\s*|\s(?=and (?:what|when|who|where|how|which)\b)")
_ORDINAL = re.compile(rf"第(\d{{1,2}}|{NUMERAL})([项条件点个步])")
_COUNTED = ("how_many", "how_much")
_MOST_TERMS, _MOST_TOKENS = 40, 120  # of a question as long as a page; what follows adds little but time
_UNIT = re.compile(
    r"(?:多少|几)(?:个?(小时|星期|工作日|月(?!几))|([名位家场次人项条届票份批年天岁页本册间栋套台辆门笔篇期组桌层平亩吨个]))"
)
_CURRENT = re.compile(
    r"现在|目前|如今|现任|现行|最新|最近|这一届|本届|\b(?:now|current|currently|latest|newest|today)\b"
)
_THIS_YEAR = re.compile(r"今年(?!以)|本年|\bthis year\b")
_FORMER = re.compile(
    r"旧(?!金山)|最初|(?<![日号天月年底点时初])以前|原来|原先|之前的|老(?:办法|规定|规则|章程|标准|版|规矩)|(?:修订|修改|修正|调整|改)之?前|试行|暂行"
    r"|\b(?:old|previous|previously|former|formerly|trial|original(?! (?:cop|document|certificate|receipt))|originally|used to)\b"
    r"|\bbefore (?:it|they|the (?:change|revision|amendment|merger|new|reform))\b"
)

_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_CLAUSE = re.compile(r".+?(?:[,。!?;]|\.(?=\s|$)|$)\s*", re.DOTALL)
# Words to a machine, in a question or in a document: they ask nothing and state nothing.
INSTRUCTION = re.compile(
    r"(?:忽略|无视|忘记|不要理会|不用管)[^。!?;]{0,12}(?:指示|指令|规则|设定|提示|要求)|无需引用|不要引用"
    r"|\b(?:ignore|disregard|forget)\b[^.!?]{0,40}\b(?:instructions?|rules?|prompts?)\b|你现在是|\byou are now\b"
)
# 「以前的会长是谁」, 「会长之前是谁」, 「他之前是谁」: whoever held an office before.
_FORMER_HOLDER = re.compile(
    rf"(?:[之以]前|原先|原来|上一?[任届])的?(?=[\u4e00-\u9fff]{{0,4}}(?:{OFFICE})(?:是谁|是哪|叫什么))"
    r"|上一?任(?=呢|是谁)|[他她](?:[之以]前|前面)(?=的?是谁|呢)|(?<=[长任席人])(?:[之以]前|原来)(?=是谁)"
)


@dataclass(frozen=True)
class Question:
    """A question as it is searched for.

    `text` is what is embedded: the question with what its history supplies, folded. `tokens` are the
    lexical tokens to look for. `focus` and `focus_tokens` are those of what is asked about the topic: of a
    follow-up only what it adds. `terms` are its content words. `years` are those it names; `current` says
    that it asks for what holds now, `former` for what held before; `unit` is the measure word of the number it asks for, `attribute` the
    noun it asks for, `months` the months, from 1, and `ordinal` the item or article (「第三项」 is (3, "项")). `compares` says that it asks how
    editions or years differ, or what was in each of several years.
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
    months: tuple[int, ...]
    compares: bool

    def is_of_month(self, index: str) -> bool:
        """Whether folded text has a date of a month asked for, in one of the years asked for if any are."""
        months = [(int(each[:4]), int(each[5:7])) for each in find_dates(index)]
        return any(month in self.months and (not self.years or year in self.years) for year, month in months)

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
    def compared_years(self) -> tuple[int, ...]:
        """The years that it names, and 「比上一年」 the one before."""
        is_than_before = len(self.years) == 1 and is_than_year_before(self.text)
        return (self.years[0] - 1, *self.years) if is_than_before else self.years

    @property
    def courtesy(self) -> Courtesy | None:
        """What it is if it asks nothing: a greeting, thanks, a goodbye."""
        return courtesy_of(self.text)

    @property
    def explains(self) -> bool:
        """Whether more than one sentence may be needed to answer: no single fact is asked for."""
        return self.type in ("list", "what")

    @property
    def asks_who(self) -> bool:
        """Whether persons are asked for, one or all of them."""
        return asks_who(self.type, self.focus)

    @property
    def counts(self) -> bool:
        """Whether a number is asked for."""
        return self.type in _COUNTED


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
    resolved = _resolved(asked, _asking(history), glossary)
    text, focus = resolved.text, resolved.focus
    kind = answer_type(focus) or answer_type(text) or "what"
    years = years_asked(text)
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
        current=bool(_CURRENT.search(text)) or (not years and _is_of_today(kind, text)),
        former=bool(_FORMER.search(text)),
        attribute=asked_attribute(focus),
        unit=(match.group(1) or match.group(2))
        if (match := _UNIT.search(focus)) and kind in _COUNTED
        else None,
        ordinal=_ordinal(text),
        months=months_asked(text),
        compares=compares(text),
    )


def _is_of_today(kind: AnswerType, index: str) -> bool:
    """Whether a question without a year asks of today: who holds an office, or what this year brings."""
    return asks_who(kind, index) or bool(_THIS_YEAR.search(index))


def leant_on(question: str, history: Sequence[str]) -> tuple[str, ...]:
    """Of the earlier questions those without which this one would say nothing, oldest first."""
    asked = _asking(history)
    leans = _resolved(_MARKUP.sub(" ", question), asked, Glossary.load()).leans
    return tuple(asked[len(asked) - leans :])


def _resolved(asked: str, earlier_questions: Sequence[str], glossary: Glossary) -> Resolved:
    index = _in_full(fold(asked))
    earlier = [] if courtesy_of(index) else [_in_full(fold(each)) for each in earlier_questions]
    return resolve(index, earlier, glossary)


def _asking(history: Sequence[str]) -> list[str]:
    """The earlier questions without thanks and the like, on which no question leans."""
    return [question for question in history if not courtesy_of(fold(question))]


def _tokens(index: str, terms: Sequence[Term]) -> tuple[str, ...]:
    """What to look for by words: a question's own words, in English its terms, and what may stand for them."""
    own = " ".join(term.words[0] for term in terms) if is_english(index) else without_interrogatives(index)
    others = [word for term in terms for word in term.words[1:]]
    return tuple(dict.fromkeys(token for part in (own, *others) for token in tokenize(part)))[:_MOST_TOKENS]


def _in_full(index: str) -> str:
    """A folded question with its years in four digits and 「前任」 for whoever was before, without what it tells a machine to
    do."""
    parts = [part for part in _CLAUSE.findall(index) if not INSTRUCTION.search(part)]
    kept = "".join(parts)
    kept = kept if any(map(str.isalnum, kept)) else index
    return _FORMER_HOLDER.sub("前任", with_whole_years(kept.replace("甚么", "什么")))


def _ordinal(index: str) -> tuple[int, str] | None:
    """The last ordinal that names an item or an article; that of a follow-up comes last."""
    found = _ORDINAL.findall(index)
    return (parse_numeral(found[-1][0]), found[-1][1]) if found else None
