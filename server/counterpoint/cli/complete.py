"""`counterpoint complete FILE:LINE:COL`: one completion on stdout, its cost on stderr."""

from __future__ import annotations

import click

from counterpoint.cli import shapes
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import agreed, document_at, format_option, opened, told_costs, yes_option
from counterpoint.cli.terminal import print_json, tell, write_text
from counterpoint.flows.complete import complete
from counterpoint.places import position
from counterpoint.tasks import COMPLETE
from counterpoint.text import Situation, Span


@click.command("complete")
@click.argument("place", metavar="FILE:LINE:COL")
@format_option("text", "json")
@yes_option
def command(place: str, form: str, *, yes: bool) -> int:
    """Complete the code at a place; line and column count from 1."""
    return wait_for(lambda: _run(place, form, yes=yes))


async def _run(place: str, form: str, *, yes: bool) -> int:
    path, at = position(place)
    async with opened([path]) as workspace:
        document = document_at(workspace, path)
        offset = document.offset(at)
        await agreed(workspace, COMPLETE, yes=yes)
        situation = Situation(document, Span(offset, offset), workspace.project)
        reply = await complete(workspace.engine, situation)
    answer = reply.answer
    if form == "json":
        start, end = document.position(answer.span.start), document.position(answer.span.end)
        print_json(
            {
                "schema": shapes.SCHEMA,
                "text": answer.text,
                "start": {"line": start.line + 1, "column": start.column + 1},
                "end": {"line": end.line + 1, "column": end.column + 1},
                "dropped": shapes.dropped(answer.dropped),
                "calls": shapes.calls(reply.calls),
            }
        )
    else:
        write_text(answer.text if not answer.text or answer.text.endswith("\n") else f"{answer.text}\n")
        for drop in answer.dropped:
            tell(f"dropped ({drop.reason}): {drop.detail}")
    if reply.notice:
        tell(reply.notice, style="yellow")
    told_costs(reply.calls)
    return 0
