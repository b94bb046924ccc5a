"""`counterpoint costs`: what was spent on what, what is left for today, and what became of the findings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import click

from counterpoint.cli import costs_page, render, shapes
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import format_option, opened
from counterpoint.cli.terminal import Line, line, print_json, show, write_text
from counterpoint.errors import UsageError
from counterpoint.ledger import Acceptance, Call, Edits, Precision, Total
from counterpoint.ledger_jobs import TaskCost, by_task, jobs_of, month_at_this_pace, tokens_of

_WORDS = {"today": 0, "week": 6, "month": 29}


@click.command("costs")
@click.option("--since", default="month", show_default=True, metavar="DATE|today|week|month|Nd")
@format_option("text", "json", "html")
def command(since: str, form: str) -> int:
    """Show what was spent since a day."""
    return wait_for(lambda: _run(since_day(since, date.today()), form))


def since_day(text: str, today: date) -> date:
    """A day as `2026-11-21`, `7d`, or one of a few words. Raises UsageError."""
    try:
        if text in _WORDS:
            return today - timedelta(days=_WORDS[text])
        if text.endswith("d") and text[:-1].isdecimal():
            return today - timedelta(days=max(0, int(text[:-1]) - 1))
        return date.fromisoformat(text)
    except (ValueError, OverflowError):
        raise UsageError(f"{text} is no day.", fix="Use 2026-11-21, 7d, today, week or month.") from None


async def _run(since: date, form: str) -> int:
    async with opened() as workspace:
        totals = workspace.ledger.totals(since)
        accepted = workspace.ledger.acceptance(since)
        precise = workspace.ledger.precision(since)
        edits = workspace.ledger.edits(since)
        spent = workspace.ledger.spent_today()
        caps = workspace.settings.budget
        calls = workspace.ledger.calls(since)
        month = sum(one.cost_usd for one in workspace.ledger.totals(date.today().replace(day=1)))
    if form == "html":
        found = (calls, accepted, edits, precise, spent, month, caps.day_usd)
        write_text(costs_page.page(costs_page.Told(since, date.today(), *found)))
        return 0
    tasks = by_task(jobs_of(calls))
    if form == "json":
        whole = _shape(since, totals, accepted, spent, caps.day_usd)
        outcomes = [{**asdict(one), "accepted": one.accepted} for one in edits]
        whole |= {"jobs": [asdict(one) for one in tasks], "tokens": _tokens(calls)}
        whole["month_at_this_pace_usd"] = round(month_at_this_pace(month, date.today()), 6)
        print_json({**whole, "findings": [_precision(one) for one in precise], "edits": outcomes})
        return 0
    told = (*job_lines(tasks), *kept_lines(accepted), *edit_lines(edits), *finding_lines(precise))
    show([*lines(since, totals, spent, caps.day_usd), *told])
    return 0


def _shape(
    since: date, totals: Sequence[Total], accepted: Sequence[Acceptance], spent: float, cap: float
) -> dict[str, Any]:
    return {
        "schema": shapes.SCHEMA,
        "since": since.isoformat(),
        "today": {"cost_usd": round(spent, 9), "budget_usd": cap},
        "totals": [
            {
                "model": one.model,
                "task": one.task,
                "calls": one.calls,
                "failed": one.failed,
                "input_tokens": one.input_tokens,
                "cached_tokens": one.cached_tokens,
                "output_tokens": one.output_tokens,
                "cost_usd": round(one.cost_usd, 9),
                "median_seconds": one.median_seconds,
                "median_first_token_seconds": one.median_first_token_seconds,
            }
            for one in totals
        ],
        "suggestions": [asdict(one) for one in accepted],
        "cost_usd": round(sum(one.cost_usd for one in totals), 9),
    }


def lines(since: date, totals: Sequence[Total], spent: float, cap: float) -> list[Line]:
    """The same for a person."""
    last = line(f"Today {render.usd(spent)} of {render.usd(cap)} is spent or reserved.")
    if not totals:
        return [line(f"No calls since {since.isoformat()}."), last]
    head = ("model", "task", "calls", "failed", "in", "cached", "out", "cost", "first token", "median")
    rows = [
        (
            one.model,
            one.task,
            f"{one.calls}",
            f"{one.failed}",
            *(f"{figure:,}" for figure in (one.input_tokens, one.cached_tokens, one.output_tokens)),
            render.usd(one.cost_usd),
            *(
                "-" if seconds is None else render.duration(seconds)
                for seconds in (one.median_first_token_seconds, one.median_seconds)
            ),
        )
        for one in totals
    ]
    total = line((f"{render.usd(sum(one.cost_usd for one in totals))} since {since.isoformat()}.", "bold"))
    return [*render.table(head, rows, right=range(2, 10)), total, last]


def _tokens(calls: Sequence[Call]) -> dict[str, Any]:
    found = tokens_of(calls)
    return {**asdict(found), "cache_share": found.cache_share}


def job_lines(tasks: Sequence[TaskCost]) -> list[Line]:
    """Price and time of what got done, for a person."""
    if not tasks:
        return []
    head = ("jobs of", "begun", "done", "price of one done", "median time", "seconds per $")
    rows = [
        (
            one.task,
            f"{one.jobs}",
            f"{one.done}",
            "-" if one.usd_per_done is None else render.usd(one.usd_per_done),
            "-" if one.median_seconds is None else render.duration(one.median_seconds),
            "-" if one.seconds_per_usd is None else f"{one.seconds_per_usd:,.0f}",
        )
        for one in tasks
    ]
    return [line(""), *render.table(head, rows, right=range(1, 6))]


def kept_lines(accepted: Sequence[Acceptance]) -> list[Line]:
    """What became of the suggestions, for a person."""
    if not accepted:
        return []
    head = ("task", "answered by", "shown", "accepted", "partly", "rejected", "ignored", "kept 30 s", "5 min")
    rows = [
        (
            one.task,
            one.source,
            *(f"{count}" for count in (one.shown, one.accepted, one.partly, one.rejected, one.ignored)),
            *("-" if share is None else f"{share:.0%}" for share in (one.early, one.late)),
        )
        for one in accepted
    ]
    return [line(""), *render.table(head, rows, right=range(2, 9))]


def edit_lines(edits: Sequence[Edits]) -> list[Line]:
    """What became of edits, for a person: `accepted` are those that were neither taken back nor replaced."""
    if not edits:
        return []
    head = ("edits by", "task", "applied", "kept", "reverted", "undone", "refined", "other voice", "reviewed")
    rows = [
        (
            one.model or "rule",
            one.task,
            *(f"{count}" for count in (one.applied, one.kept, one.reverted, one.undone)),
            *(f"{count}" for count in (one.refined, one.other, one.reviewed)),
            _share(one.accepted),
        )
        for one in edits
    ]
    return [line(""), *render.table((*head, "accepted"), rows, right=range(2, 10))]


def _precision(one: Precision) -> dict[str, Any]:
    found = asdict(one)
    found["pass"] = found.pop("lens")
    return {**found, "useful": one.useful, "absent_share": absent_share(one)}


def absent_share(one: Precision) -> float | None:
    """How much of what a model reported rests on a quote that stands nowhere; None if it reported nothing."""
    said = one.shown + one.absent
    return one.absent / said if said and one.model else None


def finding_lines(precise: Sequence[Precision]) -> list[Line]:
    """What became of the findings, for a person: by pass and category or rule, then by model."""
    head = ("findings of", "by", "shown", "fixed", "resolved", "dismissed", "refuted", "of use")
    rows = [_row(one.kind, one) for one in precise if one.shown or one.decided]
    whole = [("all together", *_of_model(one)[1:]) for one in _models(precise)]
    if not rows and not whole:
        return []
    return [line(""), *render.table((*head, "made up"), [*rows, *whole], right=range(2, 9))]


def _row(name: str, one: Precision) -> tuple[str, ...]:
    counts = (one.shown, one.fixed, one.resolved, one.dismissed, one.refuted)
    return (name, one.model or "rule", *(f"{count}" for count in counts), _share(one.useful), "")


def _of_model(one: Precision) -> tuple[str, ...]:
    return (*_row("", one)[:-1], _share(absent_share(one)))


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"


def _models(precise: Sequence[Precision]) -> list[Precision]:
    """All kinds of a model's findings together: a quote that stands nowhere belongs to none of them."""
    names = ("shown", "fixed", "dismissed", "refuted", "resolved", "absent")
    found = {}
    for model in dict.fromkeys(one.model for one in precise if one.model):
        mine = [one for one in precise if one.model == model]
        counts = (sum(getattr(one, name) for one in mine) for name in names)
        found[model] = Precision("", "", "", model, *counts)
    return list(found.values())
