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


def _estimate(rows: Sequence[tuple[float, ...]], statistic: Statistic) -> Estimate:
    if not rows:
        return Estimate(None, 0)
    data = np.array(rows, dtype=np.float64)  # questions x columns
    value = float(statistic(data))
    if len(rows) < 2:
        return Estimate(value, len(rows))
    draws = np.random.default_rng(_SEED).integers(0, len(rows), (RESAMPLES, len(rows)))
    low, high = np.percentile(statistic(data[draws]), [2.5, 97.5])
    return Estimate(value, len(rows), float(low), float(high))


def _ratio(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sum of the first column ÷ sum of the second: (..., questions, 2) -> (...)."""
    sums = data.sum(axis=-2)
    quotient: NDArray[np.float64] = sums[..., 0] / sums[..., 1]
    return quotient


def mean(values: Iterable[float | None]) -> Estimate:
    """The mean over the questions to which the metric applies."""
    return _estimate([(value, 1.0) for value in values if value is not None], _ratio)


def percentile(values: Iterable[float | None], rank: float) -> Estimate:
    """The percentile (0 to 100, interpolated) of the measured values."""

    def statistic(data: NDArray[np.float64]) -> NDArray[np.float64]:
        result: NDArray[np.float64] = np.percentile(data[..., 0], rank, axis=-1)
        return result

    return _estimate([(value,) for value in values if value is not None], statistic)


def refusal_f1(scores: Iterable[Scores]) -> Estimate:
    """Harmonic mean of refusal precision and recall: 2 × right refusals ÷ (refusals + unanswerable).

    Its N are the questions refused or unanswerable; None where there are none.
    """
    rows = []
    for score in scores:
        precision, recall = score["refusal_precision"], score["refusal_recall"]
        weight = (precision is not None) + (recall is not None)
        if weight:
            rows.append((2 * (precision or 0.0), float(weight)))
    return _estimate(rows, _ratio)


def latency(values: Sequence[float | None]) -> dict[str, Estimate]:
    """Median and 95th percentile of answer times in milliseconds."""
    return {"latency_ms_p50": percentile(values, 50), "latency_ms_p95": percentile(values, 95)}


def summarise(scores: Sequence[Scores]) -> dict[str, Estimate]:
    """Every metric of score.METRICS, in that order, over these questions' scores."""
    whole = {"refusal_f1": refusal_f1(scores), **latency([score["latency_ms"] for score in scores])}
    return {name: whole.get(name) or mean(score[name] for score in scores) for name in METRICS}
