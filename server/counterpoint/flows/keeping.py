"""What users make of suggestions, written down: how each ended, and how much of an accepted one stays.

What is still there after half a minute is remembered as written by a model. Hashes, counts and names are
kept, never code.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from counterpoint.errors import ConfigError
from counterpoint.findings import Findings, Written, marks_of
from counterpoint.inline.held import Suggestion
from counterpoint.inline.kept import Kept, kept
from counterpoint.ledger import Choice, Ledger
from counterpoint.ledger_choices import EARLY, LATE, What
from counterpoint.tasks import COMPLETE
from counterpoint.text import Document, Span

logger = logging.getLogger(__name__)

_SETTLES = 1.0
"""Seconds after an acceptance at which its text has come from the editor and little else was typed."""
_NEAR = 2_000


class Keeping:
    """Touched by the event loop only; it writes in threads. `root` names the workspace, `now` gives a path's
    open document. A document closed before its time is not looked at."""

    def __init__(
        self,
        ledger: Ledger,
        findings: Findings,
        root: str,
        now: Callable[[str], Document | None],
        *,
        looks: tuple[float, float] = (EARLY, LATE),
    ) -> None:
        self._ledger = ledger
        self._findings = findings
        self._root = root
        self._now = now
        self._looks = looks
        self._tasks: set[asyncio.Task[None]] = set()
        self._watching: set[asyncio.Task[None]] = set()

    def ended(self, suggestion: Suggestion, what: What, typed: int) -> None:
        """Write down how a completion ended, so much of it typed or taken; watch an accepted one."""
        task = COMPLETE.name
        self._spawn(self._choose(_choice(suggestion, task, what, typed)), self._tasks)
        if what == "accepted":
            self._spawn(self._watch(suggestion, task), self._watching)

    async def close(self) -> None:
        """End the watches; what is being written is finished."""
        for watch in self._watching:
            watch.cancel()
        while self._tasks or self._watching:
            await asyncio.gather(*self._tasks, *self._watching, return_exceptions=True)

    def _spawn(self, work: Coroutine[Any, Any, None], held: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(work)
        held.add(task)
        task.add_done_callback(held.discard)

    async def _watch(self, suggestion: Suggestion, task: str) -> None:
        await asyncio.sleep(min(_SETTLES, self._looks[0] / 2))
        accepted = self._now(suggestion.document.path)
        span = place_of(suggestion, accepted) if accepted is not None else None
        if accepted is None or span is None:
            return
        waited = 0.0
        for look, after in zip(self._looks, (EARLY, LATE), strict=True):
            await asyncio.sleep(max(0.0, look - waited))
            waited = look
            document = self._now(suggestion.document.path)
            if document is None:
                return
            left = await asyncio.to_thread(kept, accepted, span, document)
            found = _choice(suggestion, task, "kept", left.characters, of=left.of, after=after)
            self._spawn(self._choose(found), self._tasks)
            if after == EARLY and left.lines:
                self._spawn(self._remember(suggestion, task, document, left), self._tasks)

    async def _choose(self, choice: Choice) -> None:
        try:
            await asyncio.to_thread(self._ledger.choose, choice)
        except ConfigError as error:
            logger.warning("What became of a suggestion was not written down: %s", error)

    async def _remember(self, suggestion: Suggestion, task: str, document: Document, left: Kept) -> None:
        first, last = min(left.lines), max(left.lines)
        mine = set(left.lines)
        lines = [document.line(line) if line in mine else "" for line in range(first, last + 1)]
        marks = marks_of(lines)
        if not any(marks):
            return
        names = (self._root, document.path, suggestion.job, task, suggestion.model)
        try:
            await asyncio.to_thread(self._findings.wrote, Written(*names, first, marks))
        except ConfigError as error:
            logger.warning("What a model wrote was not remembered: %s", error)


def place_of(suggestion: Suggestion, document: Document) -> Span | None:
    """Where an accepted text stands now, at or near the place it was made for."""
    text, start = suggestion.insertion.text, suggestion.insertion.span.start
    if document.text.startswith(text, start):
        return Span(start, start + len(text))
    low = max(0, start - _NEAR)
    at = document.text.find(text, low, start + _NEAR + len(text))
    return Span(at, at + len(text)) if at >= 0 else None


def _choice(
    suggestion: Suggestion, task: str, what: What, taken: int, *, of: int | None = None, after: int = 0
) -> Choice:
    shown = len(suggestion.insertion.text) if of is None else of
    return Choice(
        job=suggestion.job,
        task=task,
        what=what,
        shown=shown,
        taken=min(taken, shown),
        source=suggestion.source,
        model=suggestion.model,
        language=suggestion.document.language,
        after=after,
    )
