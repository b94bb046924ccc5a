"""Calls of the ledger as what users asked for: jobs, with price and time of those that got done. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from counterpoint.ledger_rows import COMPARE, SHADOW, Call

_ANSWERED = ("ok", "cut", "length")
_MEASURING = {COMPARE: "compare", SHADOW: "trial"}
"""What jobs that measure models are told as: nobody's work got done by them."""


@dataclass(frozen=True, slots=True)
class Job:
    """One action of a user with all its calls. `task` is that of its first call, or what was measured;
    `done` says whether any call was answered. `seconds` run from the first call's begin to the last one's
    end."""

    job: str
    task: str
    models: tuple[str, ...]
    calls: int
    cost_usd: float
    seconds: float
    done: bool


@dataclass(frozen=True, slots=True)
class TaskCost:
    """The jobs of one task. `usd_per_done` holds what failed and was cancelled too: that was paid as well."""

    task: str
    jobs: int
    done: int
    calls: int
    cost_usd: float
    usd_per_done: float | None
    median_seconds: float | None
    seconds_per_usd: float | None


@dataclass(frozen=True, slots=True)
class Tokens:
    """What went in and came out. `fresh` input was neither read from a cache nor written to one."""

    fresh: int = 0
    cached: int = 0
    written: int = 0
    thinking: int = 0
    answer: int = 0

    @property
    def cache_share(self) -> float | None:
        """Share of the input that was read from a cache; None without input."""
        whole = self.fresh + self.cached + self.written
        return self.cached / whole if whole else None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a model was asked to do a task, with the calls made for that reason."""

    model: str
    task: str
    reason: str
    calls: int
    cost_usd: float


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


def month_at_this_pace(spent_this_month: float, today: date) -> float:
    """USD that the whole month comes to if its days go on as they did."""
    return spent_this_month / today.day * monthrange(today.year, today.month)[1]
