"""Follow-ups: a question that leans on the ones before it, made to stand alone without a model."""

import re
from collections.abc import Sequence

from bot.terms import YEAR, content_terms
from ingest.tokens import tagged_words

_VAGUE = 1.0  # a question whose terms weigh no more than one noun leans on the one before it
_PARALLEL = 3  # words at most of a topic that takes another's place
_TOPIC = re.compile(r"^那么?|呢?\??$")
_FOLLOW_UP = re.compile(
    r"^(?:那么?|还有|其中|另外|然后|and\b|what about|how about|who else|where else)|(?:呢\??$)"
    r"|[他她它](?!们?省|国)|其(?:中|他人)|这[个次项位些]|该[会项次人活]|上述|\b(?:it|he|she|they|them|him|her|his|its|their|that|those|this)\b"
)


def resolve(index: str, history: Sequence[str]) -> str:
    """A question that can be searched for alone: a follow-up is joined to the question that it follows.

    「那2022年呢？」 asks the question before again with another year, 「副会长单位呢？」 with another word of
    the same ending; any other follow-up adds to it.
    """
    own = content_terms(index)
    if not history or not (_FOLLOW_UP.search(index) or sum(min(term.weight, 1.0) for term in own) <= _VAGUE):
        return index
    previous = resolve(history[-1], history[:-1])
    new_years = YEAR.findall(index)
    if new_years:
        previous = YEAR.sub(" ".join(new_years), previous, count=1)
    if len(own) <= _PARALLEL and index.rstrip("?").endswith("呢"):
        topic = _TOPIC.sub("", index)
        for word, _ in tagged_words(previous):
            if len(word) > 2 and word[-2:] == topic[-2:]:
                return previous.replace(word, topic)
    return f"{previous} {index}" if own else previous
