"""The stage that asks: groups of units, each one request, its findings shown as they come.

What a group has bought is put down before anything else is done with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from counterpoint.answers import Finding, Findings
from counterpoint.choosing import briefer
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
    Unauthorized,
)
from counterpoint.flows import price
from counterpoint.flows.eyes import tellable, why_not
from counterpoint.flows.reviewing.fates import note_absent
from counterpoint.flows.reviewing.known import Recalled
from counterpoint.flows.reviewing.leading import Begun, led
from counterpoint.flows.reviewing.places import Places, Turn
from counterpoint.flows.reviewing.run import Run
from counterpoint.flows.reviewing.stream import Stream, Verdicts
from counterpoint.reviewing import claims
from counterpoint.reviewing.groups import Group
from counterpoint.reviewing.unit import Unit
from counterpoint.tasks import DRAFT, REVIEW, A, Task
from counterpoint.text import Problem, Situation, Span

_HOPELESS = (NoUsableRole, BudgetExceeded, ConsentRequired, Unauthorized, BillingRequired, ConfigError)
"""Errors that every further request would meet as well."""
_AHEAD = 2
"""So many times as many prompts are made ready as requests may be under way."""

After = Callable[[Group, Situation, tuple[Finding, ...]], Awaitable[None]]
"""What follows once a group's findings are put down."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What the requests about one group share. `begun` is called once the answer begins."""

    group: Group
    stream: Stream
    turn: Turn
    begun: Begun | None


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
        async with self.ahead:
            if run.stopped:
                run.tell(group.units, "failed", "another request failed for good")
                return
            try:
                situation, findings = await self._asked(group, begun)
            except CounterpointError as error:
                self._failed(group, error)
                return
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
            try:
                ask = Ask(group, stream, turn, begun)
                findings = stream.ended(await self._found(ask, situation, verdicts))
                run.tell(group.units, "asked")
            except BudgetExceeded:
                held = self._held(group)
                if held is None:
                    raise
                findings = held
                run.brief |= dict.fromkeys(map(id, group.units), briefer(REVIEW, situation)[2])
                run.put(held)
                run.tell(group.units, "known")
            if run.writer is not None:
                await run.writer.written()
        return situation, findings

    def _held(self, group: Group) -> tuple[Finding, ...] | None:
        """What an earlier look with little context has found in all of a group; None where there was none."""
        held = [self.recalled.brief.get(id(unit)) for unit in group.units]
        known = [some for some in held if some is not None]
        return tuple(one for some in known for one in some) if len(known) == len(held) else None

    async def _found(self, ask: Ask, situation: Situation, verdicts: Verdicts) -> tuple[Finding, ...]:
        """What the deep role says, where that is the strategy of what the fast one has drafted."""
        asked, task = situation, by_another(REVIEW, situation)
        if self.strategy == "draft-verify":
            drafts = await self._drafts(ask, situation, verdicts)
            readers = {one.model.provider for one in (await self.run.engine.route(task)).candidates}
            words = await asyncio.to_thread(self._words, drafts, situation, readers)
            asked = replace(situation, claims=words)
        return (await self._ask(task, asked, ask)).answer.kept

    def _words(self, drafts: Sequence[Finding], situation: Situation, readers: Iterable[str]) -> str:
        """Drafts as they are told to whoever of the readers answers: who drafted may have been shown more.
        Reads files."""
        engine = self.run.engine
        for reader in readers:
            seen = [one for one in drafts if not why_not(engine, one.path, situation, reader)]
            drafts = tellable(engine, seen, situation, reader)
        return claims.drafts(drafts, situation)

    async def _drafts(self, ask: Ask, situation: Situation, verdicts: Verdicts) -> tuple[Finding, ...]:
        """What the fast role says, or has said before an earlier run was cut off."""
        stream = ask.stream
        held = [self.recalled.drafts.get(id(unit)) for unit in ask.group.units]
        known = [one for drafts in held if drafts is not None for one in drafts]
        if any(drafts is None for drafts in held):
            # It has not begun what the others wait for: the deep role's prompt is another.
            reply = await self._ask(DRAFT, situation, replace(ask, begun=None))
            known = list(reply.answer.kept)
        stream.drafted(known)
        verdicts.keep(stream.shown, drafts=True)
        return stream.shown

    async def _ask(self, task: Task[Findings], situation: Situation, ask: Ask) -> Reply[Findings]:
        """One request; where the budget refuses it, one with little context, unless that was made earlier."""
        run, units = self.run, [id(unit) for unit in ask.group.units]
        try:
            return await self._request(task, situation, ask)
        except BudgetExceeded as refusal:
            if self._held(ask.group) is not None:
                raise
            less, smaller, said = briefer(task, situation)
            drafted = units[0] in run.brief
            # From its first finding on, what it says is kept apart.
            run.brief |= dict.fromkeys(units, said)
            try:
                return await self._request(less, smaller, ask)
            except BudgetExceeded:
                for unit in units if not drafted else ():
                    run.brief.pop(unit)
                raise refusal from None

    async def _request(self, task: Task[Findings], situation: Situation, ask: Ask) -> Reply[Findings]:
        """One request, within the places there are: a prompt is made ready before its turn has come."""
        run = self.run
        reply = await price.ask(
            run.engine,
            task,
            situation,
            agree=self.agree,
            job=run.job,
            on_item=ask.stream.item,
            on_begun=ask.begun,
            hold=ask.turn.take,
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
        lens=run.lenses.get(id(group.units[0]), options.lens),
        context_tokens=group.context_tokens,
        written_by=run.writers.get(id(group.units[0]), ""),
    )


def by_another(task: Task[A], situation: Situation) -> Task[A]:
    """The task for another model than that which wrote what it is about."""
    return replace(task, written_by=situation.written_by)


def _told(why: str, units: Sequence[Unit]) -> str:
    names = ", ".join(
        unit.block.name or "what is outside of definitions" for unit in units if unit.why == why
    )
    return f"{names} {why}."
