"""`huiwen ingest`: add, list, show, remove and check documents."""

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ingest.document import Audience

if TYPE_CHECKING:
    from ingest.add import Outcome
    from ingest.library import Library

app = typer.Typer(no_args_is_help=True, help="Add, replace, show and remove documents.")
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
_SIGNS = {"added": "+", "replaced": "~", "unchanged": "=", "failed": "!"}


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="Files, folders and zip archives.")],
    audience: Annotated[
        Audience | None,
        typer.Option(help="Who may read them; a document that is in keeps its audience. New ones: public."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add files, or replace those of the same name. Exit 0: all are in; 1: some failed."""
    from ingest.add import add_paths, find_files
    from ingest.library import Library
    from ingest.settings import Settings

    files = find_files(paths)
    with Library(Settings()) as library:
        outcomes: list[Outcome] = []
        # On a terminal a line would break the progress bar.
        is_logged = not as_json and not sys.stdout.isatty()
        try:
            for outcome in show_progress(add_paths(library, files, audience), len(files), quiet=as_json):
                outcomes.append(outcome)
                if is_logged:
                    _tell(outcome)
        except KeyboardInterrupt:
            done = sum(outcome.status != "failed" for outcome in outcomes)
            typer.echo(
                f"\nStopped: {done} of {len(files)} are in. Run the same command again for the rest."
                f" / 已停止：{len(files)} 个文件中已有 {done} 个入库，重新运行同一命令即可继续。",
                err=True,
            )
            raise
    counts = Counter(outcome.status for outcome in outcomes)
    if as_json:
        typer.echo(
            json.dumps({"files": [asdict(each) for each in outcomes], "counts": counts}, ensure_ascii=False)
        )
    else:
        for outcome in () if is_logged else outcomes:
            _tell(outcome)
        typer.echo(", ".join(f"{count} {status}" for status, count in counts.items()))
    raise typer.Exit(1 if counts["failed"] else 0)


def _tell(outcome: "Outcome") -> None:
    typer.echo(f"{_SIGNS[outcome.status]} {outcome.name}" + (f": {outcome.reason}" if outcome.reason else ""))
    for warning in outcome.warnings:
        typer.echo(f"    {warning}")


def show_progress(outcomes: "Iterable[Outcome]", total: int, *, quiet: bool = False) -> "Iterable[Outcome]":
    """Go through `outcomes` with a progress bar on a terminal's standard error."""
    from rich.console import Console
    from rich.progress import track

    console = Console(stderr=True)
    hide = quiet or not console.is_terminal
    return track(outcomes, "Adding documents 添加文件", total=total, console=console, disable=hide)


@app.command("list")
def list_documents(as_json: AsJson = False) -> None:
    """List what is in."""
    from ingest.library import Library
    from ingest.settings import Settings

    with Library(Settings()) as library:
        infos = library.documents()
    if as_json:
        typer.echo(json.dumps([asdict(info) for info in infos], ensure_ascii=False))
        return
    for info in infos:
        typer.echo(f"{info.date or '-':10}  {info.kind:12}  {info.audience:9}  {info.name}  {info.title}")
    typer.echo(f"{len(infos)} documents")


@app.command()
def show(name: Annotated[str, typer.Argument(help="The document's name.")], as_json: AsJson = False) -> None:
    """Show a document's metadata and its text as members see it."""
    from ingest.errors import LibraryError
    from ingest.library import Library, unknown_name
    from ingest.settings import Settings

    with Library(Settings()) as library:
        document = library.get(name)
    if document is None:
        raise LibraryError(unknown_name(name))
    if as_json:
        typer.echo(json.dumps(asdict(document), ensure_ascii=False))
        return
    for field in ("name", "title", "kind", "date", "script", "source"):
        typer.echo(f"{field:10}{getattr(document, field) or '-'}")
    typer.echo(f"{'audience':10}{document.decisions.audience}")
    typer.echo(f"{'years':10}{', '.join(map(str, document.years)) or '-'}")
    typer.echo(f"{'passages':10}{len(document.passages)}")
    typer.echo(f"{'sentences':10}{len(document.sentences)}")
    typer.echo("\n" + document.text)


@app.command()
def remove(names: Annotated[list[str], typer.Argument(help="Names of documents.")]) -> None:
    """Remove documents; they are gone from every answer. A name that is not in stops it before it begins."""
    from ingest.library import Library
    from ingest.settings import Settings

    with Library(Settings()) as library:
        library.remove(*names)
    for name in names:
        typer.echo(f"- {name}")


@app.command()
def rebuild() -> None:
    """Make every index anew from the kept files: after damage, or for another embedding model.

    Stop the server first. What is interrupted is completed by running it again.
    """
    from ingest.add import rebuild as rebuild_all
    from ingest.library import Library
    from ingest.settings import Settings

    with Library(Settings(), rebuilding=True) as library:
        total = len(library.documents())
        count = sum(1 for _ in show_progress(rebuild_all(library), total))
    typer.echo(f"{count} documents made anew. / 已重建 {count} 个文件的索引。")


def backup(file: Annotated[Path, typer.Argument(help="The zip file to write.")]) -> None:
    """Write everything in HUIWEN_HOME into one file; the server may run meanwhile."""
    from ingest.backup import back_up

    with _existing_library() as library:
        count = back_up(library, file)
    typer.echo(f"{file}: {count} documents. / 已备份 {count} 个文件。")


def restore(file: Annotated[Path, typer.Argument(help="A file that `huiwen backup` wrote.")]) -> None:
    """Make HUIWEN_HOME from a backup; it must not exist yet, or be empty."""
    from ingest.backup import restore as restore_home
    from ingest.settings import Settings

    settings = Settings()
    count = restore_home(file, settings)
    typer.echo(f"{settings.home}: {count} documents. / 已恢复 {count} 个文件。")


def _existing_library() -> "Library":
    """The library of the home; what only reads one is not to make an empty one. Raises LibraryError."""
    from ingest.catalogue import CATALOGUE
    from ingest.errors import LibraryError
    from ingest.library import Library
    from ingest.settings import Settings

    settings = Settings()
    if not (settings.home / CATALOGUE).is_file():
        raise LibraryError(
            f"There is no library in {settings.home}: is HUIWEN_HOME, or the folder in which you started this, the right one?"
            " / 这个文件夹里没有资料库，请检查 HUIWEN_HOME 或启动命令时所在的文件夹。"
        )
    return Library(settings)


@app.command()
def check() -> None:
    """Check that every store agrees with every other. Exit 1 and what is wrong if not."""
    with _existing_library() as library:
        problems = library.check()
        count = len(library.documents())
    for problem in problems:
        typer.echo(problem)
    if not problems:
        typer.echo(f"All stores agree: {count} documents.")
    raise typer.Exit(1 if problems else 0)
