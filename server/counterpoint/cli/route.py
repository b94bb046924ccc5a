"""`counterpoint route TASK`: the models that would be asked, best first, with reasons. Asks none."""

from __future__ import annotations

import click

from counterpoint.cli import render, shapes
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import format_option, opened
from counterpoint.cli.terminal import print_json, show, tell
from counterpoint.tasks import task_named


@click.command("route")
@click.argument("task")
@click.option("--tokens", type=click.IntRange(min=0), default=0, help="Size of the question.")
@click.option("--explain", is_flag=True, help="Give the reason for each.")
@format_option("text", "json")
def command(task: str, tokens: int, form: str, *, explain: bool) -> int:
    """Show which model would answer a task."""
    return wait_for(lambda: _run(task, tokens, form, explain=explain))


async def _run(name: str, tokens: int, form: str, *, explain: bool) -> int:
    task = task_named(name)
    async with opened() as workspace:
        found = await workspace.engine.route(task, tokens)
    if form == "json":
        print_json(shapes.route(found))
        return 0
    head = ("model", "role", "effort", "tier", *(("reason",) if explain else ()))
    rows = [
        (one.model.name, one.role, one.effort or "-", one.tier or "-", *((one.reason,) if explain else ()))
        for one in found.candidates
    ]
    show(render.table(head, rows))
    if found.notice:
        tell(found.notice, style="yellow")
    return 0
