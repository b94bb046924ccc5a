"""The calls of the ledger played again with another model: what they would have cost, caches included. Pure.

A vendor's cache is warm or cold. What the old model read from its cache, the new one reads only if that would
still be there: Anthropic keeps a prefix for five minutes from its last use and charges for writing it, OpenAI
keeps it for up to a day and, for most models, writes it for nothing. Whether it would still be there is told
by the time since the same task was asked about the same file.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum

from counterpoint.models import Model, Usage, cost_of, price_of

MINUTES, DAY = 300.0, 86_400.0


@dataclass(frozen=True, slots=True)
class Past:
    """A call of the ledger: when (Unix time), which task, about which file, its tokens, its cost in USD."""

    at: float
    task: str
    path: str
    usage: Usage
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Factors:
    """How many tokens the new model reads and writes for one of the old one's, and the share of a prompt that
    a cache can keep."""

    input: float = 1.0
    output: float = 1.0
    prefix: float = 0.0


@dataclass(frozen=True, slots=True)
class Replay:
    """Calls of a task, or of all (""): USD as paid, and as they would be with the new model. `saved` is what
    caches saved of it, in USD, less what writing them cost; `cached` the shares of the input that were read
    from and written to caches; each of the old model first."""

    task: str
    calls: int
    days: int
    usd: tuple[float, float]
    saved: tuple[float, float]
    cached: tuple[tuple[float, float], tuple[float, float]]

    @property
    def cache_effect_a_day(self) -> float:
        """USD a day that the new model's caches save less than the old one's."""
        return (self.saved[0] - self.saved[1]) / self.days


@dataclass(frozen=True, slots=True)
class Cold:
    """What was warm for the old model on its last day, and what it costs once to warm it for the new one.

    `tokens` are as the new model counts them; `by_task` has them by task. `since` is a Unix time.
    """

    since: float
    prefixes: int
    tokens: int
    usd: float
    by_task: Mapping[str, int]
    too_short: int = 0
    """Prefixes that the new model does not cache at all, being shorter than it takes."""


def lifetime(model: Model) -> float:
    """Seconds that a prefix stays in a vendor's cache after its last use."""
    return MINUTES if model.can("breakpoints") else DAY


def replayed(
    past: Sequence[Past], models: tuple[Model, Model], factors: Mapping[str, Factors]
) -> tuple[Replay, ...]:
    """By task, dearest first, then all together; `factors` by task, "" for others. Empty without calls."""
    known = [one for one in past if one.usage.input_tokens]
    if not known:
        return ()
    warm = _warm(known, lifetime(models[1]))
    pairs = [
        (one, _usage(one, models, factors.get(one.task, factors.get("", Factors())), is_warm))
        for one, is_warm in zip(known, warm, strict=True)
    ]
    days = len({_day(one.at) for one in known})
    tasks = dict.fromkeys(one.task for one in known)
    found = [_sums(name, [pair for pair in pairs if pair[0].task == name], days, models) for name in tasks]
    return (*sorted(found, key=lambda one: -one.usd[0]), _sums("", pairs, days, models))


def _warm(past: Sequence[Past], seconds: float) -> list[bool]:
    """Whether each call finds what an earlier one of its task and file has left."""
    last: dict[tuple[str, str], float] = {}
    found = []
    for one in past:
        key = (one.task, one.path)
        found.append(key in last and one.at - last[key] <= seconds)
        last[key] = one.at
    return found


def _usage(one: Past, models: tuple[Model, Model], factors: Factors, warm: bool) -> Usage:
    """The tokens of a call as the new model would have had them."""
    old, new = models
    usage = one.usage
    size, output = round(usage.input_tokens * factors.input), round(usage.output_tokens * factors.output)
    prefix = round(size * factors.prefix)
    if prefix < max(1, new.cache_min_tokens):
        return Usage(size, output)
    # A cache that lasts no less long has at least what the old one had.
    there = warm or lifetime(new) >= lifetime(old)
    cached = min(prefix, round(usage.cached_tokens * factors.input)) if there else 0
    written = prefix - cached if price_of(new, size).write_5m else 0
    return Usage(size, output, cached, written_5m_tokens=written)


def _sums(task: str, pairs: Sequence[tuple[Past, Usage]], days: int, models: tuple[Model, Model]) -> Replay:
    old, new = models
    paid = [(one.cost_usd, cost_of(new, usage)) for one, usage in pairs]
    saved = [(_saved(old, one.usage), _saved(new, usage)) for one, usage in pairs]
    return Replay(
        task,
        len(pairs),
        days,
        (fsum(one for one, _ in paid), fsum(one for _, one in paid)),
        (fsum(one for one, _ in saved), fsum(one for _, one in saved)),
        (_cached(one.usage for one, _ in pairs), _cached(usage for _, usage in pairs)),
    )


def _saved(model: Model, usage: Usage) -> float:
    plain = replace(usage, cached_tokens=0, written_5m_tokens=0, written_1h_tokens=0)
    return cost_of(model, plain) - cost_of(model, usage)


def _cached(usages: Iterable[Usage]) -> tuple[float, float]:
    some = list(usages)
    read = sum(one.input_tokens for one in some)
    written = sum(one.written_5m_tokens + one.written_1h_tokens for one in some)
    return (sum(one.cached_tokens for one in some) / read, written / read) if read else (0.0, 0.0)


def cold(past: Sequence[Past], new: Model, factors: Mapping[str, Factors]) -> Cold | None:
    """What the change costs once. None where nothing was ever read from a cache or written to one."""
    kept = [one for one in past if one.usage.cached_tokens + _written(one)]
    if not kept:
        return None
    since = max(one.at for one in kept) - DAY
    warm: dict[tuple[str, str], int] = {}
    for one in kept:
        if one.at >= since:
            key = (one.task, one.path)
            warm[key] = max(warm.get(key, 0), one.usage.cached_tokens + _written(one))
    by_task: dict[str, int] = {}
    usd, short = 0.0, 0
    for (task, _), tokens in warm.items():
        size = round(tokens * factors.get(task, factors.get("", Factors())).input)
        if size < new.cache_min_tokens:
            short += 1
            continue
        row = price_of(new, size)
        by_task[task] = by_task.get(task, 0) + size
        usd += size * ((row.write_5m or row.input) - row.cached) / 1_000_000
    return Cold(since, len(warm), sum(by_task.values()), usd, by_task, short)


def _written(one: Past) -> int:
    return one.usage.written_5m_tokens + one.usage.written_1h_tokens


def _day(at: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(at))
