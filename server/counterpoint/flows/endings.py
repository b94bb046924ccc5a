"""How jobs end, written down: what was written for a user is judged by what stands there some minutes later.

A job is judged once its time is over, or as soon as the last of its files is closed; what a user says
outright, such as a revert, is written at once. What waits when the server stops is judged by what is on disk.

The latest row of a job counts, so that rows are written one after the other, in the order in which what they
tell of happened: of two threads that want to write, either may be the first.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from counterpoint.errors import ConfigError
from counterpoint.flows.became import Written, became
from counterpoint.ledger import EditOutcome, JobOutcome, Ledger
from counterpoint.models import Catalogue
from counterpoint.text import Document

logger = logging.getLogger(__name__)

SECONDS = 300.0
"""Seconds after which what stands is judged."""
_MOST = 100
"""Jobs that wait for it; beyond that the oldest is judged before its time."""

Now: TypeAlias = Callable[[str], Document | None]
"""Gives the open document of a path, None where it is not open."""
Texts: TypeAlias = Callable[[], Sequence[Written]]
"""Gives what was written, as far as it is known by then."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """`outcome` is that of a job that ends well."""

    outcome: JobOutcome
    written: Texts
    now: Now
    timer: asyncio.Task[None]


class Endings:
    """Touched by the event loop only; it judges and writes in threads. `read` gives files on disk, in a
    thread. Models may be told by their labels."""

    def __init__(self, ledger: Ledger, read: Now, catalogue: Catalogue, *, after: float = SECONDS) -> None:
        self._ledger = ledger
        self._read = read
        self._names = {row.label: name for name, row in catalogue.models.items()}
        self._after = after
        self._waiting: dict[str, _Waiting] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Lock()
        """Whose turn it is to write: whoever comes first, as tasks begin in the order they were made."""

    def wrote(self, job: JobOutcome, written: Texts, now: Now) -> None:
        """Something was written for a user; `job` says by whom. Told again, it is known better."""
        known = self._waiting.get(job.job)
        timer = known.timer if known else self._spawn(self._later(job.job))
        self._waiting[job.job] = _Waiting(job, written, now, timer)
        if len(self._waiting) > _MOST:
            self._judge(next(iter(self._waiting)))

    def said(self, outcome: JobOutcome, *, final: bool = True) -> None:
        """The user's act says how a job ended. Where it is not `final`, such as an undo that may be redone,
        it is still judged when its time is over."""
        if final and (waiting := self._waiting.pop(outcome.job, None)) is not None:
            waiting.timer.cancel()
        self._spawn(self._said(outcome))

    def chose(self, outcome: EditOutcome) -> None:
        """The user did something with an edit."""
        self._spawn(self._chose(outcome))

    async def written(self) -> None:
        """Wait until what was told of so far is written."""
        await self._spawn(self._my_turn())

    def closed(self, path: str) -> None:
        """A document is being closed: jobs that have no other one open are judged by what is on disk."""
        for job, one in tuple(self._waiting.items()):
            paths = [file.path for file in one.written()]
            if path in paths and all(other == path or one.now(other) is None for other in paths):
                self._judge(job, closed=True)

    async def close(self) -> None:
        """Judge what waits by what is on disk, and wait until everything is written."""
        for job in tuple(self._waiting):
            self._judge(job, closed=True)
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _later(self, job: str) -> None:
        await asyncio.sleep(self._after)
        self._judge(job)

    def _judge(self, job: str, *, closed: bool = False) -> None:
        waiting = self._waiting.pop(job, None)
        if waiting is None:
            return
        if waiting.timer is not asyncio.current_task():
            waiting.timer.cancel()
        written = tuple(waiting.written())
        texts = {} if closed else {one.path: waiting.now(one.path) for one in written}
        self._spawn(self._judged(waiting.outcome, written, texts))

    async def _judged(
        self, job: JobOutcome, written: Sequence[Written], texts: dict[str, Document | None]
    ) -> None:
        def found() -> JobOutcome:
            now = {one.path: texts.get(one.path) or self._read(one.path) for one in written}
            it = became([(one, text.text if (text := now[one.path]) else None) for one in written])
            return replace(job, outcome=it.outcome, changed=it.changed)

        async with self._turn:
            await self._write(await asyncio.to_thread(found))

    async def _my_turn(self) -> None:
        async with self._turn:
            pass

    async def _said(self, outcome: JobOutcome) -> None:
        async with self._turn:
            await self._write(outcome)

    async def _chose(self, outcome: EditOutcome) -> None:
        async with self._turn:
            try:
                await asyncio.to_thread(self._ledger.ended, outcome)
            except ConfigError as error:
                logger.warning("What was done with an edit was not written down: %s", error)

    async def _write(self, outcome: JobOutcome) -> None:
        """Only in one's turn."""
        try:
            model = self._names.get(outcome.model, outcome.model)
            await asyncio.to_thread(self._ledger.judged, replace(outcome, model=model))
        except ConfigError as error:
            logger.warning("How a job ended was not written down: %s", error)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
