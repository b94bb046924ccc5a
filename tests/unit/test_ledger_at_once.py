"""The entry of a completion is made on the event loop, but only where it need not be waited for."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from datetime import date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from counterpoint import booking
from counterpoint.engine import Engine
from counterpoint.errors import BudgetExceeded, ConfigError
from counterpoint.ledger import Caps, Ledger, NotAtOnce
from counterpoint.models import Usage
from counterpoint.tasks import COMPLETE, EXPLAIN, Task
from counterpoint.text import Document, Situation, Span
from tests.asking import Said, engine

NOON = datetime(2026, 11, 21, 12, 0).timestamp()
CAPS = Caps(day_usd=5.0, completions_day_usd=2.0)
LINE = "total = "
SITUATION = Situation(Document.of("a.py", LINE, "python", 1), Span(len(LINE), len(LINE)))


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def entry(ledger: Ledger, upper: float = 0.1, *, at_once: bool = True) -> int:
    names: dict[str, Any] = {
        "job": "j",
        "task": "complete",
        "role": "fast",
        "provider": "openai",
        "model": "gpt-5.5",
    }
    return ledger.reserve(**names, kind="completion", upper_usd=upper, caps=CAPS, at_once=at_once)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(tmp_path: Path, clock: Clock) -> Ledger:
    found = Ledger(tmp_path / "ledger.sqlite3", clock=clock)
    found.warm()
    return found


class TestTheLedger:
    def test_an_entry_made_at_once_is_one_like_any_other(self, ledger: Ledger) -> None:
        first = entry(ledger, 1.5)
        assert ledger.spent_today() == 1.5
        with pytest.raises(BudgetExceeded, match="completions"):
            entry(ledger, 0.6)
        ledger.settle(first, usage=Usage(10, 1), cost_usd=0.2, seconds=1.0, outcome="ok")
        entry(ledger, 0.6)
        assert Ledger(ledger.file, clock=ledger._clock).spent_today() == pytest.approx(0.8)

    def test_a_file_that_is_not_open_is_not_opened_for_it(self, tmp_path: Path) -> None:
        with pytest.raises(NotAtOnce):
            entry(Ledger(tmp_path / "ledger.sqlite3"))
        assert not list(tmp_path.iterdir())

    def test_a_new_day_whose_sums_are_still_to_be_made_is_waited_for(
        self, ledger: Ledger, clock: Clock
    ) -> None:
        clock.now += timedelta(days=1).total_seconds()
        with pytest.raises(NotAtOnce):
            entry(ledger)
        entry(ledger, at_once=False)
        entry(ledger)
        assert len(ledger.calls(date(2026, 11, 1))) == 2

    def test_nothing_is_written_while_another_process_writes(self, ledger: Ledger) -> None:
        other = sqlite3.connect(ledger.file, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(NotAtOnce):
            entry(ledger)
        other.execute("COMMIT")
        other.close()
        entry(ledger)
        assert len(ledger.calls(date(2026, 11, 1))) == 1

    def test_nothing_is_written_while_another_thread_has_the_ledger(self, ledger: Ledger) -> None:
        with ledger._lock, pytest.raises(NotAtOnce):
            entry(ledger)
        entry(ledger)
        assert len(ledger.calls(date(2026, 11, 1))) == 1

    def test_who_may_wait_writes_as_soon_as_the_other_has_written(self, ledger: Ledger) -> None:
        other = sqlite3.connect(ledger.file, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        ending = threading.Timer(0.2, other.execute, ("COMMIT",))
        ending.start()
        entry(ledger, at_once=False)
        ending.join(10)
        other.close()
        assert ledger.spent_today() == pytest.approx(0.1)

    def test_a_reader_sees_one_state_of_the_file(self, ledger: Ledger) -> None:
        other = Ledger(ledger.file, clock=ledger._clock)
        entry(ledger)
        count = "SELECT count(*) FROM calls"
        with ledger._reading() as rows:
            assert rows is not None
            before = rows.execute(count).fetchone()
            entry(other, at_once=False)
            assert rows.execute(count).fetchone() == before == (1,)
        with ledger._reading() as rows:
            assert rows is not None and rows.execute(count).fetchone() == (2,)
        other.close()

    def test_a_file_that_cannot_be_written_is_an_error_here_too(
        self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(*_: object, **__: object) -> None:
            raise sqlite3.OperationalError("disk I/O error")

        monkeypatch.setattr("counterpoint.ledger_file.begin", full)
        with pytest.raises(ConfigError, match="disk I/O error"):
            entry(ledger)


class TestTheBooks:
    """Where the entries of questions are made: `here` is on the event loop."""

    @pytest.fixture
    def threads(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        """Whether each entry was made here or by a thread, with those that were not made at once."""
        found: list[str] = []
        reserve, loop = Ledger.reserve, threading.get_ident()

        def noted(self: Ledger, **given: Any) -> int:
            place = "here" if threading.get_ident() == loop else "thread"
            try:
                made = reserve(self, **given)
            except NotAtOnce:
                found.append(f"not {place}")
                raise
            found.append(place)
            return made

        monkeypatch.setattr(Ledger, "reserve", noted)
        return found

    @staticmethod
    async def asked(engine: Engine, task: Task[Any] = COMPLETE) -> None:
        await engine.ask(task, SITUATION)
        await engine.close()  # the settlement is written: it is in nobody's way

    @staticmethod
    def opened(tmp_path: Path, answers: int, text: str = "1\n") -> Engine:
        found = engine(Said([text] * answers), tmp_path)
        found.ledger.warm()
        return found

    @pytest.mark.asyncio
    async def test_completions_are_entered_here(self, tmp_path: Path, threads: list[str]) -> None:
        asking = self.opened(tmp_path, 3)
        for _ in range(3):
            await self.asked(asking)
        assert threads == ["here"] * 3
        assert {one.outcome for one in asking.ledger.calls(date(2020, 1, 1))} <= {"ok", "cut"}

    @pytest.mark.asyncio
    async def test_the_first_opens_the_file_in_a_thread(self, tmp_path: Path, threads: list[str]) -> None:
        asking = engine(Said(["1\n"] * 2), tmp_path)
        await self.asked(asking)
        await self.asked(asking)
        assert threads == ["not here", "thread", "here"]

    @pytest.mark.asyncio
    async def test_all_else_is_entered_by_a_thread(self, tmp_path: Path, threads: list[str]) -> None:
        """Its prompts are long: only to take their hashes holds the loop."""
        asking = self.opened(tmp_path, 1, "It adds up.")
        await self.asked(asking, EXPLAIN)
        assert threads == ["thread"]

    @pytest.mark.asyncio
    async def test_a_thread_waits_while_another_process_writes(
        self, tmp_path: Path, threads: list[str]
    ) -> None:
        asking = self.opened(tmp_path, 1)
        other = sqlite3.connect(asking.ledger.file, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        asked = asyncio.create_task(self.asked(asking))
        while not threads:
            await asyncio.sleep(0.01)
        other.execute("COMMIT")
        other.close()
        await asyncio.wait_for(asked, 30)
        assert threads == ["not here", "thread"]

    @pytest.mark.asyncio
    async def test_a_slow_disk_is_left_to_threads_until_it_is_quick_again(
        self, tmp_path: Path, threads: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By a clock that goes on by a second at each look, and then stands."""
        asking = self.opened(tmp_path, 8)
        slow, ticks = [1.0], [0.0]

        def clock() -> float:
            ticks[0] += slow[0]
            return ticks[0]

        monkeypatch.setattr(booking, "time", SimpleNamespace(perf_counter=clock))
        for _ in range(4):
            await self.asked(asking)
        assert threads == ["here"] * 3 + ["thread"]
        slow[0] = 0.0
        for _ in range(4):
            await self.asked(asking)
        assert threads[4:] == ["thread"] * 3 + ["here"]
