"""What the sums of a time tell: price and time of what users asked for, why, and what was read and written
for it. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from statistics import fmean, median

from counterpoint import ledger_sums as sums_of
from counterpoint.ledger_choices import Acceptance
from counterpoint.ledger_judged import Judged, Kept
from counterpoint.ledger_rows import NANO, Total
from counterpoint.ledger_sums import Key, Sums


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


def totals(sums: Sums) -> tuple[Total, ...]:
    """By model and task, the dearest first; failed and cancelled calls have no part in the medians."""
    found = (
        Total(
            *(model, task, int(calls), int(failed), nano / NANO, int(read), int(cached), int(output)),
            _median(sums, (sums_of.SECONDS, model, task)),
            _median(sums, (sums_of.FIRSTS, model, task)),
        )
        for (model, task), (calls, failed, nano, read, cached, output, *_) in _by(sums, (1, 2)).items()
    )
    return tuple(sorted(found, key=lambda one: (-one.cost_usd, one.model, one.task)))


def cost_usd(sums: Sums) -> float:
    """What all calls cost, those that are open as reserved."""
    return _add(figures[2:3] for _, figures in sums.of(sums_of.CALLS))[0] / NANO


def reasons_of(sums: Sums) -> tuple[Reason, ...]:
    """The reasons that were written down, the dearest first."""
    found = (
        Reason(model, task, why, int(calls), nano / NANO)
        for (model, task, why), (calls, nano) in sums.of(sums_of.REASONS)
    )
    return tuple(sorted(found, key=lambda one: (-one.cost_usd, one.model, one.task, one.reason)))


def by_task(sums: Sums) -> tuple[TaskCost, ...]:
    """Jobs by task, the dearest first."""
    found = (_task(sums, key, figures) for key, figures in sums.of(sums_of.JOBS))
    return tuple(sorted(found, key=lambda one: (-one.cost_usd, one.task)))


def _task(sums: Sums, key: Key, figures: Iterable[float]) -> TaskCost:
    jobs, done, calls, nano = map(int, figures)
    cost = nano / NANO
    price = cost / done if done else None
    seconds = _median(sums, (sums_of.JOBS, *key))
    ratio = seconds / price if seconds is not None and price else None
    return TaskCost(key[0], jobs, done, calls, cost, price, seconds, ratio)


def tokens_of(sums: Sums, model: str | None = None) -> Tokens:
    """All tokens together, of one model or of all."""
    mine = (
        (figures[6], figures[4], *figures[7:])
        for (_, name, _), figures in sums.of(sums_of.CALLS)
        if model in (None, name)
    )
    return Tokens(*map(int, _add(mine, 5)))


def by_day(sums: Sums) -> dict[str, dict[str, float]]:
    """USD by local day and model, days in order."""
    found: dict[str, dict[str, float]] = {}
    for (day, model), figures in sorted(_by(sums, (0, 1)).items()):
        found.setdefault(day, {})[model] = figures[2] / NANO
    return found


def judged(sums: Sums) -> tuple[Judged, ...]:
    """Judged jobs by model and task, the most frequent first."""
    found = []
    for key, figures in sums.of(sums_of.JUDGED):
        jobs, kept, tuned, rewritten, undone, dismissed, nano, unasked = map(int, figures)
        changed = sums.values.get((sums_of.CHANGED, *key))
        seconds = _median(sums, (sums_of.JUDGED_SECONDS, *key))
        share = fmean(changed) if changed else 0.0
        model, task = key
        counts = (jobs, kept, tuned, rewritten, undone, dismissed)
        found.append(Judged(model, task, *counts, share, nano / NANO, seconds, unasked))
    return tuple(sorted(found, key=lambda one: (-one.jobs, one.model, one.task)))


def kept(sums: Sums) -> dict[tuple[str, str], Kept]:
    """What suggestions are made from, by task and model: of jobs that a model wrote something for."""
    found = {}
    for (model, task), (jobs, good, tuned, *_) in sums.of(sums_of.JUDGED):
        if model:
            prices = sums.values.get((sums_of.PRICES, model, task), ())
            found[task, model] = Kept(int(jobs), int(good + tuned), [nano / NANO for nano in prices])
    return found


def acceptance(sums: Sums) -> tuple[Acceptance, ...]:
    """What became of suggestions, by task and source, the most shown first."""
    found = []
    for (task, source), figures in sums.of(sums_of.CHOICES):
        *counts, early, early_shown, late, late_shown = map(int, figures)
        shares = ((early, early_shown), (late, late_shown))
        kept = (taken / shown if shown else None for taken, shown in shares)
        found.append(Acceptance(task, source, *counts, *kept))
    return tuple(sorted(found, key=lambda one: (-one.shown, one.task, one.source)))


def _by(sums: Sums, parts: tuple[int, ...]) -> Mapping[tuple[str, ...], list[float]]:
    """Calls by some of day, model and task."""
    groups: dict[tuple[str, ...], list[list[float]]] = {}
    for key, figures in sums.of(sums_of.CALLS):
        groups.setdefault(tuple(key[part] for part in parts), []).append(figures)
    return {key: _add(some) for key, some in groups.items()}


def _add(rows: Iterable[Iterable[float]], width: int = 1) -> list[float]:
    """Column by column; that many zeros of no rows."""
    return [sum(column) for column in zip(*rows, strict=True)] or [0] * width


def _median(sums: Sums, key: Key) -> float | None:
    values = sums.values.get(key)
    return median(values) if values else None


def month_at_this_pace(spent_this_month: float, today: date) -> float:
    """USD that the whole month comes to if its days go on as they did."""
    return spent_this_month / today.day * monthrange(today.year, today.month)[1]
