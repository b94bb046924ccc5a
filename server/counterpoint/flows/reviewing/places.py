"""How many requests of a review are under way at a time: fewer once the vendor says that it is too many."""

from __future__ import annotations

import asyncio
from collections import deque


class Places:
    """At most `most` at a time. Belongs to one event loop."""

    def __init__(self, most: int) -> None:
        self.most = max(1, most)
        self._taken = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def take(self) -> None:
        """Wait for a place, in order of arrival."""
        if self._taken < self.most and not self._waiting:
            self._taken += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif not turn.cancelled():
                self.give()  # it was given the place while it was being cancelled
            raise

    def give(self) -> None:
        """Give a place back."""
        self._taken -= 1
        while self._waiting and self._taken < self.most:
            turn = self._waiting.popleft()
            if not turn.done():
                self._taken += 1
                turn.set_result(None)


class Turn:
    """A place that is taken when it is needed, and kept until the block ends."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._held = False

    async def take(self) -> None:
        """Wait for a place, unless it is held already."""
        if not self._held:
            await self._places.take()
            self._held = True

    async def __aenter__(self) -> Turn:
        return self

    async def __aexit__(self, *error: object) -> None:
        if self._held:
            self._places.give()
