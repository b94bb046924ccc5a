"""Which model a question begins with: by its role, by how much is sent, and by who is left alone now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, TypeAlias

from counterpoint import policy
from counterpoint.admitting import waits
from counterpoint.answers import ChangeSet, Insertion, Prose, Verdicts
from counterpoint.errors import ConfigError, refused
from counterpoint.gather import quoted
from counterpoint.health import Closed, Health
from counterpoint.ledger import Ledger
from counterpoint.models import Catalogue
from counterpoint.pacing import Kind
from counterpoint.plan import Plan
from counterpoint.ports import Asked
from counterpoint.routing import NONE, Candidate, Route, without
from counterpoint.stepping import Evidence, evidence
from counterpoint.tasks import VERIFY, A, Role, Task, short
from counterpoint.text import Situation
from counterpoint.turns import Turns

_LOOK_AGAIN, _DAYS = 300.0, 90
"""Seconds after which what was measured is read anew, and the days that it is from."""
LeftAlone: TypeAlias = Mapping[str, Closed]

TRIES = 3
"""Most requests for one question, whoever they go to."""


@dataclass(frozen=True, slots=True)
class Step:
    """A way to ask the same for less, and what the user is told of it."""

    role: Role | None
    context_tokens: int | None
    said: str


_VALUE_SPENT = "the budget of the role value is spent"
_MONEY = "the budget leaves room for a cheaper model only"
LADDER: tuple[Step, ...] = (
    Step(None, None, "The budget leaves room for a short answer only."),
    Step(None, 2_000, "The budget leaves room for little context and a short answer only."),
    Step("value", 2_000, "The budget leaves room for a cheaper model only."),
)
"""What is tried where the budget refuses a call, in this order. Then nothing is asked. What is set aside is
mostly for an answer of the greatest length: a short one costs a fraction of that."""
LOOKS = (
    "The budget leaves room for a short second look only.",
    "The budget leaves room for a short second look at the code of one file only: it drops nothing.",
    "The budget leaves room for a second look by a cheaper model only: it drops nothing.",
)
"""The same for second looks at findings. Where even the last is refused, they are left out."""
LEFT_OUT = "The budget leaves no room for a second look: what was not looked at stays unverified."


def cheaper(task: Task[A], situation: Situation) -> Iterator[tuple[Task[A], Situation, str]]:
    """The steps of the ladder for a question. Completions do without a model then; what reviews find is kept
    as what their model found, so another does not step in for it: see `briefer`. Nor does another answer for
    who found something. A model that is named is asked as it is."""
    if task.model or task.shape not in (ChangeSet, Prose, Verdicts):
        return
    if task.shape is Verdicts:
        yield from _looks(task, situation)
        return
    if not task.because and policy.routine(task.name) is not None:
        yield replace(task, because=_VALUE_SPENT), situation, f"T{_VALUE_SPENT[1:]}."
    for step in LADDER:
        yield _stepped(step, task, situation)


def _looks(task: Task[A], situation: Situation) -> Iterator[tuple[Task[A], Situation, str]]:
    less, alone = short(task), replace(situation, pieces=())
    yield less, situation, LOOKS[0]
    if situation.pieces:
        yield less, alone, LOOKS[1]
    if task.name == VERIFY.name:
        yield replace(less, role="value", because=_MONEY), alone, LOOKS[2]


def briefer(task: Task[A], situation: Situation) -> tuple[Task[A], Situation, str]:
    """The question of a review for less, to the same model: little context, and a short answer."""
    return _stepped(LADDER[1], task, situation)


def _stepped(step: Step, task: Task[A], situation: Situation) -> tuple[Task[A], Situation, str]:
    less = replace(short(task), role=step.role or task.role, because=_MONEY if step.role else task.because)
    tokens = step.context_tokens
    if tokens is not None and situation.context_tokens:
        tokens = min(tokens, situation.context_tokens)
    return less, situation if tokens is None else replace(situation, context_tokens=tokens), step.said


async def begun(
    route: Callable[[int], Awaitable[Route]],
    plan: Callable[[Candidate], Awaitable[Plan]],
    closed: Callable[[Route], Awaitable[LeftAlone]],
    least_tokens: int = 0,
) -> tuple[Route, Plan]:
    """The route, and the plan of its first model.

    How much is sent is known once that is planned: where another model is the better one for so much, that is
    planned too. Up to `least_tokens` it makes no difference. Raises what `route`, `plan` and `closed` raise.
    """
    found = await route(0)
    alone = await closed(found)
    found = without(found, alone)
    made = await plan(found.first)
    if made.input_tokens > least_tokens:
        sized = without(await route(made.input_tokens), alone)
        if sized.first.model is not found.first.model:
            made = await plan(sized.first)
        found = sized
    return found, made


def may_see(
    found: Route, task: Task[Any], situation: Situation, barred: Callable[[str, str], str | None]
) -> Route:
    """The route without models whose vendors may not see the document, the file that its text is from, or an
    own pass or task that is quoted. Raises NotSendable if none is left. Reads files."""
    shown = (situation.document.path, situation.source, *quoted(task, situation))
    return seen(found, [path for path in shown if path], barred)


def seen(found: Route, paths: Sequence[str], barred: Callable[[str, str], str | None]) -> Route:
    """The same for paths; reads what `barred` reads."""
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


class Measured:
    """What was measured of cheaper models for routine tasks, read from the ledger anew every few minutes, and
    never for a task that is none: completions do not wait for it. Belongs to one event loop."""

    def __init__(
        self, ledger: Ledger, catalogue: Catalogue, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.now: Evidence = NONE
        """As last read."""
        self._ledger = ledger
        self._catalogue = catalogue
        self._clock = clock
        self._read = float("-inf")

    async def of(self, task: Task[Any]) -> Evidence:
        """What is known for a task. A ledger that cannot be read shows nothing: that is told when it is to be
        written."""
        if policy.routine(task.name) is None:
            return NONE
        if self._clock() - self._read >= _LOOK_AGAIN:
            self._read = self._clock()
            with suppress(ConfigError):
                self.now = await asyncio.to_thread(self._look)
        return self.now

    def _look(self) -> Evidence:
        since = date.today() - timedelta(days=_DAYS)
        cheaper = {model.name for model in self._catalogue.for_role("value")}
        return evidence(self._ledger.outcomes(since), self._ledger.trials.pairs_since(since), cheaper)


def nobody(asked: Asked) -> None:
    """Where nobody wants to know of answers."""


def none(found: Route) -> LeftAlone:
    """Nobody is left alone: where nothing is sent, it does not matter."""
    return {}


def left_alone(turns: Turns, task: Task[Any], found: Route, kind: Kind, unasked: bool) -> LeftAlone:
    """The models that are not asked now, by name.

    Completions have one model: another one would cost what nobody has asked for. They pause where it does.
    Of a user's own question, which is no `unasked` one, a model is tried even if all are closed, unless its
    vendor has said when to come back. One that is back soon is waited for. Raises the failure that closed it.
    """
    turns.ways.hear()
    first = found.first.model
    if task.shape is Insertion:
        closed = turns.health.closed(first)
        if closed is not None and (unasked or closed.error.retry_after is not None):
            raise closed.again()
        return {}
    return passed_over(turns.health, found, kind)


def passed_over(health: Health, found: Route, kind: Kind) -> LeftAlone:
    """The same for what no completion is, as this process knows it by now. Raises what closed all."""
    models = {one.model.name: health.closed(one.model) for one in found.candidates}
    only = len(models) == 1
    alone = {name: one for name, one in models.items() if one is not None and not waits(one, kind, only)}
    if len(alone) == len(models):
        soonest = min(alone.values(), key=lambda one: one.left)
        if soonest.error.retry_after is not None and not waits(soonest, kind, True):
            raise soonest.again(one for one in alone.values() if one is not soonest)
        return {name: one for name, one in alone.items() if one is not soonest}
    return alone


def retries(task: Task[Any], candidates: Sequence[Candidate], candidate: Candidate) -> int:
    """How often a model is asked again: another one is worth more than the third try of one that fails."""
    if task.shape is Insertion:
        return 0
    return TRIES - 1 if len(candidates) == 1 else int(candidate is candidates[0])
