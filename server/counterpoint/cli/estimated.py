"""`--estimate` of the verbs that ask one question: price and time, alone and with what may follow."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace

import click

from counterpoint.booking import caps_of
from counterpoint.cli import render, shapes
from counterpoint.cli.terminal import print_json, tell
from counterpoint.errors import BudgetExceeded
from counterpoint.flows.expecting import Expected
from counterpoint.ledger_caps import limits
from counterpoint.ledger_rows import check, nano
from counterpoint.plan import Estimate
from counterpoint.tasks import AnyTask
from counterpoint.workspace import Workspace

estimate_option = click.option(
    "--estimate", "only_estimate", is_flag=True, help="Tell price and time; send nothing."
)
_REPAIRS, _LOOKS = "with_repairs", "with_second_looks"
_FURTHER = {"edit": _REPAIRS, "refactor": _REPAIRS, "investigate": _LOOKS}
"""Under which name the contract has what may follow from an answer, by task."""
_WITHOUT = {_REPAIRS: "repairs", _LOOKS: "second look and repair"}


@dataclass(frozen=True, slots=True)
class Sums:
    """USD of a job before anything is sent: the most that its dearest request is reserved at, what all of it
    comes to as a rule at the most, and what all of it could come to."""

    dearest: float
    usual: float
    upper: float

    @classmethod
    def of(cls, alone: Iterable[Estimate], whole: Iterable[Estimate]) -> Sums:
        """Of requests, each by itself and with what may follow from its answer."""
        rows = tuple(whole)
        return cls(
            max((one.upper_usd for one in alone), default=0.0),
            sum(one.cost_usd[1] for one in rows),
            sum(one.upper_usd for one in rows),
        )


async def told(
    workspace: Workspace, task: AnyTask, found: Expected, form: str, max_cost: float | None = None
) -> int:
    """Print what a question of a task would come to, as text or as JSON; on stderr, what the budget says."""
    await warn(workspace, task, Sums.of((found.alone,), (found.whole,)), max_cost)
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


async def warn(workspace: Workspace, task: AnyTask, sums: Sums, max_cost: float | None = None) -> None:
    """Tell on stderr which cap has too little left for the dearest request of a job, for all of it as it
    usually comes, or for the most it could come to, with what to do; and what `--max-cost` says of that.
    Nothing is set aside."""
    spent = await asyncio.to_thread(workspace.ledger.spent)
    here = nano(workspace.ledger.spent_here)
    caps = caps_of(workspace.settings.budget)
    shared = replace(caps, roles={})  # what follows is asked in other roles too
    for those, needed, said in (
        (caps, sums.dearest, "The budget has no room for the whole of it."),
        (shared, sums.usual, "The budget has room to begin, not for what all of it may well come to."),
        (shared, sums.upper, "The budget has room for what it usually comes to, not for the most it could."),
    ):
        try:
            check(limits(those, spent, here, "other", task.role), nano(needed))
        except BudgetExceeded as error:
            tell(f"{said} {error}", style="yellow")
            break
    if max_cost is not None and sums.upper > max_cost:
        followed = " with all that may follow" if sums.dearest <= max_cost else ""
        tell(
            f"It could cost up to ${sums.upper:.4f}{followed}, more than --max-cost {max_cost:g}.",
            style="yellow",
        )
