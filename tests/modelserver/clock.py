"""A clock that tests can push forward, for caches that expire."""

from __future__ import annotations

import time
from collections.abc import Callable


class Clock:
    """Seconds since some start, plus what was added by `advance`."""

    def __init__(self, source: Callable[[], float] = time.monotonic) -> None:
        self.source = source
        self._added = 0.0

    def now(self) -> float:
        return self.source() + self._added

    def advance(self, seconds: float) -> None:
        self._added += seconds
