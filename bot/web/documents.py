"""The documents under /api/documents: what a visitor may read, as text, as pages and as the original file."""

from itertools import groupby
from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, HTTPException, Request
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, Response
from pydantic import BaseModel

from bot.web.asking import drawn
from bot.web.language import half_of
from bot.web.page import request_language
from bot.web.problems import Problem
from bot.web.service import Service
from bot.web.tables import Table, tables
from bot.web.texts import TEXTS
from ingest.document import Document, Sentence
from ingest.errors import LoadError, WorkerError
from ingest.fold import Language
from ingest.load import SCANS


class DocumentSummary(BaseModel):
    """A document without its text."""

    name: str
    title: str
    kind: str
    date: str | None
    years: list[int]


class PageSpan(BaseModel):
    """text[start:end] is what stands on `page`; pages count from 1, spans in characters."""

    page: int
    start: int
    end: int


class HeadingSpan(BaseModel):
    """text[start:end] is a heading."""

    start: int
    end: int


class DocumentView(DocumentSummary):
    """A document as it is shown: displayed text and metadata; offsets count characters (code points).

    `has_original` says that the file it was made from can be downloaded, `has_page_images` that its pages can
    be had as pictures.
    """

    script: Language
    source: str | None
    text: str
    pages: list[PageSpan]
    headings: list[HeadingSpan]
    tables: list[Table]
    has_original: bool
    has_page_images: bool


def document_routes(service: Service) -> APIRouter:
    """A document that the visitor may not read is answered like one that does not exist."""
    router = APIRouter(prefix="/documents", responses={404: {"model": Problem}})

    @router.get("")
    def documents(request: Request) -> list[DocumentSummary]:
        """The documents that may be read, by name."""
        infos = service.reader(request).documents()
        return [DocumentSummary.model_validate(info, from_attributes=True) for info in infos]

    @router.get("/{name}")
    def document(name: str, request: Request) -> DocumentView:
        """The displayed text and metadata of a document."""
        reader = service.reader(request)
        found = reader.get(name)
        if found is None:
            raise _unknown(name, request)
        return _view(found, has_original=reader.original(name) is not None)

    @router.get("/{name}/original", response_class=FileResponse)
    def original(name: str, request: Request) -> FileResponse:
        """The file that a document was made from, to be saved."""
        path = service.reader(request).original(name)
        if path is None:
            raise _unknown(name, request)
        return FileResponse(path, filename=name, media_type="application/octet-stream")

    @router.get("/{name}/pages/{page}.png", response_class=Response)
    async def page_image(
        name: str, page: Annotated[int, PathParameter(ge=1, le=100_000)], request: Request
    ) -> Response:
        """A page of a PDF or a picture as PNG."""

        def draw() -> bytes:
            reader = service.reader(request)
            path = reader.original(name)
            if path is None or PurePath(name).suffix.lower() not in SCANS:
                raise _unknown(name, request)
            return service.page_images.png(path, page, reader.generation())

        try:
            return Response(await drawn(draw), media_type="image/png")
        except LoadError as error:
            status = 503 if isinstance(error, WorkerError) else 404
            raise HTTPException(status, half_of(str(error), request_language(request))) from error

    return router


def _unknown(name: str, request: Request) -> HTTPException:
    return HTTPException(404, TEXTS[request_language(request)]["unknown_document"].format(name=name))


def _view(document: Document, has_original: bool) -> DocumentView:
    headings = [sentence for sentence in document.sentences if sentence.kind == "heading"]
    pages = _page_spans(document.sentences)
    return DocumentView(
        name=document.name,
        title=document.title,
        kind=document.kind,
        date=document.date,
        years=list(document.years),
        script=document.script,
        source=document.source,
        text=document.text,
        pages=pages,
        headings=[HeadingSpan(start=heading.start, end=heading.end) for heading in headings],
        tables=tables(document),
        has_original=has_original,
        has_page_images=bool(pages) and has_original and PurePath(document.name).suffix.lower() in SCANS,
    )


def _page_spans(sentences: tuple[Sentence, ...]) -> list[PageSpan]:
    spans = []
    for page, group in groupby(sentences, key=lambda sentence: sentence.page):
        on_page = list(group)
        if page is not None:
            spans.append(PageSpan(page=page, start=on_page[0].start, end=on_page[-1].end))
    return spans
