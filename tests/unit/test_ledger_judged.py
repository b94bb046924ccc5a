"""How jobs ended: one outcome each, the latest, with what all their calls came to."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from counterpoint import ledger_judged
from counterpoint.ledger import Caps, JobOutcome, JudgedJob, Ledger, Look
from counterpoint.ledger_jobs import judged
from counterpoint.models import Usage

SINCE = date(2020, 1, 1)
NOON = datetime(2026, 11, 21, 12, 0).timestamp()
CAPS = Caps(day_usd=50.0, completions_day_usd=20.0)


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


class Bench:
    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.ledger = Ledger(folder / "ledger.sqlite3", clock=self.clock)

    def call(self, job: str, cost: float, *, seconds: float = 2.0, settled: bool = True) -> None:
        call = self.ledger.reserve(
            job=job, task="edit", role="fast", provider="openai", model="gpt-5.5", kind="other",
            upper_usd=1.0, caps=CAPS,
        )  # fmt: skip
        if settled:
            self.ledger.settle(call, usage=Usage(), cost_usd=cost, seconds=seconds, outcome="ok")

    def judged(self, job: str, outcome: Any, **more: Any) -> None:
        self.ledger.judged(
            JobOutcome(job, **{"task": "edit", "outcome": outcome, "model": "gpt-5.5", **more})
        )

    def one(self) -> JudgedJob:
        (found,) = self.ledger.outcomes(SINCE)
        return found


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_nothing_is_known_of_no_file(bench: Bench) -> None:
    assert bench.ledger.outcomes(SINCE) == () == judged(bench.ledger.daily.sums(SINCE))
    assert not bench.ledger.file.exists()


def test_the_latest_outcome_of_a_job_counts(bench: Bench) -> None:
    bench.judged("a", "kept", language="python")
    bench.judged("a", "rewritten", language="python", changed=0.4)
    one = bench.one()
    assert (one.job, one.task, one.outcome, one.changed) == ("a", "edit", "rewritten", 0.4)
    assert (one.model, one.language, one.at) == ("gpt-5.5", "python", NOON)


def test_a_job_costs_what_all_its_calls_cost_and_lasts_from_the_first_to_the_end_of_the_last(
    bench: Bench,
) -> None:
    bench.call("a", 0.25, seconds=3.0)
    bench.clock.now += 10
    bench.call("a", 0.5, seconds=4.0)
    bench.call("b", 0.125)
    bench.judged("a", "kept")
    one = bench.one()
    assert (one.calls, one.cost_usd, one.seconds) == (2, 0.75, 14.0)


def test_a_call_that_is_not_settled_counts_as_reserved(bench: Bench) -> None:
    bench.call("a", 0.0, settled=False)
    bench.judged("a", "kept")
    assert bench.one().cost_usd == 1.0


def test_a_job_without_calls_cost_nothing(bench: Bench) -> None:
    bench.judged("a", "dismissed", task="complete", model="")
    one = bench.one()
    assert (one.calls, one.cost_usd, one.seconds) == (0, 0.0, 0.0)


def test_only_jobs_judged_from_a_day_on_are_told(bench: Bench) -> None:
    bench.judged("a", "kept")
    bench.clock.now += 86_400
    bench.judged("b", "undone")
    assert [one.job for one in bench.ledger.outcomes(date(2026, 11, 22))] == ["b"]
    assert [one.job for one in bench.ledger.outcomes(date(2026, 11, 21))] == ["a", "b"]


def test_sums_are_by_model_and_task(bench: Bench) -> None:
    for job, outcome, changed in (
        *(("a", "kept", 0.0), ("b", "tuned", 0.1), ("c", "rewritten", 0.8), ("d", "undone", 1.0)),
    ):
        bench.call(job, 0.5)
        bench.judged(job, outcome, changed=changed)
    bench.judged("e", "dismissed", model="claude-opus-4-7")
    first, second = judged(bench.ledger.daily.sums(SINCE))
    assert (first.model, first.task, first.jobs) == ("gpt-5.5", "edit", 4)
    assert (first.kept, first.tuned, first.rewritten, first.undone, first.dismissed) == (1, 1, 1, 1, 0)
    assert first.changed == pytest.approx(0.3)
    assert (first.good, first.cost_usd, first.usd_per_good, first.median_seconds) == (2, 2.0, 1.0, 2.0)
    assert (second.model, second.dismissed, second.usd_per_good) == ("claude-opus-4-7", 1, None)
    assert second.median_seconds is None


def test_jobs_without_calls_count_as_of_use_and_not_in_the_price_of_one(bench: Bench) -> None:
    bench.call("a", 0.5)
    bench.judged("a", "kept")
    for job in "bcd":  # fixes that came with their findings
        bench.judged(job, "kept")
    (found,) = judged(bench.ledger.daily.sums(SINCE))
    assert (found.good, found.unasked, found.cost_usd, found.usd_per_good) == (4, 3, 0.5, 0.5)
    bench.judged("a", "undone")
    (found,) = judged(bench.ledger.daily.sums(SINCE))
    assert (found.good, found.usd_per_good) == (3, None)


@pytest.mark.parametrize(("outcome", "changed"), [("liked", 0.0), ("kept", 1.5), ("kept", -0.1)])
def test_what_is_no_outcome_is_refused(bench: Bench, outcome: Any, changed: float) -> None:
    with pytest.raises(ValueError, match=r"is no share|no outcome"):
        bench.judged("a", outcome, changed=changed)
    assert bench.ledger.outcomes(SINCE) == ()


def looks(bench: Bench, *told: tuple[str, Any]) -> list[str]:
    """How the review "r" ends after (finding, fate) in turn."""
    bench.call("r", 0.25)
    for finding, fate in told:
        bench.ledger.looked([Look(finding, fate, "/w", "security", model="Opus 4.7", job="r")])
    return [one.outcome for one in bench.ledger.outcomes(SINCE)]


@pytest.mark.parametrize(
    ("told", "outcomes"),
    [
        ([("a", "shown"), ("b", "shown")], []),
        ([("a", "shown"), ("b", "shown"), ("a", "dismissed")], []),
        ([("a", "shown"), ("b", "shown"), ("a", "dismissed"), ("b", "dismissed")], ["dismissed"]),
        ([("a", "shown"), ("b", "shown"), ("a", "dismissed"), ("b", "fixed")], ["kept"]),
        ([("a", "shown"), ("a", "dismissed"), ("a", "shown")], ["dismissed"]),
        ([("a", "shown"), ("a", "resolved")], ["kept"]),
        ([("a", "shown"), ("a", "dismissed"), ("b", "shown"), ("b", "fixed")], ["kept"]),
        ([("a", "shown"), ("b", "refuted")], []),
        ([("a", "shown"), ("b", "refuted"), ("a", "dismissed")], ["dismissed"]),
        ([("", "absent")], []),
    ],
)
def test_a_review_ends_as_its_findings_do(bench: Bench, told: list[Any], outcomes: list[str]) -> None:
    assert looks(bench, *told) == outcomes


def test_a_review_is_judged_once_by_whom_it_was_made(bench: Bench) -> None:
    looks(bench, ("a", "shown"), ("a", "fixed"), ("a", "fixed"))
    assert (bench.one().task, bench.one().model, bench.one().cost_usd) == ("edit", "gpt-5.5", 0.25)
    with sqlite3.connect(bench.ledger.file) as rows:
        assert rows.execute("SELECT count(*) FROM job_outcomes").fetchone() == (1,)
    rows.close()


def test_findings_of_no_call_are_no_job(bench: Bench) -> None:
    bench.ledger.looked([Look("a", "dismissed", "/w", "static", job="")])
    bench.ledger.looked([Look("a", "dismissed", "/w", "static", job="nobody")])
    assert bench.ledger.outcomes(SINCE) == ()


def test_calls_are_reserved_while_outcomes_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite3")
    ledger.judged(JobOutcome("a", "edit", "kept", "gpt-5.5"))
    reading, go_on = threading.Event(), threading.Event()
    whole = ledger_judged.outcomes

    def slow(rows: Any, since: str) -> Any:
        reading.set()
        assert go_on.wait(20)
        return whole(rows, since)

    monkeypatch.setattr(ledger_judged, "outcomes", slow)
    with ThreadPoolExecutor(2) as pool:
        found = pool.submit(ledger.outcomes, date.today())
        assert reading.wait(20)
        try:
            reserved = pool.submit(
                ledger.reserve, job="b", task="edit", role="fast", provider="openai", model="m",
                kind="other", upper_usd=0.1, caps=Caps(5, 5),
            )  # fmt: skip
            assert reserved.result(timeout=20)
        finally:
            go_on.set()
        assert [one.job for one in found.result(timeout=20)] == ["a"]
