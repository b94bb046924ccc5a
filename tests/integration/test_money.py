"""The ledger against the bill of a vendor, with processes that race, break off, fail and are killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.money import LOST, TOLD, UNREAD, Result, run

pytestmark = pytest.mark.timeout(540)  # where many processes want two cores, the first test takes minutes

CALLS, PROCESSES, KILLS = 240, 4, 5
DAY = 0.9


@pytest.fixture(scope="module")
def spent(tmp_path_factory: pytest.TempPathFactory) -> Result:
    return run(tmp_path_factory.mktemp("money") / "run", CALLS, PROCESSES, KILLS, 1_000.0)


def test_what_the_vendor_told_is_booked_to_the_last_digit(spent: Result) -> None:
    told = spent.of(TOLD)
    assert len(told) > CALLS / 4
    assert {
        job.calls[0].job: job.booked - job.billed for job in told if abs(job.booked - job.billed) > 1e-9
    } == {}


def test_every_request_is_in_the_ledger_and_every_call_is_settled(spent: Result) -> None:
    assert sum(len(job.records) for job in spent.jobs) >= CALLS
    assert all(call.outcome is not None for job in spent.jobs for call in job.calls)


def test_calls_of_killed_clients_are_booked_at_the_most_they_can_cost_and_say_so(spent: Result) -> None:
    assert spent.killed == KILLS
    lost = [call for job in spent.of(LOST) for call in job.calls if call.outcome == "lost"]
    assert lost
    assert all(call.usage.estimated and call.cost_usd == call.reserved_usd for call in lost)
    assert all(job.booked >= job.billed for job in spent.of(LOST))


def test_what_was_broken_off_is_booked_above_its_bill_and_below_what_was_set_aside(spent: Result) -> None:
    rest = [job for job in spent.jobs if job.kind not in (TOLD, LOST)]
    assert len(rest) > CALLS / 20
    assert all(any(call.usage.estimated for call in job.calls) for job in rest)
    assert sum(job.booked for job in rest) >= sum(job.billed for job in rest) > 0
    assert all(call.cost_usd <= call.reserved_usd for job in rest for call in job.calls)


def test_what_was_ended_before_an_answer_is_not_booked_at_nothing(spent: Result) -> None:
    ended = spent.of(UNREAD)
    assert ended and all(job.booked > 0 for job in ended)
    assert sum(job.booked for job in ended) >= sum(job.billed for job in ended)


def test_a_day_is_overrun_by_no_more_than_one_reserve(tmp_path: Path) -> None:
    found = run(tmp_path / "run", CALLS, PROCESSES, 2, DAY, seconds=12.0)
    assert found.calls
    assert DAY - found.most_reserved < found.worst <= DAY + found.most_reserved
    assert sum(job.billed for job in found.jobs) <= DAY + found.most_reserved
