"""Whether another model does better on the user's own code, told only where the interval says so. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from counterpoint import intervals
from counterpoint.ledger_judged import Kept

FEWEST = 30
"""Jobs of a task that each of two models must have had."""
_WRONG = 0.02
"""How often a look says something, of whatever task and model, though there is no difference."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A model of which more is kept in a task than of the one that is asked first. `low` and `high` are the
    ends of the interval of the difference, a share; the prices are shares of the other's, 0 where nobody
    knows."""

    task: str
    model: str
    other: str
    good: int
    of: int
    other_good: int
    other_of: int
    low: float
    high: float
    price: float
    price_low: float
    price_high: float

    @property
    def gain(self) -> float:
        return self.good / self.of - self.other_good / self.other_of

    def said(self, label: Callable[[str], str]) -> str:
        """The suggestion in a sentence; `label` gives a model's own name."""
        kept = f"{self.good} of {self.of} against {self.other_good} of {self.other_of}"
        points = f"{100 * self.low:.0f}-{100 * self.high:.0f}"
        words = (
            f"On your code, what {label(self.model)} answers to {self.task} is kept"
            f" {100 * self.gain:.0f} points more often than {label(self.other)}'s ({points}; {kept})"
        )
        if not self.price:
            return f"{words}."
        if self.price_low <= 1 <= self.price_high:
            return f"{words}, at the same price as far as can be told."
        return f"{words}, for {self.price:.2f} of the price ({self.price_low:.2f}-{self.price_high:.2f})."

    def line(self, names: Sequence[str]) -> str:
        """The line of `config.toml` that puts the model first; `names` are those asked so far, in order."""
        listed = ", ".join(f'"{name}"' for name in dict.fromkeys((self.model, *names)))
        return f"roles = {{ {self.task} = [{listed}] }}"


def suggestions(
    judged: Mapping[tuple[str, str], Kept], asked: Mapping[str, Sequence[str]], known: Callable[[str], bool]
) -> tuple[Suggestion, ...]:
    """What may be said, the greatest gain first, one model a task.

    `judged` is by task and model; `asked` are the models by task, the one that is asked first in front;
    `known` tells whether a model may be suggested. With several comparisons each one's interval is the wider,
    so that all hold together; and the wider the more jobs there are, since this is looked at every hour.
    """
    enough = {key: some for key, some in judged.items() if some.jobs >= FEWEST}
    compared = [
        (task, model, names[0])
        for task, names in asked.items()
        for same, model in enough
        if names and same == task and model != names[0] and (task, names[0]) in enough and known(model)
    ]
    level = 1 - _WRONG / max(1, len(compared))
    found: dict[str, Suggestion] = {}
    for task, model, other in compared:
        mine, theirs = enough[task, model], enough[task, other]
        here = intervals.watched(level, min(mine.jobs, theirs.jobs), FEWEST)
        one = _better(task, (model, mine), (other, theirs), here)
        if one is not None and (task not in found or one.gain > found[task].gain):
            found[task] = one
    return tuple(sorted(found.values(), key=lambda one: -one.gain))


def _better(task: str, mine: tuple[str, Kept], theirs: tuple[str, Kept], level: float) -> Suggestion | None:
    """The first model, if more of it is kept and what is kept does not surely cost more."""
    (model, one), (other, first) = mine, theirs
    low, high = intervals.difference(one.good, one.jobs, first.good, first.jobs, level)
    if low <= 0:
        return None
    price_low, price_high = intervals.ratio(one.prices, first.prices, level)
    counts = (one.good, one.jobs, first.good, first.jobs, low, high)
    if math.isinf(price_high) or min(len(one.prices), len(first.prices)) < FEWEST:
        return Suggestion(task, model, other, *counts, 0.0, 0.0, 0.0)
    more = (one.good / one.jobs) / max(first.good / first.jobs, 1e-9)
    if price_low > more:
        return None
    price = fmean(one.prices) / fmean(first.prices)
    return Suggestion(task, model, other, *counts, price, price_low, price_high)
