"""`counterpoint costs`: what was spent on what, what is left for today, and what became of the findings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from datetime import date, timedelta
from typing import Any

import click

from counterpoint.cli import costs_page, shapes
from counterpoint.cli.costs_parts import Part
from counterpoint.cli.costs_text import absent_share, told_lines
from counterpoint.cli.costs_told import Told, gathered
from counterpoint.cli.costs_unheard import Unheard
from counterpoint.cli.frame import wait_for
from counterpoint.cli.opened import format_option, opened
from counterpoint.cli.terminal import print_json, show, write_text
from counterpoint.errors import ConfigError, UsageError
from counterpoint.ledger import Judged, Precision, Total
from counterpoint.ledger_jobs import by_task, reasons_of, tokens_of
from counterpoint.ledger_jobs import totals as totals_of
from counterpoint.ledger_sums import Sums
from counterpoint.trials import Seen

_WORDS = {"today": 0, "yesterday": 1, "week": 6, "month": 29, "year": 364}
_UNITS = {"d": 1, "w": 7}
_EVER = date(2000, 1, 1)


@click.command("costs")
@click.option(
    "--since",
    default="month",
    show_default=True,
    metavar="DATE|today|yesterday|week|month|year|all|Nd|Nw|YYYY-MM",
)
@format_option("text", "json", "html")
def command(since: str, form: str) -> int:
    """Show what was spent since a day."""
    return wait_for(lambda: _run(since_day(since, date.today()), form))


def since_day(text: str, today: date) -> date:
    """The first day of a time up to today: `2026-11-21`, `2026-11`, `7d`, `2w`, or one of a few words, of
    which `month` is thirty days. Raises UsageError."""
    try:
        if text == "all":
            return _EVER
        if text in _WORDS:
            return today - timedelta(days=_WORDS[text])
        if text[-1:] in _UNITS and text[:-1].isdecimal():
            return today - timedelta(days=max(0, int(text[:-1]) * _UNITS[text[-1]] - 1))
        return date.fromisoformat(f"{text}-01" if len(text) == len("2026-11") else text)
    except (ValueError, OverflowError):
        fix = "Use 2026-11-21, 2026-11, 7d, 2w, today, yesterday, week, month, year or all."
        raise UsageError(f"{text} is no day.", fix=fix) from None


async def _run(since: date, form: str) -> int:
    async with opened() as workspace:
        told = await gathered(workspace, since, date.today())
    totals = totals_of(told.sums)
    if form == "html":
        write_text(costs_page.page(told))
    elif form == "json":
        print_json(_shape(told, totals))
    else:
        show(told_lines(told, totals))
    with suppress(ConfigError):  # what was asked for is told; the next time will do
        await asyncio.to_thread(workspace.ledger.rotate)
    return 0


def _shape(told: Told, totals: Sequence[Total]) -> dict[str, Any]:
    return {
        "schema": shapes.SCHEMA,
        "since": told.since.isoformat(),
        "today": {
            "cost_usd": round(told.spent_today, 9),
            "budget_usd": told.day_cap,
            "ended_unheard": _unheard(told.unheard_today),
        },
        "month": {"cost_usd": round(told.month, 9), "budget_usd": told.month_cap},
        "caps": [asdict(one) for one in told.caps],
        "totals": [_total(one) for one in totals],
        "suggestions": [asdict(one) for one in told.accepted],
        "cost_usd": round(told.cost_usd, 9),
        "ended_unheard": _unheard(told.unheard),
        "jobs": [asdict(one) for one in by_task(told.sums)],
        "reasons": [asdict(one) for one in reasons_of(told.sums)],
        "outcomes": [_judged(one) for one in told.judged],
        "tokens": _tokens(told.sums),
        "parts": [_part(one) for one in told.parts],
        "dearest_parts": [_part(one) for one in told.dearest],
        "month_at_this_pace_usd": round(told.pace, 6),
        "findings": [_precision(one) for one in told.precise],
        "edits": [{**asdict(one), "accepted": one.accepted} for one in told.edits],
        "trials": [_trial(one) for one in told.trials],
        "voices": [asdict(one) for one in told.voices],
        "advice": [
            {**asdict(one.suggestion), "said": one.said, "config_line": one.line} for one in told.advice
        ],
    }


def _unheard(one: Unheard) -> dict[str, Any]:
    return {"calls": one.calls, "upper_usd": round(one.upper_usd, 9)}


def _total(one: Total) -> dict[str, Any]:
    return {**asdict(one), "cost_usd": round(one.cost_usd, 9)}


def _judged(one: Judged) -> dict[str, Any]:
    return {**asdict(one), "good": one.good, "usd_per_good": one.usd_per_good}


def _part(one: Part) -> dict[str, Any]:
    found = asdict(one)
    if not one.task:
        del found["task"]
    return {**found, "cost_usd": round(one.cost_usd, 9)}


def _trial(one: Seen) -> dict[str, Any]:
    found = asdict(one.trial)
    del found["name"]
    for name in ("began", "ended"):
        found[name] = date.fromtimestamp(found[name]).isoformat() if found[name] is not None else None
    return {**found, "figures": [asdict(figure) for figure in one.figures]}


def _tokens(sums: Sums) -> dict[str, Any]:
    found = tokens_of(sums)
    return {**asdict(found), "cache_share": found.cache_share}


def _precision(one: Precision) -> dict[str, Any]:
    found = asdict(one)
    found["pass"] = found.pop("lens")
    return {**found, "useful": one.useful, "absent_share": absent_share(one)}
