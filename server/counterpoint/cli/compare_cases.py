"""The questions of `compare` that nobody types: out of the history, and saved ones; and saving one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial

from counterpoint.answers import ChangeSet, Insertion
from counterpoint.cli import render
from counterpoint.cli.terminal import tell
from counterpoint.comparing.values import Case
from counterpoint.errors import UsageError
from counterpoint.flows.compare import Opened, Question
from counterpoint.flows.compare_review import Reviewing, made_ready
from counterpoint.flows.judged import Trial
from counterpoint.flows.mined import Mined, cases_from_git
from counterpoint.flows.pairing import prepared
from counterpoint.flows.proving import proofs_over
from counterpoint.flows.review import Apart, Tools
from counterpoint.flows.saved import save_case, saved_cases, with_written
from counterpoint.flows.standing import Stand, Standing
from counterpoint.pairing.own import Own, known
from counterpoint.tasks import REVIEW, AnyTask
from counterpoint.workspace import Workspace

_REASONS = 4
"""So many reasons are told for which commits make no task."""


def mined(
    workspace: Workspace, task: AnyTask, count: int, seed: int, models: Sequence[str] = ()
) -> tuple[Case, ...]:
    """Cases out of the history that all `models` may see, with a line about them on stderr. Runs git: use a
    thread.

    Raises UsageError where there are none.
    """
    who = sorted({workspace.catalogue.model(name).provider for name in models})
    barred = workspace.engine.ports.barred
    found = cases_from_git(
        workspace.project,
        task.name,
        count,
        seed=seed,
        barred=lambda path: next((why for one in who if (why := barred(path, one))), None),
    )
    if not found.cases:
        raise UsageError(
            f"No commit makes a question for {task.name}: {_left_out(found)}.",
            fix="Name files, or save cases with --save NAME.",
        )
    tell(drawn(found))
    return found.cases


def drawn(found: Mined) -> str:
    """How many cases there are, out of what, so that what is left out and what is not add up."""
    fit = found.looked - sum(found.left_out.values())
    cases, looked = render.count(len(found.cases), "case"), render.count(found.looked, "commit")
    drawn = f"{cases} drawn from {fit} that make one, of {looked}" if fit > len(found.cases) else ""
    said = drawn or f"{cases} out of {looked}"
    return f"{said}; left out: {_left_out(found)}." if found.left_out else f"{said}."


def own_task(workspace: Workspace, name: str) -> Own:
    """A task of the repository's own, with what is wrong with the others' files told. Reads files: use a
    thread. Raises UsageError for a name of none."""
    found = known(workspace.project)
    one = found.named(name)
    for said in (*found.problems, *(note for note in found.notices if note.startswith(one.source))):
        tell(said, style="yellow")
    return one


def put_to(own: Own | None, cases: Sequence[Case]) -> tuple[Case, ...]:
    """The cases as they are asked: with what a task of the repository says, as it says it today."""
    if own is None:
        return tuple(cases)
    return tuple(
        replace(case, instruction="\n".join(filter(None, (own.request, case.instruction)))) for case in cases
    )


def _left_out(found: Mined) -> str:
    most = sorted(found.left_out.items(), key=lambda one: (-one[1], one[0]))
    told = [f"{count} ({reason})" for reason, count in most[:_REASONS]]
    rest = sum(count for _, count in most[_REASONS:])
    return ", ".join([*told, *([f"{rest} for other reasons"] if rest else [])]) or "there are no commits"


def saved(workspace: Workspace, task: AnyTask, names: Sequence[str]) -> tuple[Case, ...]:
    """The saved cases called so, or all that are of the task. Reads files: use a thread.

    Raises UsageError for a name that is no case, or one of another task.
    """
    found = saved_cases(workspace.project, names)
    for problem in () if names else found.problems:
        tell(problem, style="yellow")
    for case in found.cases:
        if names and case.task != task.name:
            raise UsageError(
                f"{case.name} is a case of {case.task}, not of {task.name}.",
                fix=f"counterpoint compare {case.task} --case {case.name}",
            )
    fit = tuple(with_written(workspace.project, case) for case in found.cases if case.task == task.name)
    if not fit:
        raise UsageError(f"No case of {task.name} is saved.", fix="Save one with --save NAME.")
    return fit


def save(workspace: Workspace, name: str, cases: Sequence[Case]) -> str:
    """Write a case of the command line down; the path that was written. Reads files: use a thread."""
    if len(cases) != 1 or not cases[0].path:
        raise UsageError(
            "A case is saved of one file.", fix="counterpoint compare TASK FILE[:L1-L2] --save NAME"
        )
    return save_case(workspace.project, replace(cases[0], name=name))


@asynccontextmanager
async def opened(workspace: Workspace, task: AnyTask, command: str, plain: Opened) -> AsyncIterator[Opened]:
    """Makes cases ready: those of a revision, or with a text of their own, in a copy; all others by `plain`.

    `command` "" runs no tests. The copy is gone in the end.
    """
    stand = Stand(workspace.engine, workspace.project)
    turn = asyncio.Lock()
    trials: dict[str, Trial] = {}

    @asynccontextmanager
    async def ready(case: Case) -> AsyncIterator[Question]:
        if not case.where and not case.overlay:
            async with plain(case) as question:
                yield question
            return
        trial = None
        if command.strip() and case.change and task.shape in (ChangeSet, Insertion):
            trial = trials.setdefault(case.name, Trial(workspace.project, command, case, turn))
        async with stand.at(case, task) as standing:
            situation = await prepared(task, standing.situation)
            reviewing = await _reviewing(workspace, standing) if task is REVIEW else None
            asked = Question(case, standing.engine, situation, standing.checks, reviewing=reviewing)
            yield asked if trial is None else replace(asked, tested=trial.passed, evidence=trial.evidence)

    try:
        yield ready
    finally:
        await stand.close()


async def _reviewing(workspace: Workspace, standing: Standing) -> Reviewing:
    """The review of a case in its copy. The user's own command proves nothing there: it is of today."""
    index, files = standing.index or workspace.index, standing.situation.files
    static = partial(workspace.check_static, files=files) if workspace.settings.review.static else None
    proofs = proofs_over(index.outline, index.select, files, static, None, lambda: index.state == "ready")
    tools = Tools(files, static, prove=proofs)
    return await made_ready(
        standing.situation, Apart(index.outline, index.select, files), tools, workspace.project
    )
