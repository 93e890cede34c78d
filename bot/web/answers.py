"""Answers of the journal under /api/answers: rated, shared and erased by whoever knows their id."""

from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel

from bot.journal import Feedback
from bot.web.page import request_language
from bot.web.problems import Problem
from bot.web.service import Service
from bot.web.texts import TEXTS


class ShareLink(BaseModel):
    """`path` is where the answer can be seen on this server, by those who may read what it quotes."""

    path: str


def answer_routes(service: Service) -> APIRouter:
    """What a member may do with an answer."""
    router = APIRouter(prefix="/answers", responses={404: {"model": Problem}})
    journal = service.journal

    @router.post("/{id}/feedback", status_code=204)
    def rate(id: str, body: Feedback, request: Request) -> None:
        """Say whether the answer is good; the last word counts, and no verdict takes it back."""
        if not journal.rate(id, body):
            raise _unknown(request)

    @router.post("/{id}/share")
    def share(id: str, request: Request) -> ShareLink:
        """Make a link that shows the answer, or say which it is."""
        key = journal.share(id)
        if key is None:
            raise _unknown(request)
        return ShareLink(path=f"/a/{key}")

    @router.delete("/{id}/share", status_code=204)
    def unshare(id: str, request: Request) -> None:
        """Make the link void."""
        if not journal.unshare(id):
            raise _unknown(request)

    @router.delete("/{id}", status_code=204)
    def erase(id: str, request: Request) -> None:
        """Forget the answer, its question, its feedback and its link."""
        if not journal.erase([id]):
            raise _unknown(request)

    return router


def _unknown(request: Request) -> HTTPException:
    return HTTPException(404, TEXTS[request_language(request)]["unknown_answer"])
