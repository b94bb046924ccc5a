"""What is kept up of a day's spending is what adding up all its calls gives, whoever wrote them."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.errors import BudgetExceeded, ConfigError
from counterpoint.ledger import CallKind, Caps, Ledger
from counterpoint.ledger_caps import nearest
from counterpoint.ledger_rows import NANO
from counterpoint.ledger_spending import Spending, Spent
from counterpoint.models import Usage

DAY = 86_400.0
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["call", "settle", "next day", "look"]),
        st.integers(0, 1),
        st.integers(0, 30),
        st.sampled_from(["completion", "other"]),
    ),
    max_size=40,
)


def reserve(ledger: Ledger, usd: float, kind: CallKind = "completion", caps: float = 100.0) -> int:
    return ledger.reserve(
        job="j", task="complete", role="fast", provider="openai", model="gpt-5.5", kind=kind, upper_usd=usd,
        caps=Caps(caps, caps),
    )  # fmt: skip


def settle(ledger: Ledger, call: int, usd: float) -> None:
    ledger.settle(call, usage=Usage(1, 1), cost_usd=usd, seconds=0.1, outcome="ok")


@settings(max_examples=80, deadline=None)
@given(STEPS)
def test_it_is_what_all_calls_add_up_to(steps: list[tuple[str, int, int, CallKind]]) -> None:
    now = [1_700_000_000.0]
    with tempfile.TemporaryDirectory() as folder:
        ledgers = [Ledger(Path(folder) / "ledger.sqlite3", clock=lambda: now[0]) for _ in range(2)]
        calls: list[int] = []
        kept = Spending()
        for what, which, number, kind in steps:
            if what == "call":
                calls.append(reserve(ledgers[which], number / 100, kind))
            elif what == "settle" and calls:
                settle(ledgers[which], calls[number % len(calls)], number / 1_000)
            elif what == "next day":
                now[0] += DAY
            day = date.fromtimestamp(now[0]).isoformat()
            with ledgers[0]._transaction() as rows:
                found = kept.today(rows, day)
            month = sum(call.cost_usd for call in ledgers[1].calls(date.fromisoformat(f"{day[:7]}-01")))
            assert found.month / 1e9 == pytest.approx(month, abs=1e-12)
            assert sum(found.roles.values()) == found.day
            for name in ("completion", "other"):
                assert found.kinds.get(name, 0) / 1e9 == pytest.approx(
                    ledgers[1].spent_today(name), abs=1e-12
                )
        for ledger in ledgers:
            ledger.close()


def test_a_cap_holds_for_what_another_ledger_spent_and_frees_what_was_less(tmp_path: Path) -> None:
    one, other = Ledger(tmp_path / "l.sqlite3"), Ledger(tmp_path / "l.sqlite3")
    call = reserve(one, 0.9, caps=1.0)
    with pytest.raises(BudgetExceeded):
        reserve(other, 0.2, caps=1.0)
    settle(one, call, 0.1)
    assert reserve(other, 0.8, caps=1.0)
    with pytest.raises(BudgetExceeded):
        reserve(one, 0.2, caps=1.0)
    one.close()
    other.close()


@pytest.mark.alone
def test_a_call_does_not_wait_for_the_day_to_be_added_up(tmp_path: Path) -> None:
    """With two thousand calls today a reservation takes about as long as with none."""

    def taken(ledger: Ledger) -> float:
        times = []
        for _ in range(60):
            began = time.thread_time()
            reserve(ledger, 0.0001)
            times.append(time.thread_time() - began)
        return sorted(times)[20]

    ledger = Ledger(tmp_path / "l.sqlite3")
    few = taken(ledger)
    for _ in range(2_000):
        reserve(ledger, 0.0001)
    assert taken(ledger) < 3 * few
    ledger.close()


def test_reviews_nobody_asked_for_have_a_share_of_their_own(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")

    def review(job: str, usd: float) -> int:
        return ledger.reserve(
            job=job, task="review", role="deep", provider="anthropic", model="m", kind="other", upper_usd=usd,
            caps=Caps(100.0, 1.0, 1.0),
        )  # fmt: skip

    settle(ledger, review("auto-1", 0.9), 0.9)
    review("asked", 50.0)
    with pytest.raises(BudgetExceeded, match="for reviews nobody asked for") as error:
        review("auto-2", 0.2)
    assert "budget.automatic_reviews_day_usd" in str(error.value.fix)
    review("auto-3", 0.05)
    ledger.close()


def test_a_role_a_month_and_a_session_have_caps_of_their_own(tmp_path: Path) -> None:
    now = [1_700_000_000.0]
    file = tmp_path / "ledger.sqlite3"
    one, other = (Ledger(file, clock=lambda: now[0]) for _ in range(2))

    def call(ledger: Ledger, usd: float, role: str = "fast", **caps: Any) -> int:
        return ledger.reserve(
            job="j", task="edit", role=role, provider="openai", model="m", kind="other", upper_usd=usd,
            caps=Caps(100.0, 1.0, **caps),
        )  # fmt: skip

    def refused(ledger: Ledger, usd: float, setting: str, words: str, **caps: Any) -> None:
        with pytest.raises(BudgetExceeded, match=words) as error:
            call(ledger, usd, **caps)
        assert setting in str(error.value.fix)

    roles = {"fast": 1.0}
    settle(one, call(one, 0.9, roles=roles), 0.8)
    refused(other, 0.3, "budget.roles.fast", "for the role fast", roles=roles)
    call(other, 0.3, "deep", roles=roles)
    refused(one, 0.3, "budget.session_usd", "this session's", session_usd=1.0)
    settle(other, call(other, 0.3, session_usd=1.0), 0.1)
    now[0] += 3 * DAY
    refused(one, 2.0, "budget.month_usd", "this month's", month_usd=3.0)
    assert call(one, 1.7, month_usd=3.0)
    now[0] += 31 * DAY
    assert call(one, 2.9, month_usd=3.0)
    one.close()
    other.close()


CAPS = Caps(5.0, 2.0, 1.0, None, None, {}, 0.5)


@pytest.mark.parametrize(
    ("caps", "spent", "session", "setting"),
    [
        (CAPS, Spent({"completion": NANO, "other": NANO}, {}, 2 * NANO), 0, "budget.completions_day_usd"),
        (CAPS, Spent({"completion": NANO, "other": 2 * NANO}, {}, 3 * NANO), 0, "budget.day_usd"),
        (CAPS, Spent({"shadow": NANO // 2}, {}, NANO), 0, "budget.shadow_day_usd"),
        (replace(CAPS, month_usd=4.0), Spent({"other": NANO}, {}, 3 * NANO), 0, "budget.month_usd"),
        (replace(CAPS, session_usd=2.0), Spent({"other": NANO}, {}, NANO), NANO, "budget.session_usd"),
        (replace(CAPS, roles={"deep": 1.0}), Spent({"other": NANO}, {"deep": NANO}, NANO), 0,
         "budget.roles.deep"),
        (replace(CAPS, month_usd=40.0), Spent(), 0, "budget.day_usd"),
        (replace(CAPS, completions_day_usd=0.0), Spent(), 0, "budget.day_usd"),
        (Caps(0.0, 0.0), Spent(), 0, "budget.day_usd"),
    ],
)  # fmt: skip
def test_the_nearest_cap_is_the_one_with_the_greatest_share_spent(
    caps: Caps, spent: Spent, session: int, setting: str
) -> None:
    assert nearest(caps, spent, session).setting == setting


def test_what_is_spent_is_read_without_making_a_file_and_agrees_with_other_processes(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    mine, other = Ledger(file), Ledger(file)
    assert mine.spent() == Spent() and not file.exists()
    reserve(other, 0.5)
    reserve(mine, 0.25, "other")
    for ledger in (mine, other):
        assert ledger.spent().day == ledger.spent().month == 750_000_000
        assert ledger.spent().kinds == {"completion": 500_000_000, "other": 250_000_000}


@pytest.mark.parametrize(
    ("caps", "said"),
    [
        (Caps(0.001, 0.001), "of today's $0.001 "),
        (Caps(5.0, 2.0), "of today's $5.00 "),
        (Caps(5.0, 2.0, session_usd=0.005), "of this session's $0.005 "),
        (Caps(50.0, 2.0, month_usd=0.1), "of this month's $0.10 "),
    ],
)
def test_a_cap_below_a_cent_is_not_told_as_nothing(tmp_path: Path, caps: Caps, said: str) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    with pytest.raises(BudgetExceeded) as caught:
        ledger.reserve(
            job="j", task="edit", role="fast", provider="openai", model="gpt-5.5", kind="other",
            upper_usd=9.0, caps=caps,
        )  # fmt: skip
    assert said in caught.value.message
    ledger.close()


def test_what_a_commit_refuses_is_taken_back_and_the_next_entry_is_made(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite3")
    call = reserve(ledger, 0.5)
    with pytest.raises(ConfigError, match="FOREIGN KEY"), ledger._transaction() as rows:
        rows.execute("PRAGMA defer_foreign_keys = ON")  # so that only the end of it is refused
        rows.execute("INSERT INTO sent VALUES (?, 'a.py', '', 1)", (call + 1,))
    assert reserve(ledger, 0.25) == call + 1
    assert (ledger.sent(call + 1), ledger.spent_today()) == ((), 0.75)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (BudgetExceeded("no"), BudgetExceeded),
        (sqlite3.OperationalError("full"), ConfigError),
    ],
)
def test_what_ends_in_an_error_is_taken_back_whatever_it_is(
    tmp_path: Path, error: BaseException, told: type[BaseException]
) -> None:
    ledger = Ledger(tmp_path / "l.sqlite3")
    call = reserve(ledger, 0.5)
    with pytest.raises(told), ledger._transaction() as rows:
        rows.execute("INSERT INTO sent VALUES (?, 'a.py', '', 1)", (call,))
        raise error
    assert ledger.sent(call) == ()
    assert reserve(ledger, 0.25) == call + 1


def test_who_settles_reads_what_is_new_so_that_the_next_entry_need_not(tmp_path: Path) -> None:
    one, other = Ledger(tmp_path / "l.sqlite3"), Ledger(tmp_path / "l.sqlite3")
    call, news = reserve(one, 0.5), reserve(other, 0.25)
    settle(one, call, 0.125)
    assert one._spending._last_call == news
    with one._transaction() as rows:
        assert one._spending.today(rows, one._spending.day).day == round(0.375 * NANO)


def test_a_settlement_that_is_taken_back_is_counted_once_it_is_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite3")
    call = reserve(ledger, 0.5)
    asked: dict[str, Any] = {"usage": Usage(1, 1), "seconds": 0.1, "outcome": "ok"}
    with pytest.raises(ConfigError):
        ledger.settle(call, cost_usd=0.1, **{**asked, "seconds": None})  # which the table refuses
    assert ledger.spent().day == round(0.5 * NANO)
    ledger.settle(call, cost_usd=0.1, **asked)
    assert ledger.spent().day == round(0.1 * NANO)
