"""`counterpoint edit FILE[:L1-L2] INSTRUCTION`: a diff; `--apply` writes it and keeps an undo patch."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from counterpoint import paths
from counterpoint.answers import ChangeSet
from counterpoint.cli import render, shapes
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import (
    agreed,
    document_at,
    format_option,
    long_prompt,
    opened,
    told_costs,
    yes_option,
)
from counterpoint.cli.terminal import print_json, progress, show, tell, write_text
from counterpoint.diffs import FileDiff, diffs_of, unified
from counterpoint.engine import Reply
from counterpoint.errors import BudgetExceeded, UsageError
from counterpoint.flows.edit import edit
from counterpoint.places import Place, place, span_of
from counterpoint.project import Project
from counterpoint.reviewing.machine import Origin
from counterpoint.tasks import EDIT
from counterpoint.text import Situation
from counterpoint.workspace import Workspace


@click.command("edit")
@click.argument("target", metavar="FILE[:L1-L2]")
@click.argument("instruction")
@click.option("--apply", "write", is_flag=True, help="Write the changes; an undo patch is kept.")
@click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Refuse beyond this.")
@format_option("diff", "text", "json")
@yes_option
def command(
    target: str, instruction: str, form: str, *, write: bool, max_cost: float | None, yes: bool
) -> int:
    """Change a file by an instruction in plain words; prints a unified diff."""
    if not instruction.strip():
        raise UsageError("The instruction is empty.", fix="Say in a sentence what should change.")
    return wait_for(lambda: _run(place(target), instruction, form, write=write, max_cost=max_cost, yes=yes))


async def _run(
    target: Place, instruction: str, form: str, *, write: bool, max_cost: float | None, yes: bool
) -> int:
    async with opened([target.path]) as workspace:
        document = document_at(workspace, target.path)
        situation = Situation(document, span_of(document, target.lines), workspace.project, instruction)
        await agreed(workspace, EDIT, yes=yes)
        await _check_cost(workspace, situation, max_cost)
        situation = replace(situation, price_agreed=max_cost is not None)
        with progress(f"Editing {document.path}"):
            reply = await edit(workspace.engine, situation, agree=long_prompt)
        diffs = diffs_of(reply.answer.files)
        if write and diffs:
            undo = await asyncio.to_thread(apply_to_disk, workspace.project, diffs, reply.job)
            await _remember(workspace, reply)
            tell(
                f"Wrote {len(diffs)} files. To undo: git apply '{undo}' (in {workspace.root})", style="green"
            )
    if form == "json":
        print_json(shapes.edit(reply.answer, diffs, reply.calls))
    else:
        _print(diffs)
        for drop in reply.answer.dropped:
            tell(f"dropped ({drop.reason}): {drop.detail}", style="yellow")
    if reply.notice:
        tell(reply.notice, style="yellow")
    told_costs(reply.calls)
    return 0


async def _remember(workspace: Workspace, reply: Reply[ChangeSet]) -> None:
    """What was written counts as machine-written from now on."""
    model = workspace.catalogue.model(reply.calls[-1].model).label if reply.calls else ""
    await workspace.machine.applied(
        reply.answer.files, Origin(reply.job, model or "a model", EDIT.name, time.time())
    )


async def _check_cost(workspace: Workspace, situation: Situation, max_cost: float | None) -> None:
    if max_cost is None:
        return
    upper = (await workspace.engine.estimate(EDIT, situation)).upper_usd
    if upper > max_cost:
        raise BudgetExceeded(
            f"The edit could cost up to ${upper:.4f}, more than --max-cost {max_cost:g}.",
            fix="Raise it, or name fewer lines.",
        )


def _print(diffs: Sequence[FileDiff]) -> None:
    if not diffs:
        tell("Nothing changes.")
    for one in diffs:
        if sys.stdout.isatty():
            show(render.diff(one.diff))
        else:
            write_text(one.diff)


def apply_to_disk(project: Project, diffs: Sequence[FileDiff], job: str) -> Path:
    """Write the files as they were encoded, each at once, after the undo patch; returns the patch's path.

    Raises UsageError if a file is no longer what the edit was made for; nothing is written then.
    """
    encodings = [_encoding(project, one) for one in diffs]
    undo = paths.folders().state / "undo" / f"{job}.patch"
    paths.write_private(undo, "".join(unified(one.path, one.after, one.before) for one in diffs))
    for one, encoding in zip(diffs, encodings, strict=True):
        _replace(project.root / one.path, one.after.encode(encoding))
    return undo


def _encoding(project: Project, one: FileDiff) -> str:
    inner = project.relative(one.path)
    if inner is None:
        raise UsageError(f"{one.path} lies outside the workspace.", fix="Nothing was written; ask anew.")
    if one.before is None:
        if (project.root / inner).exists():
            raise UsageError(f"{one.path} exists by now.", fix="Nothing was written; ask anew.")
        return "utf-8"
    found = project.load(inner)
    if isinstance(found, str) or found.text != one.before:
        raise UsageError(f"{one.path} has changed meanwhile.", fix="Nothing was written; ask anew.")
    try:
        one.after.encode(found.encoding)
    except UnicodeEncodeError:
        return "utf-8"
    return found.encoding


def _replace(file: Path, raw: bytes) -> None:
    """Put the whole new content in place at once, through a link to what it names, with the old mode."""
    file = Path(os.path.realpath(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o644
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(raw)
        Path(name).chmod(mode)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
