"""What `review` does between its options and its output: units, price, consent, the review itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from counterpoint import calls as made
from counterpoint import passes as kinds
from counterpoint.answers import Finding
from counterpoint.cli import remembering, render
from counterpoint.cli.cache import CacheFolder
from counterpoint.cli.interrupt import until_interrupted
from counterpoint.cli.opened import agreed, long_prompt
from counterpoint.cli.silence import Silenced, silence_of, store_of
from counterpoint.cli.terminal import progress, tell
from counterpoint.engine import new_job
from counterpoint.errors import BudgetExceeded, ConfigError, NoUsableRole, UsageError
from counterpoint.flows.machine import machine_units
from counterpoint.flows.review import (
    Options,
    Priced,
    Review,
    StageError,
    Told,
    Tools,
    priced,
    units_of,
)
from counterpoint.flows.review import review as review_flow
from counterpoint.ledger import Look
from counterpoint.project import Project
from counterpoint.reviewing.unit import Unit
from counterpoint.scope import Scope, Wanted, scope_of
from counterpoint.tasks import REVIEW
from counterpoint.text import Document
from counterpoint.workspace import Workspace

INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Wish:
    """How the user wants the review made."""

    passes: tuple[str, ...] = ()
    static: bool = False
    max_cost: float | None = None
    cache: Path | None = None
    yes: bool = False


@dataclass(frozen=True, slots=True)
class Job:
    """A review made ready: what of the scope is asked about, how, and with what."""

    workspace: Workspace
    scope: Scope
    units: tuple[Unit, ...]
    options: Options
    tools: Tools
    wish: Wish

    def read(self, path: str) -> Document | None:
        """A document as it was reviewed. It may read a file."""
        known = next((unit.document for unit in self.units if unit.path == path), None)
        return known or self.workspace.project.read_local(path)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review brought. `review` has the findings to tell; `aside` are those that were set aside.
    `limits` says why less was done than could have been, in words."""

    review: Review
    aside: tuple[Silenced, ...] = ()
    limits: str = ""

    @property
    def interrupted(self) -> bool:
        return any(error.code == INTERRUPTED for error in self.review.errors)


async def scope_in(workspace: Workspace, wanted: Wanted) -> Scope:
    """What the user wants reviewed. Raises UsageError, ConfigError."""
    project = workspace.project
    if not wanted.machine:
        return await asyncio.to_thread(scope_of, wanted, project)
    # What was moved into a changed or a new file is looked for there too.
    changed = await asyncio.to_thread(_changed, project)
    documents = await workspace.machine.documents(project.read, changed)
    found = await workspace.machine.written_in(documents)
    spans = [(one, [span.span for span in found[one.path]]) for one in documents]
    return await asyncio.to_thread(scope_of, wanted, project, lambda: spans)


def _changed(project: Project) -> list[str]:
    try:
        return [unit.document.path for unit in scope_of(Wanted(diff="HEAD"), project).units]
    except UsageError:
        return []  # no git, or no commit yet


async def job_for(workspace: Workspace, scope: Scope, wish: Wish) -> Job:
    """Take the scope apart into units. Raises UsageError for an unknown pass."""
    known = await asyncio.to_thread(kinds.known, workspace.project)
    for problem in known.problems:
        tell(f"passes: {problem}", style="yellow")
    rows = kinds.named(wish.passes or workspace.settings.review.passes, known)
    options = Options(
        passes=tuple(row.name for row in rows),
        lens=kinds.lens_of(rows) if any(row.source for row in rows) else "",
        # Whoever names a highest cost has agreed to what stays below it.
        price_agreed=wish.max_cost is not None,
        job=new_job(),
    )
    return Job(workspace, scope, await _units(workspace, scope), options, _tools(workspace, wish), wish)


async def _units(workspace: Workspace, scope: Scope) -> tuple[Unit, ...]:
    if any(one.ranges for one in scope.units):
        documents = [one.document for one in scope.units]
        # What was reviewed as it is now costs nothing, and is told again.
        return (await machine_units(workspace.machine, workspace.index.outline, documents, again=True)).units
    gone = await asyncio.to_thread(scope.gone)
    return await units_of(scope.units, workspace.apart(), before=scope.before, gone=gone)


def _tools(workspace: Workspace, wish: Wish) -> Tools:
    tools = workspace.review_tools(store=CacheFolder(wish.cache.absolute()) if wish.cache else None)
    return replace(tools, static=workspace.check_static) if wish.static else tools


async def price_of(job: Job) -> Priced:
    """What is not known yet, priced; nothing is sent."""
    return await priced(job.workspace.engine, job.units, job.options, job.tools)


async def reviewed(job: Job) -> Reviewed:
    """Make the review. Ctrl-C ends it and keeps what was found. Raises ConsentRequired."""
    limits, refusal = await _limits(job)
    options = replace(job.options, use_model=not limits)
    found = await _made(replace(job, options=options))
    if not limits and found.complete and not found.brief:
        # What models wrote and another has read is not offered for review again.
        await job.workspace.machine.reviewed(job.units)
    errors = (*found.errors, *([refusal] if refusal else []))
    found = replace(found, skipped=(*job.scope.skipped, *found.skipped), errors=errors)
    silence = await asyncio.to_thread(silence_of, job.workspace)
    for problem in silence.team.problems:
        tell(problem, style="yellow")
    told, aside = silence.split(found.findings, date.today())
    await asyncio.to_thread(_remember, job, found, told)
    await job.workspace.machine.reviewed([unit for unit in job.units if _looked_at(unit, found)])
    return Reviewed(replace(found, findings=told), aside, "" if refusal else limits)


def _looked_at(unit: Unit, found: Review) -> bool:
    """Whether a verdict on the unit was bought or recalled, and all of its context was seen."""
    here = (unit.path, unit.block.name)
    return any(
        (row.path, row.name) == here and row.how in ("asked", "known") and not row.brief for row in found.told
    )


async def _limits(job: Job) -> tuple[str, StageError | None]:
    """Why no model is asked, and the error it is where that is the price. Raises ConsentRequired."""
    if not job.units:
        return f"Nothing to review in {job.scope.title}.", None
    if job.wish.static:
        return "Only the static rules are run.", None
    price = await price_of(job)
    if not price.asks:
        return "", None  # nothing is sent: everything is known, or cannot be asked about
    try:
        await agreed(job.workspace, REVIEW, yes=job.wish.yes)
    except NoUsableRole as error:
        return f"Only the static rules are run. {error}", None
    if job.wish.max_cost is None or price.upper_usd <= job.wish.max_cost:
        return "", None
    message = (
        f"The review could cost up to ${price.upper_usd:.2f}, more than --max-cost {job.wish.max_cost:g}."
    )
    return message, StageError("review", BudgetExceeded.code, message, fix="Raise it, or review less.")


async def _made(job: Job) -> Review:
    """The review, or what there is of it when the user interrupts it."""
    found: dict[str, tuple[Finding, ...]] = {}
    became: list[Told] = []
    with progress(f"Reviewing {job.scope.title}") as bar:

        def more(path: str, findings: tuple[Finding, ...]) -> None:
            found[path] = findings
            bar.step(f"{path}: {len(findings)} found")

        def told(row: Told) -> None:
            became.append(row)
            if job.options.use_model:
                bar.step(str(row), len(became), len(job.units), passing=True)

        engine = job.workspace.engine
        work = review_flow(
            engine, job.units, job.options, job.tools, on_findings=more, on_told=told, agree=long_prompt
        )
        whole = await until_interrupted(work)
        if job.options.use_model:
            for text in render.parts(became):
                bar.step(text)
    if whole is not None:
        return whole
    await engine.close()  # what was begun is settled
    findings = tuple(one for some in found.values() for one in sorted(some, key=lambda one: one.start))
    left = len(job.units) - len(became)
    message = f"Interrupted: {left} of {len(job.units)} parts were not reviewed; the others are kept."
    error = StageError("review", INTERRUPTED, message, fix="Run it again: what was bought is not paid twice.")
    bought = await asyncio.to_thread(_calls, job)
    return Review(job.options.job, findings, errors=(error,), calls=bought, told=tuple(became))


def _calls(job: Job) -> tuple[made.Call, ...]:
    """The calls as the ledger has them, where whoever knew them was cancelled."""
    return tuple(
        made.Call(
            row.job,
            row.task,
            row.role,
            row.model,
            row.provider,
            row.usage,
            row.cost_usd,
            row.seconds,
            row.first_token_seconds,
            row.outcome or "cancelled",
            row.error,
            reason=row.reason,
        )
        for row in job.workspace.ledger.job(job.options.job)
    )


def _remember(job: Job, found: Review, told: Sequence[Finding]) -> None:
    """Keep models' findings for editors and the baseline, and note what became of all."""
    workspace = job.workspace
    root = workspace.root.as_posix()
    looks = [Look.of(item, "shown", root) for item in told]
    try:
        if job.wish.cache is None:
            looks += remembering.keep(store_of(workspace), root, found, job.options.passes, job.read)
        workspace.ledger.looked(looks)
    except ConfigError as error:
        tell(f"What was found is not remembered. {error}", style="yellow")
