"""Ratios with slack for a busy machine; `tests.bench.start_and_roundtrip` has the figures."""

from __future__ import annotations

import pytest

from tests.bench.start_and_roundtrip import round_trips, starts


@pytest.mark.alone
def test_starting_costs_little_more_than_stock_pygls() -> None:
    assert starts(5).ratio < 1.4


@pytest.mark.alone
def test_a_trivial_request_is_no_slower_than_with_stock_pygls() -> None:
    p50, p99 = round_trips(1000)
    assert p50.ratio < 1.0
    assert p99.ratio < 1.0
