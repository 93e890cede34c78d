"""`huiwen ask`, `huiwen serve` and `huiwen mcp`."""

from typing import Annotated

import typer

from ingest.document import Audience


def ask(
    question: Annotated[str, typer.Argument(help="The question, in Chinese or English.")],
    history: Annotated[
        list[str] | None,
        typer.Option(help="An earlier question of the same talk; may be repeated, oldest first."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Answer one question from the documents."""
    from bot.answer import Answerer
    from bot.web.markdown import unescape_markdown
    from bot.writing.model import chat_model
    from ingest.errors import QuestionError
    from ingest.library import Library
    from ingest.settings import Settings

    if not question.strip():
        raise QuestionError("The question is empty. / 问题是空的。")
    settings = Settings()
    model = chat_model(settings)
    with Library(settings) as library:
        answerer = Answerer(library, model, settings.model_timeout)
        answerer.warm_up()  # so that the timings are those of answering, not of loading the model
        answer = answerer.ask(question, history or ())
    if as_json:
        typer.echo(answer.model_dump_json())
        return
    typer.echo(unescape_markdown(answer.answer) + "\n")
    for citation in answer.citations:
        page = f" p. {citation.page}" if citation.page else ""
        date = f" ({citation.date})" if citation.date else ""
        typer.echo(f"[{citation.n}] {citation.title}{date}{page} - {citation.document}")


def mcp(
    audience: Annotated[Audience, typer.Option(help="Whose documents the program may read.")] = "public",
) -> None:
    """Serve the tools ask, search and read to the program that starts this command (MCP over stdio)."""
    from bot.answer import Answerer
    from bot.mcp import run_stdio
    from bot.writing.model import chat_model
    from ingest.library import Library
    from ingest.settings import Settings

    settings = Settings()
    model = chat_model(settings)
    with Library(settings) as library:
        run_stdio(Answerer(library.reader(audience), model, settings.model_timeout))


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=0, max=65535)] = 7860,
) -> None:
    """Serve the web chat and the JSON API."""
    from bot.web.serve import serve as run
    from ingest.settings import Settings

    run(Settings(), host, port)
