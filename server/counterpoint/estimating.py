"""How much a model will write, learned from what it wrote: by task, by size, by effort. Pure.

The logarithm of the tokens written is a sum of effects with normal noise: one of the task, which may drift,
one of the size sent, one of the effort, and small ones of their pairs. A Kalman filter keeps what is known of
each effect, and how well; what nobody has asked yet goes by the prior of its row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import exp, log, log2, sqrt
from typing import TypeAlias

Tokens: TypeAlias = tuple[int, int]
Features: TypeAlias = Mapping[str, float]

_Z = 1.2816
"""Standard deviations on either side of the middle that hold 80 %."""
_NOISE = 0.65
"""Standard deviation of single answers, before any is known."""
_NOISE_WEIGHT = 12.0
_NOISE_FORGET = 0.97
_DRIFT = 0.002
"""Variance that a task's own effect gains with each of its calls."""
_LEVEL, _SIZE, _OCTAVE, _EFFORT, _PAIR, _ALL = 1.0, 0.25, 0.1, 0.25, 0.01, 0.01
_BIAS, _BIASED, _JUMP = 0.12, 0.8, 0.3
"""How fast one-sided misses add up, in standard deviations; how far is too far; and the variance that what
all tasks share gains then: the vendor has changed something."""
_MIDDLE = 2_000


@dataclass(frozen=True, slots=True)
class Wrote:
    """A call: its task, tokens in and out, and its effort."""

    task: str
    input_tokens: int
    output_tokens: int
    effort: str = ""


@dataclass(frozen=True, slots=True)
class Expected:
    """Output tokens: the middle, and the range that holds about 80 % of all calls."""

    low: int
    median: int
    high: int


@dataclass(slots=True)
class Writing:
    """What is known of one model. `priors` are the rows' ranges of output tokens, by task."""

    priors: Mapping[str, Tokens]
    _means: dict[str, float] = field(default_factory=dict)
    _shared: dict[str, dict[str, float]] = field(default_factory=dict)
    """Covariances of the effects."""
    _squares: float = _NOISE**2 * _NOISE_WEIGHT
    _count: float = _NOISE_WEIGHT
    _bias: float = 0.0

    def learn(self, calls: Iterable[Wrote]) -> None:
        """Take in calls, in their order."""
        for one in calls:
            if one.output_tokens > 0:
                self._take(one)

    def expects(self, task: str, input_tokens: int, effort: str = "") -> Expected:
        """What a call will write."""
        features = _features(task, input_tokens, effort)
        self._know(features)
        mean = self._prior(task) + sum(self._means[name] * value for name, value in features.items())
        reach = _Z * sqrt(self._variance(features) + self._squares / self._count)
        return Expected(*(max(1, round(exp(mean + part))) for part in (-reach, 0.0, reach)))

    def _prior(self, task: str) -> float:
        low, high = self.priors.get(task, (150, 3_000))
        return (log(max(1, low)) + log(max(1, high))) / 2

    def _know(self, features: Features) -> None:
        """Begin to know effects that are new."""
        for name in features:
            if name not in self._means:
                self._means[name] = 0.0
                row = dict.fromkeys(self._shared, 0.0)
                self._shared[name] = row
                for other in self._shared.values():
                    other[name] = 0.0
                self._shared[name][name] = _variance_of(name)

    def _variance(self, features: Features) -> float:
        return sum(
            one * other * self._shared[name][also]
            for name, one in features.items()
            for also, other in features.items()
        )

    def _take(self, one: Wrote) -> None:
        features = _features(one.task, one.input_tokens, one.effort)
        self._know(features)
        level = f"task {one.task}"
        self._shared[level][level] += _DRIFT
        mean = self._prior(one.task) + sum(self._means[name] * value for name, value in features.items())
        missed = log(one.output_tokens) - mean
        noise = self._squares / self._count
        variance = self._variance(features)
        along = {
            name: sum(row[also] * value for also, value in features.items())
            for name, row in self._shared.items()
        }
        whole = variance + noise
        self._bias += _BIAS * (missed / sqrt(whole) - self._bias)
        for name, value in along.items():
            self._means[name] += value / whole * missed
        for name, row in self._shared.items():
            scaled = along[name] / whole
            if scaled:
                for also in row:
                    row[also] -= scaled * along[also]
        # What the effects do not explain is noise: of the square missed only that share counts.
        self._squares = _NOISE_FORGET * self._squares + missed * missed * noise / whole
        self._count = _NOISE_FORGET * self._count + 1.0
        if abs(self._bias) > _BIASED:
            self._shared["all"]["all"] += _JUMP
            self._bias = 0.0


def _features(task: str, input_tokens: int, effort: str) -> dict[str, float]:
    size = log2(max(1, input_tokens) / _MIDDLE) / 2
    octave = round(size)
    return {
        "all": 1.0,
        f"task {task}": 1.0,
        "size": size,
        f"octave {octave}": 1.0,
        f"effort {effort}": 1.0,
        f"pair {task} size": size,
        f"pair {task} {effort}": 1.0,
    }


def _variance_of(name: str) -> float:
    kind = name.partition(" ")[0]
    kinds = {"all": _ALL, "task": _LEVEL, "size": _SIZE, "octave": _OCTAVE, "effort": _EFFORT, "pair": _PAIR}
    return kinds[kind]
