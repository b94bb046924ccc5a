"""What was broken off before an answer is booked at the most it may cost, and it is said how much that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from counterpoint.booking import UNSENT
from counterpoint.cli.costs import _shape
from counterpoint.cli.costs_page import page
from counterpoint.cli.costs_text import told_lines
from counterpoint.cli.costs_told import Told, figures
from counterpoint.cli.costs_unheard import Unheard, is_unheard, unheard
from counterpoint.cli.terminal import plain
from counterpoint.errors import BudgetExceeded
from counterpoint.ledger import Caps, Ledger
from counterpoint.models import Usage, load_catalogue
from counterpoint.settings import Budget
from tests.row_by_row import summed
from tests.unit.test_costs_page import CALL, Read

MODELS = load_catalogue().models
ENDED = replace(
    CALL, cost_usd=0.02, usage=Usage(4_000, 5, estimated=True), outcome="cancelled", first_token_seconds=None,
    request_id=None,
)  # fmt: skip
NOON = datetime(2026, 11, 20, 12).timestamp()


@pytest.mark.parametrize(
    ("changed", "counts"),
    [
        ({}, True),
        ({"outcome": "error", "error": "timeout"}, True),
        ({"outcome": "error", "error": "connection"}, True),
        ({"outcome": "error", "error": "broken-stream"}, True),
        ({"outcome": "error", "error": "rate-limited", "cost_usd": 0.0}, False),  # the vendor turned it down
        ({"error": UNSENT, "cost_usd": 0.0}, False),
        ({"outcome": "cut"}, False),
        ({"request_id": "r1"}, False),  # it had begun: that is billed
        ({"first_token_seconds": 0.4}, False),
        ({"outcome": "ok", "usage": Usage(4_000, 5)}, False),
        ({"outcome": None}, False),  # it still runs
        ({"outcome": "lost"}, False),  # booked at its highest cost
    ],
)
def test_which_calls_were_broken_off_before_an_answer(changed: dict[str, Any], counts: bool) -> None:
    assert is_unheard(replace(ENDED, **changed)) is counts


def test_what_they_are_booked_at_is_added_up() -> None:
    found = unheard(summed([ENDED, replace(ENDED, cost_usd=0.03), CALL]))
    assert [found.calls, found.upper_usd] == pytest.approx([2, 0.05])


def month(file: Path, ended: int) -> Told:
    """Two days' work in a real ledger: calls that were answered, and some of each day that were ended."""
    now = NOON
    ledger = Ledger(file, clock=lambda: now)
    for number in range(6 + 2 * ended):
        now = NOON if number < 6 + ended else NOON + 86_400
        gone = number >= 6
        ledger.settle(
            reserved(ledger, 100.0, f"j{number}"),
            usage=Usage(2_000, 3, estimated=gone),
            cost_usd=0.02 if gone else 0.01,
            seconds=0.2,
            outcome="cancelled" if gone else "ok",
        )
    told = figures(ledger, Budget(), MODELS, date(2026, 11, 1), date(2026, 11, 21))
    ledger.close()
    return told


def reserved(ledger: Ledger, cap: float, job: str = "j") -> int:
    return ledger.reserve(
        job=job, task="complete", role="fast", provider="openai", model="gpt-5.5", kind="completion",
        upper_usd=0.05, caps=Caps(100.0, cap), language="python", characters=8_000,
    )  # fmt: skip


def test_every_form_tells_it_of_the_time_and_of_today(tmp_path: Path) -> None:
    told = month(tmp_path / "ledger.sqlite3", 3)
    assert [told.unheard.calls, told.unheard.upper_usd] == pytest.approx([6, 0.12])
    assert [told.unheard_today.calls, told.unheard_today.upper_usd] == pytest.approx([3, 0.06])
    text, read = plain(told_lines(told, ())), Read()
    read.feed(page(told))
    more = "calls broken off before an answer: vendors do not say whether they bill them."
    assert f"is spent or reserved, of which up to $0.06 for 3 {more}" in text
    assert f"$0.18 since 2026-11-01, of which up to $0.12 for 6 {more}" in read.text
    shape = _shape(told, ())
    assert shape["ended_unheard"] == {"calls": 6, "upper_usd": 0.12}
    assert shape["today"]["ended_unheard"] == {"calls": 3, "upper_usd": 0.06}


def test_where_there_are_none_nothing_is_said(tmp_path: Path) -> None:
    told = month(tmp_path / "ledger.sqlite3", 0)
    assert told.unheard == told.unheard_today == Unheard() and told.unheard.said == ""
    assert "broken off" not in plain(told_lines(told, ())) and "broken off" not in page(told)
    assert "for 1 call broken off" in Unheard(1, 0.5).said


def test_the_cap_counts_them(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    for _ in range(3):
        call = reserved(ledger, 0.1)
        usage = Usage(4_000, 5, estimated=True)
        ledger.settle(call, usage=usage, cost_usd=0.02, seconds=0.1, outcome="cancelled")
    with pytest.raises(BudgetExceeded):
        reserved(ledger, 0.1)
    ledger.close()
