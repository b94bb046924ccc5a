"""What the parts of prompts cost: the code asked about, its callers, what was just edited. Pure.

A call says how many characters of its prompt were what. Its vendor says how many tokens were read, and how
many of those from a cache, which keeps the beginning of a prompt: so the cheap tokens are those in front.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from counterpoint.ledger import Call
from counterpoint.models import Model, Usage, cost_of, price_of


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of what is sent, for one task or for all (""): `share` is of all tokens, `cost_usd` what it
    took to have them read."""

    task: str
    part: str
    calls: int
    tokens: int
    share: float
    cost_usd: float


@dataclass(slots=True)
class _Sum:
    calls: int = 0
    tokens: float = 0.0
    cost_usd: float = 0.0

    def add(self, calls: int, tokens: float, cost_usd: float) -> None:
        self.calls += calls
        self.tokens += tokens
        self.cost_usd += cost_usd


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


def known(calls: Sequence[Call]) -> int:
    """How many of the calls say what they were made of."""
    return sum(bool(_sizes(call)) for call in calls)


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
        sizes, usage = _sizes(call), call.usage
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


def _sizes(call: Call) -> Mapping[str, int]:
    """Characters by part; nothing for a call that does not say."""
    try:
        found = json.loads(call.parts or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
