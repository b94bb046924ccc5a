"""What `counterpoint costs` prints for a person."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from counterpoint.cli import costs_caps, render
from counterpoint.cli.costs_parts import Part
from counterpoint.cli.costs_told import Told
from counterpoint.cli.costs_unheard import NONE, Unheard
from counterpoint.cli.terminal import Line, line
from counterpoint.flows.counting import is_free_count
from counterpoint.ledger import Acceptance, Edits, Judged, Precision, Total
from counterpoint.ledger_jobs import TaskCost, by_task
from counterpoint.trials import Figure, Seen

_FIGURES = {
    "cost_usd": "price as a share",
    "seconds": "seconds more",
    "first_token_seconds": "seconds more to the first words",
    "done": "share of answers of use, more or less",
    "similar": "likeness to what was kept, more or less",
    "absent": "quotes that stand nowhere, more or fewer an answer",
    "found": "share of all findings, more or less",
}


def told_lines(told: Told, totals: Sequence[Total]) -> list[Line]:
    """All of it."""
    return [
        *lines(told.since, totals, told.spent_today, told.day_cap, told.unheard, told.unheard_today),
        *(line(text) for text in (costs_caps.said(told.caps),) if text),
        line(_month(told)),
        *job_lines(by_task(told.sums)),
        *outcome_lines(told.judged),
        *kept_lines(told.accepted),
        *edit_lines(told.edits),
        *finding_lines(told.precise),
        *part_lines(told.parts, told.dearest),
        *trial_lines(told),
        *(line(f"\n{one.whole}") for one in told.advice),
    ]


def _month(told: Told) -> str:
    cap = f" of {render.usd(told.month_cap)}" if told.month_cap else ""
    return (
        f"This month {render.usd(told.month)}{cap}; at the present pace it comes to {render.usd(told.pace)}."
    )


def lines(
    since: date,
    totals: Sequence[Total],
    spent: float,
    cap: float,
    unheard: Unheard = NONE,
    today: Unheard = NONE,
) -> list[Line]:
    """The same for a person. Requests that only count tokens cost nothing: they have no row."""
    last = line(f"Today {render.usd(spent)} of {render.usd(cap)} is spent or reserved{_more(today)}.")
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
        if not is_free_count(one.task, one.cost_usd)
    ]
    whole = f"{render.usd(sum(one.cost_usd for one in totals))} since {since.isoformat()}"
    total = line((whole, "bold"), f"{_more(unheard)}.")
    return [*(render.table(head, rows, right=range(2, 10)) if rows else ()), total, last]


def _more(unheard: Unheard) -> str:
    return f", {unheard.said}" if unheard.said else ""


def job_lines(tasks: Sequence[TaskCost]) -> list[Line]:
    """Price and time of what got done, for a person."""
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
        if not is_free_count(one.task, one.cost_usd)
    ]
    return [line(""), *render.table(head, rows, right=range(1, 6))] if rows else []


def outcome_lines(judged: Sequence[Judged]) -> list[Line]:
    """How jobs ended, for a person: `of use` are those that were kept, or tuned only."""
    if not judged:
        return []
    head = ("jobs by", "task", "judged", "kept", "tuned", "rewritten", "undone", "dismissed", "of use")
    rows = [
        (
            one.model or "-",
            one.task,
            *(f"{count}" for count in (one.jobs, one.kept, one.tuned, one.rewritten, one.undone)),
            f"{one.dismissed}",
            _share(one.good / one.jobs if one.jobs else None),
            "-" if one.usd_per_good is None else render.usd(one.usd_per_good),
        )
        for one in judged
    ]
    return [line(""), *render.table((*head, "price of one"), rows, right=range(2, 10))]


def part_lines(parts: Sequence[Part], dearest: Sequence[Part]) -> list[Line]:
    """What prompts were made of, for a person."""
    if not parts:
        return []
    head = ("part of the prompt", "sent", "tokens", "share", "cost")
    rows = [
        (one.part, f"{one.calls:,}", f"{one.tokens:,}", f"{one.share:.0%}", render.usd(one.cost_usd))
        for one in parts
    ]
    paid = [one for one in dearest[:3] if one.cost_usd]
    most = ", ".join(f"{one.part} of {one.task} {render.usd(one.cost_usd)}" for one in paid)
    table = render.table(head, rows, right=range(1, 5))
    return [line(""), *table, *([line(f"Dearest: {most}.")] if most else [])]


def trial_lines(told: Told) -> list[Line]:
    """Trials of other models, and what became of other voices' versions, for a person."""
    found: list[Line] = []
    for one in told.trials:
        found += [line(""), line(trial_said(one)), *(line(f"  {row}") for row in figure_rows(one.figures))]
    for voice in told.voices:
        found.append(
            line(
                f"{voice.other} was asked for its version of {voice.asked} answers by {voice.model} to"
                f" {voice.task}: {voice.other_stands} of its own stand, {voice.model_stands} of the first."
            )
        )
    return found


def trial_said(one: Seen) -> str:
    """A trial in a sentence: its verdict once it has one."""
    trial = one.trial
    begun = date.fromtimestamp(trial.began).isoformat()
    if trial.verdict:
        return f"Trial of {trial.other} since {begun}: {trial.verdict}"
    terms = f"on {trial.share:.0%} for {trial.days} days"
    so_far = render.count(trial.pairs, "question")
    return f"Trial of {trial.other} beside {trial.model} since {begun}, {terms}: {so_far} so far."


def figure_rows(figures: Sequence[Figure]) -> Iterator[str]:
    """What pairs of a trial say of each measure, with its interval."""
    for one in figures:
        yield f"{_FIGURES.get(one.name, one.name)}: {one.value:.2f} ({one.low:.2f} to {one.high:.2f})"


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
