"""Running jobs: one per key, the newest wins; each can be cancelled by its id or its progress token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from counterpoint.ledger_spending import Here
    from counterpoint.turns import Turns

T = TypeVar("T")


class Superseded(Exception):
    """A newer piece of work with the same key took this one's place, or the user stopped it."""


class Jobs:
    """Touched by the event loop only."""

    def __init__(self) -> None:
        self._by_key: dict[Hashable, asyncio.Task[Any]] = {}
        self._by_id: dict[str, asyncio.Task[Any]] = {}
        self.turns: Turns | None = None
        """The turns with vendors that jobs take, shared by all workspaces."""
        self.here: Here | None = None
        """What the calls of all jobs come to, whichever workspace they are of."""
        self.there: object = None
        """How the vendors were reached when those began."""
        self.waits: dict[str, str] = {}
        """What jobs wait for, by job, in a sentence each."""
        self.reports: dict[str, Callable[[str], None]] = {}
        """Where a job's progress is told."""

    async def newest(self, key: Hashable, work: Coroutine[Any, Any, T], name: str = "") -> T:
        """Run `work`, cancelling what runs under the same key; `name` makes it known to `cancel`.

        Raises Superseded if it was cancelled in its turn. Cancelling the caller cancels the work.
        """
        task = asyncio.ensure_future(work)
        older = self._by_key.get(key)
        if older is not None:
            older.cancel()
        self._by_key[key] = task
        if name:
            self._by_id[name] = task
        try:
            return await task
        except asyncio.CancelledError:
            mine = asyncio.current_task()
            if task.cancelled() and not (mine and mine.cancelling()):
                raise Superseded from None
            raise
        finally:
            if self._by_key.get(key) is task:
                del self._by_key[key]
            self._by_id.pop(name, None)

    def cancel(self, name: str | None = None) -> int:
        """Cancel one job, or all that have a name; returns how many there were."""
        tasks = [task for known, task in self._by_id.items() if name in (None, known)]
        for task in tasks:
            task.cancel()
        return len(tasks)

    async def ended(self) -> None:
        """Wait for the named jobs that run now; what they raise is their callers' concern."""
        if tasks := list(self._by_id.values()):
            await asyncio.wait(tasks)

    def busy(self) -> bool:
        """True while a named job runs."""
        return bool(self._by_id)
