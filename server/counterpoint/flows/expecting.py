"""What a question would come to: alone, and with all that may follow from its answer. Nothing is sent, and no
key is needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from counterpoint.answers import ChangeSet
from counterpoint.engine import Engine
from counterpoint.errors import NotSendable, NoUsableRole
from counterpoint.flows.escalating import harder
from counterpoint.plan import Estimate, estimate
from counterpoint.routing import Candidate, route
from counterpoint.settings import Settings, Verify
from counterpoint.tasks import DRAFT, INVESTIGATE, REBUT, REFACTOR, REPAIR, REVIEW, VERIFY, AnyTask, Task
from counterpoint.text import Situation

N = TypeVar("N", int, float)
_WORD = "word "
"""A text of about one token."""
_MOST_VOTES = 5


@dataclass(frozen=True, slots=True)
class Further:
    """An ask that may follow one of a task: how often as a rule at the most, and how often in any case."""

    task: AnyTask
    times: int
    least: int = 0


@dataclass(frozen=True, slots=True)
class Expected:
    """A question `alone`, and the `whole` with what may follow: repairs, second looks, another model."""

    alone: Estimate
    whole: Estimate


def further(settings: Settings, task: Task[Any]) -> Iterator[Further]:
    """The asks that may follow one of a task, without that of another model."""
    if task.name == REVIEW.name:
        if settings.review.strategy == "direct":
            return
        if settings.review.strategy == "draft-verify":
            yield Further(DRAFT, 1, 1)
        yield from _looks(settings.verify)
    elif task.shape is ChangeSet:
        yield Further(REPAIR, 2 if task.name == REFACTOR.name else 1)


def _looks(how: Verify) -> Iterator[Further]:
    if how.by != "none":
        yield Further(VERIFY, min(_MOST_VOTES, max(1, how.votes)))
        yield Further(REBUT, 1)


async def expected(
    engine: Engine,
    task: AnyTask,
    situation: Situation,
    *,
    tested: bool = False,
    how: Verify | None = None,
) -> Expected:
    """The price of a question that is no review's. `tested`: the user's tests run on what it changes. `how`
    causes are looked at once more, by default as the settings say.

    What goes out later is not known yet: an answer counts as long as it rarely is. The range has in it as
    many repairs as are usual at the most; `upper_usd` every one that can be asked for. Raises as
    `Engine.plan`.
    """
    first = await first_of(engine, task)
    alone = whole = await asked(engine, task, situation)
    later = replace(situation, claims=situation.claims + _WORD * task.output_prior[1])
    rows = [*further(engine.settings, task)]
    if task.name == INVESTIGATE.name:
        rows = [Further(REPAIR, 1), *_looks(how or engine.settings.verify)]
    for row in rows:
        whole = with_further(whole, await asked(engine, row.task, later), least=row.least, times=row.times)
    if task.shape is not ChangeSet:
        return Expected(alone, whole)
    repair = await asked(engine, REPAIR, later)
    rest = 0
    if task.name == REFACTOR.name:
        rest = 3 if tested else 1  # what does not parse is mended once, and failing tests as often as callers
    else:
        other = await harder(engine, task, first.model.name, first_of)
        with suppress(NotSendable):  # a vendor that may not see the file is not asked once more
            if other is not None:
                whole = with_further(whole, await asked(engine, other, situation))
                rest = 1  # its answer is mended too
    return Expected(alone, replace(whole, upper_usd=whole.upper_usd + rest * repair.upper_usd))


async def asked(engine: Engine, task: AnyTask, situation: Situation) -> Estimate:
    """One request, to who would get it, as far as the ledger knows what is written. Raises as `plan`."""
    try:
        plan = await engine.plan(task, situation)
    except NoUsableRole:
        plan = await engine.plan(task, situation, await first_of(engine, task))
    return estimate(await engine.learned(task, plan), plan, engine.settings)


async def first_of(engine: Engine, task: Task[Any]) -> Candidate:
    """The model that would be asked; without any key the first of the role."""
    try:
        return (await engine.route(task)).first
    except NoUsableRole:
        return route(task, engine.catalogue, engine.settings, engine.catalogue.providers).first


def with_further(whole: Estimate, more: Estimate, *, least: int = 0, times: int = 1) -> Estimate:
    """An estimate with a further request, made `least` to `times` times; its tokens count once if at all."""
    return replace(
        whole,
        input_tokens=whole.input_tokens + least * more.input_tokens,
        output_tokens=_plus(whole.output_tokens, more.output_tokens, least, times),
        cost_usd=_plus(whole.cost_usd, more.cost_usd, least, times),
        seconds=_plus(whole.seconds, more.seconds, least, times),
        upper_usd=whole.upper_usd + times * more.upper_usd,
    )


def _plus(a: tuple[N, N], b: tuple[N, N], least: int, times: int) -> tuple[N, N]:
    return a[0] + least * b[0], a[1] + times * b[1]
