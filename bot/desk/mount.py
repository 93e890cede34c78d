"""The desk at /staff, a Gradio application of its own beside the chat, and the pictures of pages it shows."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, HTTPException
from starlette.responses import RedirectResponse, Response
from starlette.routing import Mount

from bot.access.visitor import visitor
from bot.desk.shell import PATH, POLICY, dress
from bot.desk.texts import TEXTS
from bot.web.asking import drawn
from bot.web.mount import mount_blocks, prepare_gradio
from bot.web.shell import PageShell
from bot.web.texts import BROWSER_LOCALES
from ingest.errors import LoadError

if TYPE_CHECKING:
    from bot.access.accounts import Accounts
    from bot.desk.desk import Desk

_LARGEST_UPLOAD = "300mb"  # of one file; a zip may hold many
_PICTURE_SECONDS = 3600  # in the browser; what is published under an id or version does not change


def mount_desk(app: FastAPI, desk: "Desk", accounts: "Accounts") -> None:
    """Add the desk; before anything is mounted at `/`. It is closed when the application ends."""
    keep_uploads(desk.home)

    from bot.desk.page import create_page

    app.add_api_route("/staff", _to_desk, methods=["GET"], include_in_schema=False)
    _add_pictures(app, desk)
    app.add_middleware(PageShell, path=PATH, dress=dress, policy=POLICY)
    mount_blocks(
        app,
        create_page(desk, accounts),
        PATH.rstrip("/"),
        {locale: TEXTS[language] for language, locale in BROWSER_LOCALES.items()},
        auth_dependency=lambda request: visitor(request).name,
        max_file_size=_LARGEST_UPLOAD,
    )
    desk.forget_shown = lambda: _forget_shown(app)
    _close_with(app, desk)


def _forget_shown(app: FastAPI) -> None:
    """Have Gradio forget what each open page, of the chat too, was last sent: it keeps that only for links to
    a state of a page, which are closed here."""
    from gradio.routes import App

    for route in app.routes:
        if isinstance(route, Mount) and isinstance(route.app, App):
            for session in list(route.app.state_holder.session_data.values()):
                for config in session.components:
                    config.get("props", {}).pop("value", None)


def keep_uploads(home: Path) -> None:
    """Have Gradio keep uploads in a folder of the desk's own; to be said once more after the chat was built."""
    prepare_gradio(home / "tmp" / "desk")


def _to_desk() -> Response:
    return RedirectResponse(PATH, 308)


def _add_pictures(app: FastAPI, desk: "Desk") -> None:
    def file_staged(id_: str) -> Path | None:
        item = desk.staging.get(id_)
        return desk.staging.file(item) if item else None

    def file_of(version: str) -> Path | None:
        document = desk.library.version(version)
        return desk.library.original(document.name) if document else None

    async def staged(id_: str, page: int) -> Response:
        return await drawn(lambda: _picture(desk, file_staged(id_), page))

    async def published(version: str, page: int) -> Response:
        return await drawn(lambda: _picture(desk, file_of(version), page))

    pictures = f"{PATH}pages"
    app.add_api_route(f"{pictures}/staged/{{id_}}/{{page}}.png", staged, include_in_schema=False)
    app.add_api_route(f"{pictures}/library/{{version}}/{{page}}.png", published, include_in_schema=False)


def _picture(desk: "Desk", file: Path | None, page: int) -> Response:
    try:
        picture = desk.page_image(file, page)
    except LoadError as error:
        raise HTTPException(404, str(error)) from error
    caching = {"Cache-Control": f"private, max-age={_PICTURE_SECONDS}"}
    return Response(picture, media_type="image/png", headers=caching)


def _close_with(app: FastAPI, desk: "Desk") -> None:
    outer = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[Mapping[str, Any] | None]:
        async with outer(app) as state:
            yield state
        desk.close()

    app.router.lifespan_context = lifespan  # type: ignore[assignment]  # with whatever state the outer has
