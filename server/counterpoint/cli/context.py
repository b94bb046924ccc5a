"""`counterpoint context FILE:LINE:COL`: exactly what would be sent, secrets masked, with nothing sent."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

import click

from counterpoint.cli import shapes
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import document_at, format_option, opened
from counterpoint.cli.terminal import Line, line, print_json, show, tell
from counterpoint.context.snippet import Snippet
from counterpoint.engine import Engine
from counterpoint.errors import NoUsableRole
from counterpoint.flows.pairing import prepared
from counterpoint.places import position
from counterpoint.plan import Plan
from counterpoint.routing import route
from counterpoint.tasks import COMPLETE, TASKS, Task
from counterpoint.text import Situation, Span
from counterpoint.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan and the words that say whether it could be sent."""

    plan: Plan
    notice: str


@click.command("context")
@click.argument("place", metavar="FILE:LINE:COL", required=False)
@click.option("--task", "name", type=click.Choice(list(TASKS)), default=COMPLETE.name, show_default=True)
@click.option("--budget", type=click.IntRange(min=1), help="Tokens for the context, in place of the setting.")
@click.option("--instruction", default="", help="What an edit would be told.")
@click.option("--adapter", is_flag=True, help="Answer questions on stdin, one JSON object a line.")
@click.option(
    "--sites", type=click.Choice(["all", "certain"]), default="all", help="With --adapter: which call sites."
)
@format_option("text", "json")
def command(
    place: str | None, name: str, budget: int | None, instruction: str, adapter: bool, sites: str, form: str
) -> int:
    """Show exactly what would be sent for a task at a place. Nothing is sent."""
    if adapter:
        from counterpoint.cli.adapter import main

        return main("certain" if sites == "certain" else "all")
    if place is None:
        raise click.UsageError("Missing argument 'FILE:LINE:COL'", click.get_current_context())
    return wait_for(lambda: _run(place, TASKS[name], budget, instruction, form))


async def _run(place: str, task: Task[Any], budget: int | None, instruction: str, form: str) -> int:
    path, at = position(place)
    async with opened([path]) as workspace:
        document = document_at(workspace, path)
        offset = document.offset(at)
        span = Span(offset, offset) if task is COMPLETE else Span(0, len(document.text))
        situation = await prepared(task, Situation(document, span, workspace.project, instruction))
        shown = await planned(workspace, task, situation, budget)
    if form == "json":
        print_json(_shape(shown.plan))
        return 0
    show(_lines(shown.plan))
    if shown.notice:
        tell(shown.notice, style="yellow")
    return 0


async def planned(
    workspace: Workspace, task: Task[Any], situation: Situation, budget: int | None = None
) -> Shown:
    """What would be sent, also where no key is set: then for the model that fills the role with one."""
    engine, notice = workspace.engine, ""
    try:
        candidate = (await engine.route(task)).first
    except NoUsableRole as error:
        notice = str(error)
        candidate = route(task, workspace.catalogue, workspace.settings, workspace.catalogue.providers).first
    if budget is not None:
        # A review shows four times its context's budget of the document itself.
        context = replace(workspace.settings.context, completion_tokens=budget, review_tokens=-(-budget // 4))
        engine = Engine(
            replace(workspace.settings, context=context), workspace.catalogue, workspace.ledger, engine.ports
        )
    return Shown(await engine.plan(task, situation, candidate), notice)


def _shape(plan: Plan) -> dict[str, Any]:
    return {
        "schema": shapes.SCHEMA,
        "model": plan.candidate.model.name,
        "input_tokens": plan.input_tokens,
        "masked": plan.masked,
        "system": plan.rendered.system,
        "parts": list(plan.rendered.parts),
        "snippets": [
            {
                "path": one.path,
                "start_line": one.first_line,
                "end_line": one.last_line,
                "why": one.why,
                "tokens": one.tokens,
            }
            for one in plan.snippets
        ],
        "left_out": [{"what": what, "reason": reason} for what, reason in plan.selection.left_out],
        "placeholders": sorted(plan.secrets),
        "source": plan.selection.source,
    }


def _lines(plan: Plan) -> list[Line]:
    secrets = f", {plan.masked} secrets masked" if plan.masked else ""
    rows = [
        line(
            (f"To {plan.candidate.model.label}: about {plan.input_tokens:,} tokens{secrets}.", "bold"),
            " Nothing was sent.",
        )
    ]
    if plan.snippets:
        known = f"--- chosen from the workspace, the file known by its {plan.selection.source} ---"
        rows.append(line((known, "cyan")))
        rows += [line(_lines_of(one), (f"  {one.why}", "dim")) for one in plan.snippets]
    if plan.selection.left_out:
        rows.append(line(("--- left out ---", "cyan")))
        rows += [line(what, (f"  {reason}", "dim")) for what, reason in plan.selection.left_out]
    sections = [("instructions", plan.rendered.system)] if plan.rendered.system else []
    sections += [(f"part {number}", text) for number, text in enumerate(plan.rendered.parts, 1)]
    for title, text in sections:
        rows.append(line((f"--- {title} ---", "cyan")))
        rows += [_marked(row.rstrip("\r"), plan) for row in text.removesuffix("\n").split("\n")]
    return rows


def _marked(row: str, plan: Plan) -> Line:
    """A line of the request, with the places where a secret was hidden standing out."""
    if not any(name in row for name in plan.secrets):
        return line(row)
    names = "|".join(re.escape(name) for name in sorted(plan.secrets, key=len, reverse=True))
    pieces = re.split(f"({names})", row)
    return line(*((piece, "bold red" if piece in plan.secrets else "") for piece in pieces if piece))


def _lines_of(one: Snippet) -> str:
    last = f"-{one.last_line}" if one.last_line > one.first_line else ""
    return f"{one.path}:{one.first_line}{last}"
