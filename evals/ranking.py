"""Ranking: where the passages that hold a gold quote stand among those retrieved."""

import math
from collections.abc import Iterable, Sequence

from evals.evidence import Span


def relevance(gold: Sequence[Sequence[Span]], passages: Iterable[Span]) -> list[bool]:
    """Per passage, whether it overlaps a place of a gold quote."""
    places = [place for quote in gold for place in quote]
    return [any(passage.overlaps(place) for place in places) for passage in passages]


def hit_at(k: int, relevant: Sequence[bool]) -> float:
    """1 if one of the first k results is relevant, else 0. Source: success@k of TREC."""
    return float(any(relevant[:k]))


def reciprocal_rank(relevant: Sequence[bool]) -> float:
    """1 ÷ the rank of the first relevant result, 0 without one; its mean is MRR. Source: TREC-8 QA track."""
    return 1 / (relevant.index(True) + 1) if True in relevant else 0.0


def ndcg_at(k: int, relevant: Sequence[bool], total: int) -> float | None:
    """DCG ÷ ideal DCG over the first k results, gain 1 for a relevant one, discount log2(1 + rank).

    `total` relevant passages exist in the library; the ideal ranks them all first. None if there is none.
    Source: Järvelin and Kekäläinen 2002.
    """
    if not total:
        return None
    gained = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(relevant[:k], start=1) if hit)
    return gained / sum(1 / math.log2(rank + 1) for rank in range(1, min(k, total) + 1))
