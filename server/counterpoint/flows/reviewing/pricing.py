"""What a review would cost: units that are known cost nothing, the others are planned as they would be asked.

Nothing is sent, and no key is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from counterpoint.answers import Finding
from counterpoint.engine import Engine
from counterpoint.errors import NotSendable, NoUsableRole
from counterpoint.flows import price
from counterpoint.flows.reviewing.finding import situation_of
from counterpoint.flows.reviewing.known import Recalled, recall
from counterpoint.flows.reviewing.run import Run
from counterpoint.flows.reviewing.second import needs_look
from counterpoint.flows.reviewing.values import Options, Told, Tools
from counterpoint.plan import Estimate, estimate
from counterpoint.reviewing.groups import Group, grouped, most_characters
from counterpoint.reviewing.unit import Unit
from counterpoint.routing import Candidate, route
from counterpoint.tasks import DRAFT, REBUT, REVIEW, VERIFY, AnyTask
from counterpoint.text import Document, Situation

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Priced:
    """`units` in all, `known` of them bought earlier, `skipped` not to be asked about, with the reason.

    `asks` has one estimate for each request that finds, with the second look that may follow.
    """

    units: int
    known: int
    asks: tuple[Estimate, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def upper_usd(self) -> float:
        """The most it can cost."""
        return sum(one.upper_usd for one in self.asks)


async def priced(engine: Engine, units: Sequence[Unit], options: Options, tools: Tools) -> Priced:
    """Estimate a review of these units. Reads files; sends nothing."""
    documents = {unit.path: unit.document for unit in units}

    def read(path: str) -> Document | None:
        return documents.get(path) or tools.files.read(path)

    run = Run(engine, options, tools, "", price.nobody, _silent, _untold, read, None)
    recalled = await recall(run, units)
    parted = await asyncio.to_thread(grouped, recalled.missing, most_characters(engine.settings))
    skipped = [(unit.path, why) for unit, why in parted.skipped]
    asks = []
    for group in parted.groups:
        try:
            asks.append(await _group(engine, situation_of(run, group, ()), options))
        except NotSendable as error:
            skipped.append((group.path, error.message))
    asks += [
        await _looks(engine, situation_of(run, group, ()), options) for group in _unjudged(run, recalled)
    ]
    return Priced(len(units), len(recalled.known), tuple(asks), tuple(dict.fromkeys(skipped)))


def _unjudged(run: Run, recalled: Recalled) -> list[Group]:
    """Known units, by file, whose findings nobody has looked at a second time although somebody should."""
    if not _is_verified(run.engine, run.options):
        return []
    files: dict[str, list[Unit]] = {}
    for unit, known in recalled.known:
        if any(map(needs_look, known.findings)):
            files.setdefault(unit.path, []).append(unit)
    return [Group(tuple(some)) for some in files.values()]


def _is_verified(engine: Engine, options: Options) -> bool:
    strategy = options.strategy or engine.settings.review.strategy
    return strategy != "direct" and (options.verify or engine.settings.verify.by) != "none"


async def _group(engine: Engine, situation: Situation, options: Options) -> Estimate:
    """One request with all that may follow from it."""
    whole = await _ask(engine, REVIEW, situation)
    if (options.strategy or engine.settings.review.strategy) == "draft-verify":
        whole = _with(whole, await _ask(engine, DRAFT, situation), least=1)
    if _is_verified(engine, options):
        looks = await _looks(engine, situation, options)
        whole = _with(whole, looks)
    return whole


async def _looks(engine: Engine, situation: Situation, options: Options) -> Estimate:
    """Second looks at what was found, and the finder's answer where they contradict."""
    votes = min(5, max(1, options.votes or engine.settings.verify.votes))
    whole = await _ask(engine, VERIFY, situation)
    return _with(_with(whole, whole, times=votes - 1), await _ask(engine, REBUT, situation))


async def _ask(engine: Engine, task: AnyTask, situation: Situation) -> Estimate:
    plan = await engine.plan(task, situation, await _candidate(engine, task))
    return estimate(await engine.learned(task, plan), plan, engine.settings)


async def _candidate(engine: Engine, task: AnyTask) -> Candidate:
    """The model that would be asked; without any key the first of the role."""
    try:
        return (await engine.route(task)).first
    except NoUsableRole:
        return route(task, engine.catalogue, engine.settings, engine.catalogue.providers).first


def _with(whole: Estimate, more: Estimate, *, least: int = 0, times: int = 1) -> Estimate:
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


def _silent(path: str, findings: tuple[Finding, ...]) -> None:
    return None


def _untold(row: Told) -> None:
    return None
