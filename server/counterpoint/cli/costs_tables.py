"""The tables of the page of costs, as HTML. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from counterpoint.cli import render
from counterpoint.cli.costs_caps import Cap
from counterpoint.cli.pages import paragraph, percent, table
from counterpoint.flows.counting import is_free_count
from counterpoint.ledger import Acceptance, Edits, Judged, Precision
from counterpoint.ledger_jobs import Reason, Tokens, by_task, tokens_of
from counterpoint.ledger_sums import Sums
from counterpoint.ledger_trials import Voices


def tasks(sums: Sums) -> str:
    """Price and time by task."""
    head = ("task", "jobs", "done", "calls", "spent", "price of one done", "median time", "seconds per $")
    rows = [
        (
            one.task,
            f"{one.jobs:,}",
            f"{one.done:,}",
            f"{one.calls:,}",
            render.usd(one.cost_usd),
            "-" if one.usd_per_done is None else render.usd(one.usd_per_done),
            "-" if one.median_seconds is None else render.duration(one.median_seconds),
            "-" if one.seconds_per_usd is None else f"{one.seconds_per_usd:,.0f}",
        )
        for one in by_task(sums)
        if not is_free_count(one.task, one.cost_usd)
    ]
    note = "A job is one action of yours with all its calls. The price of one done holds what failed, too."
    return f"{table(head, rows)}{paragraph(note, dim=True)}"


def tokens(sums: Sums, models: Iterable[str]) -> str:
    """Tokens by model."""
    head = ("model", "fresh input", "from caches", "written to caches", "thinking", "answers", "cached")
    rows = []
    for name in models:
        found: Tokens = tokens_of(sums, name)
        figures = (found.fresh, found.cached, found.written, found.thinking, found.answer)
        rows.append((name, *(f"{figure:,}" for figure in figures), percent(found.cache_share)))
    return table(head, rows)


def caps(found: Sequence[Cap]) -> str:
    """What is spent of each cap below the day's."""
    rows = [
        (
            one.setting,
            "-" if one.cost_usd is None else render.usd(one.cost_usd),
            render.usd(one.budget_usd),
        )
        for one in found
    ]
    note = (
        "What counts against budget.session_usd is known to the server or command alone whose session it is."
    )
    of_session = any(one.cost_usd is None for one in found)
    whole = table(("setting", "spent or reserved", "cap"), rows)
    return f"{whole}{paragraph(note, dim=True) if of_session else ''}"


def reasons(found: Sequence[Reason]) -> str:
    """Why models were asked."""
    rows = [(one.model, one.task, one.reason, f"{one.calls:,}", render.usd(one.cost_usd)) for one in found]
    return table(("model", "task", "reason", "calls", "cost"), rows, words=3, long=True)


def suggestions(accepted: Sequence[Acceptance]) -> str:
    """What became of suggestions."""
    head = ("task", "answered by", "shown", "accepted", "partly", "rejected", "ignored", "kept 30 s", "5 min")
    rows = [
        (
            one.task,
            one.source,
            *(f"{count:,}" for count in (one.shown, one.accepted, one.partly, one.rejected, one.ignored)),
            percent(one.early),
            percent(one.late),
        )
        for one in accepted
    ]
    return table(head, rows, words=2)


def edits(edits: Sequence[Edits]) -> str:
    """What became of edits."""
    head = ("task", "model", "applied", "kept", "reverted", "undone", "refined", "replaced", "standing")
    rows = [
        (
            one.task,
            one.model,
            *(f"{n:,}" for n in (one.applied, one.kept, one.reverted, one.undone, one.refined, one.other)),
            percent(one.accepted),
        )
        for one in edits
    ]
    return table(head, rows, words=2)


def outcomes(judged: Sequence[Judged]) -> str:
    """How jobs ended."""
    head = ("task", "model", "judged", "kept", "tuned", "rewritten", "undone", "dismissed", "of use")
    rows = [
        (
            one.task,
            one.model or "-",
            *(f"{n:,}" for n in (one.jobs, one.kept, one.tuned, one.rewritten, one.undone, one.dismissed)),
            percent(one.good / one.jobs if one.jobs else None),
            percent(one.changed),
            "-" if one.usd_per_good is None else render.usd(one.usd_per_good),
            "-" if one.median_seconds is None else render.duration(one.median_seconds),
        )
        for one in judged
    ]
    note = "Of use: kept, or tuned only. Changed: how much of what stands is another now, as a mean."
    whole = table((*head, "changed", "price of one of use", "median time"), rows, words=2)
    return f"{whole}{paragraph(note, dim=True)}"


def findings(precise: Sequence[Precision]) -> str:
    """What became of findings, and how many of each model's quote what is not there."""
    head = ("findings of", "by", "shown", "fixed", "resolved", "dismissed", "refuted", "of use")
    rows = [
        (
            one.kind,
            one.model or "rule",
            *(f"{n:,}" for n in (one.shown, one.fixed, one.resolved, one.dismissed, one.refuted)),
            percent(one.useful),
        )
        for one in precise
        if one.shown or one.decided
    ]
    made_up = [
        (name, f"{said:,}", f"{absent:,}", percent(absent / said if said else None))
        for name, absent, said in _made_up(precise)
    ]
    quoted = table(("model", "findings", "quote what is not there", "share"), made_up) if made_up else ""
    return f"{table(head, rows, words=2) if rows else ''}{quoted}"


def _made_up(precise: Sequence[Precision]) -> Iterator[tuple[str, int, int]]:
    """Findings of each model whose quotes stand nowhere, and all that it reported."""
    for model in dict.fromkeys(one.model for one in precise if one.model):
        mine = [one for one in precise if one.model == model]
        absent = sum(one.absent for one in mine)
        yield model, absent, absent + sum(one.shown for one in mine)


def voices(found: Sequence[Voices]) -> str:
    """What became of other voices' versions."""
    head = ("task", "model", "other voice", "asked", "the other's stands", "the first stands")
    rows = [
        (one.task, one.model, one.other, *(f"{n:,}" for n in (one.asked, one.other_stands, one.model_stands)))
        for one in found
    ]
    return table(head, rows, words=3)
