"""`counterpoint investigate [FILE|-]`: what a program printed becomes causes, ranked, and a diff."""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from counterpoint.cli import estimated, render, shapes, writing
from counterpoint.cli.estimated import estimate_option
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import (
    agreed,
    format_option,
    long_prompt,
    opened,
    shown_path,
    told_costs,
    yes_option,
)
from counterpoint.cli.terminal import Progress, line, print_json, progress, show, tell, write_text
from counterpoint.diffs import diffs_of
from counterpoint.errors import BudgetExceeded
from counterpoint.flows.afterwards import remember
from counterpoint.flows.doubts import apart
from counterpoint.flows.expecting import expected
from counterpoint.flows.investigate import (
    Investigation,
    investigate,
    question,
    read_file,
    read_printed,
    source_in,
    upper_usd,
)
from counterpoint.ledger import JobOutcome
from counterpoint.reviewing.machine import Origin
from counterpoint.tasks import INVESTIGATE
from counterpoint.text import Situation, language_of
from counterpoint.workspace import Workspace

FAILED, DOUBTFUL = 3, 1


@click.command("investigate")
@click.argument("source", metavar="[FILE|-]", default="-")
@click.option("--note", default="", metavar="TEXT", help="What you know of the failure.")
@click.option("--apply", "write", is_flag=True, help="Write the changes; an undo patch is kept.")
@click.option(
    "--include-doubtful", "doubtful", is_flag=True, help="Write what is in doubt as well, with --apply."
)
@click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Refuse beyond this.")
@estimate_option
@format_option("text", "json")
@yes_option
def command(
    source: str,
    note: str,
    form: str,
    *,
    write: bool,
    doubtful: bool,
    max_cost: float | None,
    only_estimate: bool,
    yes: bool,
) -> int:
    """Find out why a program failed: a traceback, test output or a log, from a file or stdin.

    Prints the causes, the likeliest first, and one diff that removes them.
    """

    async def run() -> int:
        async with opened() as workspace:
            text = await asyncio.to_thread(_printed, workspace, source)
            roots = (str(workspace.root), str(Path.cwd()))
            inner = "" if source == "-" else source_in(workspace.project, source)
            situation = question(text, workspace.project, roots, note, source=inner)
            if only_estimate:
                price = await expected(workspace.engine, INVESTIGATE, situation)
                return await estimated.told(workspace, INVESTIGATE, price, form, max_cost)
            await agreed(workspace, INVESTIGATE, yes=yes)
            await _check_cost(workspace, situation, max_cost)
            situation = replace(situation, price_agreed=max_cost is not None)
            with progress("Looking for the causes") as bar:
                found = await _found(workspace, situation, bar, max_cost)
            _print(workspace, found, form)
            code = await _written(workspace, found, doubtful=doubtful) if write else 0
        if found.reply.notice:
            tell(found.reply.notice, style="yellow")
        told_costs(found.calls)
        return code or (FAILED if found.failures else 0)

    return wait_for(run)


def _printed(workspace: Workspace, source: str) -> str:
    """The text to look into, from a file or stdin. Raises UsageError for what cannot be read or sent."""
    if source != "-":
        return read_file(workspace.project, source)
    if sys.stdin.isatty():
        tell("Paste what was printed, then press Ctrl-D.")
    return read_printed(sys.stdin.buffer, "stdin")


async def _check_cost(workspace: Workspace, situation: Situation, max_cost: float | None) -> None:
    if max_cost is None:
        return
    upper = await upper_usd(workspace.engine, situation, workspace.settings.verify)
    if upper > max_cost:
        raise BudgetExceeded(
            f"The investigation could cost up to ${upper:.4f}, more than --max-cost {max_cost:g}.",
            fix="Raise it, or give less of the output.",
        )


async def _found(
    workspace: Workspace, situation: Situation, bar: Progress, max_cost: float | None
) -> Investigation:
    return await investigate(
        workspace.engine,
        situation,
        how=workspace.settings.verify,
        checks=workspace.checks(),
        agree=long_prompt,
        on_cause=lambda one: bar.step(f"{one.path}:{one.start.line + 1}: {one.title}"),
        max_usd=max_cost,
    )


def _print(workspace: Workspace, found: Investigation, form: str) -> None:
    if form == "json":
        print_json(shape(found))
        return
    where = shown_path(workspace)
    for item in found.causes:
        show(render.frame(item, workspace.project.read(item.path), where(item.path)))
    if not found.causes:
        show([line("No cause was found in the code.")])
    for one in diffs_of(found.changes.files):
        if sys.stdout.isatty():
            show(render.diff(one.diff))
        else:
            write_text(one.diff)
    for drop in found.changes.dropped:
        tell(f"dropped ({drop.reason}): {drop.detail}", style="yellow")
    for path, error in found.failures:
        tell(f"second look at {path or 'the causes'}: {error.message}", style="yellow")


async def _written(workspace: Workspace, found: Investigation, *, doubtful: bool) -> int:
    """Write the change set. What is in doubt is not written unasked: then nothing is."""
    files = found.changes.files
    if not files:
        return 0
    if apart(files)[1] and not doubtful:
        kept = await asyncio.to_thread(writing.keep, workspace.project, files, found.reply.job)
        tell("Nothing was written: some of the changes are in doubt.", style="yellow")
        tell(f"To write them all the same: {kept.command}; or ask again with --include-doubtful.")
        return DOUBTFUL
    undo = await asyncio.to_thread(writing.write, workspace.project, files, found.reply.job)
    model = workspace.catalogue.model(found.calls[0].model).label if found.calls else "a model"
    origin = Origin(found.reply.job, model, INVESTIGATE.name, time.time())
    await workspace.machine.applied(files, origin)
    name, language = found.calls[0].model if found.calls else "", language_of(files[0].path)
    ending = JobOutcome(found.reply.job, INVESTIGATE.name, "kept", name, language)
    await asyncio.to_thread(workspace.ledger.judged, ending)
    await asyncio.to_thread(remember, workspace.ledger, workspace.root, ending, files)
    tell(f"Wrote {len(files)} file{'s' if len(files) > 1 else ''}. To undo: {undo.command}", style="green")
    return 0


def shape(found: Investigation) -> dict[str, Any]:
    """The JSON of the contract (`tests/contract/investigate.json`): findings as a review's, files as an
    edit's."""
    files = {one.moved_to or one.path: one for one in found.changes.files}
    return {
        "schema": shapes.SCHEMA,
        "complete": not found.failures,
        "findings": [shapes.finding(item) for item in found.causes],
        "files": [
            {
                "path": one.path,
                **({"old_path": one.old_path} if one.old_path else {}),
                "diff": one.diff,
                "doubts": sorted({files[one.path].doubt, *files[one.path].doubts} - {""}),
            }
            for one in diffs_of(found.changes.files)
        ],
        "dropped": shapes.dropped(found.changes.dropped),
        "errors": [
            {"stage": "verify", "path": path, "code": type(error).__name__, "message": error.message}
            for path, error in found.failures
        ],
        "calls": shapes.calls(found.calls),
        "cost_usd": round(found.reply.cost_usd, 9),
        "notice": found.reply.notice,
    }
