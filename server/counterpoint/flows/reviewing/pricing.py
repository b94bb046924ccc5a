"""What a review would cost: units that are known cost nothing, the others are planned as they would be asked.

Nothing is sent, and no key is needed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from counterpoint.answers import Finding
from counterpoint.engine import Engine
from counterpoint.errors import NotSendable
from counterpoint.flows import price
from counterpoint.flows.expecting import asked, with_further
from counterpoint.flows.reviewing.finding import by_another, situation_of
from counterpoint.flows.reviewing.known import Recalled, recall
from counterpoint.flows.reviewing.run import Run
from counterpoint.flows.reviewing.second import needs_look
from counterpoint.flows.reviewing.values import Options, Told, Tools
from counterpoint.plan import Estimate
from counterpoint.reviewing.groups import Group, grouped, most_characters
from counterpoint.reviewing.unit import Unit
from counterpoint.tasks import DRAFT, REBUT, REVIEW, VERIFY
from counterpoint.text import Document, Situation


@dataclass(frozen=True, slots=True)
class Priced:
    """`units` in all, `known` of them bought earlier, `skipped` not to be asked about, with the reason.

    `asks` has one estimate for each request that finds, with the second look that may follow; `alone` those
    of what finds without anything that may follow.
    """

    units: int
    known: int
    asks: tuple[Estimate, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    alone: tuple[Estimate, ...] = ()

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
    parted = await asyncio.to_thread(grouped, recalled.missing, most_characters(engine.settings), run.writers)
    skipped = [*run.skipped, *((unit.path, why) for unit, why in parted.skipped)]
    asks, alone = [], []
    for group in parted.groups:
        try:
            one, whole = await _group(engine, situation_of(run, group, ()), options)
            alone.append(one)
            asks.append(whole)
        except NotSendable as error:
            skipped.append((group.path, error.message))
    asks += [
        await _looks(engine, situation_of(run, group, ()), options) for group in _unjudged(run, recalled)
    ]
    told = tuple(dict.fromkeys(skipped))
    return Priced(len(units), len(recalled.known), tuple(asks), told, tuple(alone))


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


async def _group(engine: Engine, situation: Situation, options: Options) -> tuple[Estimate, Estimate]:
    """One request, alone and with all that may follow from it."""
    whole = await asked(engine, by_another(REVIEW, situation), situation)
    if (options.strategy or engine.settings.review.strategy) == "draft-verify":
        whole = with_further(whole, await asked(engine, DRAFT, situation), least=1)
    if not _is_verified(engine, options):
        return whole, whole
    return whole, with_further(whole, await _looks(engine, situation, options))


async def _looks(engine: Engine, situation: Situation, options: Options) -> Estimate:
    """Second looks at what was found, and the finder's answer where they contradict."""
    votes = min(5, max(1, options.votes or engine.settings.verify.votes))
    whole = await asked(engine, VERIFY, situation)
    return with_further(with_further(whole, whole, times=votes - 1), await asked(engine, REBUT, situation))


def _silent(path: str, findings: tuple[Finding, ...]) -> None:
    return None


def _untold(row: Told) -> None:
    return None
