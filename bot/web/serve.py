"""The server: the JSON API and the chat, on one port."""

import ctypes
import gc
import logging
import socket
import sys
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING

from ingest.errors import HuiwenError
from ingest.settings import Settings

if TYPE_CHECKING:
    from fastapi import FastAPI

    from bot.access.access import Access
    from bot.answer import Answerers
    from ingest.embed import Embedder

_log = logging.getLogger(__name__)

_SWITCH_SECONDS = 0.001  # so long a search may keep the event loop from running
_M_ARENA_MAX, _HEAPS = -8, 2  # glibc's mallopt(3)
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}
SHUTDOWN_SECONDS = 2  # for answers under way


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted; says so on stdout when the page is there.

    The models are loaded beside and behind the page, while the member reads it and types; a question that comes
    sooner waits for them. Raises HuiwenError if the address cannot be used.
    """
    listener = _bind(host, port)  # first, because what follows takes seconds
    _share_heaps()
    gc.disable()  # what is imported and made now stays: to look through it for garbage takes a quarter of the start

    from ingest.embed import Embedder  # before Gradio, which imports the hub's library

    embedder = Embedder(settings)
    loading = Thread(target=_load_models, args=(embedder,))
    loading.start()  # beside the imports, which need but one processor

    from bot.access.access import Access
    from bot.answer import Answerers
    from bot.watch.logs import log_as_json
    from bot.writing.model import chat_model
    from ingest.library import Library

    log_as_json()
    sys.setswitchinterval(_SWITCH_SECONDS)
    model = chat_model(settings)
    with Library(settings, embedder) as library, Access(settings) as access:
        answerers = Answerers(library, model, settings.model_timeout)
        app = create_app(answerers, access, settings)
        warming_up = Thread(target=_warm_up, args=(answerers, loading))
        _run(app, listener, host, warming_up, access.setup_links.make())
        if warming_up.is_alive():
            warming_up.join()  # it reads the library, which closes now


def _share_heaps() -> None:
    """With a heap for each thread, what one frees no other uses: the server grew by 45 to 63 MB in a quarter of an hour of
    changes (17 MB with two heaps)."""
    if sys.platform == "linux":
        with suppress(AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _HEAPS)


def _load_models(embedder: "Embedder") -> None:
    from bot.cross_encoder import cross_encoder

    with suppress(HuiwenError):  # who needs them next will be told the same
        if not embedder.settings.embedding_model:  # what another one imports, the page imports, too
            embedder.load()
        cross_encoder(embedder.settings.cache)


def _warm_up(answerers: "Answerers", loading: Thread) -> None:
    loading.join()
    try:
        answerers.of("public").warm_up()
    except HuiwenError as error:  # every question will be told the same
        _log.error("%s", error)
    finally:
        gc.freeze()
        gc.enable()
    # A daemon, for it does not read the library and may take as long as the model.
    Thread(target=answerers.examine_model, name="huiwen-examiner", daemon=True).start()


def create_app(answerers: "Answerers", access: "Access", settings: Settings) -> "FastAPI":
    """The whole web application."""
    from bot.access.install import add_gate, add_pages
    from bot.desk.desk import Desk
    from bot.desk.mount import keep_uploads, mount_desk
    from bot.mcp import add_mcp
    from bot.watch.metrics import metrics_route
    from bot.web.api import create_api
    from bot.web.mount import mount_chat
    from bot.web.service import Service
    from bot.web.share import share_routes
    from bot.web.widget import add_widget, allow_frames

    service = Service.open(answerers, settings)
    # A command may have taken documents out, and knows of no journal.
    service.journal.forget_all_but(info.name for info in answerers.library.documents())
    app = create_api(service)
    app.include_router(share_routes(service))
    add_pages(app, access)
    add_mcp(app, answerers, settings.hosts)
    add_widget(app)
    desk = Desk(answerers.library, answerers.of, access.audit, service.journal, settings.home)
    app.include_router(metrics_route(answerers.library, desk.staging, access.audit))
    mount_desk(app, desk, access.accounts)  # before the chat, which takes all other paths
    mount_chat(app, service, settings.home / "tmp" / "chat")
    keep_uploads(settings.home)
    allow_frames(app, settings.embed_origins)
    add_gate(app, access, settings)
    return app


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        # Two servers may both bind a port that neither listens on, so the check is to listen.
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise HuiwenError(
            f"Cannot serve on {host}:{port} ({error.strerror}); stop what uses it, or choose another --port."
            " / 端口已被占用或地址不可用：请先关闭占用它的程序，或用 --port 换一个端口。"
        ) from error
    return listener


def address_of(host: str, port: int) -> str:
    """Where a browser on this machine finds it: no browser goes to "every address"."""
    host = _EVERYWHERE.get(host, host)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _invitation(link: str) -> str:
    return (
        "There is no admin yet. This link sets up the admin, once, within 24 hours:\n"
        f"还没有管理员，请用下面的链接设置（24 小时内有效，只能用一次）：\n{link}"
    )


def _run(
    app: "FastAPI", listener: socket.socket, host: str, warming_up: Thread, setup_link: str | None
) -> None:
    import uvicorn

    address = address_of(host, listener.getsockname()[1])

    class AnnouncingServer(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                print(f"Huiwen is ready: {address}  会问已就绪", flush=True)
                if setup_link:
                    print(_invitation(f"{address}/setup?token={setup_link}"), flush=True)
                warming_up.start()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            # Every open page keeps a connection, and each one cut off would be reported with a trace.
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app, log_config=None, log_level="warning", timeout_graceful_shutdown=SHUTDOWN_SECONDS
    )
    with suppress(KeyboardInterrupt):  # Ctrl-C is how a server ends, not an error
        AnnouncingServer(config).run(sockets=[listener])
