"""What `edit` and `refactor` share: places and options in, a diff with its receipt out, files written."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, TypeVar

import click

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.cli import estimated, render, shapes, writing
from counterpoint.cli.estimated import estimate_option
from counterpoint.cli.leaving import printed, remembered
from counterpoint.cli.opened import (
    agreed,
    document_at,
    format_option,
    long_prompt,
    opened,
    told_costs,
    yes_option,
)
from counterpoint.cli.terminal import (
    Progress,
    interactive,
    print_json,
    progress,
    show,
    still,
    tell,
    waiting_told,
    write_text,
)
from counterpoint.diffs import FileDiff, diffs_of
from counterpoint.disk import Local
from counterpoint.engine import Reply
from counterpoint.errors import UsageError
from counterpoint.flows.conversing import Turn, words
from counterpoint.flows.doubts import NOT_ASKED, apart
from counterpoint.flows.refactor import edited, expects, refactor
from counterpoint.flows.refactoring.sites import Part
from counterpoint.flows.refactoring.values import Options, Refactored, Tools
from counterpoint.places import place, span_of
from counterpoint.tasks import EDIT, REFACTOR, Task, short
from counterpoint.text import Situation
from counterpoint.workspace import Workspace

F = TypeVar("F", bound=Callable[..., Any])
_PATIENCE = 60.0
"""Seconds a verb waits for the index of its workspace, without which nobody knows all callers."""
DOUBTFUL = 1
"""Exit code where something was to be written and is in doubt."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A command line. `test` None: the command of the settings."""

    targets: tuple[str, ...]
    instruction: str
    form: str
    write: bool = False
    doubtful: bool = False
    test: str | None = None
    max_cost: float | None = None
    yes: bool = False
    role: Literal["fast", "deep"] | None = None
    extras: str | None = None
    only_estimate: bool = False


def options(function: F) -> F:
    """The arguments and options of a verb that changes code; it is called with one `Asked`."""

    def called(words: tuple[str, ...], **given: Any) -> Any:
        if len(words) < 2:
            raise click.UsageError("Name a file and say what should change")
        *targets, instruction = words
        if not instruction.strip():
            raise UsageError("The instruction is empty.", fix="Say in a sentence what should change.")
        return function(Asked(tuple(targets), instruction, **given))

    for one in reversed(_OPTIONS):
        called = one(called)
    called.__doc__ = function.__doc__
    return called  # type: ignore[return-value]


_OPTIONS = (
    click.argument("words", nargs=-1, metavar="FILE[:L1-L2]... INSTRUCTION"),
    click.option("--apply", "write", is_flag=True, help="Write the changes; an undo patch is kept."),
    click.option(
        "--include-doubtful", "doubtful", is_flag=True, help="Write what is in doubt as well, with --apply."
    ),
    click.option("--test", metavar="CMD", help="Run these tests on a copy of the work tree."),
    click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Refuse beyond this."),
    click.option("--role", type=click.Choice(["fast", "deep"]), help="Which kind of model to ask."),
    click.option(
        "--extras",
        type=click.Choice(["flag", "apply", "never"]),
        help="What becomes of improvements nobody asked for.",
    ),
    estimate_option,
    format_option("diff", "text", "json"),
    yes_option,
)


async def run(asked: Asked, row: Task[ChangeSet]) -> int:
    """Run the verb of a task."""
    # Who names a role gets it: neither something cheaper nor, once more, somebody else.
    task = replace(row, role=asked.role, because=f"--role {asked.role}") if asked.role else row
    task = task if asked.max_cost is None else short(task)  # else nothing fits a small amount
    places = [place(target) for target in asked.targets]
    async with opened([one.path for one in places], {"refactor.extras": asked.extras}) as workspace:
        parts = []
        for one in places:
            document = document_at(workspace, one.path)
            parts.append(Part(document, span_of(document, one.lines) if one.lines else None))
        if asked.only_estimate:
            tools = _tools(workspace, task, asked)
            price = await expects(workspace.engine, parts, asked.instruction, tools, task)
            return await estimated.told(workspace, task, price, asked.form, asked.max_cost)
        whom = await agreed(workspace, task, yes=asked.yes)
        title = f"{'Editing' if row is EDIT else 'Refactoring'} {parts[0].document.path}"
        with progress(title) as bar, waiting_told(whom):
            found = await _found(workspace, task, parts, asked, bar)
        return await _shown(workspace, found, asked, row)


async def _found(
    workspace: Workspace, task: Task[ChangeSet], parts: Sequence[Part], asked: Asked, bar: Progress
) -> Refactored:
    tools = _tools(workspace, task, asked)
    chosen = Options(
        task,
        agree=long_prompt,
        max_usd=asked.max_cost,
        step=lambda text: bar.step(text),
        answered=_answered if interactive() else None,
        price_agreed=asked.max_cost is not None,
    )
    flow = refactor if task.name == REFACTOR.name else edited
    return await flow(workspace.engine, parts, asked.instruction, tools, chosen)


def _tools(workspace: Workspace, task: Task[ChangeSet], asked: Asked) -> Tools:
    # Of an edit only what was asked for is run: it is to be quick.
    command = asked.test if asked.test is not None or task.name == REFACTOR.name else ""
    tools = workspace.refactoring_tools(workspace.project, Local(workspace.project), command)
    return replace(tools, lookup=replace(tools.lookup, patience=_PATIENCE))


async def _answered(situation: Situation, reply: Reply[ChangeSet]) -> Situation | None:
    """The question with the user's answer to what the model asked back; None where they say nothing."""
    question = reply.answer.question
    with still():
        said = await asyncio.to_thread(click.prompt, question, default="", show_default=False, err=True)
    if not said.strip():
        return None
    told, _ = words([(Turn(situation.instruction, reply.job, question=question), "")])
    return replace(situation, earlier=f"{situation.earlier}{told}The user answered: {said.strip()}\n")


async def _shown(workspace: Workspace, found: Refactored, asked: Asked, row: Task[ChangeSet]) -> int:
    """Print what was found, and write it if that was asked for."""
    diffs = diffs_of(found.answer.files)
    if asked.form == "json":
        print_json(shapes.edit(found, diffs))
    else:
        _print(diffs)
    code = 0
    if asked.write and diffs:
        code = await _written(workspace, found, asked, row)
    elif diffs:
        await printed(workspace, found.answer.files, found.reply, row)
    _tell(found, audited=bool(diffs))
    told_costs(found.reply.calls)
    return code


async def _written(workspace: Workspace, found: Refactored, asked: Asked, row: Task[ChangeSet]) -> int:
    files, left = found.answer.files, 0
    _, doubtful = apart(files)
    if doubtful and not asked.doubtful and not await _confirmed(doubtful):
        files, left = _without_extras(files)
        if any(one.needs_confirmation for one in files):
            kept = await asyncio.to_thread(
                writing.keep, workspace.project, found.answer.files, found.reply.job
            )
            await printed(workspace, found.answer.files, found.reply, row)
            tell("Nothing was written: the changes marked with ! are in doubt.", style="yellow")
            tell(f"To write them all the same: {kept.command}; or ask again with --include-doubtful.")
            return DOUBTFUL
    if left:
        tell(f"{left} changes nobody asked for were left out; --include-doubtful writes them too.")
    undo = await asyncio.to_thread(writing.write, workspace.project, files, found.reply.job)
    await remembered(workspace, files, found.reply, row)
    wrote = "1 file" if len(files) == 1 else f"{len(files)} files"
    tell(f"Wrote {wrote}. To undo: {undo.command}", style="green")
    return 0


def _without_extras(files: Sequence[FileChange]) -> tuple[tuple[FileChange, ...], int]:
    """The changes without the edits in doubt only because nobody asked for them, and how many those are."""
    kept, left = [], 0
    for one in files:
        marks = [at < len(one.doubts) and one.doubts[at] == NOT_ASKED for at in range(len(one.edits))]
        if not any(marks):
            kept.append(one)
            continue
        left += sum(marks)
        rest = [at for at, mark in enumerate(marks) if not mark]
        if rest or one.moved_to:
            kept.append(
                replace(
                    one,
                    edits=tuple(one.edits[at] for at in rest),
                    reasons=tuple(one.reasons[at] for at in rest if at < len(one.reasons)),
                    doubts=tuple(one.doubts[at] for at in rest),
                    extras=(),
                )
            )
    return tuple(kept), left


async def _confirmed(doubtful: Sequence[FileChange]) -> bool:
    """Ask about what is in doubt; a no where there is nobody to ask."""
    if not interactive():
        return False
    for text in _doubts(doubtful):
        tell(text, style="yellow")
    return await asyncio.to_thread(click.confirm, "Write these as well?", err=True)


def _print(diffs: Sequence[FileDiff]) -> None:
    if not diffs:
        tell("Nothing changes.")
    for one in diffs:
        if sys.stdout.isatty():
            show(render.diff(one.diff))
        else:
            write_text(one.diff)


def _tell(found: Refactored, *, audited: bool) -> None:
    """What there is to know about the change, on stderr."""
    answer = found.answer
    if audited:
        tell(found.said, style="green" if found.audit.certain else "yellow")
    for site in found.listed:
        tell(f"  {site.state}: {site.path}:{site.line + 1} ({site.symbol}): {site.why}", style="yellow")
    for failure in found.receipt.failures:
        tell(f"  {failure.category}: {failure.test}", style="yellow")
    if found.receipt.why:
        tell(f"tests: {found.receipt.why}")
    for text in (*_doubts(answer.files), *found.told, *(f"assumed: {one}" for one in answer.assumptions)):
        tell(text, style="yellow" if text.startswith("!") else "dim")
    for drop in answer.dropped:
        tell(f"dropped ({drop.reason}): {drop.detail}", style="yellow")
    if answer.question:
        tell(f"The model must know first: {answer.question}", style="yellow")
    if found.reply.notice:
        tell(found.reply.notice, style="yellow")


def _doubts(files: Sequence[FileChange]) -> list[str]:
    rows = []
    for one in files:
        if one.doubt:
            rows.append(f"! {one.path}: {one.doubt}")
        for at, doubt in enumerate(one.doubts):
            if doubt:
                reason = one.reasons[at] if at < len(one.reasons) else ""
                rows.append(f"! {one.path}: {doubt}" + (f" ({reason})" if reason else ""))
    return rows
