"""A completion waits for the ledger no longer than for its least transaction, however much is in it."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import pytest

from tests.bench.ledger_speed import run

CALLS, ROUNDS = 20_000, 150


@pytest.mark.alone
def test_a_route_and_an_entry_cost_a_few_empty_transactions_in_a_full_ledger(tmp_path: Path) -> None:
    """By the work of this process, which others on the machine do not add to. To add up the month at each
    call would cost a hundred times that."""
    found = run(tmp_path, CALLS, ROUNDS, idle=2)
    floor = median(one.work for one in found.floor)
    assert median(one.work for one in found.added) < 15 * floor
    assert median(one.work for one in found.settle) < 15 * floor
