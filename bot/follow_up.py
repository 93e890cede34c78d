"""Follow-ups: a question that leans on the ones before it, made to stand alone without a model."""

import re
from collections.abc import Sequence

from bot.glossary import Glossary
from bot.terms import content_terms, is_english
from ingest.metadata import YEAR
from ingest.tokens import tagged_words

_VERB = 0.3  # what a verb weighs: a question of verbs alone asks about what was spoken of before
# Nouns that say nothing without what was spoken of before.
_VAGUE_WORDS = frozenset(
    "会议 活动 大会 会上 通知 文件 报告 报名 地点 时间 人数 费用 电话 联系人 联系方式 地址 截止 截止日期 要求 条件 材料 meeting event activity it date place venue".split()
)
_NAMED_YEAR = re.compile(rf"{YEAR.pattern}年?")
_PARALLEL = 3  # words at most of a topic that takes another's place
_TOPIC = re.compile(r"^那么?|呢?\??$")
_FOLLOW_UP = re.compile(
    r"^(?:那么?|还有|其中|另外|然后|and\b|what about|how about|who else|where else)|(?:呢\??$)"
    r"|[他她它](?!们?省|国)|其(?:中|他人)|这[个次项位些]|该[会项次人活]|上述|\b(?:it|he|she|they|them|him|her|his|its|their|that|those|this)\b"
)


def resolve(index: str, history: Sequence[str], glossary: Glossary) -> str:
    """A question that can be searched for alone: a follow-up is joined to the question that it follows.

    「那2022年呢？」 asks the question before again with another year, 「副会长单位呢？」 with another word of
    the same ending; any other follow-up adds to it.
    """
    if not history or not _leans_on_history(index, glossary):
        return index
    previous = _of_years(resolve(history[-1], history[:-1], glossary), YEAR.findall(index))
    own = content_terms(index, glossary)
    if len(own) <= _PARALLEL and index.rstrip("?").endswith("呢"):
        topic = _TOPIC.sub("", index)
        for word, _ in tagged_words(previous):
            if len(word) > 2 and word[-2:] == topic[-2:]:
                return previous.replace(word, topic)
    return f"{previous} {index}" if own else previous


def _leans_on_history(index: str, glossary: Glossary) -> bool:
    """Whether a question says that it goes on, or names nothing but what any document could be asked."""
    terms = content_terms(index, glossary)
    is_vague = all(term.words[0] in _VAGUE_WORDS or term.weight <= _VERB for term in terms)
    return bool(_FOLLOW_UP.search(index)) or (bool(terms) and is_vague)


def _of_years(previous: str, years: Sequence[str]) -> str:
    """The question before, asked of other years, if there are any."""
    if not years:
        return previous
    named = " ".join(f"{year}年" if not is_english(previous) else year for year in years)
    replaced, count = _NAMED_YEAR.subn(named, previous, count=1)
    return replaced if count else f"{named} {previous}"
