"""An event loop that does not wait: where it would sleep, its clock is put forward instead. For code without
threads and sockets, whose waits are then exact and take no time."""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class _Selector(selectors.SelectSelector):
    skipped = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise RuntimeError("nothing will ever happen")
            self.skipped += max(0.0, timeout)
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """Its `time` begins at 1000 seconds and moves only while it waits."""

    def __init__(self) -> None:
        self._clock = _Selector()
        super().__init__(self._clock)

    def time(self) -> float:
        return 1_000.0 + self._clock.skipped


def run(work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns, on such a loop."""
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(work)


def now() -> float:
    """The time of the loop that runs."""
    return asyncio.get_running_loop().time()
