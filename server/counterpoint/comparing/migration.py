"""What it means for a repository to change from one model to another: tokens, money, caches. Pure.

Tokens: prompts of the repository are counted twice, the same text by both vendors, and once more as the new
model would get it, since what is chosen to go along is measured in its own tokens. Money: a call at the
tokens so counted, and the calls of the ledger played again at the new model's prices.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import mean
from typing import Literal, TypeAlias

from counterpoint.comparing import statistics
from counterpoint.comparing.abilities import Change
from counterpoint.comparing.replaying import Cold, Factors, Replay
from counterpoint.comparing.tightening import Weighed
from counterpoint.models import Model, Usage, cost_of

Basis: TypeAlias = Literal["measured", "carried", "assumed"]
"""Where a figure of output comes from: answers of that model; those of the other one, in its own tokens; or
the task's own prior."""
_ALPHA = 0.05


@dataclass(frozen=True, slots=True)
class Counted:
    """A prompt of the repository. `old` and `same` count the same text, by the old and by the new model;
    `new` is the prompt that the new one would get. `prefix` is the share of it that a cache can keep."""

    task: str
    path: str
    characters: int
    old: int
    same: int
    new: int
    prefix: float = 0.0
    exact_old: bool = True
    exact_new: bool = True


@dataclass(frozen=True, slots=True)
class Tokens:
    """Prompts of a task, or of all ("") together: sums of tokens. `ratio` is `same` over `old`; `low` and
    `high` are where that of a prompt lies by the sample, None where there are too few."""

    task: str
    prompts: int
    old: int
    same: int
    new: int
    ratio: float
    low: float | None
    high: float | None
    exact_old: bool
    exact_new: bool


@dataclass(frozen=True, slots=True)
class Output:
    """Tokens of an answer: low, middle, high; and where they come from."""

    low: int
    middle: int
    high: int
    basis: Basis

    def times(self, ratio: float) -> Output:
        """The same words in another model's tokens."""
        low, middle, high = (max(1, round(size * ratio)) for size in (self.low, self.middle, self.high))
        return Output(low, middle, high, "carried")


@dataclass(frozen=True, slots=True)
class Side:
    """One call of a task with one model: mean tokens sent, of which `cached` come from a cache and `written`
    are written to one; tokens of the answer; USD with the low, the middle and the high answer."""

    input: int
    cached: int
    written: int
    output: Output
    usd: tuple[float, float, float]
    step: int = 0
    """The size above which the price in force holds; 0 for the first one."""


@dataclass(frozen=True, slots=True)
class TaskPrice:
    """What one call of a task costs with each."""

    task: str
    old: Side
    new: Side

    @property
    def ratio(self) -> float | None:
        """The new price over the old, at the middle answer; None where the old one costs nothing."""
        return self.new.usd[1] / self.old.usd[1] if self.old.usd[1] else None


def tokens_of(counted: Sequence[Counted]) -> tuple[Tokens, ...]:
    """By task in the order they come, then all together; empty where nothing was counted."""
    tasks = list(dict.fromkeys(one.task for one in counted))
    found = [_tokens(name, [one for one in counted if one.task == name]) for name in tasks]
    return (*found, _tokens("", counted)) if counted else ()


def _tokens(task: str, some: Sequence[Counted]) -> Tokens:
    old, same = sum(one.old for one in some), sum(one.same for one in some)
    interval = statistics.ratio([(one.same, one.old) for one in some], _ALPHA)
    return Tokens(
        task,
        len(some),
        old,
        same,
        sum(one.new for one in some),
        same / old if old else 1.0,
        interval.low if interval else None,
        interval.high if interval else None,
        all(one.exact_old for one in some),
        all(one.exact_new for one in some),
    )


def factors_of(
    counted: Sequence[Counted], outputs: Mapping[str, tuple[Output, Output]]
) -> Mapping[str, Factors]:
    """How calls change, by task, and "" for tasks of which no prompt was counted."""
    found = {}
    for name in ("", *dict.fromkeys(one.task for one in counted)):
        some = [one for one in counted if name in ("", one.task)]
        old = sum(one.old for one in some)
        text = sum(one.same for one in some) / old if old else 1.0
        before, after = outputs.get(name, (None, None))
        found[name] = Factors(
            sum(one.new for one in some) / old if old else 1.0,
            after.middle / before.middle if before and after else text,
            mean(one.prefix for one in some) if some else 0.0,
        )
    return found


def price(
    task: str,
    counted: Sequence[Counted],
    models: tuple[Model, Model],
    outputs: tuple[Output, Output],
    replayed: Replay | None,
) -> TaskPrice:
    """One call of a task with each model: the mean prompt that was counted, cached as the ledger tells."""
    mine = [one for one in counted if one.task == task]
    sizes = round(mean(one.old for one in mine)), round(mean(one.new for one in mine))
    cached = replayed.cached if replayed else ((0.0, 0.0), (0.0, 0.0))
    old, new = (
        _side(model, size, part, output)
        for model, size, part, output in zip(models, sizes, cached, outputs, strict=True)
    )
    return TaskPrice(task, old, new)


def _side(model: Model, size: int, parts: tuple[float, float], output: Output) -> Side:
    cached, written = (round(size * part) for part in parts)
    usages = [
        Usage(size, tokens, cached, written_5m_tokens=written)
        for tokens in (output.low, output.middle, output.high)
    ]
    low, middle, high = (cost_of(model, usage) for usage in usages)
    return Side(size, cached, written, output, (low, middle, high), step_of(model, size))


def step_of(model: Model, input_tokens: int) -> int:
    """The size above which the price of a prompt of so many tokens holds; 0 for the first price."""
    return max(
        (row.above_input_tokens for row in model.prices if row.above_input_tokens < input_tokens), default=0
    )


@dataclass(frozen=True, slots=True)
class Migration:
    """What changing from `old` to `new` means. `counts` says of each model whose its counts are, in words;
    `shutdown` is what the vendor says of the new model's end, "" for nothing; `roles` are the lines of
    config.toml that make the change. `replays` ends with all calls together."""

    old: Model
    new: Model
    counted: tuple[Counted, ...]
    tokens: tuple[Tokens, ...]
    prices: tuple[TaskPrice, ...]
    replays: tuple[Replay, ...] = ()
    cold: Cold | None = None
    changes: tuple[Change, ...] = ()
    texts: tuple[Weighed, ...] = ()
    counts: tuple[str, str] = ("", "")
    roles: tuple[str, ...] = ()
    shutdown: str = ""
    seed: int = 0
    notes: tuple[str, ...] = ()
