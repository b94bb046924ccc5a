"""The ledger: caps that hold for all processes at once, rows only appended, files that are damaged."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.errors import BudgetExceeded, ConfigError
from counterpoint.ledger import Acceptance, CallKind, Caps, Choice, Ledger, Outcome, Sent
from counterpoint.ledger_rows import NANO, nano
from counterpoint.ledger_schema import MIGRATIONS
from counterpoint.models import Usage

CAPS = Caps(day_usd=5.0, completions_day_usd=2.0)
NOON = datetime(2026, 11, 21, 12, 0).timestamp()
USAGE = Usage(1000, 200, 300, 40, 5, 60)


class Clock:
    def __init__(self, now: float = NOON) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "ledger.sqlite3"


def reserve(ledger: Ledger, upper: float, kind: CallKind = "other", caps: Caps = CAPS, **more: Any) -> int:
    given = {"job": "j1", "task": "edit", "role": "fast", "provider": "openai", "model": "gpt-5.5", **more}
    return ledger.reserve(kind=kind, upper_usd=upper, caps=caps, **given)


@pytest.mark.parametrize(
    ("spent", "upper", "fix"),
    [
        (4.5, 1.0, "Raise budget.day_usd in your own config.toml, or wait until tomorrow."),
        (4.5, 5.0, "Raise budget.day_usd in your own config.toml, or wait until tomorrow."),
        (0.0, 5.5, "Raise budget.day_usd in your own config.toml: this is more than the whole cap."),
    ],
)
def test_to_wait_is_advised_only_where_it_would_help(
    file: Path, spent: float, upper: float, fix: str
) -> None:
    ledger = Ledger(file)
    if spent:
        reserve(ledger, spent)
    with pytest.raises(BudgetExceeded) as refused:
        reserve(ledger, upper)
    assert refused.value.fix == fix


def settle(ledger: Ledger, call: int, cost: float, outcome: Outcome = "ok", **more: Any) -> None:
    ledger.settle(call, **{"usage": USAGE, "cost_usd": cost, "seconds": 1.5, "outcome": outcome, **more})


def test_a_call_comes_back_with_everything_said_about_it(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    sent = [Sent("src/a.py", "ab" * 32, 120), Sent("ünï code.py", "cd" * 32, 3)]
    call = reserve(ledger, 0.5, sent=sent)
    settle(
        ledger, call, 0.1234, "length", first_token_seconds=0.25, error="", tier="priority", request_id="r1",
        vendor_model="gpt-5.5-2026-04-23",
    )  # fmt: skip
    (row,) = ledger.job("j1")
    assert (row.id, row.at, row.task, row.role, row.provider) == (call, NOON, "edit", "fast", "openai")
    assert (row.model, row.kind, row.reserved_usd, row.cost_usd) == ("gpt-5.5", "other", 0.5, 0.1234)
    assert (row.usage, row.seconds, row.first_token_seconds) == (USAGE, 1.5, 0.25)
    assert (row.outcome, row.error, row.tier, row.request_id) == ("length", "", "priority", "r1")
    assert row.vendor_model == "gpt-5.5-2026-04-23"
    assert ledger.sent(call) == tuple(sent)
    assert ledger.job("other") == ()


def test_an_open_call_counts_at_its_reserved_cost_and_a_settled_one_at_its_real_cost(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    first, _ = reserve(ledger, 1.5, "completion"), reserve(ledger, 2.0)
    assert ledger.spent_today() == 3.5
    settle(ledger, first, 0.25)
    assert ledger.spent_today() == 2.25
    assert ledger.spent_today("completion") == 0.25
    assert ledger.spent_today("other") == 2.0


def test_a_reservation_past_the_cap_is_refused_with_figures_and_a_fix_and_leaves_no_row(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    reserve(ledger, 4.5)
    with pytest.raises(BudgetExceeded) as refused:
        reserve(ledger, 0.51)
    assert (
        "$0.5100" in str(refused.value) and "$4.5000" in str(refused.value) and "$5.00" in str(refused.value)
    )
    assert "budget.day_usd" in str(refused.value)
    assert len(ledger.job("j1")) == 1
    reserve(ledger, 0.5)  # exactly up to the cap


def test_completions_have_a_share_of_their_own_and_count_against_the_whole(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    reserve(ledger, 1.9, "completion")
    with pytest.raises(BudgetExceeded, match=r"for completions.*budget\.completions_day_usd"):
        reserve(ledger, 0.2, "completion")
    reserve(ledger, 3.05)
    with pytest.raises(BudgetExceeded, match=r"budget\.day_usd"):
        reserve(ledger, 0.1, "completion")


def test_a_free_call_passes_even_when_nothing_is_left(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    reserve(ledger, 5.0)
    settle(ledger, reserve(ledger, 0.0, "completion"), 0.0)
    assert ledger.spent_today() == 5.0


def test_many_small_sums_are_exact(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    caps = Caps(0.3, 0.3)
    for _ in range(3):
        settle(ledger, reserve(ledger, 0.1, caps=caps), 0.1)  # 0.1 + 0.1 + 0.1 > 0.3 in binary floats
    assert ledger.spent_today() == 0.3


@given(st.integers(0, 10**15))
def test_whole_nano_amounts_survive_the_way_through_floats(amount: int) -> None:
    assert nano(amount / NANO) == amount


def test_less_than_a_nano_is_rounded_up_and_the_noise_of_floats_is_not() -> None:
    assert nano(0.0000000001) == 1
    assert nano(0.1 + 0.2) == 300_000_000


@pytest.mark.parametrize("amount", [float("nan"), float("inf"), -0.01])
def test_what_is_no_amount_is_refused(file: Path, amount: float) -> None:
    ledger = Ledger(file, clock=Clock())
    with pytest.raises(ValueError, match="no amount"):
        reserve(ledger, amount)
    call = reserve(ledger, 1.0)
    with pytest.raises(ValueError, match="no amount"):
        settle(ledger, call, amount)
    assert ledger.spent_today() == 1.0


def test_a_day_is_a_local_date_and_a_call_belongs_to_the_day_it_began(file: Path) -> None:
    clock = Clock(datetime(2026, 11, 21, 23, 59, 59).timestamp())
    ledger = Ledger(file, clock=clock)
    call = reserve(ledger, 5.0)
    clock.now += 2
    assert ledger.spent_today() == 0.0
    settle(ledger, call, 4.0)
    reserve(ledger, 5.0)
    assert ledger.spent_today() == 5.0
    clock.now -= 2
    assert ledger.spent_today() == 4.0
    assert len(ledger.calls(date(2026, 11, 22))) == 1
    assert len(ledger.calls(date(2026, 11, 21))) == 2


def test_a_call_whose_process_died_is_lost_at_its_reserved_cost_once_its_deadline_is_past(file: Path) -> None:
    clock = Clock()
    Ledger(file, clock=clock).reserve(
        job="dead", task="review", role="deep", provider="anthropic", model="claude-opus-4-7", kind="other",
        upper_usd=1.0, caps=CAPS, deadline=600.0,
    )  # fmt: skip
    clock.now += 650
    assert Ledger(file, clock=clock).job("dead")[0].outcome is None  # it may still be running
    clock.now += 20
    (row,) = Ledger(file, clock=clock).job("dead")
    assert (row.outcome, row.cost_usd, row.usage.estimated) == ("lost", 1.0, True)


def test_a_process_that_wakes_after_all_has_the_last_word(file: Path) -> None:
    clock = Clock()
    sleeper = Ledger(file, clock=clock)
    call = reserve(sleeper, 1.0, deadline=10.0)
    clock.now += 100
    other = Ledger(file, clock=clock)
    assert other.spent_today() == 1.0
    assert other.job("j1")[0].outcome == "lost"
    settle(sleeper, call, 0.2)
    assert other.spent_today() == 0.2
    assert other.job("j1")[0].outcome == "ok"


def test_settling_what_was_not_reserved_or_with_an_unknown_outcome_is_a_mistake_of_ours(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    with pytest.raises(ValueError, match="not reserved"):
        settle(ledger, 7, 0.1)
    with pytest.raises(ValueError, match="no outcome"):
        settle(ledger, reserve(ledger, 0.1), 0.1, "fine")  # type: ignore[arg-type]


@pytest.mark.parametrize("table", ["calls", "settlements", "sent"])
@pytest.mark.parametrize("statement", ["DELETE FROM {}", "UPDATE {} SET rowid = rowid"])
def test_rows_can_only_be_appended(file: Path, table: str, statement: str) -> None:
    ledger = Ledger(file, clock=Clock())
    settle(ledger, reserve(ledger, 0.1, sent=[Sent("a", "b", 1)]), 0.1)
    with sqlite3.connect(file) as raw, pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute(statement.format(table))
    raw.close()


def test_totals_are_by_model_and_task_dearest_first(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    for seconds, first in ((1.0, 0.2), (3.0, 0.4), (2.0, None)):
        settle(ledger, reserve(ledger, 0.1), 0.01, seconds=seconds, first_token_seconds=first)
    settle(ledger, reserve(ledger, 0.1), 0.0, "error", seconds=60.0, error="overloaded")
    settle(ledger, reserve(ledger, 1.0, task="review", model="claude-opus-4-7"), 0.5, "cancelled")
    review, edit = ledger.totals(date(2026, 11, 21))
    assert (review.model, review.task, review.cost_usd, review.median_seconds) == (
        "claude-opus-4-7", "review", 0.5, None,
    )  # fmt: skip
    assert (edit.calls, edit.failed) == (4, 1)
    assert edit.cost_usd == pytest.approx(0.03)
    assert (edit.input_tokens, edit.cached_tokens, edit.output_tokens) == (4000, 1200, 800)
    assert edit.median_seconds == 2.0
    assert edit.median_first_token_seconds == pytest.approx(0.3)
    assert ledger.totals(date(2026, 11, 22)) == ()


def test_reading_creates_nothing(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    assert (ledger.spent_today(), ledger.job("j"), ledger.totals(date(2026, 1, 1)), ledger.sent(1)) == (
        0,
        (),
        (),
        (),
    )
    assert not file.parent.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permission bits")
def test_the_file_is_for_this_user_only(file: Path) -> None:
    reserve(Ledger(file), 0.1)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_file_that_is_no_database_is_moved_aside_whole(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this is not a database, " * 100)
    ledger = Ledger(file, clock=Clock())
    reserve(ledger, 0.1)
    (kept,) = file.parent.glob("ledger.sqlite3.damaged-*")
    assert kept.read_bytes() == b"this is not a database, " * 100
    assert str(kept) in ledger.notice and "today's budget" in ledger.notice
    assert Ledger(file, clock=Clock()).spent_today() == 0.1
    assert not file.with_name("ledger.sqlite3.moving").exists()


def test_a_damaged_database_is_moved_aside_and_one_damaged_while_open_is_reported(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    reserve(ledger, 0.1)
    ledger.close()
    raw = bytearray(file.read_bytes())
    raw[4096:] = b"\xff" * (len(raw) - 4096)  # every page but the first, which holds the header
    file.write_bytes(raw)
    fresh = Ledger(file, clock=Clock())
    reserve(fresh, 0.2)
    assert "damaged" in fresh.notice
    assert fresh.spent_today() == 0.2


def test_a_guard_left_by_a_killed_process_holds_nobody_up_for_ever(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterpoint.database._BUSY_SECONDS", 0.2)
    file.parent.mkdir()
    file.write_bytes(b"broken" * 1000)
    file.with_name("ledger.sqlite3.moving").touch()
    assert reserve(Ledger(file), 0.1) == 1


def test_a_ledger_of_the_first_form_is_brought_up_to_date_with_nothing_lost(file: Path) -> None:
    file.parent.mkdir(parents=True)
    raw = sqlite3.connect(file, isolation_level=None)
    for statement in MIGRATIONS[0]:
        raw.execute(statement)
    raw.execute(
        "INSERT INTO calls (at, day, expires, job, task, role, provider, model, kind, reserved_nano, pid)"
        " VALUES (?, ?, ?, 'j1', 'edit', 'fast', 'openai', 'gpt-5.5', 'other', 500000000, 1)",
        (NOON, "2026-11-21", NOON + 60),
    )
    raw.execute("INSERT INTO sent VALUES (1, 'a.py', 'ff', 12)")
    raw.execute("PRAGMA user_version = 1")
    raw.close()
    ledger = Ledger(file, clock=Clock())
    (row,) = ledger.job("j1")
    assert (row.model, row.reserved_usd, ledger.sent(1)) == ("gpt-5.5", 0.5, (Sent("a.py", "ff", 12),))
    assert ledger.spent_today() == 0.5
    assert ledger.characters_per_token("gpt-5.5", "python") is None
    settle(ledger, reserve(ledger, 0.1, language="python", characters=9_000), 0.1)
    ledger.close()
    raw = sqlite3.connect(file)
    assert raw.execute("SELECT language, characters FROM calls ORDER BY id").fetchall() == [
        ("", 0),
        ("python", 9_000),
    ]
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute("UPDATE calls SET language = 'go'")
    assert raw.execute("PRAGMA user_version").fetchone()[0] == len(MIGRATIONS)
    raw.close()


def test_characters_per_token_are_learnt_from_what_vendors_report(file: Path) -> None:
    clock = Clock()
    ledger = Ledger(file, clock=clock)

    def called(characters: int, tokens: int, language: str = "python", **more: Any) -> None:
        usage = Usage(tokens, 10, estimated=more.pop("estimated", False))
        call = reserve(ledger, 0.0, model="m", language=language, characters=characters)
        settle(ledger, call, 0.0, usage=usage, **more)

    assert ledger.characters_per_token("m", "python") is None
    for _ in range(4):
        called(3_000, 1_000)
    called(900, 100)  # too short to tell
    called(9_000, 100, estimated=True)
    called(9_000, 100, outcome="error")
    clock.now += 301
    assert ledger.characters_per_token("m", "python") is None
    called(90_000, 1_000)  # an odd one
    assert ledger.characters_per_token("m", "python") is None  # remembered for some minutes
    clock.now += 301
    assert ledger.characters_per_token("m", "python") == 3.0
    assert ledger.characters_per_token("m", "go") == 3.0
    assert ledger.characters_per_token("other", "python") is None
    for _ in range(5):
        called(2_000, 1_000, "go")
    clock.now += 301
    assert ledger.characters_per_token("m", "go") == 2.0
    for _ in range(60):
        called(4_000, 1_000)  # only the latest count
    clock.now += 301
    assert ledger.characters_per_token("m", "python") == 4.0


def test_a_newer_ledger_is_left_alone(file: Path) -> None:
    first = Ledger(file)
    reserve(first, 0.1)
    first.close()  # else it brings its journal in whenever it is collected
    raw = sqlite3.connect(file)
    raw.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    raw.close()
    before = file.read_bytes()
    with pytest.raises(ConfigError, match=r"newer Counterpoint.*COUNTERPOINT_HOME"):
        Ledger(file).spent_today()
    assert file.read_bytes() == before


def test_a_ledger_that_cannot_be_opened_stops_the_spending(file: Path) -> None:
    file.mkdir(parents=True)
    with pytest.raises(ConfigError, match="spending cannot be capped"):
        reserve(Ledger(file), 0.1)


def test_a_ledger_locked_by_another_program_is_an_error_and_not_a_free_pass(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("counterpoint.database._BUSY_SECONDS", 0.1)
    ledger = Ledger(file)
    reserve(ledger, 0.1)
    blocker = sqlite3.connect(file, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    try:
        with pytest.raises(ConfigError, match="locked"):
            reserve(ledger, 0.1)
    finally:
        blocker.execute("ROLLBACK")
        blocker.close()
    reserve(ledger, 0.1)


def test_threads_share_one_ledger(file: Path) -> None:
    ledger = Ledger(file, clock=Clock())
    caps, refused = Caps(1.0, 1.0), []

    def spend() -> None:
        for _ in range(10):
            try:
                settle(ledger, reserve(ledger, 0.05, caps=caps), 0.04)
            except BudgetExceeded:
                refused.append(1)

    threads = [threading.Thread(target=spend) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    assert 0.95 < ledger.spent_today() <= 1.0
    assert len(refused) + len(ledger.job("j1")) == 60


_RACER = """
import sys
from pathlib import Path
from counterpoint.errors import BudgetExceeded
from counterpoint.ledger import Caps, Ledger
from counterpoint.models import Usage

ledger = Ledger(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
made = refused = 0
for turn in range(25):
    try:
        call = ledger.reserve(job="race", task="complete", role="fast", provider="openai", model="gpt-5.5",
                              kind="completion", upper_usd=0.01, caps=Caps(5.0, 1.0))
    except BudgetExceeded:
        refused += 1
        continue
    made += 1
    if turn % 3 != 2:  # every third is left open, as if its process had died
        ledger.settle(call, usage=Usage(10, 1), cost_usd=0.01, seconds=0.1, outcome="ok")
print(made, refused, flush=True)
"""


@pytest.mark.parametrize("damaged", [False, True], ids=["new file", "damaged file"])
def test_eight_processes_race_for_one_cap_and_never_pass_it(file: Path, damaged: bool) -> None:
    if damaged:
        file.parent.mkdir()
        file.write_bytes(b"not a database" * 500)
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", _RACER, str(file)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(8)
    ]
    try:
        for racer in racers:
            assert racer.stdout is not None and racer.stdout.readline() == "ready\n"
        for racer in racers:  # only now do they open the file, all at once
            assert racer.stdin is not None
            racer.stdin.write("go\n")
            racer.stdin.flush()
        made = refused = 0
        for racer in racers:
            out, _ = racer.communicate(timeout=90)
            assert racer.returncode == 0
            ours, theirs = (int(word) for word in out.split())
            made, refused = made + ours, refused + theirs
    finally:
        for racer in racers:
            racer.kill()
            racer.wait(10)
    ledger = Ledger(file)
    assert (made, refused) == (100, 100)
    assert ledger.spent_today("completion") == 1.0
    assert len(ledger.job("race")) == 100
    assert len(list(file.parent.glob("*.damaged-*"))) == (1 if damaged else 0)


def test_what_became_of_suggestions_is_summed_by_task_and_source(file: Path) -> None:
    clock = Clock()
    ledger = Ledger(file, clock=clock)
    taken = partial(Choice, job="j", task="complete", source="model", language="python")
    ledger.choose(taken(what="accepted", shown=40, taken=40))
    ledger.choose(taken(what="kept", shown=40, taken=40, after=30))
    ledger.choose(taken(what="kept", shown=40, taken=10, after=300))
    ledger.choose(taken(what="rejected", shown=9, taken=0))
    ledger.choose(Choice("p", "complete", "ignored", 5, 0, source="pattern"))
    since = date.fromtimestamp(NOON)
    assert ledger.acceptance(since) == (
        Acceptance("complete", "model", 2, 1, 0, 1, 0, 1.0, 0.25),
        Acceptance("complete", "pattern", 1, 0, 0, 0, 1, None, None),
    )
    assert ledger.acceptance(since + timedelta(days=1)) == ()
    with pytest.raises(ValueError, match="no choice"):
        ledger.choose(taken(what=cast(Any, "liked"), shown=1, taken=1))
    raw = sqlite3.connect(file)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        raw.execute("DELETE FROM choices")
    raw.close()


def test_no_file_means_that_nothing_was_chosen_yet(file: Path) -> None:
    assert Ledger(file).acceptance(date.fromtimestamp(NOON)) == ()
    assert not file.exists()


def test_what_a_session_may_spend_is_counted_over_all_its_ledgers(tmp_path: Path) -> None:
    first, second = (Ledger(tmp_path / "ledger.sqlite3") for _ in range(2))
    second.here = first.here
    caps = Caps(50, 20, session_usd=1.0)

    def reserved(ledger: Ledger) -> int:
        return ledger.reserve(
            job="j", task="edit", role="fast", provider="openai", model="m", kind="other", upper_usd=0.6,
            caps=caps,
        )  # fmt: skip

    call = reserved(first)
    with pytest.raises(BudgetExceeded, match="session"):
        reserved(second)
    first.settle(call, usage=Usage(), cost_usd=0.3, seconds=1.0, outcome="ok")
    first.settle(call, usage=Usage(), cost_usd=0.3, seconds=1.0, outcome="ok")
    assert first.spent_here == second.spent_here == pytest.approx(0.3)
    assert reserved(second) > call
    with pytest.raises(BudgetExceeded, match="session"):
        reserved(first)
    assert reserved(Ledger(tmp_path / "ledger.sqlite3"))
