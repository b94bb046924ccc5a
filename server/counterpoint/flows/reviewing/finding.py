"""The stage that asks: groups of units, each one request, its findings shown as they come.

What a group has bought is put down before anything else is done with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from counterpoint.answers import Finding, Findings
from counterpoint.engine import Reply
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
from counterpoint.flows import price
from counterpoint.flows.reviewing.fates import note_absent
from counterpoint.flows.reviewing.known import Recalled
from counterpoint.flows.reviewing.leading import Begun, led
from counterpoint.flows.reviewing.places import Places, Turn
from counterpoint.flows.reviewing.run import Run
from counterpoint.flows.reviewing.stream import Stream, Verdicts
from counterpoint.reviewing import claims
from counterpoint.reviewing.groups import Group
from counterpoint.reviewing.unit import Unit
from counterpoint.tasks import DRAFT, REVIEW, Task
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
    """What all groups of a review share. `problems` are what static rules said of a path."""

    run: Run
    recalled: Recalled
    problems: Mapping[str, tuple[Problem, ...]]
    after: After
    places: Places
    strategy: str
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
        """What a group brings, put down. Raises CounterpointError."""
        run, recalled = self.run, self.recalled
        situation = situation_of(run, group, self.problems.get(group.path, ()))
        verdicts = Verdicts(run, group.units, recalled.keys)
        before = tuple(one for unit in group.units for one in recalled.partial.get(id(unit), ()))
        stream = Stream(run, verdicts, situation, before)
        # The next request waits until this one is put down: what was paid for is never only in memory.
        async with Turn(self.places) as turn:
            asked = situation
            if self.strategy == "draft-verify":
                drafts = await self._drafts(group, situation, stream, verdicts, turn)
                words = await asyncio.to_thread(claims.drafts, drafts, situation)
                asked = replace(situation, claims=words)
            reply = await self._ask(REVIEW, asked, stream, turn, begun)
            findings = stream.ended(reply.answer.kept)
            run.tell(group.units, "asked")
            if run.writer is not None:
                await run.writer.written()
        return situation, findings

    async def _drafts(
        self, group: Group, situation: Situation, stream: Stream, verdicts: Verdicts, turn: Turn
    ) -> tuple[Finding, ...]:
        """What the fast role says, or has said before an earlier run was cut off."""
        held = [self.recalled.drafts.get(id(unit)) for unit in group.units]
        known = [one for drafts in held if drafts is not None for one in drafts]
        if any(drafts is None for drafts in held):
            reply = await self._ask(DRAFT, situation, stream, turn)
            known = list(reply.answer.kept)
        stream.drafted(known)
        verdicts.keep(stream.shown, drafts=True)
        return stream.shown

    async def _ask(
        self,
        task: Task[Findings],
        situation: Situation,
        stream: Stream,
        turn: Turn,
        begun: Begun | None = None,
    ) -> Reply[Findings]:
        """One request, within the places there are: a prompt is made ready before its turn has come."""
        run = self.run
        reply = await price.ask(
            run.engine,
            task,
            situation,
            agree=self.agree,
            job=run.job,
            on_item=stream.item,
            on_begun=begun,
            hold=turn.take,
            calls=run.calls,
        )
        run.notice = run.notice or reply.notice
        run.dropped += reply.answer.dropped
        note_absent(run, reply)
        return reply

    async def agree(self, error: PriceNotAgreed) -> bool:
        """One question to the user at a time."""
        async with self.run.agreeing:
            return await self.run.agree(error)


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
        context_tokens=group.context_tokens,
    )


def _told(why: str, units: Sequence[Unit]) -> str:
    names = ", ".join(
        unit.block.name or "what is outside of definitions" for unit in units if unit.why == why
    )
    return f"{names} {why}."
