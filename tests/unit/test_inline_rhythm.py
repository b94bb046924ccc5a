"""Running figures of the user and the model: values in, values out."""

from __future__ import annotations

from functools import reduce

import pytest

from counterpoint.inline.rhythm import (
    Rhythm,
    pace,
    with_first_token,
    with_gap,
    with_outcome,
    with_spent,
)
from counterpoint.inline.when import Pace


def typed(*gaps: float, rhythm: Rhythm | None = None) -> Rhythm:
    return reduce(with_gap, gaps, rhythm or Rhythm())


def test_who_has_not_typed_yet_is_taken_for_anybody() -> None:
    assert pace(Rhythm()) == Pace()
    assert pace(typed(0.05, 0.05)).key_seconds == Pace().key_seconds


@pytest.mark.parametrize(
    ("gaps", "median", "quiet"),
    [
        ([0.1] * 12, 0.1, 0.1),
        ([0.1] * 20 + [0.2] * 20 + [0.3] * 20, 0.2, 0.3),
        ([0.1, 5.0, 0.1, 1.2] * 12, 0.1, 0.1),
        ([0.9] * 64 + [0.1] * 64, 0.1, 0.1),
    ],
)
def test_the_rhythm_is_that_of_the_last_gaps_without_thinking(
    gaps: list[float], median: float, quiet: float
) -> None:
    found = pace(typed(*gaps))
    assert (found.key_seconds, found.quiet_seconds) == (median, quiet)


def test_the_time_to_a_first_token_is_the_median_of_the_last_calls() -> None:
    rhythm = Rhythm()
    for seconds in (9.0,) * 30 + (0.4,) * 11 + (0.8,) * 9:
        rhythm = with_first_token(rhythm, seconds)
    assert pace(rhythm).first_token_seconds == 0.4
    assert pace(rhythm).calls == 50


@pytest.mark.parametrize(
    ("kept", "share"), [([True] * 7, None), ([True] * 8, 1.0), ([False] * 9 + [True] * 20, 1.0)]
)
def test_the_share_kept_is_that_of_the_last_suggestions(kept: list[bool], share: float | None) -> None:
    assert pace(reduce(with_outcome, kept, Rhythm())).kept_share == share


def test_spending_is_told_for_a_thousand_keys_and_forgotten() -> None:
    rhythm = Rhythm()
    for _ in range(8_000):
        rhythm = with_spent(with_gap(rhythm, 0.1), 0.0004)
    assert pace(rhythm).usd_per_1000_keys == pytest.approx(0.4, rel=0.01)
    assert pace(rhythm).usd_lately == pytest.approx(0.4, rel=0.01)
    for gap in (0.1,) * 4_000 + (30.0,) * 4_000:
        rhythm = with_gap(rhythm, gap)
    assert 0.0 < pace(rhythm).usd_lately < pace(rhythm).usd_per_1000_keys < 0.001


def test_what_is_remembered_is_bounded() -> None:
    rhythm = typed(*[0.1] * 500)
    for _ in range(500):
        rhythm = with_outcome(with_first_token(rhythm, 0.5), True)
    assert len(rhythm.gaps) + len(rhythm.firsts) + len(rhythm.kept) < 150
