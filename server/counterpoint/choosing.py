"""Which model a question begins with: by its role, by how much is sent, and by who is left alone now."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from counterpoint import policy
from counterpoint.answers import ChangeSet, Insertion, Prose
from counterpoint.errors import refused
from counterpoint.health import Closed, Health
from counterpoint.plan import Plan
from counterpoint.routing import Candidate, Route, without
from counterpoint.tasks import A, Role, Task, short
from counterpoint.text import Situation

LeftAlone: TypeAlias = Mapping[str, Closed]

TRIES = 3
"""Most requests for one question, whoever they go to."""


@dataclass(frozen=True, slots=True)
class Step:
    """A way to ask the same for less, and what the user is told of it."""

    role: Role | None
    context_tokens: int | None
    said: str


LADDER: tuple[Step, ...] = (
    Step(None, None, "The budget leaves room for a short answer only."),
    Step(None, 2_000, "The budget leaves room for little context and a short answer only."),
    Step("value", 2_000, "The budget leaves room for a cheaper model only."),
)
"""What is tried where the budget refuses a call, in this order. Then nothing is asked. What is set aside is
mostly for an answer of the greatest length: a short one costs a fraction of that."""


def cheaper(task: Task[A], situation: Situation) -> Iterator[tuple[Task[A], Situation, str]]:
    """The steps of the ladder for a question. Completions do without a model then; what reviews find is kept
    as what their model found, so another does not step in for it."""
    if task.shape not in (ChangeSet, Prose):
        return
    for step in LADDER:
        less = replace(short(task), role=step.role or task.role)
        tokens = step.context_tokens
        if tokens is not None and situation.context_tokens:
            tokens = min(tokens, situation.context_tokens)
        yield less, situation if tokens is None else replace(situation, context_tokens=tokens), step.said


async def begun(
    route: Callable[[int], Awaitable[Route]],
    plan: Callable[[Candidate], Awaitable[Plan]],
    closed: Callable[[Route], LeftAlone],
) -> tuple[Route, Plan]:
    """The route, and the plan of its first model.

    How much is sent is known once that is planned: where another model is the better one for so much, that is
    planned too. Raises what `route`, `plan` and `closed` raise.
    """
    found = await route(0)
    alone = closed(found)
    found = without(found, alone)
    made = await plan(found.first)
    if made.input_tokens > policy.least_tokens():
        sized = without(await route(made.input_tokens), alone)
        if sized.first.model is not found.first.model:
            made = await plan(sized.first)
        found = sized
    return found, made


def may_see(found: Route, situation: Situation, barred: Callable[[str, str], str | None]) -> Route:
    """The route without models whose vendors may not see the document, or the file that its text is from.
    Raises NotSendable if none is left. Reads files."""
    paths = [path for path in (situation.document.path, situation.source) if path]
    whys = {
        who: next(((path, why) for path in paths if (why := barred(path, who))), None)
        for who in dict.fromkeys(one.model.provider for one in found.candidates)
    }
    stay = tuple(one for one in found.candidates if whys[one.model.provider] is None)
    if not stay:
        raise refused(*next(why for why in whys.values() if why))
    if len(stay) == len(found.candidates):
        return found
    first = whys[found.first.model.provider]
    return Route(stay, f"{stay[0].model.label} answers: {first[1]}." if first else found.notice)


def none(found: Route) -> LeftAlone:
    """Nobody is left alone: where nothing is sent, it does not matter."""
    return {}


def left_alone(health: Health, task: Task[Any], found: Route, unasked: bool) -> LeftAlone:
    """The models that are not asked now, by name.

    Completions have one model: another one would cost what nobody has asked for. They pause where it does.
    Of a user's own question, which is no `unasked` one, a model is tried even if all are closed, unless its
    vendor has said when to come back. Raises the failure that closed it.
    """
    first = found.first.model
    if task.shape is Insertion:
        closed = health.closed(first)
        if closed is not None and (unasked or closed.error.retry_after is not None):
            raise closed.again()
        return {}
    models = {one.model.name: health.closed(one.model) for one in found.candidates}
    alone = {name: closed for name, closed in models.items() if closed is not None}
    if len(alone) == len(models):
        soonest = min(alone.values(), key=lambda one: one.left)
        if soonest.error.retry_after is not None:
            raise soonest.again()
        return {name: one for name, one in alone.items() if one is not soonest}
    return alone


def retries(task: Task[Any], candidates: Sequence[Candidate], candidate: Candidate) -> int:
    """How often a model is asked again: another one is worth more than the third try of one that fails."""
    if task.shape is Insertion:
        return 0
    return TRIES - 1 if len(candidates) == 1 else int(candidate is candidates[0])
