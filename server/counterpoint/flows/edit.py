"""Edit: an instruction or a reported problem becomes a change set that is checked."""

from __future__ import annotations

from dataclasses import replace

from counterpoint.answers import ChangeSet
from counterpoint.calls import Call
from counterpoint.engine import Engine, Reply, new_job
from counterpoint.errors import UsageError
from counterpoint.flows import price
from counterpoint.flows.checked import NO_CHECKS, Checks, sound
from counterpoint.flows.doubts import Scope
from counterpoint.flows.escalating import once_more
from counterpoint.flows.pairing import served
from counterpoint.tasks import EDIT, IMPLEMENT, TESTS, Task
from counterpoint.text import Situation, Span

_FREE = frozenset({TESTS.name})
"""Tasks that choose their files themselves: their answer belongs elsewhere than what they are asked about."""


async def edit(
    engine: Engine,
    situation: Situation,
    *,
    task: Task[ChangeSet] = EDIT,
    job: str | None = None,
    agree: price.Agree = price.nobody,
    checks: Checks = NO_CHECKS,
    scope: Scope | None = None,
) -> Reply[ChangeSet]:
    """The located edits for `situation.instruction`, checked against `scope`, by default what is selected.
    Where none of them can be used, the deep role is asked once (see `once_more`).

    Raises UsageError without an instruction where the task needs one, else as `Engine.ask`.
    """
    if task is EDIT and not situation.instruction.strip():
        raise UsageError(
            "An edit needs an instruction.",
            fix="Say in a sentence what should change, also in a comment: `# ai: ...`.",
        )
    job = job or new_job()

    async def attempt(
        row: Task[ChangeSet], asked: Situation, calls: list[Call], limit: price.Limit
    ) -> Reply[ChangeSet]:
        reply = await price.ask(engine, row, asked, agree=agree, job=job, calls=calls)
        reply = replace(reply, answer=served(asked, reply.answer))
        within = scope or scope_of(asked, row)
        return await sound(engine, asked, reply, within, checks, agree=agree, limit=limit)

    return await once_more(engine, task, situation, attempt)


def scope_of(situation: Situation, task: Task[ChangeSet]) -> Scope:
    """What a task was asked about: the lines selected, or the whole file where none are."""
    document, span = situation.document, situation.span
    whole = span.start == span.end or span == Span(0, len(document.text))
    named = frozenset(path for path, _, _ in situation.pieces)
    spec = task.name == IMPLEMENT.name and document.language in ("markdown", "mdx")
    return Scope(document, None if whole else span, None if task.name in _FREE or spec else named)
