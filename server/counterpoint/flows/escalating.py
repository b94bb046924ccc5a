"""A question once more, to another model: where the first answer could not be used, or did not suit twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeAlias

from counterpoint.answers import ChangeSet, Dropped
from counterpoint.calls import Call
from counterpoint.engine import Engine, Reply
from counterpoint.errors import BadAnswer, CounterpointError, NoUsableRole
from counterpoint.flows.price import NO_LIMIT, Limit
from counterpoint.ports import wrote
from counterpoint.routing import Candidate, escalated
from counterpoint.tasks import A, Task
from counterpoint.text import Situation

Attempt: TypeAlias = Callable[[Task[ChangeSet], Situation, list[Call], Limit], Awaitable[Reply[ChangeSet]]]
"""Asks a task and checks its answer. The list takes every call, also where it raises."""

_NO_FAULT = frozenset({"no-change", "not-repaired", "not-asked-again"})
"""Reasons that say nothing of what was left out, or that there was nothing to do."""
_SAID = {
    "absent": ("a quote stands nowhere", "{} quotes stand nowhere"),
    "ambiguous": ("a quote stands more than once", "{} quotes stand more than once"),
    "parses-worse": ("a file would not parse", "{} files would not parse"),
    "cut-off": ("it was cut off", "it was cut off"),
}
_DETAILS = 5


def unusable(answer: ChangeSet) -> str:
    """Why nothing of a change set can be used, in few words; "" where something can, or nothing is wrong."""
    faults = [one.reason for one in answer.dropped if one.reason not in _NO_FAULT]
    if answer.files or answer.question or not faults:
        return ""
    told = []
    for reason, count in Counter(faults).items():
        one, many = _SAID.get(reason, (f"left out as {reason}", f"{{}} edits left out as {reason}"))
        told.append(one if count == 1 else many.format(count))
    return ", ".join(told)


async def _usable(engine: Engine, task: Task[Any]) -> Candidate:
    return (await engine.route(task)).first


async def harder(
    engine: Engine,
    task: Task[A],
    used: str,
    first_of: Callable[[Engine, Task[Any]], Awaitable[Candidate]] = _usable,
) -> Task[A] | None:
    """The task for the model that is asked in place of `used`; None where there is no other, the policy knows
    of none, somebody was asked for already, or it would be one whose price is asked first."""
    wanted = None if task.because else escalated(task, engine.settings)
    if wanted is None:
        return None
    try:
        first = (await first_of(engine, wanted)).model
    except NoUsableRole:
        return None
    if first.name == used or first.can("asks-first"):
        return None
    return replace(wanted, model=first.name)


async def once_more(
    engine: Engine,
    task: Task[ChangeSet],
    situation: Situation,
    attempt: Attempt,
    limit: Limit = NO_LIMIT,
) -> Reply[ChangeSet]:
    """The checked answer. Where none of it can be used, another model is asked, once, with what was wrong.

    That must fit the limit, the budget, consent and who may see what; where it does not, the first answer
    stands, with the reason as `not-asked-again`. Raises as `attempt` does the first time.
    """
    calls: list[Call] = []
    reply: Reply[ChangeSet] | None = None
    try:
        reply = await attempt(task, situation, calls, limit)
        failure, why = None, unusable(reply.answer)
    except BadAnswer as error:
        failure, why = error, "it could not be read"
    spent = reply.calls if reply is not None else tuple(calls)
    if not why or not spent:
        return _whole(reply, failure)
    used = wrote(spent, task.name)
    wanted = await harder(engine, task, used)
    if wanted is None:
        return _whole(reply, failure)
    asked = replace(situation, earlier=situation.earlier + _told(situation, reply))
    label, before = engine.catalogue.model, len(calls)
    try:
        left = limit.after(spent)
        await left.check(engine, wanted, asked, f"To ask {label(wanted.model).label} as well")
        again = await attempt(wanted, asked, calls, left)
    except CounterpointError as error:
        first = _whole(reply, failure)
        dropped = (*first.answer.dropped, Dropped("not-asked-again", str(error)))
        made = (*first.calls, *calls[before:])
        return replace(first, answer=replace(first.answer, dropped=dropped), calls=made)
    said = f"{label(used).label}'s answer could not be used ({why}):"
    told = f"{said} {label(wanted.model).label} was asked."
    if reply is not None and not (again.answer.files or again.answer.question):
        # Neither answer is of use: what was wrong with the first is told as well.
        dropped = (*reply.answer.dropped, *again.answer.dropped)
        again = replace(again, answer=replace(again.answer, dropped=dropped))
    return replace(again, calls=(*spent, *again.calls), notice=f"{told} {again.notice}".strip(), more=told)


def _whole(reply: Reply[ChangeSet] | None, failure: BadAnswer | None) -> Reply[ChangeSet]:
    """The first answer as it came. Raises what it raised."""
    if failure is not None:
        raise failure
    assert reply is not None
    return reply


def _told(situation: Situation, reply: Reply[ChangeSet] | None) -> str:
    """What was wrong, for the other model. Only of the file that it sees whole is told what was quoted."""
    rows = ["Another model was asked the same before, and none of its answer could be used."]
    if reply is None:
        rows.append("- It was no list of edits.")
    else:
        here = f"{situation.document.path}: "
        dropped = [one for one in reply.answer.dropped if one.reason not in _NO_FAULT]
        for one in dropped[:_DETAILS]:
            rows.append(f"- {one.reason}: {one.detail}" if one.detail.startswith(here) else f"- {one.reason}")
    return "\n".join(rows) + "\n"
