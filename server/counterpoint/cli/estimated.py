"""`--estimate` of the verbs that ask one question: price and time, alone and with what may follow."""

from __future__ import annotations

import asyncio

import click

from counterpoint.booking import caps_of
from counterpoint.cli import render, shapes
from counterpoint.cli.terminal import print_json, tell
from counterpoint.errors import BudgetExceeded
from counterpoint.flows.expecting import Expected
from counterpoint.ledger_caps import limits
from counterpoint.ledger_rows import check, nano
from counterpoint.tasks import AnyTask
from counterpoint.workspace import Workspace

estimate_option = click.option(
    "--estimate", "only_estimate", is_flag=True, help="Tell price and time; send nothing."
)
_REPAIRS, _LOOKS = "with_repairs", "with_second_looks"
_FURTHER = {"edit": _REPAIRS, "refactor": _REPAIRS, "investigate": _LOOKS}
"""Under which name the contract has what may follow from an answer, by task."""
_WITHOUT = {_REPAIRS: "repairs", _LOOKS: "second look and repair"}


async def told(workspace: Workspace, task: AnyTask, found: Expected, form: str) -> int:
    """Print what a question of a task would come to, as text or as JSON; on stderr, what the budget says."""
    await warn(workspace, task, found.alone.upper_usd)
    return printed(task.name, found, form)


def printed(task: str, found: Expected, form: str) -> int:
    """Print what a question of the task of this name would come to, as text or as JSON."""
    further = _FURTHER.get(task, "")
    whole = shapes.expected(task, found, further)
    if form == "json":
        print_json(whole)
        return 0
    usual = whole["expected_usd"][further or "alone"]
    without = _WITHOUT.get(further, "") if found.whole != found.alone else ""
    click.echo(render.estimate(f"{task} to {found.alone.model}", whole, usual, without))
    return 0


async def warn(workspace: Workspace, task: AnyTask, upper_usd: float) -> None:
    """Tell on stderr which cap has too little left for a request that may cost so much, and what to do.
    Nothing is set aside."""
    spent = await asyncio.to_thread(workspace.ledger.spent)
    here = nano(workspace.ledger.spent_here)
    caps = caps_of(workspace.settings.budget)
    try:
        check(limits(caps, spent, here, "other", task.role), nano(upper_usd))
    except BudgetExceeded as error:
        tell(f"The budget has no room for the whole of it. {error}", style="yellow")
