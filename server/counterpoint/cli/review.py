"""`counterpoint review`: static rules, then the deep role, over files or over what has changed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import click

from counterpoint.answers import SEVERITIES, Finding
from counterpoint.cli import render, reports, shapes
from counterpoint.cli.frame import wait_for, worst
from counterpoint.cli.github import github
from counterpoint.cli.opened import (
    agreed,
    format_option,
    long_prompt,
    opened,
    shown_path,
    told_costs,
    yes_option,
)
from counterpoint.cli.terminal import print_json, progress, show, tell, write_text
from counterpoint.errors import BudgetExceeded, NotSendable, NoUsableRole, PriceNotAgreed
from counterpoint.flows.review import Review, StageError, unit_for
from counterpoint.flows.review import review as review_flow
from counterpoint.places import place
from counterpoint.plan import Estimate, estimate
from counterpoint.routing import route
from counterpoint.scope import Scope, Wanted, reader, scope_of
from counterpoint.tasks import REVIEW
from counterpoint.text import Situation
from counterpoint.workspace import Workspace

_REFUSED = (BudgetExceeded.code, PriceNotAgreed.code)

COUNTED = ("verified", "static")
"""What a model says alone does not fail a build; a second look or a rule does."""


@dataclass(frozen=True, slots=True)
class _Options:
    passes: tuple[str, ...]
    fail_on: str
    max_cost: float | None
    only_estimate: bool
    form: str
    yes: bool


@click.command("review")
@click.argument("paths", nargs=-1, metavar="[PATH[:L1-L2]]...")
@click.option("--diff", metavar="REF", help="What differs from a commit, uncommitted changes included.")
@click.option("--base", metavar="REF", help="This branch since it left another.")
@click.option("--commit", metavar="REF", help="One commit.")
@click.option("--staged", is_flag=True, help="What is staged.")
@click.option("--workspace", "whole", is_flag=True, help="All source files.")
@click.option("--pass", "passes", multiple=True, metavar="NAME", help="A pass to run; may be repeated.")
@click.option("--fail-on", type=click.Choice(SEVERITIES), default="P2", show_default=True,
              help="Exit 1 from this severity on; static and verified findings count.")  # fmt: skip
@click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD", help="Ask no model beyond this.")
@click.option("--estimate", "only_estimate", is_flag=True, help="Tell price and time; send nothing.")
@format_option("text", "json", "sarif", "github")
@yes_option
def command(
    paths: tuple[str, ...],
    diff: str | None,
    base: str | None,
    commit: str | None,
    *,
    staged: bool,
    whole: bool,
    **options: Any,
) -> int:
    """Review files or changes. With no PATH: the uncommitted changes, or the branch against its base."""
    wanted = Wanted(tuple(place(path) for path in paths), whole, staged, diff, base, commit)
    return wait_for(lambda: _run(wanted, _Options(**options)))


async def _run(wanted: Wanted, options: _Options) -> int:
    async with opened([one.path for one in wanted.places]) as workspace:
        scope = await asyncio.to_thread(scope_of, wanted, workspace.project)
        passes = options.passes or workspace.settings.review.passes
        units = [unit_for(unit, passes) for unit in scope.units]
        if options.only_estimate:
            return await _estimated(workspace, units, options)
        return await _reviewed(workspace, replace(scope, units=units), options)


async def _estimated(workspace: Workspace, units: Sequence[Situation], options: _Options) -> int:
    found = await _estimates(workspace, units)
    if options.form == "json":
        print_json(shapes.estimate(found))
        return 0
    whole = shapes.estimate(found)
    names = " and ".join(dict.fromkeys(one.model for one in found)) or "no model"
    cost, seconds = whole["cost_usd"], whole["seconds"]
    click.echo(
        f"{whole['units']} files to {names}: about {whole['input_tokens']:,} tokens,"
        f" {render.usd_range(cost['low'], sum(one.cost_usd[1] for one in found))}"
        f" (at most ${cost['high']:.2f}),"
        f" {render.duration(seconds['low'])} to {render.duration(seconds['high'])}. Nothing was sent."
    )
    return 0


async def _estimates(workspace: Workspace, units: Sequence[Situation]) -> list[Estimate]:
    """Prices need no key: the model is the one that would be asked, or the first of the role."""
    engine, settings = workspace.engine, workspace.settings
    try:
        candidate = (await engine.route(REVIEW)).first
    except NoUsableRole:
        candidate = route(REVIEW, workspace.catalogue, settings, workspace.catalogue.providers).first
    found = []
    for unit in units:
        try:
            plan = await engine.plan(REVIEW, unit, candidate)
        except NotSendable:
            continue
        found.append(estimate(REVIEW, plan, settings))
    return found


async def _reviewed(workspace: Workspace, scope: Scope, options: _Options) -> int:
    refusal = await _why_no_model(workspace, scope, options)
    errors = (refusal,) if isinstance(refusal, StageError) else ()
    with progress(f"Reviewing {scope.title}") as bar:
        seen: set[str] = set()

        def more(path: str, findings: tuple[Finding, ...]) -> None:
            seen.add(path)
            bar.step(f"{path}: {len(findings)} found", len(seen), len(scope.units))

        static = workspace.check_static if workspace.settings.review.static else None
        # Whoever names a highest cost has agreed to what stays below it.
        units = [replace(unit, price_agreed=options.max_cost is not None) for unit in scope.units]
        found = await review_flow(
            workspace.engine,
            units,
            static=static,
            use_model=refusal is None,
            on_findings=more,
            agree=long_prompt,
        )
    found = replace(found, skipped=(*scope.skipped, *found.skipped), errors=(*found.errors, *errors))
    for notice in (found.notice, refusal if isinstance(refusal, str) else ""):
        if notice:
            tell(notice, style="yellow")
    _print(found, scope, workspace, options.form)
    told_costs(found.calls)
    return exit_code(found, options.fail_on)


async def _why_no_model(workspace: Workspace, scope: Scope, options: _Options) -> StageError | str | None:
    """Why only the static rules run: no key (a remark), or the price (an error). Raises ConsentRequired."""
    if not scope.units:
        return f"Nothing to review in {scope.title}."
    try:
        await agreed(workspace, REVIEW, yes=options.yes)
    except NoUsableRole as error:
        return f"Only the static rules are run. {error}"
    if options.max_cost is None:
        return None
    upper = sum(one.upper_usd for one in await _estimates(workspace, scope.units))
    if upper <= options.max_cost:
        return None
    message = f"The review could cost up to ${upper:.2f}, more than --max-cost {options.max_cost:g}."
    return StageError("review", BudgetExceeded.code, message, fix="Raise it, or review less.")


def _print(found: Review, scope: Scope, workspace: Workspace, form: str) -> None:
    if form == "json":
        print_json(shapes.review(found))
    elif form == "sarif":
        print_json(reports.sarif(found))
    elif form == "github":
        write_text(github(found))
    else:
        show(render.review(found, reader(scope.units, workspace.project), shown_path(workspace)))


def exit_code(found: Review, fail_on: str) -> int:
    """0, 1 for findings that count, 4 for the budget, 3 for a stage that failed; the worst of them."""
    line = SEVERITIES.index(fail_on)
    hit = any(SEVERITIES.index(one.severity) <= line and one.status in COUNTED for one in found.findings)
    codes = [1] if hit else []
    codes += [4 if error.code in _REFUSED else 3 for error in found.errors]
    return worst(codes)
