"""`counterpoint costs --format html`: one page with all of it, no script, no request to anywhere. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta

from counterpoint.cli import pages, plots, render
from counterpoint.cli.costs_parts import Part
from counterpoint.cli.costs_tables import (
    caps,
    edits,
    findings,
    outcomes,
    reasons,
    suggestions,
    tasks,
    tokens,
    voices,
)
from counterpoint.cli.costs_text import figure_rows, trial_said
from counterpoint.cli.costs_told import Told as Told
from counterpoint.cli.pages import card, paragraph, percent, section, table
from counterpoint.ledger_jobs import by_day, reasons_of, tokens_of, totals
from counterpoint.ledger_sums import Sums

_MOST_BARS, _MOST_PARTS = 100, 12
"""Days that are shown one by one, of which more are shown as months; and parts of prompts that are shown."""


def page(told: Told) -> str:
    """The page as HTML."""
    note = "All workspaces and editors of this user, from the ledger on this machine."
    made = f"{note} Made {told.today.isoformat()}."
    return pages.page(f"Costs since {told.since.isoformat()}", made, _cards(told), _sections(told))


def _cards(told: Told) -> Iterator[str]:
    jobs = sum(one.jobs for one in told.judged)
    good = sum(one.good for one in told.judged)
    cap = f", of {render.usd(told.month_cap)}" if told.month_cap else ""
    yield card(render.usd(told.cost_usd), f"since {told.since.isoformat()}")
    yield card(render.usd(told.spent_today), f"today, of {render.usd(told.day_cap)}")
    yield card(render.usd(told.month), f"this month{cap}")
    yield card(render.usd(told.pace), "this month at the present pace")
    yield card(percent(good / jobs if jobs else None), "of what was judged was kept, or tuned only")
    yield card(percent(tokens_of(told.sums).cache_share), "of the input came from caches")
    yield card(percent(told.absent_share), "of findings quoted what is not there")


def _sections(told: Told) -> Iterator[str]:
    models = _models(told.sums)
    if not models:
        yield section("Nothing was asked", paragraph("No model was called in this time."))
    else:
        more = paragraph(_unheard(told)) if told.unheard.calls else ""
        yield section(_title(told), f"{plots.key(models.items())}{_days(told, models)}{more}")
        yield section("Price and time of what got done", tasks(told.sums))
        yield section("Tokens", tokens(told.sums, models))
    why = reasons_of(told.sums)
    bodies: tuple[tuple[str, Sequence[object], Callable[[], str]], ...] = (
        ("Caps below the day's", told.caps, lambda: caps(told.caps)),
        ("Why models were asked", why, lambda: reasons(why)),
        ("Parts of the prompts", told.parts, lambda: _parts(told.parts, told.dearest)),
        ("How jobs ended", told.judged, lambda: outcomes(told.judged)),
        ("Suggestions", told.accepted, lambda: suggestions(told.accepted)),
        ("Edits", told.edits, lambda: edits(told.edits)),
        ("Findings", told.precise, lambda: findings(told.precise)),
        ("Trials of other models", told.trials, lambda: _trials(told)),
        ("Other voices", told.voices, lambda: voices(told.voices)),
    )
    yield from (section(title, body()) for title, rows, body in bodies if rows)
    if told.advice:
        yield section("What your own figures suggest", "".join(paragraph(one.whole) for one in told.advice))


def _unheard(told: Told) -> str:
    return f"{render.usd(told.cost_usd)} since {told.since.isoformat()}, {told.unheard.said}."


def _models(sums: Sums) -> dict[str, int]:
    """Models by what they cost, the dearest first, with the number of their color."""
    costs: dict[str, float] = {}
    for one in totals(sums):
        costs[one.model] = costs.get(one.model, 0.0) + one.cost_usd
    return {
        name: at % plots.COLORS for at, name in enumerate(sorted(costs, key=lambda one: (-costs[one], one)))
    }


def _title(told: Told) -> str:
    return "By day and model" if _length(told) <= _MOST_BARS else "By month and model"


def _length(told: Told) -> int:
    """Days from the first that is shown."""
    return (told.today - _first(told)).days + 1


def _first(told: Told) -> date:
    """Of a long time with few calls, the day of the first."""
    first = date.fromisoformat(min(by_day(told.sums)))
    return told.since if (told.today - told.since).days < _MOST_BARS else max(told.since, first)


def _days(told: Told, models: Mapping[str, int]) -> str:
    """A bar for each day, its models on top of one another; for each month where days are too many."""
    spent, first, count = by_day(told.sums), _first(told), _length(told)
    columns: dict[str, dict[str, float]] = {}
    for at in range(count):
        day = (first + timedelta(days=at)).isoformat()
        parts = columns.setdefault(day[5:] if count <= _MOST_BARS else day[:7], {})
        for name, usd in spent.get(day, {}).items():
            parts[name] = parts.get(name, 0.0) + usd
    most = max(sum(parts.values()) for parts in columns.values())
    each = "day" if count <= _MOST_BARS else "month"
    title = f"Spending by {each}, at most {render.usd(most)}"
    return plots.stacked("days", title, [*columns.items()], models, lambda usd: f"${usd:.2f}")


def _parts(parts: Sequence[Part], dearest: Sequence[Part]) -> str:
    rows = [
        plots.Bar(f"{one.part}, {one.share:.0%} of all tokens", 0, one.cost_usd)
        for one in parts[:_MOST_PARTS]
    ]
    plot = plots.bars("parts", "What reading each part of the prompts cost", rows, render.usd)
    head = ("task", "part", "sent", "tokens", "share", "cost")
    most = [
        (
            one.task,
            one.part,
            f"{one.calls:,}",
            f"{one.tokens:,}",
            percent(one.share),
            render.usd(one.cost_usd),
        )
        for one in dearest
    ]
    note = (
        "Document is the file asked about; callers, definitions, tests and the like are code that was chosen"
        " from other files. What comes from caches is the beginning of a prompt."
    )
    return f"{plot}{table(head, most, words=2)}{paragraph(note, dim=True)}"


def _trials(told: Told) -> str:
    return "".join(
        f"{paragraph(trial_said(one))}{''.join(paragraph(row, dim=True) for row in figure_rows(one.figures))}"
        for one in told.trials
    )
