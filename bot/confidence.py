"""How sure it is that the documents answer a question at all: this alone decides whether Huiwen refuses."""

import math
from collections.abc import Sequence

from bot.clock import lap
from bot.coverage import holds_in, is_of_another_day
from bot.cross_encoder import CrossEncoder, cross_encoder
from bot.fit import only_counts
from bot.question import Question
from bot.sentences import ScoredSentence
from ingest.metadata import NAMED_YEAR
from ingest.reader import Reader

# Logistic regression of whether the documents answer, fitted to what docs/ACCURACY.md says. Set by hand are
# "english", so that English questions are refused wrongly about as seldom as Chinese ones, "unspoken", "unnamed" and "other_day"; what "read"
# and "unfit" count, and the intercept, were fitted again when "read" came.
_WEIGHTS = {
    "likeness": 0.77,
    "coverage": 0.69,
    "unspoken": -1.0,
    "unfit": -1.65,
    "elsewhere": -1.39,
    "english": -0.7,
    "unnamed": -5.0,
    "other_day": -5.0,
}
_READ_WEIGHT = 0.47
_INTERCEPT = -6.83
_TRACE = 0.1  # the coverage below which a passage has no word of the question
_SHARPNESS, _USUAL = 30.0, 0.5  # of inner products
LEAST_CONFIDENCE = 0.32  # below it Huiwen refuses
_READ = 2  # of the best sentences, at most, are read together with the question
# From this logit on nothing that is read changes the decision (held-out archives, tune half): as much is assumed as is usual.
_SURE, _USUALLY_READ = 1.8, 2.0
# Nor does anything where more than this would be needed; where the first sentence lacks so much, two decisions of 2,557. None
# of the questions that are answered there would have come to be in doubt, where a chat model is asked (bot/answer.py).
_MOST_READ, _FAR = 4.5, 4.0
_SELDOM_READ = -2.0
_LEAST_LOGIT = math.log(LEAST_CONFIDENCE / (1 - LEAST_CONFIDENCE))


def confidence(
    library: Reader, question: Question, scored: Sequence[ScoredSentence], best: ScoredSentence, fits: bool
) -> float:
    """The chance, from 0 to 1, that the documents answer, if half of all questions were answered by them. Where less was read
    than might be, or nothing, it is only known well enough to decide.

    `scored` are the sentences considered, best first; `best` is the first of those to be cited. `fits` says whether what
    would be cited holds what only a date, a number or the like can answer.
    """
    values = confidence_features(question, best, fits)
    first = _INTERCEPT + sum(weight * values[name] for name, weight in _WEIGHTS.items())
    enough = (_LEAST_LOGIT - first) / _READ_WEIGHT
    if first >= _SURE:
        read = _USUALLY_READ
    elif enough > _MOST_READ:
        read = _SELDOM_READ
    else:
        read = reading(library, question, scored, enough)
    return 1 / (1 + math.exp(-first - _READ_WEIGHT * read))


def confidence_features(question: Question, best: ScoredSentence, fits: bool) -> dict[str, float]:
    """What tells before any reading whether the documents answer, by name."""
    return {
        "likeness": _SHARPNESS * (best.likeness - _USUAL),
        "coverage": best.coverage,
        "unspoken": float(best.coverage < _TRACE),
        "unfit": float(not fits),
        "elsewhere": float(best.is_elsewhere),
        "english": float(question.language == "en"),
        "unnamed": float(only_counts(question, best.index)),
        "other_day": float(is_of_another_day(question, best.index)),
    }


def second_reader(library: Reader) -> CrossEncoder:
    """The model that reads, loaded when it is first asked for. Raises LibraryError."""
    return cross_encoder(library.embedder.settings.cache)


def reading(
    library: Reader, question: Question, scored: Sequence[ScoredSentence], enough: float | None = None
) -> float:
    """The highest logit of the cross-encoder for one of the best sentences; if it is known how much is `enough`, those behind
    one that has it, or is far from it, are not read."""
    model, highest = second_reader(library), -math.inf
    lap("choose")
    for each in scored[:_READ]:
        text = each.document.in_context(each.number)
        asked = _in_words_of(text, question)
        if holds_in(question, each.document):
            asked = _without_years(asked, text)
        highest = max(highest, float(model.logits([(asked, text)])[0]))
        if enough is not None and not enough - _FAR <= highest < enough:
            break
    lap("read")
    return highest


def _without_years(asked: str, text: str) -> str:
    """A question without the years that a text does not name."""
    return NAMED_YEAR.sub(lambda year: year.group() if year.group(1) in text else "", asked)


def _in_words_of(text: str, question: Question) -> str:
    """The question with the words of a text for what it calls otherwise: 「摆摊的几号能进去」 asks of 「参展」."""
    asked = question.text
    for term in question.terms:
        own, *others = term.words
        said = next((word for word in others if word in text), None)
        if said and own not in text:
            asked = asked.replace(own, said)
    return asked
