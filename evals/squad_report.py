"""Showing a finished run of `huiwen eval squad`: tables for the terminal, JSON for programs."""

from dataclasses import asdict
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from evals.output import metric_table, number, print_line, write_json
from evals.squad import Measured, SquadResult

_ABOUT_PEERS = (
    "The peers answer with chunks and never refuse. Their sentences are those of their best chunk (of their "
    "three best) that the same embedding model holds nearest to the question."
)


def print_squad(result: SquadResult, console: Console) -> None:
    """Huiwen's table, its peers beside it if asked for, then what the numbers leave out."""
    questions = f"{len(result.huiwen.records)} questions"
    console.print(metric_table(questions, result.huiwen.metrics))
    if result.peers:
        console.print(_comparison(f"{questions}, beside the peers", result))
        print_line(console, _ABOUT_PEERS)
    speed = result.texts_per_second
    rate = "not measured" if speed is None else f"{speed:.1f} texts/second"
    print_line(console, f"ingest: {result.paragraphs} paragraphs, {rate}")
    print_line(console, f"refused, counted as misses: {result.huiwen.refused}")
    ids = f" ({', '.join(result.excluded)})" if result.excluded else ""
    print_line(console, f"excluded, no question text or no gold answer: {len(result.excluded)}{ids}")


def _comparison(title: str, result: SquadResult) -> Table:
    systems: dict[str, Measured] = {"huiwen": result.huiwen, **result.peers}
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD)
    table.add_column("metric")
    for name in systems:
        table.add_column(name, justify="right")
    for metric in result.huiwen.metrics:
        table.add_row(metric, *(number(metric, each.metrics[metric].value) for each in systems.values()))
    return table


def write_squad_json(result: SquadResult, path: Path) -> None:
    """Everything of the run, Huiwen's own measures at the top; a number that it cannot give is null."""
    whole = asdict(result)
    write_json(path, {"n": len(result.huiwen.records), **whole.pop("huiwen"), **whole})
