"""A whole run of `huiwen bench`, and how it is shown."""

import platform
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from os import cpu_count
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from evals.bench.library import Measure, measure_adding, measure_asking, measure_models, measure_scanning
from evals.bench.server import measure_command, measure_server
from evals.homes import temporary_settings
from evals.output import write_json
from ingest.embed import Embedder
from ingest.settings import Settings


def run_bench(sizes: Sequence[int], seconds: float, progress: Callable[[str], None]) -> Iterator[Measure]:
    """Measure everything, in temporary homes: each library of `sizes`, counted in sentences, is asked, served to many
    members for so many `seconds`, and added to."""
    embedder = Embedder(Settings())
    with TemporaryDirectory(prefix="huiwen-bench-") as folder:

        def home(name: str) -> Settings:
            return temporary_settings(Path(folder) / name)

        yield measure_command()
        progress("the embedding model")
        yield from measure_models(embedder)
        progress("scanning unchanged files")
        yield from measure_scanning(home("scanning"), embedder, Path(folder) / "many files")
        for size in sizes:
            filled = home(str(size))
            yield from measure_asking(filled, embedder, size, progress)
            progress(f"members at once over {size:,} sentences")
            yield from measure_server(filled.home, size, seconds)
            progress(f"adding files to {size:,} sentences")
            yield from measure_adding(filled, embedder, size, Path(folder) / "files")


def print_bench(measures: Sequence[Measure], console: Console) -> None:
    """A table, each figure beside its limit."""
    table = Table(title=_machine(), title_justify="left", box=SIMPLE_HEAD)
    table.add_column("measure")
    for heading in ("sentences", "value", "unit", "limit", "kept"):
        table.add_column(heading, justify="right" if heading in ("sentences", "value") else "left")
    for each in measures:
        sign = ("≥" if each.at_least else "≤") + f" {each.limit:.4g}" if each.limit is not None else ""
        kept = {True: "yes", False: "NO", None: ""}[each.kept]
        table.add_row(
            each.name,
            f"{each.at:,}" if each.at else "",
            f"{each.value:.3g}" if each.value < 1000 else f"{each.value:.0f}",
            each.unit,
            sign,
            kept,
        )
    console.print(table)


def write_bench_json(measures: Sequence[Measure], path: Path) -> None:
    """Everything of the run. Raises HuiwenError when the file cannot be written."""
    write_json(
        path, {"machine": _machine(), "measures": [{**asdict(each), "kept": each.kept} for each in measures]}
    )


def _machine() -> str:
    return f"{platform.machine()}, {cpu_count()} cores, Python {platform.python_version()}"
