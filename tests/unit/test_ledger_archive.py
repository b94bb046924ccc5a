"""Past months in files of their own: nothing is lost or there twice, whoever is killed and whoever reads."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from counterpoint import ledger_archive
from counterpoint.ledger import Caps, Choice, EditOutcome, JobOutcome, Ledger, Look
from counterpoint.ledger_archive import archives, rotate
from counterpoint.models import Usage

TODAY = datetime(2026, 11, 21, 12, 0).timestamp()
SINCE = date(2020, 1, 1)
CAPS = Caps(day_usd=50.0, completions_day_usd=20.0, month_usd=100.0)
MONTHS = ("2026-04", "2026-05", "2026-07", "2026-08", "2026-10", "2026-11")
"""Months in which something was done; 100 days before the 21st of November is the 13th of August."""
PAST = ["2026-04", "2026-05", "2026-07"]


class Clock:
    def __init__(self, now: float = TODAY) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def reserve(ledger: Ledger, job: str, upper: float = 1.0) -> int:
    return ledger.reserve(
        job=job, task="edit", role="fast", provider="openai", model="gpt-5.5", kind="other", upper_usd=upper,
        caps=CAPS, deadline=60.0,
    )  # fmt: skip


def settle(ledger: Ledger, call: int, cost: float) -> None:
    ledger.settle(call, usage=Usage(1000, 100), cost_usd=cost, seconds=1.0, outcome="ok")


def used(file: Path, hour: int = 9) -> None:
    """A ledger with something of each kind in each month."""
    clock = Clock()
    ledger = Ledger(file, clock=clock)
    for number, month in enumerate(MONTHS):
        year, of = map(int, month.split("-"))
        for day in (1, 15, 20):
            clock.now = datetime(year, of, day, hour, 30).timestamp()
            job = f"{month}-{day}"
            settle(ledger, reserve(ledger, job), 0.25 + number)
            ledger.choose(Choice(job, "complete", "accepted", 10, 10, "model", "GPT-5.5", "python"))
            ledger.looked([Look(f"f{day}", "shown", "/w", "security", model="Opus 4.7", job=job)])
            ledger.ended(EditOutcome(job, "edit", "applied", "gpt-5.5", "python"))
            ledger.judged(JobOutcome(job, "edit", "kept", "gpt-5.5", "python"))
    ledger.close()


def told(file: Path, since: date = SINCE) -> list[Any]:
    """All that a ledger tells of what was done since a day."""
    ledger = Ledger(file, clock=Clock())
    try:
        calls = [(one.job, one.at, one.cost_usd, one.usage) for one in ledger.calls(since)]
        found = (
            ledger.acceptance(since),
            ledger.precision(since),
            ledger.edits(since),
            ledger.outcomes(since),
        )
        return [calls, *found, ledger.totals(since), ledger.spent_today(), ledger.spent()]
    finally:
        ledger.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "state" / "ledger.sqlite3"
    used(file)
    return file


def months_in(file: Path) -> list[str]:
    with sqlite3.connect(file) as rows:
        found = rows.execute("SELECT DISTINCT substr(day, 1, 7) FROM calls ORDER BY 1").fetchall()
    rows.close()
    return [month for (month,) in found]


def test_a_small_ledger_of_this_year_stays_as_it_is(file: Path) -> None:
    assert Ledger(file, clock=Clock()).rotate() == []
    assert archives(file, SINCE) == []


def test_rows_of_long_ago_move_however_small_the_ledger_is(file: Path) -> None:
    later = datetime(2027, 6, 20).timestamp()
    assert rotate(file, later) == ["2026-04"]


def test_of_a_large_ledger_past_months_move_and_everything_is_told_as_before(file: Path) -> None:
    before = told(file)
    since = told(file, date(2026, 5, 15))
    assert rotate(file, TODAY, large=0) == PAST
    assert months_in(file) == ["2026-08", "2026-10", "2026-11"]
    assert [one.name for one in archives(file, SINCE)] == [f"ledger-{month}.sqlite3" for month in PAST]
    assert [months_in(one) for one in archives(file, SINCE)] == [[month] for month in PAST]
    assert told(file, date(2026, 5, 15)) == since
    assert told(file) == before
    assert rotate(file, TODAY, large=0) == []


def test_a_call_of_long_ago_that_was_never_settled_is_before_it_moves(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    ledger = Ledger(file, clock=Clock(datetime(2026, 5, 20).timestamp()))
    reserve(ledger, "lost", 2.0)
    ledger.close()
    assert rotate(file, TODAY, large=0) == ["2026-05"]
    (call,) = Ledger(file, clock=Clock()).calls(SINCE)
    assert (call.job, call.outcome, call.cost_usd, call.usage.estimated) == ("lost", "lost", 2.0, True)


def test_archives_are_private_and_a_month_of_the_past_is_read_without_the_later_ones(file: Path) -> None:
    rotate(file, TODAY, large=0)
    assert {one.stat().st_mode & 0o777 for one in archives(file, SINCE)} == {0o600}
    assert [one.name for one in archives(file, date(2026, 6, 9))] == ["ledger-2026-07.sqlite3"]
    assert archives(file, date(2026, 8, 1)) == []


def test_the_ledger_is_still_append_only_and_goes_on(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    last = reserve(ledger, "before")
    rotate(file, TODAY, large=0)
    assert reserve(ledger, "after") == last + 1
    settle(ledger, last, 0.5)
    ledger.close()
    rows = sqlite3.connect(file)
    for change in ("DELETE FROM calls", "UPDATE choices SET shown = 0", "DELETE FROM job_outcomes"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            rows.execute(change)
    assert rows.execute("PRAGMA foreign_key_check").fetchall() == []
    assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    rows.close()


def test_a_large_month_moves_in_pieces_of_days(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told(file)
    monkeypatch.setattr(ledger_archive, "_MOST", 2)
    assert rotate(file, TODAY, large=0) == PAST
    names = [one.name for one in archives(file, SINCE)]
    assert names[:2] == ["ledger-2026-04.sqlite3", "ledger-2026-04.1.sqlite3"]
    assert len(archives(file, SINCE)) == 2 * len(PAST)
    assert told(file) == before


def test_what_comes_late_to_a_month_that_has_moved_moves_to_a_second_file(file: Path) -> None:
    rotate(file, TODAY, large=0)
    late = Ledger(file, clock=Clock(datetime(2026, 5, 30).timestamp()))
    settle(late, reserve(late, "late"), 0.75)
    late.close()
    before = told(file)
    assert rotate(file, TODAY, large=0) == ["2026-05"]
    assert [one.name for one in archives(file, SINCE)][1:3] == [
        "ledger-2026-05.sqlite3",
        "ledger-2026-05.1.sqlite3",
    ]
    assert sorted(told(file)[0]) == sorted(before[0])


def test_a_ledger_begun_anew_does_not_lose_the_months_of_the_one_before(file: Path) -> None:
    rotate(file, TODAY, large=0)
    jobs = {one[0] for one in told(file)[0] if one[0][:7] in PAST}
    for one in file.parent.glob("ledger.sqlite3*"):
        one.unlink()
    used(file, hour=11)
    rotate(file, TODAY, large=0)
    assert len(archives(file, SINCE)) == 2 * len(PAST)
    found = [one[0] for one in told(file)[0] if one[0][:7] in PAST]
    assert sorted(found) == sorted([*jobs, *jobs])


POINTS = ("_made", "_copied", "_name", "_make_durable", "_sizes", "_deleted")
_KILL = """
import os, signal, sys
from pathlib import Path
from counterpoint import ledger_archive
name, when, file, now = sys.argv[1:]
real, left = getattr(ledger_archive, name), [2]
def killed(*given, **more):
    if when == "before":
        left[0] -= 1
        if not left[0]: os.kill(os.getpid(), signal.SIGKILL)
    found = real(*given, **more)
    if when == "after":
        left[0] -= 1
        if not left[0]: os.kill(os.getpid(), signal.SIGKILL)
    return found
setattr(ledger_archive, name, killed)
ledger_archive.rotate(Path(file), float(now), large=0)
"""


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_nothing_is_lost_and_nothing_is_there_twice(
    file: Path, point: str, when: str
) -> None:
    before = told(file)
    command = (sys.executable, "-c", _KILL, point, when, str(file), str(TODAY))
    assert subprocess.run(command, timeout=60).returncode == -signal.SIGKILL
    assert told(file) == before
    assert [*rotate(file, TODAY, large=0)][-1] == PAST[-1]
    assert told(file) == before
    assert [months_in(one) for one in archives(file, SINCE)] == [[month] for month in PAST]
    assert not list(file.parent.glob("*.part*"))


def test_killed_with_rows_copied_but_not_deleted_they_count_once(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(file)

    def stop(*given: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(ledger_archive, "_deleted", stop)
        with pytest.raises(KeyboardInterrupt):
            rotate(file, TODAY, large=0)
    assert [one.name for one in archives(file, SINCE)] == ["ledger-2026-04.sqlite3"]
    assert months_in(file)[0] == "2026-04"
    assert told(file) == before


def test_one_process_moves_at_a_time(file: Path) -> None:
    other = sqlite3.connect(f"{file}.rotating", isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert rotate(file, TODAY, large=0) == []
    other.close()
    assert rotate(file, TODAY, large=0) == PAST


@pytest.mark.alone
def test_others_go_on_while_months_move(file: Path) -> None:
    def spend(ledger: Ledger, over: threading.Event, made: list[float]) -> None:
        while not over.is_set():
            begun = time.perf_counter()
            settle(ledger, reserve(ledger, "busy", 0.001), 0.001)
            made.append(time.perf_counter() - begun)

    over = threading.Event()
    made: list[list[float]] = [[] for _ in range(3)]
    ledgers = [Ledger(file, clock=Clock()) for _ in made]
    threads = [
        threading.Thread(target=spend, args=(one, over, mine))
        for one, mine in zip(ledgers, made, strict=True)
    ]
    for one in threads:
        one.start()
    assert rotate(file, TODAY, large=0) == PAST
    over.set()
    for one in threads:
        one.join(30)
    assert all(made)
    calls = [one for one in ledgers[0].calls(SINCE) if one.job == "busy"]
    assert len(calls) == sum(map(len, made))
    assert ledgers[0].spent_today() == pytest.approx(0.001 * len(calls))
    for ledger in ledgers:
        ledger.close()
