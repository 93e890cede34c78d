"""The page of the desk: its tabs, each filled when it is opened."""

from collections.abc import Callable
from typing import Protocol

import gradio as gr

from bot.access.accounts import Accounts
from bot.desk.accounts_tab import AccountsTab
from bot.desk.add_tab import AddTab
from bot.desk.asked_tab import AskedTab
from bot.desk.desk import Desk
from bot.desk.exam_tab import ExamTab
from bot.desk.glossary_tab import GlossaryTab
from bot.desk.library_tab import LibraryTab
from bot.desk.log_tab import LogTab
from bot.desk.parts import QUIETLY, Outputs, Updates, guarded, text
from bot.desk.visit import Visit, visit_of

_AT_ONCE, _WAITING = 8, 64  # events
_TEMPORARY_SECONDS = 3600


class _Tab(Protocol):
    outputs: Outputs
    message: gr.Markdown

    def refresh(self, visit: Visit) -> Updates: ...


class _WorkingTab(Protocol):
    """A tab on which something is typed, which the fields of `kept` tell."""

    outputs: Outputs
    kept: Outputs
    message: gr.Markdown

    @property
    def reopen(self) -> Callable[..., Updates]: ...


def create_page(desk: Desk, accounts: Accounts) -> gr.Blocks:
    """The desk as Gradio's blocks."""
    page = gr.Blocks(
        title="会问 Huiwen",
        fill_width=True,
        analytics_enabled=False,
        delete_cache=(_TEMPORARY_SECONDS, _TEMPORARY_SECONDS),
    )
    with page, gr.Tabs(elem_id="hw-desk") as tabs:
        with gr.Tab(text("tab.add"), id="add") as add_page:
            adding = AddTab(desk)
        with gr.Tab(text("tab.library"), id="library") as library_page:
            library = LibraryTab(desk, adding, tabs)
        with gr.Tab(text("tab.asked"), id="asked") as asked_page:
            asked = AskedTab(desk, adding, tabs)
        with gr.Tab(text("tab.exam"), id="exam") as exam_page:
            exam = ExamTab(desk)
        with gr.Tab(text("tab.glossary"), id="glossary") as glossary_page:
            glossary = GlossaryTab(desk)
        with gr.Tab(text("tab.log"), id="log") as log_page:
            log = LogTab(desk)
        with gr.Tab(text("tab.accounts"), id="accounts", visible=False) as accounts_page:
            users = AccountsTab(accounts)

        opened: list[tuple[gr.Tab, _Tab]] = [(exam_page, exam), (log_page, log), (accounts_page, users)]
        for tab, content in opened:
            tab.select(_filler(content), None, content.outputs, **QUIETLY)
        reopened: list[tuple[gr.Tab, _WorkingTab]] = [(add_page, adding), (library_page, library)]
        reopened += [(asked_page, asked), (glossary_page, glossary)]
        for tab, work in reopened:
            tab.select(guarded(work.message)(work.reopen), work.kept, work.outputs, **QUIETLY)

        def open_desk(request: gr.Request) -> Updates:
            visit = visit_of(request)
            is_admin = gr.update(visible=visit.role == "admin")
            return {**adding.refresh(visit, None, []), accounts_page: is_admin}

        page.load(open_desk, None, [*adding.outputs, accounts_page], **QUIETLY)
    page.queue(default_concurrency_limit=_AT_ONCE, max_size=_WAITING, api_open=False)
    return page


def _filler(content: _Tab) -> Callable[[gr.Request], Updates]:
    @guarded(content.message)
    def fill(request: gr.Request) -> Updates:
        return content.refresh(visit_of(request))

    return fill
