"""A workspace's code and its past, asked together: what goes with a question comes from here."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

from counterpoint.context.impact import Impact, Touched
from counterpoint.context.question import Question, Selection
from counterpoint.history import History, head, read_history
from counterpoint.index.client import Index

_HISTORY_SHARE = 0.4
_POLL = 0.02


class Surroundings:
    """The index and the git history of one root. Use it from one event loop.

    `patience` is how many seconds a question may wait for an index that is still being built: none in an
    editor, which asks again soon; some on the command line, where an answer is given once.
    """

    def __init__(self, root: Path, index: Index, *, patience: float = 0.0) -> None:
        self._root = root
        self._index = index
        self._patience = patience
        self._past: tuple[str, History] | None = None
        self._reading = asyncio.Lock()

    async def gather(self, question: Question, seconds: float) -> Selection:
        """What belongs to the question, within `seconds`; what was not found in time is told."""
        until = time.monotonic() + seconds
        if self._patience:
            await self._built(self._patience)
            until = max(until, time.monotonic() + self._patience)
        if question.task == "review" and question.path:
            within = (until - time.monotonic()) * _HISTORY_SHARE
            past = await self._history(within)
            # Weighing thousands of commits takes up to 70 ms, for which no key should wait.
            question = await asyncio.to_thread(_with_past, question, past)
        return await self._index.select(question, max(0.0, until - time.monotonic()))

    async def impacted(self, touched: Touched, seconds: float) -> Impact:
        """The tests that a change of these lines may break, likeliest first, within `seconds`.

        Lines are those of the text as it is now, 0-based and inclusive; none stand for a whole file.
        """
        until = time.monotonic() + seconds
        await self._built(seconds / 2)
        past = await self._history((until - time.monotonic()) * _HISTORY_SHARE)
        weights: dict[str, float] = {}
        for path in touched:
            for other, weight in (await asyncio.to_thread(past.with_path, path)).items():
                weights[other] = max(weights.get(other, 0.0), weight)
        return await self._index.impacted(touched, weights, max(0.0, until - time.monotonic()))

    async def _built(self, seconds: float) -> None:
        """Wait until the index has seen every file, or can not be had."""
        self._index.start()
        try:
            async with asyncio.timeout(seconds):
                while self._index.state in ("starting", "building"):  # noqa: ASYNC110 several events end it
                    await asyncio.sleep(_POLL)
        except TimeoutError:
            return

    async def _history(self, seconds: float) -> History:
        """What git says of the past; nothing where it cannot say so in time."""
        try:
            async with asyncio.timeout(seconds), self._reading:
                now = await asyncio.to_thread(head, self._root, seconds=seconds)
                if self._past is None or self._past[0] != now:
                    found = await asyncio.to_thread(read_history, self._root, seconds=seconds)
                    self._past = (now, found)
                return self._past[1]
        except TimeoutError:
            return History()


def _with_past(question: Question, past: History) -> Question:
    """The question with what changed together with its file."""
    return replace(question, history=past.with_path(question.path), together=past.commits_with(question.path))
