"""`counterpoint costs --format html`: one page with all of it, no script, no request to anywhere. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from importlib.resources import files
from string import Template

from counterpoint.cli import render
from counterpoint.ledger import Acceptance, Call, Edits, Precision
from counterpoint.ledger_jobs import Tokens, by_day, by_task, jobs_of, month_at_this_pace, tokens_of

_COLORS = 6
_WIDTH, _HEIGHT, _LEFT, _BELOW = 1_000, 220, 54, 24


@dataclass(frozen=True, slots=True)
class Told:
    """What the page is made from. `month` is what was spent since the first of this month."""

    since: date
    today: date
    calls: Sequence[Call]
    accepted: Sequence[Acceptance]
    edits: Sequence[Edits]
    precise: Sequence[Precision]
    spent_today: float
    month: float
    day_cap: float


def page(told: Told) -> str:
    """The page as HTML."""
    template = Template((files("counterpoint.cli") / "costs.html").read_text("utf-8"))
    return template.substitute(
        since=escape(told.since.isoformat()),
        made=escape(told.today.isoformat()),
        cards="".join(_cards(told)),
        sections="\n".join(_sections(told)),
    )


def _cards(told: Told) -> Iterator[str]:
    whole = sum(call.cost_usd for call in told.calls)
    share = tokens_of(told.calls).cache_share
    absent = sum(one.absent for one in told.precise if one.model)
    said = absent + sum(one.shown for one in told.precise if one.model)
    yield _card(render.usd(whole), f"since {told.since.isoformat()}")
    yield _card(render.usd(told.spent_today), f"today, of {render.usd(told.day_cap)}")
    yield _card(render.usd(month_at_this_pace(told.month, told.today)), "this month at the present pace")
    yield _card(_percent(share), "of the input came from caches")
    yield _card(_percent(absent / said if said else None), "of findings quoted what is not there")


def _card(figure: str, words: str) -> str:
    return f"<div class='card'><b>{escape(figure)}</b><span>{escape(words)}</span></div>"


def _sections(told: Told) -> Iterator[str]:
    if not told.calls:
        yield _section("Nothing was asked", "<p>No model was called in this time.</p>")
        return
    models = _models(told.calls)
    yield _section("By day and model", f"{_key(models)}{_days(told, models)}")
    yield _section("Price and time of what got done", _tasks(told.calls))
    yield _section("Tokens", _tokens(told.calls, models))
    if told.accepted:
        yield _section("Suggestions", _suggestions(told.accepted))
    if told.edits:
        yield _section("Edits", _edits(told.edits))
    if any(one.shown or one.decided for one in told.precise):
        yield _section("Findings", _findings(told.precise))


def _section(title: str, body: str) -> str:
    return f"<section><h2>{escape(title)}</h2>{body}</section>"


def _models(calls: Iterable[Call]) -> dict[str, int]:
    """Models by what they cost, the dearest first, with the number of their color."""
    costs: dict[str, float] = {}
    for call in calls:
        costs[call.model] = costs.get(call.model, 0.0) + call.cost_usd
    return {name: at % _COLORS for at, name in enumerate(sorted(costs, key=lambda one: (-costs[one], one)))}


def _key(models: Mapping[str, int]) -> str:
    return (
        f"<p class='key'>{''.join(f'<i class=c{at}></i>{escape(name)}' for name, at in models.items())}</p>"
    )


def _days(told: Told, models: Mapping[str, int]) -> str:
    """A bar for each day, its models on top of one another."""
    spent = by_day(told.calls)
    count = (told.today - told.since).days + 1
    days = [(told.since + timedelta(days=at)).isoformat() for at in range(count)]
    most = max((sum(spent.get(day, {}).values()) for day in days), default=0.0) or 1.0
    step = (_WIDTH - _LEFT) / len(days)
    marks = [*_scale(most)]
    for at, day in enumerate(days):
        marks += _bar(_LEFT + at * step, step, spent.get(day, {}), models, most, day)
        if at % max(1, len(days) // 10) == 0:
            marks.append(f"<text x='{_LEFT + at * step:.1f}' y='{_HEIGHT + 16}'>{day[5:]}</text>")
    label = f"Spending by day, at most {render.usd(most)}"
    box = f"0 0 {_WIDTH} {_HEIGHT + _BELOW}"
    return f"<svg viewBox='{box}' role='img' aria-label='{escape(label)}'>{''.join(marks)}</svg>"


def _scale(most: float) -> Iterator[str]:
    for part in (0.0, 0.5, 1.0):
        y = _HEIGHT - part * (_HEIGHT - 12)
        yield f"<line class='grid' x1='{_LEFT}' x2='{_WIDTH}' y1='{y:.1f}' y2='{y:.1f}'/>"
        yield f"<text x='0' y='{y + 4:.1f}'>${most * part:.2f}</text>"


def _bar(
    x: float, step: float, spent: Mapping[str, float], models: Mapping[str, int], most: float, day: str
) -> Iterator[str]:
    y = float(_HEIGHT)
    for name, at in models.items():
        height = spent.get(name, 0.0) / most * (_HEIGHT - 12)
        if height <= 0:
            continue
        y -= height
        title = escape(f"{day} {name}: {render.usd(spent[name])}")
        size = f"x='{x + step * 0.1:.1f}' y='{y:.1f}' width='{step * 0.8:.1f}' height='{height:.1f}'"
        yield f"<rect class='c{at}' {size}><title>{title}</title></rect>"


def _tasks(calls: Sequence[Call]) -> str:
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
        for one in by_task(jobs_of(calls))
    ]
    note = "A job is one action of yours with all its calls. The price of one done holds what failed, too."
    return f"{_table(head, rows)}<p class='dim'>{note}</p>"


def _tokens(calls: Sequence[Call], models: Iterable[str]) -> str:
    head = ("model", "fresh input", "from caches", "written to caches", "thinking", "answers", "cached")
    rows = []
    for name in models:
        found: Tokens = tokens_of(call for call in calls if call.model == name)
        figures = (found.fresh, found.cached, found.written, found.thinking, found.answer)
        rows.append((name, *(f"{figure:,}" for figure in figures), _percent(found.cache_share)))
    return _table(head, rows)


def _suggestions(accepted: Sequence[Acceptance]) -> str:
    head = ("task", "answered by", "shown", "accepted", "partly", "rejected", "ignored", "kept 30 s", "5 min")
    rows = [
        (
            one.task,
            one.source,
            *(f"{count:,}" for count in (one.shown, one.accepted, one.partly, one.rejected, one.ignored)),
            _percent(one.early),
            _percent(one.late),
        )
        for one in accepted
    ]
    return _table(head, rows, words=2)


def _edits(edits: Sequence[Edits]) -> str:
    head = ("task", "model", "applied", "kept", "reverted", "undone", "refined", "replaced", "standing")
    rows = [
        (
            one.task,
            one.model,
            *(f"{n:,}" for n in (one.applied, one.kept, one.reverted, one.undone, one.refined, one.other)),
            _percent(one.accepted),
        )
        for one in edits
    ]
    return _table(head, rows, words=2)


def _findings(precise: Sequence[Precision]) -> str:
    head = ("findings of", "by", "shown", "fixed", "resolved", "dismissed", "refuted", "of use")
    rows = [
        (
            one.kind,
            one.model or "rule",
            *(f"{n:,}" for n in (one.shown, one.fixed, one.resolved, one.dismissed, one.refuted)),
            _percent(one.useful),
        )
        for one in precise
        if one.shown or one.decided
    ]
    return _table(head, rows, words=2)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1) -> str:
    """The first `words` columns hold words, the others figures."""

    def cells(tag: str, row: Sequence[str]) -> str:
        return "".join(
            f"<{tag}{' class=n' if at >= words else ''}>{escape(cell)}</{tag}>" for at, cell in enumerate(row)
        )

    body = "".join(f"<tr>{cells('td', row)}</tr>" for row in rows)
    return f"<table><thead><tr>{cells('th', head)}</tr></thead><tbody>{body}</tbody></table>"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.0%}"
