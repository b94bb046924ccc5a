"""The second look: every finding is judged by a cheaper ask, and what it says is weighed before it counts.

A look that fails or is cancelled leaves its findings as they were, shown and unverified.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace

from counterpoint.answers import Dropped, Finding, Verdicts
from counterpoint.calls import Call
from counterpoint.engine import Engine
from counterpoint.errors import BudgetExceeded, CounterpointError, NoUsableRole, refused
from counterpoint.flows import price
from counterpoint.reviewing import claims, judging
from counterpoint.settings import Verify
from counterpoint.tasks import REBUT, VERIFY, Task
from counterpoint.text import Situation

CLAIMS = 12
"""Most findings of one ask: with more, a model's verdicts grow short and alike."""
_CHEAPER = {"low": "low", "medium": "low", "high": "medium", "xhigh": "medium"}
"""The effort of a second look, by that of the review."""


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


def _silent(before: Finding, after: Finding | None) -> None:
    return None


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

    def why_not(self, path: str, situation: Situation, vendor: str) -> str | None:
        """Why a vendor may not see a file, or None; the document asked about is guarded by the engine."""
        ports = self.engine.ports
        if path != situation.document.path:
            document = situation.files.read(path)
            if why := "it cannot be read" if document is None else ports.guard(path, document.text):
                return why
        return ports.barred(path, vendor)

    def tell(self, before: Finding, after: Finding | None) -> None:
        self.now[id(before)] = after
        self.on_verdict(before, after)


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


async def _judge(run: _Run, group: Group) -> None:
    """Votes until all are decided, then what follows from them."""
    row = await _row(run, group.findings[0].model)
    group = await asyncio.to_thread(_sendable, run, group, row.vendor)
    votes: dict[int, list[judging.Vote]] = {number: [] for number in range(len(group.findings))}
    wanted = min(5, max(1, run.how.votes))
    label = ""
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
    whys = {one.path: run.why_not(one.path, group.situation, vendor) for one in group.findings}
    run.failures += [(path, refused(path, why)) for path, why in whys.items() if why]
    return replace(group, findings=tuple(one for one in group.findings if not whys[one.path]))


async def _vote(
    run: _Run, row: Task[Verdicts], group: Group, numbers: list[int], votes: dict[int, list[judging.Vote]]
) -> str:
    """One ask about the findings with these numbers; returns the label of the model that looked."""
    mine = [group.findings[number] for number in numbers]
    situation = await _question(run, group.situation, mine, row.vendor)
    await run.limit.after(run.calls).check(run.engine, row, situation, "A second look")
    reply = await price.ask(run.engine, row, situation, agree=run.agree, job=run.job, calls=run.calls)
    run.notice = run.notice or reply.notice
    run.dropped += reply.answer.dropped
    said = {verdict.claim: verdict for verdict in reply.answer.kept}
    for place, number in enumerate(numbers):
        vote = judging.weighed(group.findings[number], said.get(place + 1), situation)
        votes[number].append(vote)
    return run.engine.catalogue.model(reply.calls[-1].model).label


async def _question(run: _Run, situation: Situation, findings: Sequence[Finding], vendor: str) -> Situation:
    """What is asked about findings, without quotes of files that the vendor may not see. Uses a thread."""

    def made() -> Situation:
        paths = {one.path for finding in findings for one in finding.evidence}
        may = {path for path in paths if not run.why_not(path, situation, vendor)}
        shown = [replace(f, evidence=tuple(e for e in f.evidence if e.path in may)) for f in findings]
        return claims.question(situation, shown)

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
    row = await _vendors_row(run.engine, REBUT, _vendor_of(run.engine, grave[0][0].model), ("deep", "fast"))
    if row is None:
        return
    contested = tuple(after for _, after in grave)
    told = await asyncio.to_thread(_sendable, run, replace(group, findings=contested), row.vendor)
    grave = [pair for pair in grave if pair[1] in told.findings]
    if not grave:
        return
    situation = await _question(run, group.situation, told.findings, row.vendor)
    await run.limit.after(run.calls).check(run.engine, row, situation, "The finder's answer")
    reply = await price.ask(run.engine, row, situation, agree=run.agree, job=run.job, calls=run.calls)
    run.dropped += reply.answer.dropped
    said = {verdict.claim: verdict for verdict in reply.answer.kept}
    label = run.engine.catalogue.model(reply.calls[-1].model).label
    for place, (before, after) in enumerate(grave):
        vote = judging.weighed(before, said.get(place + 1), situation)
        run.tell(before, judging.answered(after, vote, label))


async def _row(run: _Run, finder: str) -> Task[Verdicts]:
    """Whose eyes look. Raises NoUsableRole where nobody's can."""
    mine = _vendor_of(run.engine, finder)
    if run.how.by == "other":
        for vendor in _others(run.engine, mine):
            row = await _vendors_row(run.engine, VERIFY, vendor, ("fast", "deep"))
            if row is not None:
                return row
        run.notice = run.notice or _alone(run.engine, mine, finder)
    row = await _vendors_row(run.engine, VERIFY, mine, ("deep", "fast"))
    if row is None:
        raise NoUsableRole(
            "Nobody is there for a second look.", fix=f"Set a key with `counterpoint keys set {mine}`."
        )
    return row


async def _vendors_row(
    engine: Engine, task: Task[Verdicts], vendor: str, roles: tuple[str, ...]
) -> Task[Verdicts] | None:
    """The row for one vendor's models, in the first of the roles that one of them fills; None if none can."""
    effort = _CHEAPER.get(engine.settings.review.effort, task.effort)
    for role in roles:
        row = replace(task, role="fast" if role == "fast" else "deep", vendor=vendor, effort=effort)
        try:
            await engine.route(row)
        except NoUsableRole:
            continue
        return row
    return None


def _vendor_of(engine: Engine, label: str) -> str:
    """The provider of the model with this label; that of the deep role's first where it is not known."""
    for model in engine.catalogue.models.values():
        if model.label == label:
            return model.provider
    return engine.catalogue.for_role("deep")[0].provider


def _others(engine: Engine, mine: str) -> list[str]:
    models = (*engine.catalogue.for_role("fast"), *engine.catalogue.for_role("deep"))
    return list(dict.fromkeys(model.provider for model in models if model.provider != mine))


def _alone(engine: Engine, mine: str, finder: str) -> str:
    others = _others(engine, mine)
    if not others:
        return f"{finder or mine} looks at its own findings a second time: no role names another vendor."
    return (
        f"{finder or mine} looks at its own findings a second time: there is no {others[0]} key."
        f" Set one with `counterpoint keys set {others[0]}`."
    )
