"""From per-question scores to estimates: a value, its N and a bootstrap 95% interval, by group."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.score import METRICS

Scores = Mapping[str, float | None]
Statistic = Callable[[NDArray[np.float64]], NDArray[np.float64]]

RESAMPLES = 1000
_SEED = 20180  # fixed, so that the same scores always give the same interval


_LATENCY_RANKS = {"latency_ms_p50": 50.0, "latency_ms_p95": 95.0}


@dataclass(frozen=True)
class Estimate:
    """A metric over `n` questions to which it applies; `low` and `high` bound its 95% interval.

    The interval is the percentile bootstrap over questions (Efron 1979). It is None for fewer than two
    questions, and has no width where all score alike: it then says nothing about rarer cases.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None


def mean(values: Iterable[float | None]) -> Estimate:
    """The mean over the questions to which the metric applies."""
    return _estimate([(value, 1.0) for value in values if value is not None], _ratio)


def percentile(values: Iterable[float | None], rank: float) -> Estimate:
    """The percentile (0 to 100, interpolated) of the measured values."""
    rows = [(value,) for value in values if value is not None]
    return _estimate(rows, lambda data: _percentile(data[..., 0], rank))


def refusal_f1(scores: Iterable[Scores]) -> Estimate:
    """Harmonic mean of refusal precision and recall: 2 × right refusals ÷ (refusals + unanswerable).

    Its N are the questions refused or unanswerable; None where there are none.
    """
    rows = [_part("refusal_f1", score) for score in scores]
    return _estimate([row for row in rows if row[1]], _ratio)


def latency(values: Sequence[float | None]) -> dict[str, Estimate]:
    """Median and 95th percentile of answer times in milliseconds."""
    return {name: percentile(values, rank) for name, rank in _LATENCY_RANKS.items()}


def summarise(scores: Sequence[Scores]) -> dict[str, Estimate]:
    """Every metric of score.METRICS, in that order, over these questions' scores."""
    whole = {"refusal_f1": refusal_f1(scores), **latency([score["latency_ms"] for score in scores])}
    return {name: whole.get(name) or mean(score[name] for score in scores) for name in METRICS}


def difference(name: str, before: Sequence[Scores], after: Sequence[Scores]) -> Estimate:
    """How much a metric of score.METRICS grew from one run to another over the same questions, in order.

    The interval is that of the paired bootstrap: each resample draws questions, and with each both of its
    scores (Efron and Tibshirani 1993; for test sets Berg-Kirkpatrick et al. 2012). A metric that either run
    does not have is None.
    """
    if name in _LATENCY_RANKS:
        rank = _LATENCY_RANKS[name]
        times = [
            (old.get("latency_ms"), new.get("latency_ms")) for old, new in zip(before, after, strict=True)
        ]
        return _estimate(
            [(old, new) for old, new in times if old is not None and new is not None],
            lambda data: _percentile(data[..., 1], rank) - _percentile(data[..., 0], rank),
        )
    rows = [(*_part(name, old), *_part(name, new)) for old, new in zip(before, after, strict=True)]
    rows = [row for row in rows if row[1] or row[3]]
    if not (any(row[1] for row in rows) and any(row[3] for row in rows)):
        return Estimate(None, 0)
    return _estimate(rows, lambda data: _ratio(data[..., 2:]) - _ratio(data[..., :2]))


def _part(name: str, score: Scores) -> tuple[float, float]:
    """What one question adds to the numerator and to the denominator of a metric that is a ratio."""
    if name == "refusal_f1":
        precision, recall = score.get("refusal_precision"), score.get("refusal_recall")
        return 2 * (precision or 0.0), float((precision is not None) + (recall is not None))
    value = score.get(name)
    return (0.0, 0.0) if value is None else (value, 1.0)


def _estimate(rows: Sequence[tuple[float, ...]], statistic: Statistic) -> Estimate:
    if not rows:
        return Estimate(None, 0)
    data = np.array(rows, dtype=np.float64)  # questions x columns
    value = float(statistic(data))
    if len(rows) < 2:
        return Estimate(value, len(rows))
    draws = np.random.default_rng(_SEED).integers(0, len(rows), (RESAMPLES, len(rows)))
    # A resample of a difference may hold no question to which the metric applies: it has no value then.
    low, high = np.nanpercentile(statistic(data[draws]), [2.5, 97.5])
    return Estimate(value, len(rows), float(low), float(high))


def _ratio(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the first column ÷ sum of the second: (..., questions, 2) -> (...)."""
    sums = data.sum(axis=-2)
    with np.errstate(invalid="ignore"):
        quotient: NDArray[np.float64] = sums[..., 0] / sums[..., 1]
    return quotient


def _percentile(data: NDArray[np.float64], rank: float) -> NDArray[np.float64]:
    result: NDArray[np.float64] = np.percentile(data, rank, axis=-1)
    return result
