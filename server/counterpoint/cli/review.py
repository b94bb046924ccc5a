"""`counterpoint review`: static rules, then the models, over files or over what has changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from counterpoint.answers import SEVERITIES, Finding
from counterpoint.cli import render, reports, shapes
from counterpoint.cli.estimated import Sums, warn
from counterpoint.cli.frame import INTERRUPTED, wait_for, worst
from counterpoint.cli.github import github, inside
from counterpoint.cli.opened import format_option, opened, shown_path, told_costs, yes_option
from counterpoint.cli.reviewing import INTERRUPTED as BROKEN_OFF
from counterpoint.cli.reviewing import Job, Reviewed, Wish, job_for, price_of, reviewed, scope_in
from counterpoint.cli.terminal import print_json, show, tell, write_text
from counterpoint.errors import BudgetExceeded, PriceNotAgreed
from counterpoint.flows.review import Review
from counterpoint.places import place
from counterpoint.scope import Wanted
from counterpoint.tasks import REVIEW

_EXITS = {BudgetExceeded.code: 4, PriceNotAgreed.code: 4, BROKEN_OFF: INTERRUPTED}
"""Exit codes of failures; that of any other is 3."""
_STATUSES = ("static", "verified", "contested", "unverified")
COUNTED = ("verified", "static")
"""What a model says alone does not fail a build; a second look or a rule does."""


_SCOPES = (
    click.option("--diff", metavar="REF", help="What differs from a commit, uncommitted changes included."),
    click.option("--base", metavar="REF", help="This branch since it left another."),
    click.option("--commit", metavar="REF", help="One commit."),
    click.option("--staged", is_flag=True, help="What is staged."),
    click.option("--workspace", "whole", is_flag=True, help="All source files."),
    click.option("--machine", is_flag=True, help="What models wrote here and is still there."),
)
_WAYS = (
    click.option("--pass", "passes", multiple=True, metavar="NAME",
                 help="A pass to run, shipped or of .counterpoint/passes; may be repeated."),
    click.option("--static", is_flag=True, help="Only the static rules: no model is asked."),
    click.option("--effort", type=click.Choice(("low", "medium", "high", "xhigh")),
                 help="How hard a model thinks."),
    click.option("--strategy", type=click.Choice(("find-verify", "draft-verify", "direct")),
                 help="Who finds and who looks a second time."),
    click.option("--verify", type=click.Choice(("same", "other", "none")),
                 help="Whose second look: the same vendor's, the other's, nobody's."),
    click.option("--votes", type=click.IntRange(1, 5), help="How many second looks a finding gets."),
    click.option("--max-cost", type=click.FloatRange(min=0), metavar="USD",
                 help="Ask no model if it could cost more than this."),
    click.option("--cache", type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
                 help="Keep verdicts in a folder that runs and machines share: what is there costs nothing."),
    yes_option,
)  # fmt: skip
_ENDS = (
    click.option("--fail-on", type=click.Choice(SEVERITIES), default="P2", show_default=True,
                 help="Exit 1 from this severity on."),
    click.option("--count", multiple=True, type=click.Choice(_STATUSES), default=COUNTED, show_default=True,
                 help="Findings that count for it; may be repeated."),
    click.option("--estimate", "only_estimate", is_flag=True, help="Tell price and time; send nothing."),
    format_option("text", "json", "sarif", "github"),
)  # fmt: skip


def _options(function: Callable[..., int]) -> Callable[..., int]:
    for option in reversed((*_SCOPES, *_WAYS, *_ENDS)):
        function = option(function)
    return function


@click.command("review")
@click.argument("paths", nargs=-1, metavar="[PATH[:L1-L2]]...")
@_options
def command(**given: Any) -> int:
    """Review files or changes. With no PATH: the uncommitted changes, or the branch against its base."""
    wanted = Wanted(
        tuple(place(path) for path in given["paths"]),
        workspace=given["whole"],
        **{name: given[name] for name in ("staged", "diff", "base", "commit", "machine")},
    )
    return wait_for(lambda: _run(wanted, given))


async def _run(wanted: Wanted, given: Mapping[str, Any]) -> int:
    wish = Wish(**{name: given[name] for name in ("passes", "static", "max_cost", "cache", "yes")})
    votes = given["votes"]
    settings = {
        "review.effort": given["effort"],
        "review.strategy": given["strategy"],
        "verify.by": given["verify"],
        "verify.votes": None if votes is None else str(votes),
    }
    async with opened([one.path for one in wanted.places], settings) as workspace:
        scope = await scope_in(workspace, wanted)
        job = await job_for(workspace, scope, wish)
        if given["only_estimate"]:
            return await _estimated(job, given["form"])
        found = await reviewed(job)
        _print(found, job, given["form"])
        told_costs(found.review.calls)
        return exit_code(found.review, given["fail_on"], given["count"])


async def _estimated(job: Job, form: str) -> int:
    price = await price_of(job)
    whole = shapes.estimate(price, job.workspace.settings.review.parallel)
    if price.asks:
        await warn(job.workspace, REVIEW, Sums.of(price.alone or price.asks, price.asks), job.wish.max_cost)
    if form == "json":
        print_json(whole)
        return 0
    names = " and ".join(dict.fromkeys(one.model for one in price.asks))
    known = f" ({price.known} known already)" if price.known else ""
    begins = f"{render.count(price.units, 'part')}{known}"
    without = "second looks" if price.asks != price.alone else ""
    usual = whole["expected_usd"]["with_second_looks"]
    if names:
        click.echo(render.estimate(f"{begins} to {names}", whole, usual, without))
    else:
        click.echo(f"{begins}: no model would be asked, which costs nothing. Nothing was sent.")
    for path, reason in price.skipped:
        tell(f"skipped {path}: {reason}")
    return 0


def _print(found: Reviewed, job: Job, form: str) -> None:
    for notice in dict.fromkeys((found.review.notice, found.limits)):
        if notice:
            tell(notice, style="yellow")
    if form == "json":
        print_json(shapes.review(found.review, found.aside, found.limits))
    elif form == "sarif":
        print_json(reports.sarif(found.review, found.aside, found.limits))
    elif form == "github":
        write_text(github(found.review, found.limits, inside(job.workspace.root)))
    else:
        show(render.review(found.review, job.read, shown_path(job.workspace), _sums(found)))


def _sums(found: Reviewed) -> list[str]:
    """What the last line says beside the number of findings."""
    review = found.review
    asked, known = review.units("asked"), review.units("known")
    said = [f"{known} of {asked + known} parts were known already"] if known else []
    said += [f"{len(found.aside)} set aside"] if found.aside else []
    said += ["static rules only"] if found.limits and not (asked or known) else []
    return said


def exit_code(found: Review, fail_on: str, counted: Sequence[str] = COUNTED) -> int:
    """0, 1 for findings that count, 4 for the budget, 130 if interrupted, 3 for a stage that failed; the
    worst of them."""
    line = SEVERITIES.index(fail_on)

    def counts(one: Finding) -> bool:
        return SEVERITIES.index(one.severity) <= line and one.status in counted

    codes = [1] if any(map(counts, found.findings)) else []
    return worst([*codes, *(_EXITS.get(error.code, 3) for error in found.errors)])
