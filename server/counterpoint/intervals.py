"""What a few measurements say of all: shares, differences and ratios with the interval they lie in. Pure.

Every interval is (low, high) at a level such as 0.95, two-sided. Where there is too little to tell, it is as
wide as can be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist, fmean, variance
from typing import TypeAlias

Interval: TypeAlias = tuple[float, float]
LEVEL = 0.95


def quantile(level: float = LEVEL) -> float:
    """How many standard errors an interval reaches to each side."""
    return NormalDist().inv_cdf(0.5 + level / 2)


def watched(level: float, of: int, fewest: int) -> float:
    """The level for one of many looks at what goes on growing, once there are `of`; the first look is at
    `fewest`. With each look at the plain level there would be an error in the end: what is looked at a
    hundred times is once out of its interval by chance. So the more there is, the wider is the interval:
    over some hundreds all looks together err about one and a half times as often as a single one may."""
    return 1 - (1 - level) / (1 + math.log2(max(1.0, of / fewest)))


def share(good: int, of: int, level: float = LEVEL) -> Interval:
    """Wilson's interval for a share; (0, 1) of nothing."""
    if not of:
        return 0.0, 1.0
    z = quantile(level)
    middle, square = good / of, z * z / of
    reach = z * math.sqrt(middle * (1 - middle) / of + square / (4 * of))
    low, high = (middle + square / 2 - reach) / (1 + square), (middle + square / 2 + reach) / (1 + square)
    return max(0.0, low), min(1.0, high)


def difference(good: int, of: int, other_good: int, other_of: int, level: float = LEVEL) -> Interval:
    """Newcombe's interval for a share less one of other questions; (-1, 1) where either is of nothing."""
    if not of or not other_of:
        return -1.0, 1.0
    one, other = good / of, other_good / other_of
    low, high = share(good, of, level)
    other_low, other_high = share(other_good, other_of, level)
    below = math.hypot(one - low, other_high - other)
    above = math.hypot(high - one, other - other_low)
    return one - other - below, one - other + above


def paired(gained: int, lost: int, of: int, level: float = LEVEL) -> Interval:
    """The interval for a share less another one of the same questions (Bonett and Price): `gained` of them
    only the one got right, `lost` only the other."""
    if not of:
        return -1.0, 1.0
    up, down = (gained + 1) / (of + 2), (lost + 1) / (of + 2)
    reach = quantile(level) * math.sqrt((up + down - (up - down) ** 2) / (of + 2))
    return max(-1.0, up - down - reach), min(1.0, up - down + reach)


def mean(values: Sequence[float], level: float = LEVEL) -> Interval:
    """The interval for a mean, by the normal distribution: for some dozens of values and more."""
    if len(values) < 2:
        return -math.inf, math.inf
    reach = quantile(level) * math.sqrt(variance(values) / len(values))
    return fmean(values) - reach, fmean(values) + reach


def ratio_paired(values: Sequence[float], others: Sequence[float], level: float = LEVEL) -> Interval:
    """The interval for the ratio of two sums over the same questions, on the scale of logarithms."""
    whole, other = math.fsum(values), math.fsum(others)
    if len(values) < 2 or whole <= 0 or other <= 0:
        return 0.0, math.inf
    ratio = whole / other
    off = [mine - ratio * theirs for mine, theirs in zip(values, others, strict=True)]
    error = math.sqrt(len(off) * variance(off)) / other / ratio
    return _about(ratio, error, level)


def ratio(values: Sequence[float], others: Sequence[float], level: float = LEVEL) -> Interval:
    """The interval for the ratio of two means over different questions, on the scale of logarithms."""
    if min(len(values), len(others)) < 2 or math.fsum(values) <= 0 or math.fsum(others) <= 0:
        return 0.0, math.inf
    error = math.hypot(_relative(values), _relative(others))
    return _about(fmean(values) / fmean(others), error, level)


def _relative(values: Sequence[float]) -> float:
    """The standard error of a mean, as a share of it."""
    return math.sqrt(variance(values) / len(values)) / fmean(values)


def _about(ratio: float, error: float, level: float) -> Interval:
    reach = math.exp(min(700.0, quantile(level) * error))
    return ratio / reach, ratio * reach
