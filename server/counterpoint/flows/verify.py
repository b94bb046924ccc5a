"""The second look: every finding is judged by a cheaper ask, and what it says is weighed before it counts.

A look that fails or is cancelled leaves its findings as they were, shown and unverified.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field, replace
from functools import partial

from counterpoint.answers import Dropped, Finding, Verdicts
from counterpoint.calls import Call
from counterpoint.choosing import LEFT_OUT, cheaper
from counterpoint.engine import Engine, Reply
from counterpoint.errors import BudgetExceeded, CounterpointError, NoUsableRole, refused
from counterpoint.flows import price
from counterpoint.flows.eyes import others, tellable, vendor_of, vendors_row, why_not
from counterpoint.models import Model
from counterpoint.reviewing import claims, judging
from counterpoint.routing import writer_of
from counterpoint.settings import Verify
from counterpoint.tasks import REBUT, VERIFY, Task
from counterpoint.text import Situation

CLAIMS = 12
"""Most findings of one ask: with more, a model's verdicts grow short and alike."""


@dataclass(frozen=True, slots=True)
class Group:
    """What one ask has found: `situation` is what it was asked about, with the documents as they were."""

    situation: Situation
    findings: tuple[Finding, ...]


OnVerdict = Callable[[Finding, Finding | None], None]
"""Called as soon as it is known what becomes of a finding: as it was, and as it is now, None for one that is
dropped. A refuted P0 or P1 is told twice: contested at once, and again with what its finder answers."""


@dataclass(frozen=True, slots=True)
class Looked:
    """All findings that stay, in the order of their groups; `refuted` are those that do not, with who said
    what. `failures` are (path, error) of looks that came to nothing. `notice` tells of a stand-in."""

    findings: tuple[Finding, ...] = ()
    refuted: tuple[Finding, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    failures: tuple[tuple[str, CounterpointError], ...] = ()
    calls: tuple[Call, ...] = ()
    notice: str = ""


def _silent(before: Finding, after: Finding | None) -> None: ...


@dataclass
class _Run:
    """One run over all groups: where it asks, and what has become of each finding so far, by identity."""

    engine: Engine
    how: Verify
    job: str
    on_verdict: OnVerdict
    places: AbstractAsyncContextManager[object]
    agree: price.Agree
    limit: price.Limit
    now: dict[int, Finding | None] = field(default_factory=dict)
    refuted: list[Finding] = field(default_factory=list)
    dropped: list[Dropped] = field(default_factory=list)
    failures: list[tuple[str, CounterpointError]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    notice: str = ""
    over: bool = False
    """No further ask needs to be tried: the budget is spent, or nobody is there to look."""

    def tell(self, before: Finding, after: Finding | None) -> None:
        self.now[id(before)] = after
        self.on_verdict(before, after)

    def tell_once(self, notice: str) -> None:
        if notice not in self.notice:
            self.notice = f"{self.notice} {notice}".strip()


async def verify(
    engine: Engine,
    groups: Sequence[Group],
    how: Verify,
    *,
    job: str,
    on_verdict: OnVerdict = _silent,
    places: AbstractAsyncContextManager[object] | None = None,
    agree: price.Agree = price.nobody,
    limit: price.Limit = price.NO_LIMIT,
) -> Looked:
    """Judge the findings of each group that are `unverified`; the others pass through untouched.

    `places` bounds how many asks are under way; without it `review.parallel` does. No ask is begun that could
    go beyond the limit: one at a time keeps to it, for what is under way is not spent yet. Never raises
    CounterpointError: see `failures`. Cancelling it closes the sockets; what was judged until then went
    through `on_verdict`, and every other finding is as it was.
    """
    parallel = max(1, engine.settings.review.parallel)
    run = _Run(engine, how, job, on_verdict, places or asyncio.Semaphore(parallel), agree, limit)
    if how.by != "none":
        async with asyncio.TaskGroup() as looks:
            for part in _parts(groups):
                looks.create_task(_look(run, part))
    kept = [run.now.get(id(one), one) for group in groups for one in group.findings]
    return Looked(
        findings=tuple(one for one in kept if one is not None),
        refuted=tuple(run.refuted),
        dropped=tuple(run.dropped),
        failures=tuple(run.failures),
        calls=tuple(run.calls),
        notice=run.notice,
    )


def _parts(groups: Sequence[Group]) -> list[Group]:
    """Groups of few enough findings, each of one finder, and only of those that nobody has judged yet."""
    parts = []
    for group in groups:
        open_ones = [one for one in group.findings if one.status == "unverified" and not one.rule]
        for model in dict.fromkeys(one.model for one in open_ones):
            mine = [one for one in open_ones if one.model == model]
            pieces = (tuple(mine[at : at + CLAIMS]) for at in range(0, len(mine), CLAIMS))
            parts += [Group(group.situation, piece) for piece in pieces]
    return parts


async def _look(run: _Run, group: Group) -> None:
    async with run.places:
        if run.over:
            return
        try:
            await _judge(run, group)
        except CounterpointError as error:
            run.failures.append((group.situation.document.path, error))
            run.over = run.over or isinstance(error, (BudgetExceeded, NoUsableRole))
            run.tell_once(LEFT_OUT if isinstance(error, BudgetExceeded) else "")


async def _judge(run: _Run, group: Group) -> None:
    """Votes until all are decided, then what follows from them."""
    row = await _row(run, group.findings[0].model, group.situation)
    group = await asyncio.to_thread(_sendable, run, group, row.vendor)
    votes: dict[int, list[judging.Vote]] = {number: [] for number in range(len(group.findings))}
    wanted, label = min(5, max(1, run.how.votes)), ""
    for _ in range(wanted):
        undecided = [number for number, cast in votes.items() if not judging.is_decided(cast, wanted)]
        if not undecided:
            break
        try:
            label = await _vote(run, row, group, undecided, votes)
        except CounterpointError as error:
            if not label:
                raise
            run.failures.append((group.situation.document.path, error))
            break
    await _settle(run, group, votes, label)


def _sendable(run: _Run, group: Group, vendor: str) -> Group:
    """Without findings that lie in files that the vendor may not see, which is told. Reads files."""
    whys = {one.path: why_not(run.engine, one.path, group.situation, vendor) for one in group.findings}
    run.failures += [(path, refused(path, why)) for path, why in whys.items() if why]
    return replace(group, findings=tuple(one for one in group.findings if not whys[one.path]))


async def _vote(
    run: _Run, row: Task[Verdicts], group: Group, numbers: list[int], votes: dict[int, list[judging.Vote]]
) -> str:
    """One ask about the findings with these numbers; returns the label of the model that looked."""
    mine = [group.findings[number] for number in numbers]
    situation = await _question(run, group.situation, mine, row.vendor)
    reply = await _asked(run, row, situation, "A second look")
    run.tell_once(reply.notice)
    run.dropped += reply.answer.dropped
    said = {verdict.claim: verdict for verdict in reply.answer.kept}
    for place, number in enumerate(numbers):
        vote = judging.weighed(group.findings[number], said.get(place + 1), situation)
        votes[number].append(replace(vote, faint=reply.faint))
    return run.engine.catalogue.model(reply.calls[-1].model).label


async def _asked(run: _Run, row: Task[Verdicts], situation: Situation, what: str) -> Reply[Verdicts]:
    """One ask within the limit; where the whole of it could go beyond, the first step of the budget's ladder
    that could not, which the reply tells. Raises BudgetExceeded where even the last could."""
    limit, ask = run.limit.after(run.calls), partial(price.ask, agree=run.agree, job=run.job, calls=run.calls)
    try:
        await limit.check(run.engine, row, situation, what)
    except BudgetExceeded as error:
        refusal = error
    else:
        return await ask(run.engine, row, situation)
    for less, smaller, said in cheaper(row, situation):
        with suppress(BudgetExceeded, NoUsableRole):
            await limit.check(run.engine, less, smaller, what)
            reply = await ask(run.engine, less, smaller)
            faint = reply.faint or smaller is not situation or less.role != row.role
            return replace(reply, notice=f"{said} {reply.notice}".strip(), faint=faint)
    raise refusal


async def _question(run: _Run, situation: Situation, findings: Sequence[Finding], vendor: str) -> Situation:
    """What is asked about findings, without quotes of files that the vendor may not see. Uses a thread."""

    def made() -> Situation:
        return claims.question(situation, tellable(run.engine, findings, situation, vendor))

    return await asyncio.to_thread(made)


async def _settle(run: _Run, group: Group, votes: dict[int, list[judging.Vote]], label: str) -> None:
    """Tell what follows from the votes; what is grave and refuted is told at once, then put to its finder."""
    grave: list[tuple[Finding, Finding]] = []
    for number, finding in enumerate(group.findings):
        after = judging.judged(finding, votes[number], label)
        if after.status != "refuted":
            run.tell(finding, after.finding)
        elif judging.is_grave(finding):
            grave.append((finding, after.finding))
            run.tell(finding, after.finding)
        else:
            run.refuted.append(after.finding)
            run.dropped.append(Dropped("refuted", f"{finding.path}: {finding.title}"))
            run.tell(finding, None)
    if grave:
        await _rebut(run, group, grave)


async def _rebut(run: _Run, group: Group, grave: list[tuple[Finding, Finding]]) -> None:
    """The finder's one answer. Without it they stay contested, as they have been told."""
    row = await vendors_row(run.engine, REBUT, vendor_of(run.engine, grave[0][0].model), ("deep", "fast"))
    if row is None:
        return
    contested = tuple(after for _, after in grave)
    told = await asyncio.to_thread(_sendable, run, replace(group, findings=contested), row.vendor)
    grave = [pair for pair in grave if pair[1] in told.findings]
    if not grave:
        return
    situation = await _question(run, group.situation, told.findings, row.vendor)
    reply = await _asked(run, row, situation, "The finder's answer")
    run.tell_once(reply.notice)
    run.dropped += reply.answer.dropped
    said = {verdict.claim: verdict for verdict in reply.answer.kept}
    label = run.engine.catalogue.model(reply.calls[-1].model).label
    for place, (before, after) in enumerate(grave):
        vote = judging.weighed(before, said.get(place + 1), situation)
        run.tell(before, judging.answered(after, vote, label))


async def _row(run: _Run, finder: str, situation: Situation) -> Task[Verdicts]:
    """Whose eyes look, never the writer's where others can. Raises NoUsableRole where nobody's can."""
    task, mine = replace(VERIFY, written_by=situation.written_by), vendor_of(run.engine, finder)
    writer = writer_of(task, run.engine.catalogue)
    if run.how.by == "other":
        for vendor in others(run.engine, mine, writer.provider if writer else ""):
            if (row := await vendors_row(run.engine, task, vendor, ("fast", "deep"))) is not None:
                return row
        run.notice = run.notice or _alone(run.engine, mine, finder, writer)
    row = await vendors_row(run.engine, task, mine, ("deep", "fast"))
    if row is None:
        fix = f"Set a key with `counterpoint keys set {mine}`."
        raise NoUsableRole("Nobody is there for a second look.", fix=fix)
    return row


def _alone(engine: Engine, mine: str, finder: str, writer: Model | None) -> str:
    """Why a finder looks at its own findings."""
    vendors, told = others(engine, mine), f"{finder or mine} looks at its own findings a second time"
    if writer is not None and writer.provider in vendors:
        return f"{told}: {writer.label} wrote the code."
    if not vendors:
        return f"{told}: no role names another vendor."
    return f"{told}: there is no {vendors[0]} key. Set one with `counterpoint keys set {vendors[0]}`."
