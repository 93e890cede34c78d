"""Gates of a run: what `--min` and `--max` demand of a metric, over all questions or a part of them."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evals.score import CEILING_METRICS, FLOOR_METRICS
from ingest.errors import HuiwenError

if TYPE_CHECKING:
    from evals.run import Exam

Option = Literal["--min", "--max"]


@dataclass(frozen=True)
class Gate:
    """A floor or a ceiling of a metric; `scope` is a half, a half/language, or "" for all questions."""

    option: Option
    scope: str
    metric: str
    limit: float

    def missed(self, exam: "Exam") -> str | None:
        """What to say if a run misses it, None if it does not."""
        groups = exam.groups["half"] | exam.groups["half/lang"] | {"": exam.overall}
        value = groups[self.scope][self.metric].value
        if value is None:
            return f"{self} missed: the metric applies to none of these questions."
        kept = value >= self.limit if self.option == "--min" else value <= self.limit
        return None if kept else f"{self} missed: it is {value:.4f}."

    def __str__(self) -> str:
        scope = f"{self.scope}:" if self.scope else ""
        return f"{self.option} {scope}{self.metric}={self.limit:g}"


def parse_gate(option: Option, entry: str, scopes: Collection[str]) -> Gate:
    """A gate from METRIC=X, HALF:METRIC=X or HALF/LANG:METRIC=X.

    Raises HuiwenError if there is no such metric or scope, or if X is not a number.
    """
    name, _, limit = entry.partition("=")
    scope, colon, metric = name.rpartition(":")
    metrics = FLOOR_METRICS if option == "--min" else CEILING_METRICS
    if metric not in metrics:
        raise HuiwenError(f"{option} {entry}: it holds no {metric!r}; choose from {', '.join(metrics)}.")
    if colon and scope not in scopes:
        raise HuiwenError(
            f"{option} {entry}: no questions are of {scope!r}; choose from {', '.join(scopes)}."
        )
    try:
        return Gate(option, scope, metric, float(limit))
    except ValueError:
        raise HuiwenError(f"{option} {entry}: {limit!r} is not a number; write {name}=0.9.") from None
