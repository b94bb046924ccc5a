"""Fast typing with a storm of cancellations: nothing stale is delivered, and nothing is left behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.bench.storm import Delivered, Typed, stale, storm
from tests.modelserver.records import Exchange


@pytest.mark.alone
@pytest.mark.asyncio
@pytest.mark.parametrize("mode", ["eager", "balanced"])
async def test_a_storm_of_cancellations_leaves_nothing_stale_and_nothing_behind(
    tmp_path: Path, mode: str
) -> None:
    result = await storm(tmp_path, 7.0, mode, seed=7)
    assert result.stale == []
    assert (result.left, result.unsettled) == (0, 0)
    assert result.sockets <= 12
    assert result.grown < 30
    assert result.calls < result.requests
    assert result.cancels > 10
    assert result.delivered > 0
    assert result.cut > 0 or mode == "balanced"


def test_the_storm_knows_what_is_stale() -> None:
    exchange = Exchange(1, "POST", "/v1/responses", {}, "r")
    exchange.body, exchange.answer = {"input": "<before>\nvalue_0 = a</before>"}, "b1_of(rows)"
    log = (exchange.record(),)
    typed = Typed(lines={3: (0, "value_0 = a"), 4: (0, "value_0 = ab"), 5: (0, "value_0 = abx")})
    typed.lines[2] = (-1, "value_9 = zz")
    fits = Delivered("1_of(rows)", 0, 12, 12, 3, 4)
    for one, reason in (
        (fits, ""),
        (replace(fits, text="b1_of(rows)", start=11, end=11), ""),
        (replace(fits, text="b1_of(rows)"), "of no answer"),
        (replace(fits, newest=3), "at no cursor"),
        (replace(fits, oldest=5, newest=5, start=13, end=13), "of no answer"),
        (replace(fits, line=1), "at no cursor"),
        (replace(fits, text=" = zz", by_pattern=True), ""),
        (replace(fits, text=" = zy", by_pattern=True), "in no line above"),
        (replace(fits, text=" = zz"), "of no answer"),
    ):
        typed.delivered = [one]
        found = stale(typed, log)
        assert reason in found[0] if reason else found == []
