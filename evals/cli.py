"""The console script `huiwen`: all commands, and the one place where an error becomes a line on stderr."""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.access.cli import app as users_app
from bot.cli import ask, mcp, serve
from bot.watch.langsmith import keep_langsmith_off
from ingest.cli import app as ingest_app
from ingest.cli import backup, restore
from ingest.errors import HuiwenError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from evals.bench.library import Measure
    from evals.gates import Gate
    from evals.questions import Question
    from evals.squad import Peers

# What the commands need is imported inside them: torch and its kin take seconds, --help must not.

# Looked through for garbage so seldom, imports, which make little of it, take a sixth less time.
_NEW_OBJECTS = 50_000

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="Huiwen 会问: ask the association's documents."
)
eval_app = typer.Typer(no_args_is_help=True, help="Measure the answers.")


def _show_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"huiwen {version('huiwen')}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    pass


app.add_typer(ingest_app, name="ingest")
app.command()(ask)
app.command()(serve)
app.command()(backup)
app.command()(restore)
app.command()(mcp)
app.add_typer(users_app, name="users")
app.add_typer(eval_app, name="eval")

JsonOut = Annotated[Path | None, typer.Option("--json", metavar="OUT", help="Write everything as JSON.")]


@eval_app.command()
def run(
    questions: Annotated[
        list[Path] | None,
        typer.Option(help="A question file, JSON Lines; may be repeated. Default: tune and check half."),
    ] = None,
    corpus: Annotated[Path, typer.Option(help="The folder of documents.")] = Path("corpus"),
    library: Annotated[
        bool, typer.Option("--library", help="Ask the library of HUIWEN_HOME instead of a folder.")
    ] = False,
    json_out: JsonOut = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write the failed questions as one HTML page.")
    ] = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option(
            "--min",
            metavar="[HALF[/LANG]:]METRIC=X",
            help="Exit 1 if METRIC is below X, over all questions or a half's (check:answer_accuracy=0.9); "
            "may be repeated.",
        ),
    ] = None,
    maximum: Annotated[
        list[str] | None,
        typer.Option(
            "--max", metavar="[HALF[/LANG]:]METRIC=X", help="Exit 1 if METRIC is above X; likewise."
        ),
    ] = None,
    baseline: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The --json of an earlier run to compare with.")
    ] = None,
    interleaved: Annotated[
        bool,
        typer.Option(
            "--interleaved", help="Ask each first question after one about other documents, no follow-up."
        ),
    ] = False,
    judge: Annotated[
        bool, typer.Option("--judge", help="Let the chat model of HUIWEN_MODEL grade the answers as well.")
    ] = False,
) -> None:
    """Ask every question over a folder of documents, in a temporary home, or over the library; score the answers.

    Exit 1: a document failed to ingest, or a --min or --max was missed. Exit 2: the questions do not fit
    the documents.
    """
    from evals.questions import HALVES, interleave, load_halves

    halves = load_halves(questions or HALVES)
    if interleaved:
        halves = {half: interleave(of) for half, of in halves.items()}
    gates = _gates(halves, minimum or [], maximum or [])

    from rich.console import Console

    from evals.baseline import compare, load_baseline
    from evals.html import write_exam_html
    from evals.report import print_exam, write_exam_json
    from evals.run import ExamError, run_exam

    earlier = load_baseline(baseline) if baseline else None
    try:
        with _progress() as progress:
            exam = run_exam(halves, None if library else corpus, progress, judge=judge)
    except ExamError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    comparison = compare(earlier, exam) if earlier else None
    print_exam(exam, comparison, Console())
    if json_out:
        write_exam_json(exam, comparison, json_out)
    if html:
        write_exam_html(exam, comparison, html)
    missed = [line for gate in gates if (line := gate.missed(exam))]
    for line in missed:
        typer.echo(line, err=True)
    if missed:
        raise typer.Exit(1)


@eval_app.command()
def squad(
    file: Annotated[Path, typer.Argument(help="A SQuAD-format file: CMRC 2018, DRCD.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only the first LIMIT questions.")] = None,
    peers: Annotated[
        bool, typer.Option("--peers", help="Measure two LangChain pipelines on the same questions too.")
    ] = False,
    json_out: JsonOut = None,
) -> None:
    """Measure retrieval and extraction on a reading-comprehension set; each paragraph is a document."""
    from rich.console import Console

    from evals.squad import load_squad, run_squad
    from evals.squad_report import print_squad, write_squad_json

    loaded = load_squad(file)
    make_peers = _peers() if peers else None
    with _progress() as progress:
        result = run_squad(loaded, limit, progress, make_peers)
    print_squad(result, Console())
    if json_out:
        write_squad_json(result, json_out)


@app.command()
def bench(
    size: Annotated[
        list[int] | None,
        typer.Option(
            min=1, help="Sentences of a library to measure; may be repeated. Default: 1000, 10000, 100000."
        ),
    ] = None,
    seconds: Annotated[float, typer.Option(min=1, help="How long 50 members ask each library at once.")] = 60,
    json_out: JsonOut = None,
) -> None:
    """Measure speed and memory in temporary homes; exit 1 when a limit is not kept."""
    from rich.console import Console

    from evals.bench.run import run_bench

    status = Console(stderr=True)
    _show_bench(list(run_bench(size or [1000, 10_000, 100_000], seconds, status.log)), json_out)


@app.command()
def soak(
    minutes: Annotated[float, typer.Option(min=0.5, help="How long it goes on.")] = 15,
    json_out: JsonOut = None,
) -> None:
    """Serve a library that is asked and changed all the time; exit 1 when the server grows or anything fails."""
    from rich.console import Console

    from evals.bench.soak import soak as run_soak

    _show_bench(list(run_soak(minutes, Console(stderr=True).log)), json_out)


def _show_bench(measures: Sequence["Measure"], json_out: Path | None) -> None:
    """Print and keep the figures; exit 1 when a limit is not kept."""
    from rich.console import Console

    from evals.bench.run import print_bench, write_bench_json

    print_bench(measures, Console())
    if json_out:
        write_bench_json(measures, json_out)
    if any(each.kept is False for each in measures):
        raise typer.Exit(1)


def _peers() -> "Peers":
    """Their packages are no part of a default install; raises HuiwenError when one is missing."""
    try:
        from evals.peers import make_peers
    except ModuleNotFoundError as error:
        raise HuiwenError(
            f"--peers: {error.name} is not installed; run: pip install -c constraints.txt -e '.[peers]'"
        ) from None
    return make_peers


def _gates(
    halves: Mapping[str, Sequence["Question"]], minimum: Sequence[str], maximum: Sequence[str]
) -> list["Gate"]:
    from evals.gates import parse_gate

    scopes = dict.fromkeys(halves) | dict.fromkeys(
        f"{half}/{q.lang}" for half, of in halves.items() for q in of
    )
    floors = [parse_gate("--min", entry, scopes) for entry in minimum]
    return floors + [parse_gate("--max", entry, scopes) for entry in maximum]


@contextmanager
def _progress() -> Iterator[Callable[[str, int, int], None]]:
    """A progress bar on stderr, only where that is a terminal; called with (what, done, all)."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {}

        def update(what: str, done: int, total: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what)
            bars.update(tasks[what], completed=done, total=total)

        yield update


def main() -> None:
    """Entry point of `huiwen`: an error meant for people is shown on stderr without a trace, exit code 1.

    Typer itself exits 130 on an interrupt.
    """
    keep_langsmith_off(os.environ)
    # OpenBLAS's threads spin on for a while after a product of vectors, and take the processor from what comes next.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    gc.set_threshold(_NEW_OBJECTS)
    try:
        app()
    except HuiwenError as error:
        typer.echo(error, err=True)
        sys.exit(1)
