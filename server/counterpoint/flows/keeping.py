"""What users make of suggestions, written down: how each ended, and how much of an accepted one stays.

What was accepted is followed as written by a model from the moment it stands in its document.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

from counterpoint.errors import ConfigError
from counterpoint.flows.became import TUNED, Piece, Written
from counterpoint.flows.endings import Endings
from counterpoint.flows.machine import Machine
from counterpoint.flows.memory import What as Ended
from counterpoint.inline.held import Suggestion
from counterpoint.inline.kept import kept
from counterpoint.ledger import Choice, JobOutcome, Ledger
from counterpoint.ledger_choices import EARLY, LATE, What
from counterpoint.ledger_judged import Ending
from counterpoint.reviewing.machine import Origin
from counterpoint.tasks import COMPLETE
from counterpoint.text import Document, Span

logger = logging.getLogger(__name__)

_SETTLES = 1.0
"""Seconds after an acceptance at which its text has come from the editor and little else was typed."""
_NEAR = 2_000
_LOOKED_FOR = 8
"""Characters of a text that is looked for near the place it was made for."""
_OURS = "Counterpoint"
"""The author of what a pattern of the file makes certain, without any model."""


class Keeping:
    """Touched by the event loop only; it writes in threads. `now` gives a path's open document. A document
    closed before its time is not looked at."""

    def __init__(
        self,
        ledger: Ledger,
        machine: Machine,
        now: Callable[[str], Document | None],
        endings: Endings,
        *,
        looks: tuple[float, float] = (EARLY, LATE),
    ) -> None:
        self._ledger = ledger
        self._machine = machine
        self._now = now
        self._endings = endings
        self._looks = looks
        self._tasks: set[asyncio.Task[None]] = set()
        self._watching: set[asyncio.Task[None]] = set()

    def ended(self, suggestion: Suggestion, what: Ended, typed: int) -> None:
        """Write down how a completion ended, so much of it typed or taken; watch an accepted one. Of one
        that was taken in part the suggestion is that part."""
        task = COMPLETE.name
        stands = self._wrote(suggestion) if what in ("accepted", "part") else None
        if what == "part":
            if stands is None:
                self._spawn(self._comes(suggestion), self._watching)
            return
        self._spawn(self._choose(_choice(suggestion, task, what, typed)), self._tasks)
        if what == "accepted":
            self._spawn(self._watch(suggestion, task, stands), self._watching)
        else:
            self._endings.said(_ending(suggestion, task, what, typed))

    def _wrote(self, suggestion: Suggestion) -> Written | None:
        """Have an accepted text followed if it stands in its document."""
        document = self._now(suggestion.document.path)
        span = place_of(suggestion, document) if document is not None else None
        if document is None or span is None:
            return None
        model = suggestion.model or _OURS
        origin = Origin(suggestion.job, model, COMPLETE.name, time.time())
        self._machine.wrote(document, span.start, span.end, origin)
        return _written(suggestion, document, span)

    async def _comes(self, suggestion: Suggestion) -> None:
        await asyncio.sleep(min(_SETTLES, self._looks[0] / 2))
        self._wrote(suggestion)

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

    async def _watch(self, suggestion: Suggestion, task: str, written: Written | None) -> None:
        if written is not None:
            self._endings.wrote(_job(suggestion, task), lambda: (written,), self._now)
        await asyncio.sleep(min(_SETTLES, self._looks[0] / 2))
        if written is None and (late := self._wrote(suggestion)) is not None:
            self._endings.wrote(_job(suggestion, task), lambda: (late,), self._now)
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

    async def _choose(self, choice: Choice) -> None:
        try:
            await asyncio.to_thread(self._ledger.choose, choice)
        except ConfigError as error:
            logger.warning("What became of a suggestion was not written down: %s", error)


def place_of(suggestion: Suggestion, document: Document) -> Span | None:
    """Where an accepted text stands now, at or near the place it was made for."""
    text, start = suggestion.insertion.text, suggestion.insertion.span.start
    if document.text.startswith(text, start):
        return Span(start, start + len(text))
    if len(text) < _LOOKED_FOR:
        return None
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


def _written(suggestion: Suggestion, accepted: Document, span: Span) -> Written:
    """An accepted text where it stands, in place of what stood there before."""
    replaced = suggestion.insertion.span
    old = suggestion.document.text[replaced.start : replaced.end]
    piece = Piece(span.start, span.end, old)
    return Written(accepted.path, accepted.language, accepted.text, (piece,))


def _job(suggestion: Suggestion, task: str) -> JobOutcome:
    return JobOutcome(suggestion.job, task, "kept", suggestion.model, suggestion.document.language)


def _ending(suggestion: Suggestion, task: str, what: Ended, typed: int) -> JobOutcome:
    """How a suggestion ended that was not taken as a whole. Of one that was taken in part, or typed along,
    the user wrote the rest otherwise."""
    job = _job(suggestion, task)
    if what != "partly":
        return replace(job, outcome="dismissed", changed=1.0)
    changed = 1 - min(1.0, typed / max(1, len(suggestion.insertion.text)))
    outcome: Ending = "kept" if not changed else "tuned" if changed <= TUNED else "rewritten"
    return replace(job, outcome=outcome, changed=changed)
