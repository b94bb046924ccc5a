"""What the parts of prompts cost: the code asked about, its callers, what was just edited. Pure.

A call says how many characters of its prompt were what. Its vendor says how many tokens were read, and how
many of those from a cache, which keeps the beginning of a prompt: so the cheap tokens are those in front.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from counterpoint.ledger_sums import LONG_INPUT, PARTS, Sums
from counterpoint.models import Model, price_of


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


def long_input(models: Iterable[Model]) -> int:
    """Tokens of input below which none of the models has a price of its own."""
    steps = (row.above_input_tokens for model in models for row in model.prices)
    return min((step for step in steps if step), default=LONG_INPUT)


def parts_of(
    sums: Sums, models: Mapping[str, Model], most: int = 5
) -> tuple[tuple[Part, ...], tuple[Part, ...]]:
    """The parts of all tasks together, the dearest first; and of which task a part costs most. The sums tell
    inputs apart that are longer than `long_input` of the models."""
    apart: dict[tuple[str, str], _Sum] = {}
    for (task, name, model, tier, length), (calls, tokens, *read) in sums.of(PARTS):
        usd = _cost(models.get(model), tier, int(length), read)
        apart.setdefault((task, name), _Sum()).add(int(calls), tokens, usd)
    together: dict[tuple[str, str], _Sum] = {}
    for (_, name), one in apart.items():
        together.setdefault(("", name), _Sum()).add(one.calls, one.tokens, one.cost_usd)
    return _told(together), _told(apart)[:most]


def _cost(model: Model | None, tier: str, length: int, read: Iterable[float]) -> float:
    """USD for tokens from a cache, others, and those written to one for five minutes and for an hour."""
    if model is None:
        return 0.0
    price = price_of(model, length, tier)
    each = (price.cached, price.input, price.write_5m or price.input, price.write_1h or price.input)
    return sum(tokens * usd for tokens, usd in zip(read, each, strict=True)) / 1_000_000


def _told(sums: Mapping[tuple[str, str], _Sum]) -> tuple[Part, ...]:
    whole = sum(one.tokens for one in sums.values()) or 1.0
    found = (
        Part(task, name, one.calls, round(one.tokens), one.tokens / whole, one.cost_usd)
        for (task, name), one in sums.items()
    )
    return tuple(sorted(found, key=lambda one: (-one.cost_usd, -one.tokens, one.task, one.part)))
