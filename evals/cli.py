"""The console script `huiwen`: all commands, and the one place where an error becomes a line on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bot.cli import ask, serve
from evals.questions import DEV_QUESTIONS, load_questions
from ingest.cli import app as ingest_app
from ingest.errors import HuiwenError

if TYPE_CHECKING:
    from rich.progress import TaskID

    from evals.run import Exam

# What the commands need is imported inside them: torch and its kin take seconds, --help must not.

app = typer.Typer(
    no_args_is_help=True, pretty_exceptions_enable=False, help="Huiwen 会问: ask the association's documents."
)
eval_app = typer.Typer(no_args_is_help=True, help="Measure the answers.")
app.add_typer(ingest_app, name="ingest")
app.command()(ask)
app.command()(serve)
app.add_typer(eval_app, name="eval")

JsonOut = Annotated[Path | None, typer.Option("--json", metavar="OUT", help="Write everything as JSON.")]


@eval_app.command()
def run(
    questions: Annotated[Path, typer.Option(help="A question file, JSON Lines.")] = DEV_QUESTIONS,
    corpus: Annotated[Path, typer.Option(help="The folder of documents.")] = Path("corpus"),
    json_out: JsonOut = None,
    html: Annotated[
        Path | None, typer.Option(metavar="OUT", help="Write the failed questions as one HTML page.")
    ] = None,
    minimum: Annotated[
        list[str] | None,
        typer.Option("--min", metavar="METRIC=X", help="Exit 1 if METRIC is below X; may be repeated."),
    ] = None,
) -> None:
    """Ask every question over a folder of documents, in a temporary home, and score the answers.

    Exit 1: a document failed to ingest, or a --min was missed. Exit 2: the questions do not fit the
    documents.
    """
    floors = [_floor(entry) for entry in minimum or []]
    exam_questions = load_questions(questions)

    from rich.console import Console

    from evals import report
    from evals.run import ExamError, run_exam

    try:
        with _progress() as progress:
            exam = run_exam(exam_questions, corpus, progress)
    except ExamError as error:
        typer.echo(error, err=True)
        raise typer.Exit(2) from None
    report.print_exam(exam, Console())
    if json_out:
        report.write_exam_json(exam, json_out)
    if html:
        report.write_exam_html(exam, html)
    missed = _missed(exam, floors)
    for line in missed:
        typer.echo(line, err=True)
    if missed:
        raise typer.Exit(1)


@eval_app.command()
def squad(
    file: Annotated[Path, typer.Argument(help="A SQuAD-format file: CMRC 2018, DRCD.")],
    limit: Annotated[int | None, typer.Option(min=1, help="Ask only the first LIMIT questions.")] = None,
    json_out: JsonOut = None,
) -> None:
    """Measure retrieval and extraction on a reading-comprehension set; each paragraph is a document."""
    from rich.console import Console

    from evals import report
    from evals.squad import load_squad, run_squad

    loaded = load_squad(file)
    with _progress() as progress:
        result = run_squad(loaded, limit, progress)
    report.print_squad(result, Console())
    if json_out:
        report.write_squad_json(result, json_out)


def _floor(entry: str) -> tuple[str, float]:
    """Parse METRIC=X; raises HuiwenError if there is no such metric or X is not a number."""
    from evals.score import FLOOR_METRICS

    name, _, limit = entry.partition("=")
    if name not in FLOOR_METRICS:
        raise HuiwenError(f"--min {entry}: it holds no {name!r}; choose from {', '.join(FLOOR_METRICS)}.")
    try:
        return name, float(limit)
    except ValueError:
        raise HuiwenError(f"--min {entry}: {limit!r} is not a number; write {name}=0.9.") from None


def _missed(exam: "Exam", floors: list[tuple[str, float]]) -> list[str]:
    lines = []
    for name, floor in floors:
        value = exam.overall[name].value
        if value is None:
            lines.append(f"--min {name}={floor:g} missed: the metric applies to none of these questions.")
        elif not value >= floor:
            lines.append(f"--min {name}={floor:g} missed: it is {value:.4f}.")
    return lines


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
    try:
        app()
    except HuiwenError as error:
        typer.echo(error, err=True)
        sys.exit(1)
