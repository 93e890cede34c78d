"""Questions about the generated documents, as members ask: no two alike, the same in every run."""

import random
from collections.abc import Iterator

from pypinyin import lazy_pinyin

from evals.bench.made_up import CITIES, DOINGS, GIVEN_NAMES, SURNAMES, TRADES
from ingest.fold import traditionalize

_CHINESE = (
    "{year}年{city}有哪些{doing}活动？",
    "{name}负责哪些{trade}企业的联络工作？",
    "{name}会长是什么时候赴{city}{doing}{trade}企业的？",
    "{year}年{month}月在{city}{doing}了多少家{trade}企业？",
    "{trade}行业会员企业在{city}{doing}项目的金额是多少？",
    "{city}{trade}专业委员会主任由谁担任？",
    "{year}年{city}市侨商会的{doing}活动由谁主持？",
)
_ENGLISH = (
    "which {doing} activities were there in {city} in {year}?",
    "which {trade} companies is {name} responsible for?",
    "when did chairman {name} visit {trade} companies in {city}?",
    "how many {trade} companies in {city} did the {doing} of {month}/{year} reach?",
    "what was the amount of the {trade} projects in {city} in {year}?",
    "who is the director of the {trade} committee of {city}?",
    "who hosted the {doing} of {city} in {year}?",
)
_OFF_TOPIC_CHINESE = (
    "{year}年{month}月{city}的天气怎么样？",
    "{city}的{trade}博物馆几点开门？",
    "{name}的篮球比赛谁赢了？",
)
_OFF_TOPIC_ENGLISH = (
    "what was the weather like in {city} in {month}/{year}?",
    "when does the {trade} museum in {city} open?",
    "who won the basketball game of {name}?",
)
_OFF_TOPIC = 1 / 8  # of all questions
_IN_ENGLISH = dict(
    zip(
        TRADES + DOINGS,
        "textile machinery food electronics logistics pharmaceutical chemical agriculture tourism education "
        "visit survey symposium signing donation training inspection election investment fellowship".split(),
        strict=True,
    )
)


def questions(seed: int) -> Iterator[str]:
    """Questions without end, in Simplified and Traditional Chinese and in English by turns: which, when, how many,
    how much, who; and what an association's documents say nothing of."""
    chance = random.Random(seed)
    asked: set[str] = set()
    while True:
        for make in (_chinese, lambda chance: traditionalize(_chinese(chance)), _english):
            while (question := make(chance)) in asked:
                pass
            asked.add(question)
            yield question


def _chinese(chance: random.Random) -> str:
    return _pattern(chance, _CHINESE, _OFF_TOPIC_CHINESE).format(**_facts(chance))


def _english(chance: random.Random) -> str:
    facts = {what: _IN_ENGLISH.get(word, word) for what, word in _facts(chance).items()}
    facts["city"] = "".join(lazy_pinyin(facts["city"])).capitalize()
    surname, *given = lazy_pinyin(facts["name"])
    facts["name"] = f"{surname.capitalize()} {''.join(given).capitalize()}"
    return _pattern(chance, _ENGLISH, _OFF_TOPIC_ENGLISH).format(**facts)


def _pattern(chance: random.Random, on_topic: tuple[str, ...], off_topic: tuple[str, ...]) -> str:
    return chance.choice(off_topic if chance.random() < _OFF_TOPIC else on_topic)


def _facts(chance: random.Random) -> dict[str, str]:
    return {
        "year": str(chance.randrange(2010, 2026)),
        "month": str(chance.randrange(1, 13)),
        "city": chance.choice(CITIES),
        "trade": chance.choice(TRADES),
        "doing": chance.choice(DOINGS),
        "name": chance.choice(SURNAMES) + "".join(chance.choices(GIVEN_NAMES, k=2)),
    }
