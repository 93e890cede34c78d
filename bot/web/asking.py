"""Threads for questions and for pictures of pages alone: whatever else is requested never waits for one behind them."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Literal, TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

T = TypeVar("T")

_Use = Literal["asking", "drawing"]
# A written answer mostly waits for its model, the searching itself is limited more; pages are drawn by one process.
_THREADS: dict[_Use, int] = {"asking": 40, "drawing": 4}
_limiters = {use: RunVar[CapacityLimiter](use) for use in _THREADS}  # for each event loop its own


async def each(events: Iterator[T]) -> AsyncIterator[T]:
    """The events as they are made."""
    while (event := await run_sync(next, events, None, limiter=_threads("asking"))) is not None:
        yield event


async def last(events: Iterator[T]) -> T:
    """The last of the events."""

    def exhaust() -> T:
        *_, event = events
        return event

    return await found(exhaust)


async def found(search: Callable[[], T]) -> T:
    """What it finds."""
    return await run_sync(search, limiter=_threads("asking"))


async def drawn(draw: Callable[[], T]) -> T:
    """What it makes."""
    return await run_sync(draw, limiter=_threads("drawing"))


def _threads(use: _Use) -> CapacityLimiter:
    limiter = _limiters[use]
    try:
        return limiter.get()
    except LookupError:
        limiter.set(CapacityLimiter(_THREADS[use]))
        return limiter.get()
