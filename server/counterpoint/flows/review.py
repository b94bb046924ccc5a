"""Review: static rules first, then the deep role's findings as they come. A failed stage loses nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from counterpoint.answers import Dropped, Finding
from counterpoint.calls import Call
from counterpoint.engine import Engine, new_job
from counterpoint.errors import BudgetExceeded, CounterpointError, NotSendable, NoUsableRole, ProviderError
from counterpoint.findings_reply import with_ids
from counterpoint.flows import price
from counterpoint.static import NO_RULES, StaticResult
from counterpoint.tasks import REVIEW, passes_named
from counterpoint.text import Document, Situation

_AT_ONCE = 3

Static = Callable[[Sequence[Document]], Awaitable[StaticResult]]
OnFindings = Callable[[str, tuple[Finding, ...]], None]
"""Called with a path and all findings of it so far, each time there are more."""


@dataclass(frozen=True, slots=True)
class StageError:
    """A stage that failed; what other stages found is kept."""

    stage: str
    code: str
    message: str
    provider: str = ""
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """The result. `complete` is False if any stage failed; `notice` tells of an absent model."""

    job: str
    findings: tuple[Finding, ...]
    dropped: tuple[Dropped, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    errors: tuple[StageError, ...] = ()
    calls: tuple[Call, ...] = ()
    notice: str = ""

    @property
    def complete(self) -> bool:
        return not self.errors

    @property
    def cost_usd(self) -> float:
        return sum(call.cost_usd for call in self.calls)


@dataclass
class _Run:
    """What has been found so far, by path, in the order of discovery."""

    on_findings: OnFindings
    agree: price.Agree
    found: dict[str, list[Finding]] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    skipped: list[tuple[str, str]] = field(default_factory=list)
    errors: list[StageError] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    notice: str = ""

    def add(self, path: str, findings: Sequence[Finding], instead: frozenset[str] = frozenset()) -> None:
        """Keep what is new, in place of the findings with the ids `instead`; say so if that is a change."""
        had = self.found.setdefault(path, [])
        have = [item for item in had if item.id not in instead]
        known = {item.id for item in have}
        have += [item for item in findings if item.id not in known]
        if have != had:
            self.found[path] = have
            self.on_findings(path, tuple(have))


def _silent(path: str, findings: tuple[Finding, ...]) -> None:
    return None


async def review(
    engine: Engine,
    units: Sequence[Situation],
    *,
    static: Static | None = None,
    use_model: bool = True,
    on_findings: OnFindings = _silent,
    job: str | None = None,
    agree: price.Agree = price.nobody,
) -> Review:
    """Review each unit: a document with the span in scope. Never raises CounterpointError: see `errors`.

    Cancelling the task closes the sockets; what was found until then went through `on_findings`.
    """
    job = job or new_job()
    run = _Run(on_findings, agree)
    if static is not None:
        await _static(run, units, static)
    if use_model:
        await _model(run, engine, units, job)
    ordered = [item for path in run.found for item in sorted(run.found[path], key=lambda one: one.start)]
    return Review(
        job=job,
        findings=tuple(ordered),
        dropped=tuple(run.dropped),
        skipped=tuple(dict.fromkeys(run.skipped)),
        errors=tuple(run.errors),
        calls=tuple(run.calls),
        notice=run.notice,
    )


async def _static(run: _Run, units: Sequence[Situation], static: Static) -> None:
    documents = list({unit.document.path: unit.document for unit in units}.values())
    result = await static(documents)
    # A language without rules is no loss a user needs to hear of; the model reads it all the same.
    run.skipped += [(path, reason) for path, reason in result.skipped if reason != NO_RULES]
    run.errors += [StageError("static", "rule", message) for message in result.errors]
    scopes = {unit.document.path: unit for unit in units}
    for path in dict.fromkeys(item.path for item in result.findings):
        unit = scopes.get(path)
        mine = [item for item in result.findings if item.path == path]
        run.add(path, [item for item in mine if unit is None or _in_scope(item, unit)])


def _in_scope(item: Finding, unit: Situation) -> bool:
    document = unit.document
    return document.offset(item.start) <= unit.span.end and document.offset(item.end) >= unit.span.start


async def _model(run: _Run, engine: Engine, units: Sequence[Situation], job: str) -> None:
    """The first unit leads, so that the others can read the prompt cache it writes."""
    if not units:
        return
    if not await _unit(run, engine, units[0], job):
        return
    places = asyncio.Semaphore(_AT_ONCE)

    async def one(unit: Situation) -> None:
        async with places:
            await _unit(run, engine, unit, job)

    async with asyncio.TaskGroup() as group:
        for unit in units[1:]:
            group.create_task(one(unit))


async def _unit(run: _Run, engine: Engine, unit: Situation, job: str) -> bool:
    """Review one unit; False if no further unit needs to be tried."""
    shown: list[Finding] = []
    given: dict[str, frozenset[str]] = {}

    def put(path: str, findings: Sequence[Finding]) -> None:
        # A later finding can take the id of an earlier one that quotes the same code further down.
        mine = _unlike(run, findings)
        run.add(path, mine, given.get(path, frozenset()))
        given[path] = frozenset(item.id for item in mine)

    def show(item: Finding | Dropped) -> None:
        if isinstance(item, Finding):
            shown.append(item)
            put(item.path, with_ids(tuple(one for one in shown if one.path == item.path), unit))

    try:
        reply = await price.ask(engine, REVIEW, unit, agree=run.agree, job=job, on_item=show, calls=run.calls)
    except NoUsableRole as error:
        run.notice = str(error)
        return False
    except NotSendable as error:
        run.skipped.append((unit.document.path, error.message))
        return True
    except CounterpointError as error:
        run.errors.append(_stage_error(error, unit))
        return not isinstance(error, BudgetExceeded)
    run.notice = run.notice or reply.notice
    run.dropped += reply.answer.dropped
    for path in dict.fromkeys(item.path for item in reply.answer.kept):
        put(path, [item for item in reply.answer.kept if item.path == path])
    return True


def _unlike(run: _Run, findings: Sequence[Finding]) -> list[Finding]:
    """Without those a static rule has already reported: same line, same category."""
    static = {
        (item.path, item.start.line, item.category)
        for items in run.found.values()
        for item in items
        if item.status == "static"
    }
    return [item for item in findings if (item.path, item.start.line, item.category) not in static]


def _stage_error(error: CounterpointError, unit: Situation) -> StageError:
    provider = error.provider if isinstance(error, ProviderError) else ""
    return StageError(
        "review", error.code, f"{unit.document.path}: {error.message}", provider, error.fix or ""
    )


def unit_for(situation: Situation, passes: Sequence[str]) -> Situation:
    """The situation as a unit of a review with these passes. Raises UsageError for an unknown one."""
    return replace(situation, passes=passes_named(passes))
