"""What each step of an answer took."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Clock:
    """Milliseconds of each step since the one before it."""

    def __init__(self) -> None:
        self._started = self._last = time.perf_counter()
        self._laps: dict[str, float] = {}

    def lap(self, step: str) -> None:
        """A step ends now; what it took adds to what it took before."""
        now = time.perf_counter()
        self._laps[step] = self._laps.get(step, 0.0) + 1000 * (now - self._last)
        self._last = now

    def seconds(self, step: str) -> float:
        """What a step took; 0 when it was not taken."""
        return self._laps.get(step, 0.0) / 1000

    def timings_ms(self) -> dict[str, float]:
        """The steps so far, in the order in which they were first taken, and their total."""
        total = 1000 * (time.perf_counter() - self._started)
        return {name: round(lap, 2) for name, lap in {**self._laps, "total": total}.items()}


# A context variable, so that searching need not hand a clock down through all that it calls.
_running: ContextVar[Clock | None] = ContextVar("clock", default=None)


@contextmanager
def timed() -> Iterator[Clock]:
    """A clock for which `lap` counts inside."""
    clock = Clock()
    before = _running.set(clock)
    try:
        yield clock
    finally:
        _running.reset(before)


def lap(step: str) -> None:
    """A step of the answer that is being made ends now; nothing where none is."""
    if clock := _running.get():
        clock.lap(step)
