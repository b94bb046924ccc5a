"""What `compare` does between its options and its output: cases, price, consent, the comparison itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from counterpoint.answers import ChangeSet, FileChange, Insertion
from counterpoint.cli import render
from counterpoint.cli.frame import INTERRUPTED
from counterpoint.cli.interrupt import until_interrupted
from counterpoint.cli.opened import agreed
from counterpoint.cli.terminal import interactive, progress, tell
from counterpoint.comparing.values import Case, Compared
from counterpoint.disk import Local
from counterpoint.errors import BudgetExceeded, NotSendable, PriceNotAgreed, ProviderError, UsageError
from counterpoint.flows.compare import Opened, Question, Tested, Told, Wanted, compare, compared, labels_of
from counterpoint.flows.compare_price import Priced, affordable, priced
from counterpoint.flows.compare_review import made_ready
from counterpoint.flows.investigate import question as printed_question
from counterpoint.flows.investigate import read_file, source_in
from counterpoint.flows.pairing import prepared
from counterpoint.places import place, position, span_of
from counterpoint.project import Decoded
from counterpoint.tasks import (
    ASK,
    COMPLETE,
    EDIT,
    FIX,
    INVESTIGATE,
    REFACTOR,
    REVIEW,
    TASKS,
    AnyTask,
    task_named,
)
from counterpoint.text import Document, Problem, Situation, Span, language_of
from counterpoint.workspace import Workspace

_ALONE = frozenset({"commit", "repair", "verify", "rebut"})
"""Tasks that are asked about what another one has made."""
_WORDS = frozenset({EDIT.name, REFACTOR.name, ASK.name})
_NOBODY_S = frozenset({"environment", "flaky"})


@dataclass(frozen=True, slots=True)
class Asking:
    """Cases with what makes them ready, and how they are compared."""

    cases: tuple[Case, ...]
    opened: Opened
    wanted: Wanted


def task_of(name: str) -> AnyTask:
    """The task to compare models by. Raises UsageError for one that is asked about nothing by itself."""
    task = task_named(name)
    if task.name in _ALONE:
        fit = ", ".join(one for one in TASKS if one not in _ALONE)
        raise UsageError(f"{name} has no question of its own.", fix=f"Use one of: {fit}.")
    return task


def paths_of(task: AnyTask | None, targets: Sequence[str]) -> list[Path]:
    """The files that are named. Raises UsageError for one that does not exist."""
    return [position(one)[0] if task is COMPLETE else place(one).path for one in targets]


def given(workspace: Workspace, task: AnyTask, targets: Sequence[str], instruction: str) -> tuple[Case, ...]:
    """A case for each place on the command line. Raises UsageError for what does not make a question."""
    if task.name in _WORDS and not instruction.strip():
        raise UsageError(f"{task.name} needs an instruction.", fix="Give it with --instruction.")
    if not targets and task is not ASK:
        return ()
    rows = []
    for target in targets or ("",):
        lines, column, path = None, None, ""
        if task is COMPLETE:
            file, at = position(target)
            lines, column = (at.line + 1, at.line + 1), at.column + 1
            path = _inner(workspace, file)
        elif target:
            found = place(target)
            lines, path = found.lines, _inner(workspace, found.path)
        rows.append(Case(target or "question", task.name, path, lines, instruction, column))
    return tuple(rows)


def _inner(workspace: Workspace, path: Path) -> str:
    return workspace.project.relative(str(path.absolute())) or str(path.absolute())


def live(workspace: Workspace, task: AnyTask, test_command: str) -> Opened:
    """Makes cases ready in the files as they are now. `test_command` "" runs no tests."""

    @asynccontextmanager
    async def opened(case: Case) -> AsyncIterator[Question]:
        situation = await asyncio.to_thread(_situation, workspace, task, case)
        if task is REFACTOR:
            situation = await _with_call_sites(workspace, situation)
        tested = tests_of(workspace, test_command) if task.shape in (ChangeSet, Insertion) else None
        reviewing = None
        if task is REVIEW:
            tools = workspace.review_tools()
            reviewing = await made_ready(situation, workspace.apart(), tools, workspace.project)
        situation, checks = await prepared(task, situation), workspace.checks()
        yield Question(case, workspace.engine, situation, checks, tested, reviewing=reviewing)

    return opened


async def _with_call_sites(workspace: Workspace, asked: Situation) -> Situation:
    """The question of a refactoring with everybody who relies on the code, as the verb asks it."""
    from counterpoint.flows.refactoring.asking import situation_of
    from counterpoint.flows.refactoring.sites import Part, known, named

    tools = workspace.refactoring_tools(workspace.project, Local(workspace.project), "")
    parts = [Part(asked.document, asked.span)]
    sites = await named(await known(parts, tools.lookup), tools.lookup, tools.files)
    model = workspace.catalogue.for_role(REFACTOR.role)[0]
    made, _ = await asyncio.to_thread(situation_of, parts, sites, tools.files, asked.instruction, model)
    return made


def tests_of(workspace: Workspace, command: str) -> Tested | None:
    """What runs the user's tests on a change, in a copy; None without a command. They are to pass, also those
    that failed before: what is asked for may be just that."""
    if not command.strip():
        return None
    tests = workspace.refactoring_tools(workspace.project, Local(workspace.project), command).tests

    async def tested(changes: Sequence[FileChange]) -> bool | None:
        receipt = await tests(changes, lambda text: None) if tests is not None else None
        if receipt is None or not receipt.ran:
            return None
        return all(one.category in _NOBODY_S for one in receipt.failures)

    return tested


def _situation(workspace: Workspace, task: AnyTask, case: Case) -> Situation:
    """The question of a case about the files as they are. Reads files."""
    project = workspace.project
    if task is INVESTIGATE:
        file = str(workspace.root / case.path)
        text = read_file(project, file)
        return printed_question(
            text, project, (workspace.root.as_posix(),), case.instruction, source=source_in(project, file)
        )
    if not case.path:
        return Situation(Document.of("", "", "plaintext"), Span(0, 0), project, case.instruction)
    found = project.load(case.path)
    if not isinstance(found, Decoded):
        raise NotSendable(f"{case.path}: {found}.", fix="Name a source file that is not ignored.")
    document = Document.of(case.path, found.text, language_of(case.path))
    span = span_of(document, case.lines)
    if case.column is not None and case.lines:
        start = document.span_of_lines(case.lines[0] - 1, case.lines[0] - 1).start
        at = start + min(case.column - 1, len(document.line(case.lines[0] - 1)))
        span = Span(at, at)
    made = Situation(document, span, project, case.instruction)
    if task is FIX:
        made = replace(made, problems=(Problem(case.path, span, case.instruction),))
    return replace(made, passes=tuple(workspace.settings.review.passes))


async def price_of(asking: Asking) -> Priced:
    """What it would cost; nothing is sent. Raises UsageError where no case is left."""
    with progress("Looking at the cases") as bar:
        price = await priced(asking.cases, asking.opened, asking.wanted, bar.step)
    for name, why in price.left_out:
        tell(f"{name} is left out: {why}", style="yellow")
    if not price.cases:
        raise UsageError("There is nothing to compare.", fix="Name a file, or use --git N.")
    return price


async def told_caps(workspace: Workspace, price: Priced, wanted: Wanted) -> None:
    """Tell on stderr what of a cap, or of `--max-cost`, is too little for a comparison."""
    try:
        await affordable(workspace.engine, price, wanted)
    except BudgetExceeded as error:
        tell(str(error), style="yellow")


async def made(workspace: Workspace, asking: Asking, *, yes: bool) -> tuple[Compared, int]:
    """The comparison, as far as it goes, and the exit code: Ctrl-C ends it and keeps what was measured.

    Raises BudgetExceeded, PriceNotAgreed and ConsentRequired before anything is sent.
    """
    price, wanted = await price_of(asking), asking.wanted
    await affordable(workspace.engine, price, wanted)
    for model in wanted.models:
        await agreed(workspace, wanted.bound(model, workspace.settings), yes=yes)
    tell(said(price, wanted))
    wanted = replace(wanted, price_agreed=not price.asks_first or await _agreed(price, wanted))
    await _warmed(workspace, wanted)
    with progress(f"Comparing {' and '.join(wanted.models)}") as bar:
        told = Told(lambda text, done, total: bar.step(text, done, total))
        over = await until_interrupted(compare(price.cases, asking.opened, wanted, told))
    labels = labels_of(workspace.engine, wanted.models)
    told.notes += [f"{name} was left out: {why}" for name, why in price.left_out]
    if not over:
        await workspace.engine.close()  # what was begun is settled
        return compared(price.cases, wanted, told, labels, "interrupted"), INTERRUPTED
    if told.ended is not None:
        return compared(price.cases, wanted, told, labels), told.ended.exit_code
    none = bool(told.runs) and all(run.failed for run in told.runs)
    return compared(price.cases, wanted, told, labels), ProviderError.exit_code if none else 0


async def _warmed(workspace: Workspace, wanted: Wanted) -> None:
    """Open the connections: what that takes is no model's."""
    routes = [await workspace.engine.route(wanted.bound(name, workspace.settings)) for name in wanted.models]
    names = dict.fromkeys(route.first.model.provider for route in routes)
    await workspace.providers.warm([await workspace.reach.endpoint(name) for name in names])


def said(price: Priced, wanted: Wanted) -> str:
    """The comparison and its price in one line; of reviews also what a run is."""
    efforts = ", ".join(f"{name} at effort {price.efforts[name] or 'none'}" for name in wanted.models)
    asked = render.count(price.requests, "question") + (" and second looks" if wanted.is_review else "")
    return (
        f"{render.count(len(price.cases), 'case')}, {render.count(wanted.runs, 'run')} each of {efforts}:"
        f" {asked}, {render.usd_range(*price.cost_usd)},"
        f" {render.duration(price.seconds[0])} to {render.duration(price.seconds[1])}."
    )


async def _agreed(price: Priced, wanted: Wanted) -> bool:
    """Ask about a price that is never spent unasked; whoever names a highest cost has agreed to it."""
    if wanted.max_usd is not None:
        return True
    low, high = price.cost_usd
    if interactive():
        question = f"This costs {render.usd_range(low, high)}. Go on?"
        if await asyncio.to_thread(click.confirm, question, err=True):
            return True
    raise PriceNotAgreed(
        f"The comparison would cost {render.usd_range(low, high)}: a prompt is very long, or a model dear.",
        low_usd=low,
        high_usd=high,
        fix="Agree to it with --max-cost.",
    )
