"""How often the service has ended by itself, and whether to start it again."""

from __future__ import annotations

import time
from collections import deque

_CRASHES, _WITHIN = 3, 120.0
"""So many crashes within so many seconds, and the service is left alone for as long again."""


class Crashes:
    """The last crashes of one service."""

    def __init__(self) -> None:
        self._at: deque[float] = deque(maxlen=_CRASHES)

    def add(self) -> None:
        """It has just crashed."""
        self._at.append(time.monotonic())

    @property
    def too_many(self) -> bool:
        """True while it is not worth another start."""
        often = len(self._at) == _CRASHES and self._at[-1] - self._at[0] < _WITHIN
        return often and time.monotonic() - self._at[0] < 2 * _WITHIN
