"""A comparison through the whole product: it ranks models of known speed, price and skill, and only those."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.compare_trials import SCENARIOS, repeated, verdict

CLEAR, MIXED, _, NONE = SCENARIOS


@pytest.mark.asyncio
async def test_what_is_better_and_what_is_worse_is_told_with_an_interval(tmp_path: Path) -> None:
    for scenario in (CLEAR, MIXED):
        (found,) = await repeated(scenario, tmp_path / scenario.name, 1, 16, 3)
        words = {one.metric: one for one in found.differences}
        assert {verdict(one, scenario) for one in found.differences} <= {"right", "silent"}
        for metric in ("seconds", "cost_usd", "tests_passed"):
            assert words[metric].word == scenario.truth[metric], metric
        speed, price = words["seconds"], words["cost_usd"]
        assert speed.low is not None and speed.high is not None
        assert speed.low <= scenario.speed <= speed.high < 1
        assert price.low is not None and price.high is not None and price.low <= scenario.price <= price.high
        turned = replace(scenario, speed=1 / scenario.speed)
        assert verdict(speed, turned) == "wrong"  # the trial can tell


@pytest.mark.asyncio
async def test_of_models_that_are_alike_nothing_is_said(tmp_path: Path) -> None:
    found = await repeated(NONE, tmp_path, 3, 10, 2)
    words = [one.word for each in found for one in each.differences]
    assert len(words) == 18 and set(words) == {"no difference"}


@pytest.mark.asyncio
async def test_of_too_few_cases_nothing_is_said_whatever_they_show(tmp_path: Path) -> None:
    (found,) = await repeated(CLEAR, tmp_path, 1, 7, 3)
    assert {one.word for one in found.differences} == {"too few cases"}
    assert {one.needed for one in found.differences} == {8}
    assert all(one.low is None for one in found.differences)
    first, second = found.models
    assert (first.values["seconds"] or 0) < (second.values["seconds"] or 0)  # shown all the same
