"""Intervals for the difference between two models, paired by case, for few cases and without assumptions of
how times, prices or successes are distributed. Pure.

Ratios (seconds, tokens, money): the Hodges-Lehmann estimate of the logarithm of the ratio, with the interval
that inverts Wilcoxon's signed-rank test (Hollander, Wolfe and Chicken, Nonparametric Statistical Methods,
3rd ed., 3.2 and 3.3). Where two models do not differ, each case is as likely to speak for the one as for the
other by as much, whatever the times are like: the test is exact for any number of cases, ties make it only
more careful. Above 60 cases the test's normal approximation stands in for its distribution.

Means (shares of runs, counts): of the cases in which the two differ, those that speak for the one, weighed
by how much they differ. Without a difference each sign is a fair coin's: that is Fisher's randomisation test
for pairs, and with one run a case the exact test of McNemar. Its inversion gives an interval for the coin as
Clopper and Pearson's does for a proportion (Biometrika 26, 1934). How far the two are apart at all has such
an interval too: of all that lies between nought and one, a coin's throws scatter most round their mean. The
ends of the difference are the outermost products of both: they exclude none just where the exact test does,
and hold the true difference more often than they say.

No interval is made of fewer cases than could ever exclude chance: of n cases that all speak for one side the
test still says 2 / 2**n. With several figures looked at, `alpha` is to be divided among them (Bonferroni):
then all intervals hold together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import accumulate, combinations_with_replacement
from math import ceil, comb, exp, floor, lcm, log, log2, pi, sqrt
from statistics import NormalDist, fmean, median, stdev
from typing import TypeAlias

Pairs: TypeAlias = Sequence[tuple[float, float]]
Shares: TypeAlias = Sequence[tuple[Fraction, Fraction]]

_EXACT = 60
_LEAST = 1e-9
"""What costs less than the ledger counts, or takes no time, counts as this much."""
_HALVINGS = 50
_MOST_SUMS = 4_000
_POWER = 0.8
_SIGNED_RANKS = 3 / pi
"""How many cases a test of means takes for one of the signed ranks', of times and prices whose logarithms are
about normal (Hollander, Wolfe and Chicken, 3.11)."""
_CLOSE_RATIO, _CLOSE_MEAN = 1.1, 0.1
"""A difference of less is none that matters: a tenth of a time or a price, or one run in ten."""


@dataclass(frozen=True, slots=True)
class Interval:
    """The estimate and the ends of the interval."""

    estimate: float
    low: float
    high: float


def needed(alpha: float) -> int:
    """The fewest cases of which an interval with this chance of error can exclude that there is no
    difference."""
    return floor(log2(2 / alpha)) + 1


def ratio(pairs: Pairs, alpha: float) -> Interval | None:
    """The first of each pair over the second. None of fewer cases than are `needed`."""
    if len(pairs) < needed(alpha):
        return None
    logs = _logs(pairs)
    middles = sorted((one + other) / 2 for one, other in combinations_with_replacement(logs, 2))
    at = _rank(len(logs), alpha)
    return Interval(*(exp(value) for value in (median(middles), middles[at - 1], middles[-at])))


def _logs(pairs: Pairs) -> list[float]:
    return [log(max(one, _LEAST)) - log(max(other, _LEAST)) for one, other in pairs]


def mean(pairs: Shares, alpha: float) -> Interval | None:
    """The mean of the first of each pair less the second. None of fewer cases than are `needed`."""
    count = len(pairs)
    if count < needed(alpha):
        return None
    gaps = [one - other for one, other in pairs]
    unit: Fraction = max(Fraction(1), *(abs(gap) for gap in gaps))
    apart = sum(map(abs, gaps)) / unit
    least = float(unit) * _proportion(floor(apart), count, alpha)[0]
    most = float(unit) * _proportion(ceil(apart), count, alpha)[1]
    if not apart:
        return Interval(0.0, -most, most)
    low, high = (2 * chance - 1 for chance in _coin([gap for gap in gaps if gap], alpha))
    return Interval(
        float(sum(gaps) / count),
        low * (most if low < 0 else least),
        high * (most if high > 0 else least),
    )


def to_show(pairs: Pairs, alpha: float, *, ratio: bool) -> int | None:
    """How many cases would show a difference such as these have, were it the true one: as many as make the
    test leave chance out in four of five comparisons, by the normal approximation of its power with
    Guenther's correction for few cases (The American Statistician 35, 1981). None where they have no
    difference at all, or are too few to tell how much cases vary."""
    gaps = _logs(pairs) if ratio else [float(one - other) for one, other in pairs]
    if len(gaps) < 2 or not (middle := fmean(gaps)):
        return None
    normal = NormalDist()
    beyond = normal.inv_cdf(1 - alpha / 2)
    cases = ((beyond + normal.inv_cdf(_POWER)) * stdev(gaps) / middle) ** 2 + beyond**2 / 2
    cases /= _SIGNED_RANKS if ratio else 1.0
    return max(needed(alpha), ceil(cases))


def is_wide(found: Interval, *, ratio: bool) -> bool:
    """Whether an interval leaves room for a difference that matters."""
    if ratio:
        return found.high > _CLOSE_RATIO or found.low < 1 / _CLOSE_RATIO
    return max(found.high, -found.low) > _CLOSE_MEAN


def _rank(count: int, alpha: float) -> int:
    """Which of the sorted middles ends the interval: the last one of which the test still rejects as many
    cases' ranks on one side."""
    if count > _EXACT:
        centre, spread = count * (count + 1) / 4, sqrt(count * (count + 1) * (2 * count + 1) / 24)
        return max(1, floor(centre + NormalDist().inv_cdf(alpha / 2) * spread))
    chances = [1.0]
    for rank in range(1, count + 1):
        longer = [*chances, *([0.0] * rank)]
        for at, chance in enumerate(chances):
            longer[at + rank] += chance
        chances = [chance / 2 for chance in longer]
    tail = list(accumulate(chances))
    return max(1, sum(one <= alpha / 2 for one in tail))


def _coin(gaps: Sequence[Fraction], alpha: float) -> tuple[float, float]:
    """The interval of the chance that a case in which the two differ speaks for the first."""
    whole = lcm(*(gap.denominator for gap in gaps))
    sizes = [abs(int(gap * whole)) for gap in gaps]
    if sum(sizes) > _MOST_SUMS:  # so fine that the steps between do not matter
        sizes = [max(1, round(size * _MOST_SUMS / sum(sizes))) for size in sizes]
    seen = sum(size for size, gap in zip(sizes, gaps, strict=True) if gap > 0)

    def chances(coin: float) -> list[float]:
        """How likely each sum of what speaks for the first is."""
        sums = [1.0]
        for size in sizes:
            longer = [chance * (1 - coin) for chance in sums] + [0.0] * size
            for at, chance in enumerate(sums):
                longer[at + size] += chance * coin
            sums = longer
        return sums

    low = 0.0 if seen == 0 else _where(lambda coin: sum(chances(coin)[seen:]) < alpha / 2)
    high = 1.0 if seen == sum(sizes) else _where(lambda coin: sum(chances(coin)[: seen + 1]) > alpha / 2)
    return low, high


def _proportion(hits: int, count: int, alpha: float) -> tuple[float, float]:
    """Clopper and Pearson's interval."""

    def up_to(most: int, share: float) -> float:
        return sum(comb(count, at) * share**at * (1 - share) ** (count - at) for at in range(most + 1))

    low = 0.0 if hits == 0 else _where(lambda share: 1 - up_to(hits - 1, share) < alpha / 2)
    high = 1.0 if hits == count else _where(lambda share: up_to(hits, share) > alpha / 2)
    return low, high


def _where(below: Callable[[float], bool]) -> float:
    """The point between 0 and 1 up to which a condition holds."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) else (low, middle)
    return low
