"""The filter above the question's field: from which year, of which kind."""

import json
from collections.abc import Sequence

import gradio as gr

from bot.scope import Scope, years_offered
from bot.web.texts import TEXTS
from ingest.catalogue import DocumentInfo
from ingest.fold import Language


def filter_field(name: str, everything: str) -> gr.Dropdown:
    """A field to choose from; before the page has said what it offers, everything."""
    return gr.Dropdown(
        choices=[(gr.I18n()(everything), "")],
        value="",
        label=gr.I18n()(name),
        elem_id=f"hw-{name}",
        filterable=False,
        container=False,
        scale=0,
        min_width=120,
    )


def offered(
    infos: Sequence[DocumentInfo], chosen: object, language: Language
) -> tuple[gr.Dropdown, gr.Dropdown]:
    """Years and kinds of the documents, with what was `chosen` already, as far as it is offered."""
    texts = TEXTS[language]
    year, kind = _chosen(chosen)
    years = [str(each) for each in years_offered(infos)]
    kinds = {info.kind: texts.get(f"kind.{info.kind}", info.kind) for info in infos}
    named = sorted((name, each) for each, name in kinds.items())
    return (
        gr.Dropdown(
            choices=[(texts["all_years"], ""), *((each, each) for each in years)],
            value=year if year in years else "",
        ),
        gr.Dropdown(choices=[(texts["all_kinds"], ""), *named], value=kind if kind in kinds else ""),
    )


def scope_of(year: object, kind: object) -> Scope:
    """The documents of a choice, whatever the browser sends: what is no year or kind of a document finds none."""
    years = {int(year)} if isinstance(year, str) and year.isdecimal() else set()
    return Scope(frozenset(years), frozenset({kind} if kind and isinstance(kind, str) else ()))


def _chosen(sent: object) -> tuple[str, str]:
    """The year and kind that a browser had before, JSON or not."""
    try:
        value = json.loads(sent) if isinstance(sent, str) else None
    except ValueError:
        value = None
    year, kind = value if isinstance(value, list) and len(value) == 2 else ("", "")
    return (year if isinstance(year, str) else "", kind if isinstance(kind, str) else "")
