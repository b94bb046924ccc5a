"""`counterpoint ask QUESTION`: an answer about the workspace, with citations that were checked."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from counterpoint.answers import Prose
from counterpoint.cli import estimated, shapes
from counterpoint.cli.estimated import estimate_option
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
from counterpoint.cli.terminal import line, print_json, progress, show, tell, waiting_told
from counterpoint.errors import BudgetExceeded, UsageError
from counterpoint.flows.expecting import expected
from counterpoint.flows.pairing import Told
from counterpoint.flows.pairing import tell as tell_flow
from counterpoint.places import Place, place, span_of
from counterpoint.tasks import ASK, Task, short
from counterpoint.text import Document, Situation, Span
from counterpoint.workspace import Workspace


@click.command("ask")
@click.argument("question")
@click.option("--at", metavar="FILE[:L1-L2]", help="The place the question is asked at.")
@click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Refuse beyond this.")
@estimate_option
@format_option("text", "json")
@yes_option
def command(
    question: str, at: str | None, max_cost: float | None, form: str, *, only_estimate: bool, yes: bool
) -> int:
    """Answer a question about the workspace, with citations as path:line."""
    if not question.strip():
        raise UsageError("The question is empty.", fix="Ask it in a sentence.")
    target = place(at) if at else None
    return wait_for(lambda: _run(question, target, max_cost, form, only_estimate=only_estimate, yes=yes))


async def _run(
    question: str, target: Place | None, max_cost: float | None, form: str, *, only_estimate: bool, yes: bool
) -> int:
    async with opened([target.path] if target else []) as workspace:
        situation = Situation(Document.of("", "", "plaintext"), Span(0, 0), workspace.project, question)
        if target:
            document = document_at(workspace, target.path)
            situation = replace(situation, document=document, span=span_of(document, target.lines))
        task = ASK if max_cost is None else short(ASK)  # else nothing fits a small amount
        if only_estimate:
            price = await expected(workspace.engine, task, situation)
            return await estimated.told(workspace, ASK, price, form, max_cost)
        whom = await agreed(workspace, ASK, yes=yes)
        await _check_cost(workspace, task, situation, max_cost)
        situation = replace(situation, price_agreed=max_cost is not None)
        with progress("Looking for the answer"), waiting_told(whom):
            found = await tell_flow(workspace.engine, task, situation, agree=long_prompt)
    if form == "json":
        print_json(shape(found))
    else:
        show([line(row) for row in found.reply.answer.text.split("\n")])
        for item in found.reply.answer.dropped:
            what = "left unsaid" if item.reason == "cut-off" else f"cited, but not there ({item.reason})"
            tell(f"{what}: {item.detail}", style="yellow")
    if found.reply.notice:
        tell(found.reply.notice, style="yellow")
    told_costs(found.calls)
    return 0


async def _check_cost(
    workspace: Workspace, task: Task[Prose], situation: Situation, max_cost: float | None
) -> None:
    if max_cost is None:
        return
    upper = (await workspace.engine.estimate(task, situation)).upper_usd
    if upper > max_cost:
        raise BudgetExceeded(
            f"The answer could cost up to ${upper:.4f}, more than --max-cost {max_cost:g}.", fix="Raise it."
        )


def shape(found: Told) -> dict[str, Any]:
    """The JSON of the contract (`tests/contract/ask.json`)."""
    return {
        "schema": shapes.SCHEMA,
        "answer": found.reply.answer.text,
        "citations": [
            {"path": one.path, "line": one.first, "end_line": one.last, "shown": one.shown}
            for one in found.citations
        ],
        "dropped": shapes.dropped(found.reply.answer.dropped),
        "calls": shapes.calls(found.calls),
        "cost_usd": round(found.reply.cost_usd, 9),
    }
