"""What costs tell, computed call by call from the rows: slow, plain, and what the sums are held to."""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import fmean, median
from typing import Any

from counterpoint import ledger_sums
from counterpoint.cli.costs_parts import Part
from counterpoint.cli.costs_unheard import Unheard, is_unheard
from counterpoint.ledger import Call, Ledger
from counterpoint.ledger_choices import EARLY, LATE, Acceptance
from counterpoint.ledger_jobs import Reason, TaskCost, Tokens
from counterpoint.ledger_judged import Judged, JudgedJob
from counterpoint.ledger_rows import COMPARE, SHADOW, Total
from counterpoint.ledger_sums import Row, Sums, add_calls, add_jobs, pieces
from counterpoint.models import Model, Usage, cost_of, price_of

_ANSWERED = ("ok", "cut", "length")
_MEASURING = {COMPARE: "compare", SHADOW: "trial"}


@dataclass(frozen=True, slots=True)
class Job:
    """One action of a user with all its calls."""

    job: str
    task: str
    models: tuple[str, ...]
    calls: int
    cost_usd: float
    seconds: float
    done: bool


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    tokens: float = 0.0
    cost_usd: float = 0.0

    def add(self, calls: int, tokens: float, cost_usd: float) -> None:
        self.calls += calls
        self.tokens += tokens
        self.cost_usd += cost_usd


def told(ledger: Ledger, models: Mapping[str, Model], since: date) -> dict[str, Any]:
    """All of it, by name, in the order it is told."""
    calls = ledger.calls(since)
    with ledger._since(since, "choices") as rows:
        assert rows is not None
        accepted = acceptance(rows, since.isoformat())
    first, most = parts_of(calls, models)
    return {
        "cost_usd": math.fsum(one.cost_usd for one in calls),
        "totals": totals(calls),
        "jobs": by_task(jobs_of(calls)),
        "reasons": reasons_of(calls),
        "tokens": {
            name: tokens_of(one for one in calls if name in ("", one.model)) for name in _models(calls)
        },
        "days": by_day(calls),
        "parts": first,
        "dearest": most,
        "unheard": unheard(calls),
        "accepted": accepted,
        "judged": judged_sums(ledger.outcomes(since)),
    }


def _models(calls: Iterable[Call]) -> list[str]:
    return ["", *sorted({one.model for one in calls})]


def summed(calls: Iterable[Call]) -> Sums:
    """The sums of some calls, as if they were all there is."""
    rows = [_row(one) for one in calls]
    found = Sums()
    add_calls(found, rows)
    add_jobs(found, pieces(rows))
    return found


def _row(one: Call) -> Row:
    usage, day = one.usage, date.fromtimestamp(one.at).isoformat()
    names = (day, one.job, one.task, one.model, one.reason, one.tier or "", one.parts)
    ended = (one.at, one.seconds, one.first_token_seconds, one.outcome or "", int(one.request_id is None))
    read = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.written_5m_tokens)
    more = (usage.written_1h_tokens, usage.reasoning_tokens, int(usage.estimated))
    return Row(*names, round(one.cost_usd * 1e9), *ended, *read, *more)


def unheard(calls: Iterable[Call]) -> Unheard:
    found = [call.cost_usd for call in calls if is_unheard(call)]
    return Unheard(len(found), math.fsum(found))


def totals(calls: Iterable[Call]) -> tuple[Total, ...]:
    """Sums by model and task, the dearest first."""
    groups: dict[tuple[str, str], list[Call]] = {}
    for call in calls:
        groups.setdefault((call.model, call.task), []).append(call)
    found = (_total(model, task, some) for (model, task), some in groups.items())
    return tuple(sorted(found, key=lambda total: (-total.cost_usd, total.model, total.task)))


def _total(model: str, task: str, calls: list[Call]) -> Total:
    """Sums and medians; times of failed and cancelled calls are left out of the median."""
    times = [call.seconds for call in calls if call.outcome in ("ok", "cut", "length")]
    firsts = [call.first_token_seconds for call in calls if call.first_token_seconds is not None]
    return Total(
        model,
        task,
        len(calls),
        sum(call.outcome in ("error", "refused", "lost") for call in calls),
        math.fsum(call.cost_usd for call in calls),
        sum(call.usage.input_tokens for call in calls),
        sum(call.usage.cached_tokens for call in calls),
        sum(call.usage.output_tokens for call in calls),
        median(times) if times else None,
        median(firsts) if firsts else None,
    )


def reasons_of(calls: Iterable[Call]) -> tuple[Reason, ...]:
    """The reasons that were written down, the dearest first."""
    sums: dict[tuple[str, str, str], list[float]] = {}
    for call in calls:
        if call.reason:
            sums.setdefault((call.model, call.task, call.reason), []).append(call.cost_usd)
    found = (Reason(*names, len(costs), sum(costs)) for names, costs in sums.items())
    return tuple(sorted(found, key=lambda one: (-one.cost_usd, one.model, one.task, one.reason)))


def jobs_of(calls: Iterable[Call]) -> tuple[Job, ...]:
    """The jobs in the order they were begun."""
    groups: dict[str, list[Call]] = {}
    for call in calls:
        groups.setdefault(call.job, []).append(call)
    return tuple(_job(name, some) for name, some in groups.items())


def _job(name: str, calls: Sequence[Call]) -> Job:
    ended = max(one.at + one.seconds for one in calls)
    return Job(
        name,
        next((task for begin, task in _MEASURING.items() if name.startswith(begin)), calls[0].task),
        tuple(dict.fromkeys(one.model for one in calls)),
        len(calls),
        sum(one.cost_usd for one in calls),
        max(0.0, ended - calls[0].at),
        any(one.outcome in _ANSWERED for one in calls),
    )


def by_task(jobs: Iterable[Job]) -> tuple[TaskCost, ...]:
    """Jobs by task, the dearest first."""
    groups: dict[str, list[Job]] = {}
    for job in jobs:
        groups.setdefault(job.task, []).append(job)
    found = (_task(task, some) for task, some in groups.items())
    return tuple(sorted(found, key=lambda one: (-one.cost_usd, one.task)))


def _task(task: str, jobs: Sequence[Job]) -> TaskCost:
    done = [one for one in jobs if one.done]
    cost = sum(one.cost_usd for one in jobs)
    price = cost / len(done) if done else None
    seconds = median(one.seconds for one in done) if done else None
    ratio = seconds / price if seconds is not None and price else None
    calls = sum(one.calls for one in jobs)
    return TaskCost(task, len(jobs), len(done), calls, cost, price, seconds, ratio)


def tokens_of(calls: Iterable[Call]) -> Tokens:
    """All tokens of some calls together."""
    fresh = cached = written = thinking = answer = 0
    for call in calls:
        usage = call.usage
        put = usage.written_5m_tokens + usage.written_1h_tokens
        fresh += max(0, usage.input_tokens - usage.cached_tokens - put)
        cached, written = cached + usage.cached_tokens, written + put
        thinking += usage.reasoning_tokens
        answer += max(0, usage.output_tokens - usage.reasoning_tokens)
    return Tokens(fresh, cached, written, thinking, answer)


def by_day(calls: Iterable[Call]) -> dict[str, dict[str, float]]:
    """USD by local day and model, days in order."""
    found: dict[str, dict[str, float]] = {}
    for call in calls:
        day = found.setdefault(date.fromtimestamp(call.at).isoformat(), {})
        day[call.model] = day.get(call.model, 0.0) + call.cost_usd
    return dict(sorted(found.items()))


def parts_of(
    calls: Iterable[Call], models: Mapping[str, Model], most: int = 5
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The parts of all tasks together, the dearest first; and of which task a part costs most."""
    sums: dict[tuple[str, str], _Sum] = {}
    for task, name, tokens, usd in _each(calls, models):
        sums.setdefault((task, name), _Sum()).add(1, tokens, usd)
    together: dict[tuple[str, str], _Sum] = {}
    for (_, name), one in sums.items():
        together.setdefault(("", name), _Sum()).add(one.calls, one.tokens, one.cost_usd)
    return _told(together), _told(sums)[:most]


def _told(sums: Mapping[tuple[str, str], _Sum]) -> tuple[Part, ...]:
    whole = sum(one.tokens for one in sums.values()) or 1.0
    found = (
        Part(task, name, one.calls, round(one.tokens), one.tokens / whole, one.cost_usd)
        for (task, name), one in sums.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.cost_usd, -one.tokens, one.task, one.part)))


def _each(calls: Iterable[Call], models: Mapping[str, Model]) -> Iterator[tuple[str, str, float, float]]:
    """Task, part, tokens and USD of each part of each call that says what it was made of."""
    for call in calls:
        sizes, usage = ledger_sums.sizes_of(call.parts), call.usage
        whole = sum(sizes.values())
        if not whole or not usage.input_tokens:
            continue
        rates = _rates(models.get(call.model), usage, call.tier)
        at = 0.0
        for name, size in sizes.items():
            tokens = usage.input_tokens * size / whole
            cheap = max(0.0, min(at + tokens, usage.cached_tokens) - at)
            at += tokens
            yield call.task, name, tokens, cheap * rates[0] + (tokens - cheap) * rates[1]


def _rates(model: Model | None, usage: Usage, tier: str | None) -> tuple[float, float]:
    """USD a token from a cache, and any other: what a cache was written for is spread over the latter."""
    if model is None:
        return 0.0, 0.0
    if not usage.written_5m_tokens and not usage.written_1h_tokens:  # as nearly all are
        price = price_of(model, usage.input_tokens, tier)
        return price.cached / 1_000_000, price.input / 1_000_000
    read = Usage(usage.input_tokens, 0, usage.cached_tokens, usage.written_5m_tokens, usage.written_1h_tokens)
    whole = cost_of(model, read, tier)
    all_fresh = cost_of(model, Usage(usage.input_tokens), tier)
    all_cached = cost_of(model, Usage(usage.input_tokens, 0, usage.input_tokens), tier)
    cached = all_cached / usage.input_tokens
    rest = usage.input_tokens - usage.cached_tokens
    return cached, (whole - cached * usage.cached_tokens) / rest if rest else all_fresh / usage.input_tokens


def acceptance(rows: sqlite3.Connection, since: str) -> tuple[Acceptance, ...]:
    """By task and source from a local day on; the most shown first."""
    count = "sum(what = '{}')".format
    share = (
        "CAST(sum(CASE WHEN what = 'kept' AND after = {0} THEN taken END) AS REAL)"
        " / nullif(sum(CASE WHEN what = 'kept' AND after = {0} THEN shown END), 0)"
    ).format
    found = rows.execute(
        f"SELECT task, source, sum(what != 'kept') AS seen, {count('accepted')}, {count('partly')},"
        f" {count('rejected')}, {count('ignored')}, {share(EARLY)}, {share(LATE)}"
        " FROM choices WHERE day >= ? GROUP BY task, source ORDER BY seen DESC, task, source",
        (since,),
    )
    return tuple(Acceptance(*row) for row in found)


def judged_sums(judged: Iterable[JudgedJob]) -> tuple[Judged, ...]:
    """Judged jobs by model and task, the most frequent first. Pure."""
    groups: dict[tuple[str, str], list[JudgedJob]] = {}
    for one in judged:
        groups.setdefault((one.model, one.task), []).append(one)
    found = (_sum(model, task, some) for (model, task), some in groups.items())
    return tuple(sorted(found, key=lambda one: (-one.jobs, one.model, one.task)))


def _sum(model: str, task: str, some: Sequence[JudgedJob]) -> Judged:
    counts = Counter(one.outcome for one in some)
    standing = [one.changed for one in some if one.outcome in ("kept", "tuned", "rewritten")]
    times = [one.seconds for one in some if one.calls]
    return Judged(
        model,
        task,
        len(some),
        counts["kept"],
        counts["tuned"],
        counts["rewritten"],
        counts["undone"],
        counts["dismissed"],
        fmean(standing) if standing else 0.0,
        sum(one.cost_usd for one in some),
        median(times) if times else None,
        sum(one.good and not one.calls for one in some),
    )
