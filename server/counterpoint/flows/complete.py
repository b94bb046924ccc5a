"""Completion: one ask, no retry, nothing shown unless it fits."""

from __future__ import annotations

from counterpoint.answers import Insertion
from counterpoint.engine import Engine, Reply
from counterpoint.tasks import COMPLETE
from counterpoint.text import Situation


async def complete(engine: Engine, situation: Situation, *, job: str | None = None) -> Reply[Insertion]:
    """The text to insert at the cursor. Cancelling the task closes the socket. Raises as `Engine.ask`."""
    return await engine.ask(COMPLETE, situation, job=job)
