"""Files of ours in SQLite: many connections in many processes, and files of every version there ever was."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest

from counterpoint.database import open_database
from counterpoint.index import schema
from counterpoint.ledger import Caps, JobOutcome, Ledger
from counterpoint.ledger_schema import DATABASE, MIGRATIONS
from counterpoint.models import Usage

NOON = datetime(2026, 11, 21, 12, 0).timestamp()
SINCE = date(2020, 1, 1)
_LOOK = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]).fetchone(); c.close()"


def visited(file: Path, query: str) -> None:
    """Another process opens the file, reads, and closes it: it must not take itself for the only one."""
    subprocess.run([sys.executable, "-c", _LOOK, str(file), query], check=True, timeout=60)


def test_a_second_connection_of_a_process_frees_no_lock_of_the_first(tmp_path: Path) -> None:
    file = tmp_path / "ledger.sqlite3"
    first = open_database(file, DATABASE).connection
    second = open_database(file, DATABASE).connection
    first.execute("INSERT INTO edit_outcomes (at, day, job, task, choice, model, language)"
                  " VALUES (1, '2026-11-21', 'j', 'edit', 'kept', '', '')")  # fmt: skip
    visited(file, "SELECT count(*) FROM calls")
    assert file.with_name("ledger.sqlite3-wal").exists()
    first.execute("BEGIN IMMEDIATE")
    first.execute("ROLLBACK")
    for one in (first, second):
        assert one.execute("SELECT count(*) FROM edit_outcomes").fetchone() == (1,)
        one.close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nor_does_one_of_the_index(tmp_path: Path) -> None:
    file = tmp_path / "index.sqlite3"
    first, second = (schema.open_index(file, tmp_path).connection for _ in range(2))
    visited(file, "SELECT count(*) FROM sqlite_master")
    assert file.with_name("index.sqlite3-wal").exists()
    for one in (first, second):
        one.close()


def test_processes_with_many_connections_each_lose_nothing(tmp_path: Path) -> None:
    """Each opens and closes connections while others write, as several workspaces of one server do."""
    file = tmp_path / "ledger.sqlite3"
    command = (sys.executable, "-c", _WRITE, str(file))
    running = [subprocess.Popen(command) for _ in range(4)]
    assert [one.wait(120) for one in running] == [0, 0, 0, 0]
    rows = sqlite3.connect(file)
    assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert rows.execute("SELECT count(*) FROM job_outcomes").fetchone() == (4 * 3 * 30,)
    rows.close()
    assert not list(tmp_path.glob("*damaged*"))


_WRITE = """
import sys, threading
from pathlib import Path
from counterpoint.ledger import JobOutcome, Ledger
def work(name):
    for number in range(30):
        ledger = Ledger(Path(sys.argv[1]))
        ledger.judged(JobOutcome(f"{name}-{number}", "edit", "kept"))
        ledger.close()
threads = [threading.Thread(target=work, args=(name,)) for name in range(3)]
for one in threads: one.start()
for one in threads: one.join()
"""


_COMMON = {"at": NOON, "day": "2026-11-21", "job": "j1", "model": ""}
ROWS: dict[str, dict[str, object]] = {
    "choices": {**_COMMON, "task": "complete", "what": "accepted", "shown": 9, "taken": 9, "source": "model",
                "language": "", "after": 0},
    "looks": {**_COMMON, "root": "/w", "finding": "f", "fate": "shown", "lens": "security", "category": "",
              "rule": ""},
    "edit_outcomes": {**_COMMON, "task": "edit", "choice": "applied", "language": ""},
}  # fmt: skip


def made_by(file: Path, version: int) -> None:
    """A ledger as that version left it, with a settled call and what else it could hold."""
    rows = sqlite3.connect(file, isolation_level=None)
    for statements in MIGRATIONS[:version]:
        for statement in statements:
            rows.execute(statement)
    rows.execute(
        "INSERT INTO calls (at, day, expires, job, task, role, provider, model, kind, reserved_nano, pid)"
        " VALUES (?, '2026-11-21', ?, 'j1', 'edit', 'fast', 'openai', 'gpt-5.5', 'other', 500000000, 1)",
        (NOON, NOON + 60),
    )
    rows.execute(
        "INSERT INTO settlements (call_id, at, cost_nano, input_tokens, cached_tokens, written_5m_tokens,"
        " written_1h_tokens, output_tokens, reasoning_tokens, estimated, seconds, outcome, error)"
        " VALUES (1, ?, 250000000, 100, 0, 0, 0, 10, 0, 0, 1.5, 'ok', '')",
        (NOON,),
    )
    rows.execute("INSERT INTO sent VALUES (1, 'a.py', 'ff', 12)")
    named = {name for (name,) in rows.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for table, values in ROWS.items():
        if table in named:
            holes = ", ".join("?" * len(values))
            rows.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({holes})", [*values.values()])
    rows.execute(f"PRAGMA user_version = {version}")
    rows.close()


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_a_ledger_of_each_version_is_brought_up_to_date_and_keeps_all_it_has(
    tmp_path: Path, version: int
) -> None:
    file = tmp_path / "ledger.sqlite3"
    made_by(file, version)
    ledger = Ledger(file, clock=lambda: NOON + 1)
    (call,) = ledger.job("j1")
    assert (call.cost_usd, call.usage, call.outcome) == (0.25, Usage(100, 10), "ok")
    assert len(ledger.sent(call.id)) == 1 and ledger.spent_today() == 0.25
    assert len(ledger.acceptance(SINCE)) == (version >= 3)
    assert len(ledger.precision(SINCE)) == (version >= 4)
    assert len(ledger.edits(SINCE)) == (version >= 5)
    ledger.judged(JobOutcome("j1", "edit", "kept", "gpt-5.5"))
    assert [one.cost_usd for one in ledger.outcomes(SINCE)] == [0.25]
    again = ledger.reserve(
        job="j2", task="edit", role="fast", provider="openai", model="gpt-5.5", kind="other", upper_usd=0.1,
        caps=Caps(5.0, 2.0),
    )  # fmt: skip
    ledger.settle(again, usage=Usage(1, 1), cost_usd=0.05, seconds=1.0, outcome="ok")
    assert ledger.spent_today() == pytest.approx(0.3)
    ledger.close()
    with sqlite3.connect(file) as rows:
        assert rows.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    rows.close()
