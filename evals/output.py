"""What every command needs: how far it is, a table of metrics for the terminal, a file for programs."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from evals.summary import Estimate
from ingest.errors import HuiwenError

Progress = Callable[[str, int, int], None]  # what is being done, how much of it is done, how much there is


def metric_table(title: str, estimates: Mapping[str, Estimate], value: str = "value") -> Table:
    """One row for each metric: its value, under the heading `value`, its N and its interval."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("metric")
    for heading in (value, "N", "95% interval"):
        table.add_column(heading, justify="right")
    for name, estimate in estimates.items():
        table.add_row(name, number(name, estimate.value), str(estimate.n), interval(name, estimate))
    return table


def number(name: str, value: float | None) -> str:
    """A metric's value as shown: milliseconds without decimals, all else with three."""
    if value is None:
        return "–"
    return f"{value:.0f}" if name.startswith("latency_ms") else f"{value:.3f}"


def interval(name: str, estimate: Estimate) -> str:
    """The bounds of a metric's interval as shown."""
    if estimate.low is None:
        return "–"
    return f"{number(name, estimate.low)} – {number(name, estimate.high)}"


def print_line(console: Console, line: str) -> None:
    """Print one line as it is: not wrapped, its brackets not taken for rich's markup."""
    console.print(line, soft_wrap=True, markup=False, highlight=False)


def plain(estimates: Mapping[str, Estimate]) -> dict[str, dict[str, float | None]]:
    """Estimates as JSON holds them."""
    return {name: asdict(estimate) for name, estimate in estimates.items()}


def write_json(path: Path, content: Mapping[str, object]) -> None:
    """Write `content`. Raises HuiwenError when the file cannot be written."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def write_text(path: Path, content: str) -> None:
    """Write `content`. Raises HuiwenError when the file cannot be written."""
    try:
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise HuiwenError(f"{path}: the report cannot be written ({error.strerror}).") from None
