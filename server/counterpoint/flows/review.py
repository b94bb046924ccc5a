"""Review: what is known costs nothing, what is missing is asked for, what is found is looked at once more.

    units = await units_of(scope, apart, before=, gone=)
    found = await review(engine, units, Options(passes=...), Tools(...), on_findings=...)

The stages are static rules, recall, asking, the second look and the proofs of fixes. Each puts down what it
has bought before the next begins, so that nothing is bought twice whatever happens in between.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from counterpoint.answers import Finding
from counterpoint.engine import Engine, new_job
from counterpoint.errors import CounterpointError
from counterpoint.flows import price
from counterpoint.flows.reviewing.fates import written_down
from counterpoint.flows.reviewing.finding import Asking, situation_of
from counterpoint.flows.reviewing.known import Recalled, recall
from counterpoint.flows.reviewing.places import Places
from counterpoint.flows.reviewing.pricing import Priced as Priced
from counterpoint.flows.reviewing.pricing import priced as priced
from counterpoint.flows.reviewing.run import Run, Writer
from counterpoint.flows.reviewing.second import Second, needs_more
from counterpoint.flows.reviewing.stream import Verdicts
from counterpoint.flows.reviewing.units import Apart as Apart
from counterpoint.flows.reviewing.units import unit_of as unit_of
from counterpoint.flows.reviewing.units import units_of as units_of
from counterpoint.flows.reviewing.values import Known as Known
from counterpoint.flows.reviewing.values import OnFindings as OnFindings
from counterpoint.flows.reviewing.values import OnTold as OnTold
from counterpoint.flows.reviewing.values import Options as Options
from counterpoint.flows.reviewing.values import Review as Review
from counterpoint.flows.reviewing.values import StageError as StageError
from counterpoint.flows.reviewing.values import Static as Static
from counterpoint.flows.reviewing.values import Store as Store
from counterpoint.flows.reviewing.values import Told as Told
from counterpoint.flows.reviewing.values import Tools as Tools
from counterpoint.reviewing.groups import Group, grouped, most_characters
from counterpoint.reviewing.unit import Unit
from counterpoint.settings import Verify
from counterpoint.static.checker import NO_RULES
from counterpoint.tasks import REVIEW
from counterpoint.text import Document, Problem, Situation, Span


def _silent(path: str, findings: tuple[Finding, ...]) -> None:
    return None


def _untold(row: Told) -> None:
    return None


async def review(
    engine: Engine,
    units: Sequence[Unit],
    options: Options | None = None,
    tools: Tools | None = None,
    *,
    on_findings: OnFindings = _silent,
    on_told: OnTold = _untold,
    agree: price.Agree = price.nobody,
) -> Review:
    """Review units. Never raises CounterpointError: see `errors`.

    `on_findings` gets all findings of a path each time they change, `on_told` what becomes of each unit, as
    soon as it is known. Cancelling the task closes the sockets; what was found until then went through
    `on_findings` and is kept in the store.
    """
    options = options or Options()
    options = replace(options, job=options.job or new_job())
    run = _run(engine, units, options, tools or Tools(), on_findings, on_told, agree)
    try:
        await _stages(run, units)
    finally:
        if run.writer is not None:
            await run.writer.written()
    await written_down(run)
    return _result(run)


async def _opened(engine: Engine) -> None:
    """Begin to import what the vendor's calls need, a second or more of work, while other stages run."""
    try:
        found = await engine.route(REVIEW)
        await engine.ports.open(await engine.ports.endpoint(found.first.model.provider))
    except CounterpointError:
        return  # told when it is asked


def _run(
    engine: Engine,
    units: Sequence[Unit],
    options: Options,
    tools: Tools,
    on_findings: OnFindings,
    on_told: OnTold,
    agree: price.Agree,
) -> Run:
    documents = {unit.path: unit.document for unit in units}

    def read(path: str) -> Document | None:
        return documents.get(path) or tools.files.read(path)

    writer = Writer(tools.store, read) if tools.store is not None else None
    return Run(engine, options, tools, options.job, agree, on_findings, on_told, read, writer)


async def _stages(run: Run, units: Sequence[Unit]) -> None:
    recalled = await recall(run, units)
    needed = run.options.use_model and recalled.missing
    opening = asyncio.create_task(_opened(run.engine)) if needed else None
    try:
        problems = await _static(run, units) if run.tools.static is not None else {}
        for unit, known in recalled.known:
            run.put(known.findings)
            run.tell((unit,), "known")
        for unit in recalled.missing:
            run.put(recalled.partial.get(id(unit), ()))
        if run.options.use_model:
            await _ask(run, recalled, problems)
        else:
            run.tell(recalled.missing, "skipped", "no model is asked")
    finally:
        if opening is not None:
            opening.cancel()


async def _ask(run: Run, recalled: Recalled, problems: dict[str, tuple[Problem, ...]]) -> None:
    settings = run.engine.settings
    most = most_characters(settings)
    parted = await asyncio.to_thread(grouped, recalled.missing, most, run.writers)
    for unit, why in parted.skipped:
        run.skipped.append((unit.path, why))
        run.tell((unit,), "skipped", why)

    strategy = run.options.strategy or settings.review.strategy
    places = Places(settings.review.parallel)
    second = Second(run, _looking(run, strategy), places, strategy)

    async def after(group: Group, situation: Situation, findings: tuple[Finding, ...]) -> None:
        await second.look(situation, findings, Verdicts(run, group.units, recalled.keys).keep)

    asking = Asking(run, recalled, problems, after, places, strategy)
    async with asyncio.TaskGroup() as stages:
        stages.create_task(asking.all(parted.groups))
        stages.create_task(_resumed(run, recalled, second))


async def _resumed(run: Run, recalled: Recalled, second: Second) -> None:
    """Second looks that an earlier run did not come to, by file and by who wrote it."""
    files: dict[tuple[str, str], list[tuple[Unit, Known]]] = {}
    for unit, known in recalled.known:
        if any(needs_more(one, run.tools) for one in known.findings):
            files.setdefault((unit.path, run.writers.get(id(unit), "")), []).append((unit, known))
    async with asyncio.TaskGroup() as looks:
        for some in files.values():
            units = tuple(unit for unit, _ in some)
            owners = {one.id: unit for unit, known in some for one in known.findings}
            findings = [one for _, known in some for one in known.findings]
            situation = situation_of(run, Group(units), ())
            keep = Verdicts(run, units, recalled.keys, owners).keep
            looks.create_task(second.look(situation, findings, keep))


def _looking(run: Run, strategy: str) -> Verify:
    """Who looks, and how often."""
    settings, options = run.engine.settings.verify, run.options
    by = "none" if strategy == "direct" else options.verify or settings.by
    return Verify(by, options.votes or settings.votes)


async def _static(run: Run, units: Sequence[Unit]) -> dict[str, tuple[Problem, ...]]:
    """What rules say of the units' lines: findings, and what only the model is told. It is told both."""
    assert run.tools.static is not None
    documents = list({unit.path: unit.document for unit in units}.values())
    result = await run.tools.static(documents)
    # A language without rules is no loss a user needs to hear of; the model reads it all the same.
    run.skipped += [(path, reason) for path, reason in result.skipped if reason != NO_RULES]
    run.errors += [StageError("static", "rule", message) for message in result.errors]
    pieces = {
        document.path: [unit.block for unit in units if unit.path == document.path] for document in documents
    }
    found: dict[str, tuple[Problem, ...]] = {}
    for document in documents:
        blocks = pieces[document.path]
        shown, kept = (
            [
                one
                for one in some
                if one.path == document.path
                and any(block.meets(one.start.line, one.end.line) for block in blocks)
            ]
            for some in (result.findings, result.evidence)
        )
        run.put(shown)
        found[document.path] = (
            *(_problem(one, document) for one in shown),
            *(replace(_problem(one, document), sure=False) for one in kept),
        )
    return found


def _problem(one: Finding, document: Document) -> Problem:
    span = Span(document.offset(one.start), document.offset(one.end))
    return Problem(one.path, span, one.title, "counterpoint", one.rule, 2)


def _result(run: Run) -> Review:
    ordered = [item for path in run.found for item in sorted(run.found[path], key=lambda one: one.start)]
    if run.writer is not None and run.writer.error is not None:
        run.failed("store", run.writer.error, "")
    return Review(
        job=run.job,
        findings=tuple(ordered),
        dropped=tuple(run.dropped),
        skipped=tuple(dict.fromkeys(run.skipped)),
        errors=tuple(run.errors),
        calls=tuple(run.calls),
        notice=" ".join(filter(None, (run.notice, *dict.fromkeys(run.brief.values())))),
        told=tuple(run.told),
    )
