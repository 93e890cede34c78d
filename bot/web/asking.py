"""Threads for questions alone: whatever else is requested never waits for one behind them."""

from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from anyio import CapacityLimiter
from anyio.lowlevel import RunVar
from anyio.to_thread import run_sync

T = TypeVar("T")

_THREADS = 40  # a written answer mostly waits for its model; the searching itself is limited more
_limiter: RunVar[CapacityLimiter] = RunVar("asking")  # for each event loop its own


async def each(events: Iterator[T]) -> AsyncIterator[T]:
    """The events as they are made."""
    while (event := await run_sync(next, events, None, limiter=_threads())) is not None:
        yield event


async def last(events: Iterator[T]) -> T:
    """The last of the events."""

    def exhaust() -> T:
        *_, event = events
        return event

    return await run_sync(exhaust, limiter=_threads())


def _threads() -> CapacityLimiter:
    try:
        return _limiter.get()
    except LookupError:
        _limiter.set(CapacityLimiter(_THREADS))
        return _limiter.get()
