"""Follow-ups: a question that leans on the ones before it, made to stand alone without a model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.words.glossary import Glossary
from bot.words.terms import Term, content_terms, is_english
from ingest.metadata import NAMED_YEAR, YEAR
from ingest.numerals import CARDINALS, NUMERAL, parse_numeral
from ingest.tokens import tagged_words

_VERB = 0.3  # what a verb weighs: a question of verbs alone asks about what was spoken of before
# Nouns that say nothing without what was spoken of before.
_VAGUE_WORDS = frozenset(
    "会议 活动 大会 会上 主题 职务 名额 材料 结果 金额 名单 期限 参加 收费 通知 文件 报告 报名 地点 时间 人数 费用 电话 联系人 联系方式 地址 截止 截止日期 要求 条件 材料 meeting event activity it date place venue apply register deadline cost".split()
)
_NAMED_BY_YEAR = "报告"  # one a year: with its year it says which one is meant
# Verbs that name an event in the life of an association, without a word beside them.
_EVENTS = frozenset("换届 体检 团拜 秋游 春游 年检".split())
_LIGHT_VERBS = frozenset("进行 举行 开展 举办 召开 开始 结束".split())
_NOUN_TAGS = ("n", "j", "l")
_NAMING_TAGS = (*_NOUN_TAGS, "s", "e", "m")  # also places, Latin letters, numbers
_LONGEST_TOPIC = 500  # characters of what was asked before, to which a question is joined
_SHORT = 10  # characters of a question whose verbs alone cannot say what it is about
_PARALLEL = 3  # words at most of a topic that takes another's place
_TOPIC = re.compile(r"^那么?|呢?\??$")
_FOLLOW_UP = re.compile(
    r"^(?:那么?|还有|其中|另外|然后|and\b|what about|how about|who else|where else)"
    r"|(?<!其)[他她它](?!们?省|国)|其(?:中|他人)|这[个次项位些](?!月|季度|星期|周)|(?<!应)该[会项次人活]|上述|\b(?:he|she|him|her|his)\b"
)
# 「那体检呢，几号？」: another topic, and what is asked about it.
_OTHER_TOPIC = re.compile(r"(?:那么?)?(?P<topic>[^,?]{2,12})呢[,?] ?(?P<asked>[^,?]+.*)")
# What leans on the question before, or on a noun of the same one: 「会客厅2022年能坐多少人，现在呢」, "pay for its offices".
_MAY_LEAN = re.compile(r"\b(?:it|they|them|its|their|that|those|this)\b")
_AND_THAT = re.compile(r"([^,?]*)呢(?:[,?]|$)")  # 「理事单位呢？」; 「会费什么时候交呢？」 asks itself
# 「两年后呢？」, "the year before?": another year than that of the question before, counted from it.
_YEARS_AWAY = re.compile(
    rf"(?P<before>(?<![比较目当以之提])(?:[上前]一?年|往前一?年)|\b(?:the|a) (?:previous year|year (?:before|earlier)))"
    rf"|(?P<after>第二年|次年|(?<![以年])来年|(?<![今以])[下后]一?年|往后一?年|\b(?:the|a) (?:(?:next|following) year|year (?:after|later)))"
    rf"|(?P<number>\d{{1,2}}|两|{NUMERAL}|\b(?:{'|'.join(CARDINALS)})) ?(?:个?年|years?)(?:[之以]?(?:(?P<earlier>前)|后)(?=呢|的|多少|几|\W|$)| (?:later|after|(?P<ago>before|earlier)))"
)
_FEW = {True: 1, False: 2}  # nouns of its own, by whether it is English: with more a question stands alone
ASKS = re.compile(r"多少|几|什么|谁|哪|怎|何|吗|\b(?:how|what|when|who|where|why|which)\b")
_ASKS_OR_COUNTS = re.compile(rf"第|{ASKS.pattern}")  # 「第二项？」
_THE_ASSOCIATION = re.compile(r"你们|贵会|商会|协会|\byour?\b")


@dataclass(frozen=True)
class Resolved:
    """A question that can be searched for alone: `text`, and of it `focus`, what is asked about the topic. It leans on the
    last `leans` of the questions before it."""

    text: str
    focus: str
    leans: int = 0


def resolve(index: str, history: Sequence[str], glossary: Glossary) -> Resolved:
    """A follow-up is joined to the question that it follows; any other question stands for itself.

    「那2022年呢？」 asks the question before again with another year, 「副会长单位呢？」 with another word of
    the same ending; 「那体检呢，几号？」 names a topic of its own; any other follow-up adds to it, and what it adds is what is asked.
    """
    if not history or not _leans_on_history(index, glossary):
        return Resolved(index, index)
    earlier = resolve(history[-1], history[:-1], glossary)
    leans = earlier.leans + 1
    index = _with_its_year(index, earlier.text)
    previous = _of_years(earlier.text[:_LONGEST_TOPIC], YEAR.findall(index))
    if other := _other_topic(index, previous, glossary):
        return Resolved(other, other, leans)
    own = content_terms(index, glossary)
    if len(own) <= _PARALLEL and index.rstrip("?").endswith("呢"):
        swapped = _swapped(previous, _TOPIC.sub("", index))
        if swapped:
            return Resolved(swapped, swapped, leans)
    if own or _ASKS_OR_COUNTS.search(index):
        return Resolved(f"{previous} {index}", index, leans)
    return Resolved(previous, previous, leans)


def _with_its_year(index: str, earlier: str) -> str:
    """A question with the year that it counts from the first or last one that the question before names."""
    named = [int(year) for year in YEAR.findall(earlier)]
    if not named or YEAR.search(index):
        return index
    unit = "" if is_english(index) else "年"

    def counted(match: re.Match[str]) -> str:
        away = _years_away(match)
        return f"{(min if away < 0 else max)(named) + away}{unit}"

    return _YEARS_AWAY.sub(counted, index, count=1)


def _years_away(match: re.Match[str]) -> int:
    if not (number := match["number"]):
        return -1 if match["before"] else 1
    years = parse_numeral(number)
    return -years if match["earlier"] or match["ago"] else years


def _other_topic(index: str, previous: str, glossary: Glossary) -> str | None:
    """What is asked about the topic that a question names itself, which may take one's place in the question before."""
    match = _OTHER_TOPIC.fullmatch(index)
    if not match or not ASKS.search(match["asked"]):
        return None
    if all(_VAGUE_WORDS & {*term.words} for term in content_terms(match["topic"], glossary)):
        return None
    return f"{_swapped(previous, match['topic']) or match['topic']} {match['asked']}"


def _swapped(previous: str, topic: str) -> str | None:
    """The question before with `topic` in the place of what ends like it; None when nothing does."""
    before = ""  # the nouns right before a word: 「会长」 of 「会长单位」
    found: list[str] = []
    for word, tag in tagged_words(previous):
        is_noun = tag[0] in _NOUN_TAGS
        if is_noun:
            whole = before + word
            found.append(whole if len(whole) <= len(topic) or whole.endswith(topic) else word)
        before = before + word if is_noun else ""
    for size in (2, 1):
        for word in found:
            if len(word) > size and word != topic and word[-size:] == topic[-size:]:
                return previous.replace(word, topic)
    return None


def _leans_on_history(index: str, glossary: Glossary) -> bool:
    """Whether a question says that it goes on, or names nothing but what any document could be asked."""
    terms = content_terms(index, glossary)
    if _FOLLOW_UP.search(index):
        return True
    if _MAY_LEAN.search(index) or not all(map(ASKS.search, _AND_THAT.findall(index))):
        return sum(not _is_vague(term) for term in terms) <= _FEW[is_english(index)]
    if not terms:
        # 「多少钱？」, not 「谢谢」
        return bool(_ASKS_OR_COUNTS.search(index)) and not _THE_ASSOCIATION.search(index)
    return not _stands_alone(index, terms)


def _stands_alone(index: str, terms: Sequence[Term]) -> bool:
    """Whether a question without a word that points back says what it is about."""
    if _THE_ASSOCIATION.search(index) or _is_about_a_doing(index):
        return True
    has_year = bool(YEAR.search(index))
    if has_year and any(_is_particular(term) for term in terms):
        return True
    is_short = len(index) <= _SHORT and not has_year
    return not all(_is_vague(term) or (is_short and _is_a_doing(term)) for term in terms)


def _is_particular(term: Term) -> bool:
    """Whether a term, with a year, says which one is meant: 「2023年签约…」, 「2021年的工作报告」."""
    return term.weight >= _VERB and (_VAGUE_WORDS.isdisjoint(term.words) or _NAMED_BY_YEAR in term.words)


def _is_vague(term: Term) -> bool:
    """Whether a term names nothing but what any document may have."""
    return term.weight <= _VERB or not _VAGUE_WORDS.isdisjoint(term.words)


def _is_a_doing(term: Term) -> bool:
    """Whether a term has no noun, as 「去不了」, though the official word for it is one."""
    return not any(tag[0] in _NAMING_TAGS for _, tag in tagged_words(term.words[0]))


def _is_about_a_doing(index: str) -> bool:
    """Whether a verb names what a question is about: 「体检的时间…」, 「体检什么时候进行？」."""
    words = [(word, tag) for word, tag in tagged_words(index) if word != "工作"]
    if any(word in _EVENTS for word, _ in words):
        return True
    if len(words) < 3 or words[0][1] != "v" or len(words[0][0]) < 2:
        return False
    (verb, _), (_, second), (_, third) = words[:3]
    is_owner = second == "uj" and third.startswith("n")
    is_subject = second == "r" and words[-1][0] in _LIGHT_VERBS
    return verb not in _VAGUE_WORDS | _LIGHT_VERBS and (is_owner or is_subject)


def _of_years(previous: str, years: Sequence[str]) -> str:
    """The question before, asked of other years, if there are any."""
    if not years:
        return previous
    named = " ".join(f"{year}年" if not is_english(previous) else year for year in years)
    replaced, count = NAMED_YEAR.subn(named, previous, count=1)
    return replaced if count else f"{named} {previous}"
