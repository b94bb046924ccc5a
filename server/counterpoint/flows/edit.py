"""Edit: an instruction or a reported problem becomes a change set."""

from __future__ import annotations

from counterpoint.answers import ChangeSet
from counterpoint.engine import Engine, Reply
from counterpoint.errors import UsageError
from counterpoint.flows import price
from counterpoint.tasks import EDIT, FIX, Task
from counterpoint.text import Situation


async def edit(
    engine: Engine,
    situation: Situation,
    *,
    task: Task[ChangeSet] = EDIT,
    job: str | None = None,
    agree: price.Agree = price.nobody,
) -> Reply[ChangeSet]:
    """The located edits for `situation.instruction`. Raises UsageError without one, else as `Engine.ask`."""
    if task is EDIT and not situation.instruction.strip():
        raise UsageError("An edit needs an instruction.", fix="Say in a sentence what should change.")
    return await price.ask(engine, task, situation, agree=agree, job=job)


async def fix(engine: Engine, situation: Situation, *, job: str | None = None) -> Reply[ChangeSet]:
    """The located edits that mend `situation.problems`."""
    return await edit(engine, situation, task=FIX, job=job)
