"""What the tabs of the desk have in common."""

from abc import ABCMeta
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, ParamSpec, TypeVar, cast

import gradio as gr
from gradio.blocks import Block
from gradio.component_meta import ComponentMeta
from gradio.data_classes import ListFiles

from bot.desk.decide import Form
from bot.desk.render import problem
from bot.desk.visit import Visit, visit_of
from ingest.document import AUDIENCES, KINDS, Document
from ingest.errors import HuiwenError
from ingest.reader import Reader

_P = ParamSpec("_P")
_Field = TypeVar("_Field", bound=Block)
Updates = dict[Any, Any]  # of components
Outputs = list[Block]
Given = dict[Any, Any]  # what components hold: inputs wired as a set come as one

text = gr.I18n()  # text("key") is put into words by the browser
# No event of the desk is one for programs.
QUIETLY: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def busy(place: gr.Markdown) -> dict[str, Any]:
    """For events that take a while: `place` shows that they run."""
    return {"api_visibility": "private", "show_progress": "minimal", "show_progress_on": place}


def guarded(message: gr.Markdown) -> Callable[[Callable[_P, Updates]], Callable[_P, Updates]]:
    """An event handler whose last argument is the request: what it refuses is told in `message`."""

    def decorate(handler: Callable[_P, Updates]) -> Callable[_P, Updates]:
        @wraps(handler)
        def call(*args: _P.args, **kwargs: _P.kwargs) -> Updates:
            try:
                return handler(*args, **kwargs)
            except HuiwenError as error:
                request: Any = args[-1]
                return {message: problem(visit_of(request), error)}

        return call

    return decorate


def html(name: str) -> gr.Markdown:
    """A place for HTML made by `render`: Gradio's Markdown sanitises it, its HTML component would need eval."""
    return gr.Markdown(elem_id=name, elem_classes=["hw-html"], latex_delimiters=[], container=False)


def message() -> gr.Markdown:
    """A place for what was done or refused; the script of the page has it read out."""
    return gr.Markdown(elem_classes=["hw-html", "hw-message"], latex_delimiters=[], container=False)


def carried() -> gr.Textbox:
    """What a page is to send along with the fields that it came with: a gr.State is the server's, which has the next one
    as soon as it has sent it."""
    return gr.Textbox(visible="hidden")


def _named(_field: gr.File, files: Any) -> list[tuple[Path, str]]:
    given = files.root if isinstance(files, ListFiles) else [files] if files else []
    return [(Path(file.path), file.orig_name or Path(file.path).name) for file in given]


def _unchecked(_field: gr.Dropdown, value: Any) -> Any:
    if isinstance(value, list):
        return [each for each in value if isinstance(each, str)]
    return value if isinstance(value, str) else None


def _variant(base: type[_Field], name: str, preprocess: Callable[[Any, Any], Any]) -> type[_Field]:
    """A field of Gradio's that hands its value over in another way.

    Made past Gradio's metaclass, which would write a stub file beside this one.
    """
    members = {"preprocess": preprocess, "is_template": True}
    made: object = ABCMeta.__new__(ComponentMeta, name, (base,), members)
    return cast(type[_Field], made)


# Its value is a list of (path, name as it was): Gradio takes characters out of the path's name.
Uploads = _variant(gr.File, "Uploads", _named)
# One whose choices come and go. Gradio would answer in English, and with a trace in the log, when a choice is
# sent that has just gone; the desk itself checks what it is told to work on.
Choice = _variant(gr.Dropdown, "Choice", _unchecked)


def table(label: str, name: str, **options: Any) -> gr.Dataframe:
    """A searchable, sortable table of texts, hidden until it is `filled`."""
    return gr.Dataframe(
        label=text(label),
        elem_id=name,
        visible=False,
        datatype="str",
        type="array",
        interactive=False,
        show_search="search",
        buttons=[],
        wrap=True,
        **options,
    )


def filled(visit: Visit, columns: Sequence[str], rows: list[list[str]]) -> gr.Dataframe:
    """A table with these columns, named in the visitor's language."""
    headers = [visit.t(f"column.{column}") for column in columns]
    return gr.Dataframe(value=rows, headers=headers, visible=True)


class DecisionForm:
    """The fields in which staff decide about a document."""

    def __init__(self, name: str) -> None:
        with gr.Group(visible=False, elem_id=f"{name}-form", elem_classes=["hw-form"]) as self.group:
            self.title = gr.Textbox(label=text("title"), max_length=200)
            with gr.Row():
                self.date = gr.Textbox(label=text("date"), info=text("date.info"), max_length=10)
                self.kind = gr.Dropdown(
                    label=text("kind"), choices=[(text(f"kind.{each}"), each) for each in KINDS]
                )
                self.audience = gr.Dropdown(
                    label=text("audience"), choices=[(text(f"audience.{each}"), each) for each in AUDIENCES]
                )
            self.supersedes = Choice(
                label=text("supersedes"),
                info=text("supersedes.info"),
                multiselect=True,
                choices=[],
                elem_id=f"{name}-supersedes",
            )
        self.fields: Outputs = [self.title, self.date, self.kind, self.audience, self.supersedes]

    def show(self, document: Document, library: Reader) -> Updates:
        """The fields as they stand for a document."""
        form = Form.of(document)
        others = [info.name for info in library.documents() if info.name != document.name]
        return {
            self.group: gr.update(visible=True),
            self.title: form.title,
            self.date: form.date,
            self.kind: form.kind,
            self.audience: form.audience,
            self.supersedes: gr.update(
                choices=sorted({*others, *form.supersedes}), value=list(form.supersedes)
            ),
        }

    def hide(self) -> Updates:
        """Nothing to decide about."""
        return {self.group: gr.update(visible=False)}

    def read(self, given: Given) -> Form:
        """What the fields hold."""
        return Form(
            title=given[self.title] or "",
            date=given[self.date] or "",
            kind=given[self.kind] or "",
            audience=given[self.audience],
            supersedes=tuple(given[self.supersedes] or ()),
        )
