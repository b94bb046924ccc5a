"""When a model is asked, as tables: places and delays, modes, prices, rhythms."""

from __future__ import annotations

from typing import Literal

import pytest

from counterpoint.inline.rhythm import Rhythm, pace, with_first_token, with_gap
from counterpoint.inline.when import Decision, Mode, Moment, Pace, decide

HEAD = "def load(path):\n    items = read(path)\n    "
USD = 0.003
BURST = Pace(key_seconds=0.1, quiet_seconds=0.135, first_token_seconds=0.3, calls=20)
"""Ten keys a second, ± 40 %."""


def at(text: str, mode: Mode = "balanced", pace: Pace = BURST, usd: float = USD, **more: object) -> Decision:
    everywhere = bool(more.pop("everywhere", False))
    moment = Moment(HEAD + text, "\n", "python", **more)  # type: ignore[arg-type]
    return decide(moment, mode, pace, usd, everywhere=everywhere)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("", "at once"),
        ("total = ", "at once"),
        ("total(", "at once"),
        ("total + ", "at once"),
        ("items.", "at once"),
        ("total(items, ", "at once"),
        ("if items == ", "at once"),
        ("total(items,", "at a pause"),
        ("total(items)", "at a pause"),
        ("if items:", "at a pause"),
        ("return ", "at once"),
        ("ite", "at a pause"),
        ("items", "at a pause"),
        ("t", "at a pause"),
        ("12", "at a pause"),
    ],
)
def test_balanced_asks_at_once_where_a_thought_ends_and_else_at_a_pause(text: str, asked: str) -> None:
    decision = at(text)
    if asked == "at once":
        assert decision.ask and decision.delay == 0.03
    else:
        assert not decision.ask or decision.delay > 1.1 * BURST.key_seconds


@pytest.mark.parametrize("text", ["", "total(", "ite", "items", "12", "# so", "'so"])
@pytest.mark.parametrize("everywhere", [False, True])
def test_calm_waits_longest_and_eager_least(text: str, everywhere: bool) -> None:
    calm, balanced, eager = (at(text, mode, everywhere=everywhere) for mode in ("calm", "balanced", "eager"))
    delays = [one.delay if one.ask else 9.0 for one in (eager, balanced, calm)]
    assert delays == sorted(delays)


@pytest.mark.parametrize("text", ["", "total(", "t", "items", "if items:"])
def test_eager_does_not_wait_at_the_end_of_a_word_or_a_thought(text: str) -> None:
    assert at(text, "eager").delay == 0.0


@pytest.mark.parametrize(
    "text", ["", "total(", "ite", "items", "total(items)", "12", "# so it", "x = 'so it"]
)
@pytest.mark.parametrize("mode", ["calm", "balanced", "eager"])
def test_everywhere_means_every_place_and_no_later_than_the_first_quiet(text: str, mode: Mode) -> None:
    dear = at(text, mode, usd=1.0, everywhere=True)
    assert dear.ask and dear.delay <= BURST.quiet_seconds


@pytest.mark.parametrize("mode", ["calm", "balanced", "eager"])
def test_who_asks_by_hand_never_waits(mode: Mode) -> None:
    assert at("ite", mode, usd=1.0, invoked=True) == Decision(True, 0.0, 1.0, "invoked")


@pytest.mark.parametrize("mode", ["calm", "balanced", "eager"])
def test_a_call_that_costs_more_is_made_later_and_at_last_not_at_all(mode: Mode) -> None:
    decisions = [at("total(", mode, usd=usd) for usd in (0.0, 0.001, 0.003, 0.01, 0.1, 10.0)]
    delays = [one.delay if one.ask else 9.0 for one in decisions]
    assert delays == sorted(delays)
    assert decisions[0].ask and not decisions[-1].ask
    assert decisions[-1].reason == "not worth its price"


@pytest.mark.parametrize("outcome", ["rejected", "ignored"])
def test_what_was_not_wanted_here_makes_asking_again_less_likely_until_it_fades(
    outcome: Literal["rejected", "ignored"],
) -> None:
    fresh, after_minutes = (
        at("total(", last_outcome=outcome, since_seconds=seconds).chance for seconds in (1.0, 300.0)
    )
    assert fresh < after_minutes < at("total(").chance
    assert after_minutes == pytest.approx(at("total(").chance, abs=0.02)


def test_what_is_rejected_counts_for_more_than_what_is_typed_past() -> None:
    rejected, ignored = (at("total(", last_outcome=one, since_seconds=1.0) for one in ("rejected", "ignored"))
    assert rejected.chance < ignored.chance
    assert rejected.delay > ignored.delay


def test_who_keeps_much_is_asked_for_sooner_than_who_keeps_nothing() -> None:
    much, none = (Pace(0.1, 0.3, 20, 0.135, kept_share=share) for share in (0.6, 0.0))
    assert at("return ", pace=much).chance > at("return ").chance > at("return ", pace=none).chance
    assert at("", pace=none).ask  # never so low that nothing would be learnt any more


@pytest.mark.parametrize(("mode", "allowance"), [("calm", 0.1), ("balanced", 0.4), ("eager", 1.2)])
def test_who_has_spent_more_than_the_mode_allows_waits_for_better_places(
    mode: Mode, allowance: float
) -> None:
    def asked(spent: float) -> list[float]:
        of = Pace(0.15, 0.4, 20, 0.25, usd_per_1000_keys=spent, usd_lately=spent)
        decisions = (at(text, mode, of) for text in ("", "total(", "return ", "ite", "items", "12"))
        return [one.delay if one.ask else 9.0 for one in decisions]

    assert asked(0.0) == asked(0.5 * allowance)
    assert all(a <= b for a, b in zip(asked(0.0), asked(2 * allowance), strict=True))
    assert asked(0.0) != asked(2 * allowance)


@pytest.mark.parametrize("gap", [0.06, 0.1, 0.2, 0.35])
def test_a_pause_is_what_is_long_for_this_user(gap: float) -> None:
    rhythm = Rhythm()
    for number in range(64):
        rhythm = with_gap(rhythm, gap * (0.6 + 0.8 * (number % 16) / 15))
    found = pace(rhythm)
    assert at("ite", pace=found, everywhere=True).delay == pytest.approx(1.32 * gap, rel=0.1)


@pytest.mark.parametrize(
    ("calls", "first_token", "slow"), [(19, 3.0, False), (20, 3.0, True), (20, 1.5, False), (40, 1.6, True)]
)
def test_a_model_is_slow_by_the_median_of_twenty_calls(calls: int, first_token: float, slow: bool) -> None:
    rhythm = Rhythm()
    for _ in range(calls):
        rhythm = with_first_token(rhythm, first_token)
    assert pace(rhythm).slow is slow


@pytest.mark.parametrize("mode", ["calm", "balanced", "eager"])
@pytest.mark.parametrize("everywhere", [False, True])
@pytest.mark.parametrize("text", ["", "total(", "ite", "items"])
def test_a_slow_model_is_asked_at_long_pauses_only(mode: Mode, everywhere: bool, text: str) -> None:
    slow = Pace(0.1, 3.0, 20, 0.135)
    decision = at(text, mode, slow, everywhere=everywhere)
    assert not decision.ask or decision.delay >= 2 * slow.quiet_seconds
    assert decision.ask or not everywhere
