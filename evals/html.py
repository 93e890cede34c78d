"""A finished exam as one HTML file: no script, no request to anywhere, every text escaped."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.confidence import LEAST_CONFIDENCE
from bot.web.page import templates_of
from evals.baseline import Comparison
from evals.curve import CurvePoint
from evals.output import interval, number, write_text
from evals.report import GROUP_COLUMNS, comparison_line, judged_line
from evals.run import Exam

_WIDTH, _HEIGHT = 480, 240  # of a plot, in SVG units
_LINES = {
    "refusal_precision": "#1f6fb2",
    "refusal_recall": "#2e8540",
    "refusal_f1": "#111111",
    "false_refusal_rate": "#b00020",
}


@dataclass(frozen=True)
class _Plot:
    """A refusal curve as SVG: (metric, colour, "x,y x,y …") for each line, and the rows of its table."""

    title: str
    lines: list[tuple[str, str, str]]
    points: Sequence[CurvePoint]


def write_exam_html(exam: Exam, comparison: Comparison | None, path: Path) -> None:
    """Metrics, refusal curves, what changed since the baseline, and every failed question in full."""
    report = templates_of("evals").get_template("report.html.jinja")
    page = report.render(
        exam=exam,
        comparison=comparison,
        columns=GROUP_COLUMNS,
        plots=[_plot(name, curve) for name, curve in exam.curves.items()],
        threshold=LEAST_CONFIDENCE,
        width=_WIDTH,
        height=_HEIGHT,
        number=number,
        interval=interval,
        comparison_line=comparison_line,
        judged_line=judged_line,
    )
    write_text(path, page)


def _plot(name: str, curve: Sequence[CurvePoint]) -> _Plot:
    lines = []
    for metric, colour in _LINES.items():
        values = ((point.threshold, getattr(point, metric)) for point in curve)
        at = [f"{_WIDTH * x:.1f},{_HEIGHT * (1 - y):.1f}" for x, y in values if y is not None]
        lines.append((metric, colour, " ".join(at)))
    return _Plot(name, lines, curve)
