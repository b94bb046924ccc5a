"""The stage that asks: groups of units, each one request, its findings shown as they come.

What a group has bought is put down before anything else is done with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from counterpoint.answers import Dropped, Finding
from counterpoint.errors import (
    BillingRequired,
    BudgetExceeded,
    ConfigError,
    ConsentRequired,
    CounterpointError,
    NotSendable,
    NoUsableRole,
    PriceNotAgreed,
    RateLimited,
    Unauthorized,
)
from counterpoint.findings_reply import with_ids
from counterpoint.flows import price
from counterpoint.flows.reviewing.leading import Begun, led
from counterpoint.flows.reviewing.places import Places
from counterpoint.flows.reviewing.run import Run
from counterpoint.flows.reviewing.values import Known
from counterpoint.reviewing.groups import Group
from counterpoint.reviewing.keys import Keys
from counterpoint.reviewing.owners import owner_of
from counterpoint.reviewing.unit import Unit
from counterpoint.tasks import REVIEW
from counterpoint.text import Problem, Situation, Span

_HOPELESS = (NoUsableRole, BudgetExceeded, ConsentRequired, Unauthorized, BillingRequired, ConfigError)
"""Errors that every further request would meet as well."""
_TIMES = 3
_LONGEST_WAIT = 60.0
_AHEAD = 2
"""So many times as many prompts are made ready as requests may be under way."""

After = Callable[[Group, Situation, tuple[Finding, ...]], Awaitable[None]]
"""What follows once a group's findings are put down."""


@dataclass
class Asking:
    """What all groups of a review share. `keys` are those of each unit, `problems` what static rules said of
    a path, `partial` what a cut-off answer had said of a unit before."""

    run: Run
    keys: Mapping[int, Keys]
    problems: Mapping[str, tuple[Problem, ...]]
    partial: Mapping[int, tuple[Finding, ...]]
    after: After
    places: Places
    ahead: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self.ahead = asyncio.Semaphore(_AHEAD * self.places.most)

    async def all(self, groups: Sequence[Group]) -> None:
        """Ask about all groups: one leads, then the first of each document leads its own."""
        documents: dict[tuple[str, int], list[Group]] = {}
        for group in groups:
            documents.setdefault((group.path, id(group.document)), []).append(group)

        async def one(mine: list[Group], begun: Begun) -> None:
            async def ask(group: Group, own: Begun) -> None:
                def both() -> None:
                    begun()
                    own()

                await self.group(group, both)

            await led(mine, ask)

        await led(list(documents.values()), one)

    async def group(self, group: Group, begun: Begun) -> None:
        """Ask about one group; what fails is noted and does not reach the others."""
        run = self.run
        for time in range(_TIMES):
            async with self.ahead:
                if run.stopped:
                    run.tell(group.units, "failed", "another request failed for good")
                    return
                try:
                    situation, findings = await self._asked(group, begun)
                except RateLimited as error:
                    if time + 1 < _TIMES and (error.retry_after or 0.0) <= _LONGEST_WAIT:
                        self.places.too_many()
                        await asyncio.sleep(error.retry_after or 1.0)
                        continue
                    self._failed(group, error)
                    return
                except CounterpointError as error:
                    self._failed(group, error)
                    return
            break
        await self.after(group, situation, findings)

    def _failed(self, group: Group, error: CounterpointError) -> None:
        run = self.run
        run.stopped = run.stopped or isinstance(error, _HOPELESS)
        if isinstance(error, NoUsableRole):
            run.notice = str(error)
            run.tell(group.units, "skipped", "no model can be used")
        elif isinstance(error, NotSendable):
            run.skipped.append((group.path, error.message))
            run.tell(group.units, "skipped", error.message)
        else:
            run.failed("review", error, group.path)
            run.tell(group.units, "failed", error.code)

    async def _asked(self, group: Group, begun: Begun) -> tuple[Situation, tuple[Finding, ...]]:
        run = self.run
        situation = situation_of(run, group, self.problems.get(group.path, ()))
        stream = _Stream(run, self, group, situation)
        held = False

        async def hold() -> None:
            nonlocal held
            if not held:
                await self.places.take()
                held = True

        try:
            reply = await price.ask(
                run.engine,
                REVIEW,
                situation,
                agree=self._agree,
                job=run.job,
                on_item=stream.item,
                on_begun=begun,
                hold=hold,
                calls=run.calls,
            )
        finally:
            if held:
                self.places.give()
        run.notice = run.notice or reply.notice
        run.dropped += reply.answer.dropped
        findings = stream.ended(reply.answer.kept)
        run.tell(group.units, "asked")
        if run.writer is not None:
            await run.writer.written()
        return situation, findings

    async def _agree(self, error: PriceNotAgreed) -> bool:
        """One question to the user at a time."""
        async with self.run.agreeing:
            return await self.run.agree(error)

    def keep(self, group: Group, findings: Sequence[Finding], *, whole: bool) -> None:
        """Put down what is known of a group's units, each with the findings that belong to it."""
        writer = self.run.writer
        if writer is None:
            return
        mine: dict[int, list[Finding]] = {id(unit): [] for unit in group.units}
        for one in findings:
            mine[id(owner_of(one, group.units))].append(one)
        for unit in group.units:
            if whole or mine[id(unit)]:
                keys = self.keys[id(unit)]
                writer.put((keys.exact, keys.anywhere), Known(unit.path, tuple(mine[id(unit)]), whole))


class _Stream:
    """Findings of one group as they come: shown with the ids they have so far, and put down."""

    def __init__(self, run: Run, asking: Asking, group: Group, situation: Situation) -> None:
        self._run, self._asking, self._group, self._situation = run, asking, group, situation
        self._before = tuple(one for unit in group.units for one in asking.partial.get(id(unit), ()))
        self._raw: list[Finding] = []
        self._shown: tuple[Finding, ...] = ()

    def item(self, item: Finding | Dropped) -> None:
        if isinstance(item, Finding):
            self._raw.append(item)
            self._show(self._whole(with_ids(tuple(self._raw), self._situation)))
            self._asking.keep(self._group, self._shown, whole=False)

    def ended(self, kept: Sequence[Finding]) -> tuple[Finding, ...]:
        """The answer is whole: what it says, with what an answer that was cut off had said before."""
        findings = self._whole(kept)
        self._show(findings)
        self._asking.keep(self._group, findings, whole=True)
        return findings

    def _whole(self, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Findings, each with its symbol and job, and those of before that are not among them."""
        made = [self._named(one) for one in findings]
        ids = {one.id for one in made}
        return (*made, *(one for one in self._before if one.id not in ids))

    def _named(self, one: Finding) -> Finding:
        symbol = one.symbol
        if not symbol and one.path == self._group.path:
            symbol = owner_of(one, self._group.units).block.name
        return replace(one, symbol=symbol, job=self._run.job)

    def _show(self, findings: tuple[Finding, ...]) -> None:
        # A later finding can take the id of an earlier one that quotes the same code further down.
        self._run.put(findings, frozenset(one.id for one in self._shown))
        self._shown = findings


def situation_of(run: Run, group: Group, problems: Sequence[Problem]) -> Situation:
    """The question about a group."""
    ranges, options = group.ranges, run.options
    whys = dict.fromkeys(unit.why for unit in group.units if unit.why.startswith("calls "))
    return Situation(
        group.document,
        Span(ranges[0].start, ranges[-1].end),
        run.tools.files,
        instruction=" ".join(_told(why, group.units) for why in whys),
        problems=tuple(problems),
        passes=options.passes,
        trigger="automatic" if options.automatic else "invoked",
        price_agreed=options.price_agreed,
        hunks=group.hunks,
        diff="\n".join(dict.fromkeys(unit.diff for unit in group.units if unit.diff)),
        ranges=ranges,
        lens=options.lens,
    )


def _told(why: str, units: Sequence[Unit]) -> str:
    names = ", ".join(
        unit.block.name or "what is outside of definitions" for unit in units if unit.why == why
    )
    return f"{names} {why}."
