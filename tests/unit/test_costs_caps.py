"""What `costs` tells of caps below the day's, of reasons, and of requests that only count tokens."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from counterpoint.cli.costs import _shape, since_day
from counterpoint.cli.costs_caps import Cap, caps_told, said
from counterpoint.cli.costs_text import job_lines, lines, told_lines
from counterpoint.cli.costs_told import figures
from counterpoint.cli.terminal import plain
from counterpoint.flows.counting import TASK as COUNT
from counterpoint.ledger import Caps, Ledger
from counterpoint.ledger_jobs import Reason, by_task, reasons_of
from counterpoint.ledger_spending import Spent
from counterpoint.lsp import small_commands
from counterpoint.models import Usage
from counterpoint.settings import Budget, Settings

NOON = datetime(2026, 11, 21, 12, 0).timestamp()
TODAY = date(2026, 11, 21)


def booked(
    ledger: Ledger,
    job: str,
    task: str,
    usd: float,
    role: str = "fast",
    model: str = "gpt-5.5",
    reason: str = "",
) -> None:
    call = ledger.reserve(
        job=job,
        task=task,
        role=role,
        provider="openai",
        model=model,
        kind="completion" if task == "complete" else "other",
        upper_usd=usd,
        caps=Caps(100.0, 100.0),
        reason=reason,
    )
    ledger.settle(call, usage=Usage(1_000, 10), cost_usd=usd, seconds=1.0, outcome="ok")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(tmp_path / "ledger.sqlite3", clock=lambda: NOON)
    booked(made, "a", "complete", 0.02, reason="GPT-5.5 fills the role fast")
    booked(made, "b", "complete", 0.03, reason="GPT-5.5 fills the role fast")
    booked(made, "c", "review", 0.5, role="deep", model="claude-opus-4-7", reason="Opus 4.7 is named")
    booked(made, "d", COUNT, 0.0, role="")
    return made


def test_the_reason_of_a_call_comes_back_with_it_also_after_its_month_was_moved_out(tmp_path: Path) -> None:
    now = [NOON - 500 * 86_400]
    ledger = Ledger(tmp_path / "ledger.sqlite3", clock=lambda: now[0])
    booked(ledger, "old", "edit", 0.1, reason="GPT-5.5 fills the role fast")
    booked(ledger, "bare", "edit", 0.1)
    now[0] = NOON
    booked(ledger, "new", "edit", 0.1, reason="GPT-5.5 is named")
    assert [one.reason for one in ledger.job("old")] == ["GPT-5.5 fills the role fast"]
    assert len(ledger.rotate()) == 1
    told = [one.reason for one in ledger.calls(date(2020, 1, 1))]
    assert told == ["GPT-5.5 fills the role fast", "", "GPT-5.5 is named"]


def test_reasons_are_summed_by_model_and_task_and_calls_without_one_are_left_out(ledger: Ledger) -> None:
    assert reasons_of(ledger.daily.sums(TODAY)) == (
        Reason("claude-opus-4-7", "review", "Opus 4.7 is named", 1, 0.5),
        Reason("gpt-5.5", "complete", "GPT-5.5 fills the role fast", 2, 0.05),
    )


def test_every_cap_that_is_set_is_told_with_what_counts_against_it(ledger: Ledger) -> None:
    budget = Budget(session_usd=3.0, roles={"deep": 4.0}, automatic_reviews_day_usd=0.25)
    found = {one.setting: one for one in caps_told(budget, ledger.spent())}
    assert found == {
        "budget.completions_day_usd": Cap("budget.completions_day_usd", 0.05, 2.0),
        "budget.automatic_reviews_day_usd": Cap("budget.automatic_reviews_day_usd", 0.0, 0.25),
        "budget.shadow_day_usd": Cap("budget.shadow_day_usd", 0.0, 0.5),
        "budget.roles.deep": Cap("budget.roles.deep", 0.5, 4.0),
        "budget.session_usd": Cap("budget.session_usd", None, 3.0),
    }
    told = said(tuple(found.values()))
    assert told == (
        "Of today's: completions $0.05 of $2.00, the role deep $0.50 of $4.00."
        " A server or command may spend $3.00."
    )


def test_a_cap_that_is_not_set_is_not_told() -> None:
    assert [one.setting for one in caps_told(Budget(), Spent())] == [
        "budget.completions_day_usd",
        "budget.automatic_reviews_day_usd",
        "budget.shadow_day_usd",
    ]
    assert said(()) == ""


def test_text_and_json_tell_both(ledger: Ledger) -> None:
    told = figures(ledger, Budget(roles={"deep": 4.0}), {}, TODAY, TODAY)
    assert "the role deep $0.50 of $4.00" in plain(told_lines(told, ()))
    shape = _shape(told, ())
    assert {"setting": "budget.roles.deep", "cost_usd": 0.5, "budget_usd": 4.0} in shape["caps"]
    assert [one["reason"] for one in shape["reasons"]] == ["Opus 4.7 is named", "GPT-5.5 fills the role fast"]


def test_requests_that_only_count_have_no_row_unless_they_cost(ledger: Ledger) -> None:
    words = tables(ledger).split()
    assert COUNT not in words and "complete" in words
    booked(ledger, "e", COUNT, 0.01)
    assert tables(ledger).split().count(COUNT) == 2


def tables(ledger: Ledger) -> str:
    """The day's calls and jobs as they are printed."""
    jobs = job_lines(by_task(ledger.daily.sums(TODAY)))
    return plain([*lines(TODAY, ledger.totals(TODAY), 0.0, 5.0), *jobs])


def test_a_time_in_which_nothing_but_counting_happened_has_a_sum_and_no_table(tmp_path: Path) -> None:
    made = Ledger(tmp_path / "ledger.sqlite3", clock=lambda: NOON)
    booked(made, "d", COUNT, 0.0)
    assert job_lines(by_task(made.daily.sums(TODAY))) == []
    assert plain(lines(TODAY, made.totals(TODAY), 0.0, 5.0)).splitlines()[0] == "$0 since 2026-11-21."


@pytest.mark.asyncio
async def test_an_editor_has_no_row_of_counting_either(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(small_commands, "date", SimpleNamespace(today=lambda: TODAY))
    there: Any = SimpleNamespace(all_opened=lambda: [SimpleNamespace(ledger=ledger, settings=Settings())])
    rows = (await small_commands.costs(there, {}))["totals"]
    assert [(one["task"], one["calls"]) for one in rows] == [("review", 1), ("complete", 2)]


@pytest.mark.asyncio
async def test_a_month_begins_on_the_same_day_in_an_editor_and_on_the_command_line(ledger: Ledger) -> None:
    there: Any = SimpleNamespace(all_opened=lambda: [SimpleNamespace(ledger=ledger, settings=Settings())])
    before = since_day("month", date.today())
    found = (await small_commands.costs(there, {}))["since"]
    assert found in {before.isoformat(), since_day("month", date.today()).isoformat()}  # it may be midnight
