"""What a model will write is learned from what it wrote: the range holds, the middle is near."""

from __future__ import annotations

import random
from math import exp, log
from pathlib import Path
from statistics import median

import pytest

from counterpoint.estimating import Writing, Wrote
from counterpoint.ledger import Caps, Ledger
from counterpoint.models import Usage

TASKS, SIZES, EFFORTS = ("edit", "review", "verify", "tests"), (500, 2_000, 8_000, 32_000), ("low", "high")
PRIORS = {"edit": (150, 3_000), "review": (600, 9_000), "verify": (120, 2_000), "tests": (400, 6_000)}


def simulated(seed: int) -> tuple[float, float]:
    """Of 500 calls with log-normal output, whose medians depend on task, size and effort and drift once: the
    share of costs within the range, and the median error against one who knows the medians."""
    chance = random.Random(seed)
    level = {task: log(low * high) / 2 + chance.gauss(0, 0.7) for task, (low, high) in PRIORS.items()}
    by_size = {size: chance.gauss(0, 0.4) for size in SIZES}
    by_effort = {effort: chance.uniform(-0.6, 0.6) for effort in EFFORTS}
    writing, inside, missed, least = Writing(PRIORS), 0, [], []
    for number in range(500):
        if number == 250:
            shift = log(chance.choice((0.5, 2.0)))
            level = {task: middle + shift for task, middle in level.items()}
        task, size, effort = chance.choice(TASKS), chance.choice(SIZES), chance.choice(EFFORTS)
        middle = level[task] + by_size[size] + by_effort[effort]
        sent, wrote = int(size * chance.uniform(0.7, 1.4)), max(1, round(exp(chance.gauss(middle, 0.6))))
        costs = [5 * sent + 25 * tokens for tokens in (wrote, exp(middle))]
        found = writing.expects(task, sent, effort)
        low, half, high = (5 * sent + 25 * tokens for tokens in (found.low, found.median, found.high))
        inside += low <= costs[0] <= high
        missed.append(abs(log(half / costs[0])))
        least.append(abs(log(costs[1] / costs[0])))
        writing.learn([Wrote(task, sent, wrote, effort)])
    return inside / 500, median(missed) / median(least)


def test_over_many_months_the_range_holds_four_fifths_and_the_middle_is_near_the_best() -> None:
    found = [simulated(seed) for seed in range(24)]
    assert all(0.72 <= share <= 0.88 for share, _ in found)
    assert sum(error for _, error in found) / len(found) <= 1.15


def test_what_is_new_goes_by_its_prior_and_what_is_known_of_others() -> None:
    writing = Writing(PRIORS)
    fresh = writing.expects("review", 2_000, "high")
    assert 600 < fresh.median < 9_000 and fresh.low < fresh.median < fresh.high
    writing.learn([Wrote("edit", 2_000, 4_000, "high")] * 30)
    assert writing.expects("edit", 2_000, "high").median == pytest.approx(4_000, rel=0.15)
    assert writing.expects("review", 2_000, "high").median > fresh.median


def test_the_ledger_learns_from_every_call_that_was_answered(tmp_path: Path) -> None:
    one, other = (Ledger(tmp_path / "ledger.sqlite3") for _ in range(2))

    def call(tokens: int, outcome: str = "ok", *, estimated: bool = False) -> None:
        made = other.reserve(
            job="j", task="edit", role="fast", provider="openai", model="gpt-5.5", kind="other",
            upper_usd=0.001, caps=Caps(5.0, 1.0), effort="low",
        )  # fmt: skip
        usage = Usage(1_000, tokens, estimated=estimated)
        other.settle(made, usage=usage, cost_usd=0.001, seconds=1.0, outcome=outcome)  # type: ignore[arg-type]

    assert one.expects("gpt-5.5", "edit", 1_000, "low") is None
    for _ in range(4):
        call(700)
    call(9_999, "cancelled")
    call(9_999, estimated=True)
    assert one.expects("gpt-5.5", "edit", 1_000, "low") is None
    for _ in range(20):
        call(700)
    found = one.expects("gpt-5.5", "edit", 1_000, "low")
    assert found is not None and 600 < found.median < 800
    assert one.expects("gpt-5.5", "review", 1_000, "low") is None
    one.close()
    other.close()
