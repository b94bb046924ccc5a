"""Intervals of a comparison: as tables and counting by hand have them, and right often enough."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import product
from math import comb, exp, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.comparing.statistics import Interval, is_wide, mean, needed, ratio, to_show

WILCOXON = [(6, 0), (7, 2), (8, 3), (9, 5), (10, 8), (12, 13), (15, 25), (20, 52), (25, 89), (30, 137)]
"""Cases, and the highest sum of ranks that is rejected at 5 % on two sides, as printed in every table."""


@pytest.mark.parametrize(("cases", "rejected"), WILCOXON)
def test_the_ends_of_a_ratio_are_those_of_wilcoxon_s_table(cases: int, rejected: int) -> None:
    logs = [0.1 * 3**-at * (-1) ** at for at in range(cases)]  # no two middles are the same
    middles = sorted((logs[a] + logs[b]) / 2 for a in range(cases) for b in range(a, cases))
    found = ratio([(exp(one), 1.0) for one in logs], 0.05)
    assert found is not None
    assert found.low == pytest.approx(exp(middles[rejected]))
    assert found.high == pytest.approx(exp(middles[-1 - rejected]))


@pytest.mark.parametrize(("alpha", "cases"), [(0.05, 6), (0.01, 8), (0.05 / 15, 10), (0.5, 3), (2 / 256, 9)])
def test_fewer_cases_than_could_exclude_chance_make_no_interval(alpha: float, cases: int) -> None:
    assert needed(alpha) == cases
    one_sided = [(1.0 + at / 100, 2.0) for at in range(cases)]
    shares = [(Fraction(1), Fraction(0))] * cases
    assert ratio(one_sided[1:], alpha) is None and mean(shares[1:], alpha) is None
    found, share = ratio(one_sided, alpha), mean(shares, alpha)
    assert found is not None and found.high < 1
    assert share is not None and share.low > 0


@pytest.mark.parametrize("apart", range(13))
@pytest.mark.parametrize("alike", [0, 9])
def test_shares_of_one_run_are_told_apart_just_where_mcnemar_s_exact_test_does(
    apart: int, alike: int
) -> None:
    for ours in range(apart + 1):
        pairs = [(Fraction(1), Fraction(0))] * ours + [(Fraction(0), Fraction(1))] * (apart - ours)
        pairs += [(Fraction(1), Fraction(1))] * alike
        found = mean(pairs, 0.05)
        if found is None:
            continue
        tail = sum(comb(apart, at) for at in range(min(ours, apart - ours) + 1)) / 2**apart
        assert (found.low > 0 or found.high < 0) == (2 * tail <= 0.05)


@settings(max_examples=120, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=6, max_size=9))
def test_shares_of_several_runs_are_told_apart_just_where_all_swaps_by_hand_say(
    rows: list[tuple[int, int]],
) -> None:
    found = mean([(Fraction(one, 3), Fraction(other, 3)) for one, other in rows], 0.05)
    assert found is not None
    gaps = [one - other for one, other in rows]
    sums = [sum(gap * sign for gap, sign in zip(gaps, signs, strict=True))
            for signs in product((1, -1), repeat=len(gaps))]  # fmt: skip
    seen = sum(gaps)
    tail = min(sum(one >= seen for one in sums), sum(one <= seen for one in sums)) / len(sums)
    assert (found.low > 0 or found.high < 0) == (2 * tail <= 0.05)
    assert found.low - 1e-9 <= found.estimate <= found.high + 1e-9


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), min_size=6, max_size=12))
def test_a_ratio_turned_round_is_one_over_it(pairs: list[tuple[float, float]]) -> None:
    there, back = ratio(pairs, 0.05), ratio([(other, one) for one, other in pairs], 0.05)
    assert there is not None and back is not None
    assert log(there.low) == pytest.approx(-log(back.high), abs=1e-6)
    assert log(there.estimate) == pytest.approx(-log(back.estimate), abs=1e-6)


def wrong(found: Interval | None, truth: float) -> bool:
    assert found is not None
    return not found.low - 1e-12 <= truth <= found.high + 1e-12


@pytest.mark.parametrize("cases", [8, 12, 20, 70])
@pytest.mark.parametrize("truth", [1.0, 0.6])
def test_the_true_ratio_is_outside_no_more_often_than_said(cases: int, truth: float) -> None:
    drawn, repeats, alpha = random.Random(5), 400, 0.05
    missed = 0
    for _ in range(repeats):
        pairs = []
        for _ in range(cases):
            size = drawn.lognormvariate(0, 1)  # cases differ far more than models do
            pairs.append((truth * size * drawn.lognormvariate(0, 0.4), size * drawn.lognormvariate(0, 0.4)))
        missed += wrong(ratio(pairs, alpha), truth)
    assert missed / repeats <= alpha + 3 * (alpha / repeats) ** 0.5


@pytest.mark.parametrize("cases", [8, 20, 50])
@pytest.mark.parametrize("skills", [(0.5, 0.5), (0.05, 0.05), (0.9, 0.6), (1.0, 0.5)])
@pytest.mark.parametrize("runs", [1, 3])
def test_the_true_difference_of_shares_is_outside_no_more_often_than_said(
    cases: int, skills: tuple[float, float], runs: int
) -> None:
    drawn, repeats, alpha = random.Random(7), 100, 0.05

    def share(skill: float) -> Fraction:
        return Fraction(sum(drawn.random() < skill for _ in range(runs)), runs)

    missed = sum(
        wrong(
            mean([(share(skills[0]), share(skills[1])) for _ in range(cases)], alpha), skills[0] - skills[1]
        )
        for _ in range(repeats)
    )
    assert missed / repeats <= alpha + 3 * (alpha / repeats) ** 0.5


def test_where_nothing_differed_the_interval_says_how_much_may_have_been_missed() -> None:
    found = mean([(Fraction(1), Fraction(1))] * 10, 0.05)
    assert found is not None
    assert found.estimate == 0 and found.low == -found.high
    assert found.high == pytest.approx(1 - 0.025**0.1)


def test_what_costs_nothing_can_be_compared() -> None:
    free, paid = [(0.0, 0.0)] * 8, [(0.0, 0.01)] * 8
    for pairs, truth in ((free, 1.0), (paid, 1e-7)):
        found = ratio(pairs, 0.05)
        assert found is not None and found.low == pytest.approx(truth) and found.high == pytest.approx(truth)


def test_counts_of_any_size_are_weighed_in_time() -> None:
    pairs = [(Fraction(at * 1_000, 7), Fraction(3)) for at in range(1, 13)]
    found = mean(pairs, 0.05)
    assert found is not None and 0 < found.low <= found.estimate <= found.high


@pytest.mark.parametrize(("factor", "spread"), [(0.92, 0.15), (0.8, 0.35), (0.6, 0.5)])
def test_as_many_cases_as_it_says_show_a_ratio_like_the_one_seen(factor: float, spread: float) -> None:
    """Four of five comparisons of so many cases say it; a third as many do not."""
    drawn, alpha = random.Random(3), 0.05 / 6

    def pairs(count: int) -> list[tuple[float, float]]:
        return [(factor * drawn.lognormvariate(0, spread), 1.0) for _ in range(count)]

    def shown(count: int) -> float:
        found = [ratio(pairs(count), alpha) for _ in range(200)]
        return sum(one is not None and one.high < 1 for one in found) / len(found)

    count = to_show(pairs(2_000), alpha, ratio=True)
    assert count is not None and count >= needed(alpha)
    assert 0.7 < shown(count) < 0.92 and shown(max(needed(alpha), count // 3)) < 0.6


@pytest.mark.parametrize("skills", [(0.85, 0.6), (0.9, 0.7)])
def test_as_many_cases_as_it_says_show_shares_like_those_seen(skills: tuple[float, float]) -> None:
    drawn, alpha = random.Random(4), 0.05 / 6

    def share(skill: float) -> Fraction:
        return Fraction(sum(drawn.random() < skill for _ in range(3)), 3)

    def pairs(count: int) -> list[tuple[Fraction, Fraction]]:
        return [(share(skills[0]), share(skills[1])) for _ in range(count)]

    count = to_show([(float(one), float(other)) for one, other in pairs(2_000)], alpha, ratio=False)
    assert count is not None
    found = [mean(pairs(count), alpha) for _ in range(80)]
    assert 0.65 < sum(one is not None and one.low > 0 for one in found) / len(found) < 0.97


def test_what_was_not_seen_at_all_is_shown_by_no_number_of_cases() -> None:
    assert to_show([(2.0, 2.0)] * 9, 0.05, ratio=True) is None
    assert to_show([(1.0, 0.0), (0.0, 1.0)], 0.05, ratio=False) is None
    assert to_show([(1.0, 0.0)], 0.05, ratio=False) is None
    assert to_show([(1.0, 0.0)] * 9, 0.05, ratio=False) == needed(0.05)


def test_an_interval_is_wide_that_has_room_for_a_difference_that_matters() -> None:
    """A tenth of a time or a price, or one run in ten."""
    for low, high, wide in ((0.95, 1.05, False), (0.95, 1.2, True), (0.8, 1.01, True)):
        assert is_wide(Interval(1.0, low, high), ratio=True) is wide
    for low, high, wide in ((-0.05, 0.1, False), (-0.2, 0.05, True), (-0.05, 0.3, True)):
        assert is_wide(Interval(0.0, low, high), ratio=False) is wide
