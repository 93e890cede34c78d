"""Threads for questions and for pictures of pages alone: whatever else is requested never waits for one behind them."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

T = TypeVar("T")

_THREADS = 40  # a written answer mostly waits for its model; the searching itself is limited more
_DRAWING = 4  # a page is drawn by one process, at most
_limiters: RunVar[tuple[CapacityLimiter, CapacityLimiter]] = RunVar("asking")  # for each event loop its own


async def each(events: Iterator[T]) -> AsyncIterator[T]:
    """The events as they are made."""
    while (event := await run_sync(next, events, None, limiter=_threads()[0])) is not None:
        yield event


async def last(events: Iterator[T]) -> T:
    """The last of the events."""

    def exhaust() -> T:
        *_, event = events
        return event

    return await run_sync(exhaust, limiter=_threads()[0])


async def drawn(draw: Callable[[], T]) -> T:
    """What it makes."""
    return await run_sync(draw, limiter=_threads()[1])


def _threads() -> tuple[CapacityLimiter, CapacityLimiter]:
    try:
        return _limiters.get()
    except LookupError:
        _limiters.set((CapacityLimiter(_THREADS), CapacityLimiter(_DRAWING)))
        return _limiters.get()
