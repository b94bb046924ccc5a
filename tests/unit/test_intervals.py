"""Intervals against published examples, and how often they hold what they are said to hold."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest

from counterpoint import intervals


def test_a_share_is_as_newcombe_printed_it() -> None:
    assert intervals.share(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)
    assert intervals.share(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert intervals.share(0, 0) == (0.0, 1.0)


def test_a_difference_is_as_newcombe_printed_it() -> None:
    assert intervals.difference(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=1e-4)
    assert intervals.difference(10, 10, 0, 20) == pytest.approx((0.6791, 1.0), abs=1e-4)
    assert intervals.difference(1, 1, 0, 0) == (-1.0, 1.0)


def test_nothing_known_says_nothing() -> None:
    assert intervals.paired(0, 0, 0) == (-1.0, 1.0)
    assert intervals.mean([1.0]) == (-math.inf, math.inf)
    assert intervals.ratio([1.0], [1.0, 2.0]) == (0.0, math.inf)
    assert intervals.ratio_paired([0.0, 0.0], [1.0, 2.0]) == (0.0, math.inf)


def test_a_higher_level_is_a_wider_interval() -> None:
    narrow, wide = intervals.share(40, 60, 0.9), intervals.share(40, 60, 0.99)
    assert wide[0] < narrow[0] < 40 / 60 < narrow[1] < wide[1]


def _held(draw: random.Random, kind: str) -> bool:
    """One draw of a study whose truth is known: whether its interval holds that."""
    count = 120
    if kind == "mean":
        low, high = intervals.mean([draw.gauss(1.3, 2.0) for _ in range(count)])
        return low <= 1.3 <= high
    if kind == "paired":
        said = [(draw.random() < 0.8, draw.random() < 0.75) for _ in range(count)]
        gained = sum(one and not other for one, other in said)
        lost = sum(other and not one for one, other in said)
        low, high = intervals.paired(gained, lost, count)
        return low <= 0.05 <= high
    base = [draw.lognormvariate(0, 0.8) for _ in range(count)]
    if kind == "ratio_paired":
        low, high = intervals.ratio_paired([0.4 * one * draw.lognormvariate(0, 0.3) for one in base], base)
        return low <= 0.4 * math.exp(0.045) <= high
    low, high = intervals.ratio([0.4 * draw.lognormvariate(0, 0.8) for _ in range(count)], base)
    return low <= 0.4 <= high


@pytest.mark.parametrize("kind", ["mean", "paired", "ratio_paired", "ratio"])
def test_an_interval_holds_the_truth_about_as_often_as_it_says(kind: str) -> None:
    draw = random.Random(7)
    held = fmean(_held(draw, kind) for _ in range(600))
    assert 0.92 <= held <= 0.98


def test_the_more_often_there_was_a_look_the_wider_is_the_interval() -> None:
    assert intervals.watched(0.95, 40, 40) == pytest.approx(0.95)
    assert intervals.watched(0.95, 10, 40) == pytest.approx(0.95)
    assert 0.95 < intervals.watched(0.95, 80, 40) < intervals.watched(0.95, 320, 40) < 1
