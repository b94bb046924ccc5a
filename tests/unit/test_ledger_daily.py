"""What is told of a time from the sums of its days is what its rows tell, call by call."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import fields, is_dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from counterpoint import ledger_daily, ledger_jobs, ledger_kept
from counterpoint.cli.costs_parts import long_input, parts_of
from counterpoint.cli.costs_unheard import unheard
from counterpoint.ledger import Ledger
from counterpoint.ledger_archive import archives, rotate
from counterpoint.ledger_sums import Sums
from counterpoint.models import load_catalogue
from tests import row_by_row
from tests.varied_ledger import varied

MODELS = load_catalogue().models
TODAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 12).timestamp()
DAYS, CALLS = 150, 4_000
ALL = date(2020, 1, 1)


def told(ledger: Ledger, since: date) -> dict[str, Any]:
    """The same figures as `row_by_row.told`, from sums."""
    sums = ledger.daily.sums(since, long_input(MODELS.values()))
    names = ["", *sorted({one.model for one in ledger_jobs.totals(sums)})]
    first, most = parts_of(sums, MODELS)
    return {
        "cost_usd": ledger_jobs.cost_usd(sums),
        "totals": ledger_jobs.totals(sums),
        "jobs": ledger_jobs.by_task(sums),
        "reasons": ledger_jobs.reasons_of(sums),
        "tokens": {name: ledger_jobs.tokens_of(sums, name or None) for name in names},
        "days": ledger_jobs.by_day(sums),
        "parts": first,
        "dearest": most,
        "unheard": unheard(sums),
        "accepted": ledger_jobs.acceptance(sums),
        "judged": ledger_jobs.judged(sums),
    }


def differences(one: Any, other: Any, where: str = "") -> list[str]:
    """Where two figures differ: money and seconds by a millionth or more, all else at all."""
    if type(one) is not type(other):
        return [f"{where}: {one!r} is not {other!r}"]
    if isinstance(one, float):
        return [] if abs(one - other) < 1e-6 else [f"{where}: {one!r} is not {other!r}"]
    if is_dataclass(one):
        return [
            found
            for each in fields(one)
            for found in differences(
                getattr(one, each.name), getattr(other, each.name), f"{where}.{each.name}"
            )
        ]
    if isinstance(one, Mapping):
        same = [f"{where}: {[*one]} are not {[*other]}"] if {*one} != {*other} else []
        return same or [found for key in one for found in differences(one[key], other[key], f"{where}.{key}")]
    if isinstance(one, tuple):
        if len(one) != len(other):
            return [f"{where}: {len(one)} are not {len(other)}"]
        return [
            found
            for at, pair in enumerate(zip(one, other, strict=True))
            for found in differences(*pair, f"{where}.{at}")
        ]
    return [] if one == other else [f"{where}: {one!r} is not {other!r}"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    made = tmp_path / "ledger.sqlite3"
    varied(made, CALLS, DAYS, TODAY)
    return made


def opened(file: Path) -> Ledger:
    return Ledger(file, clock=lambda: NOON)


def test_a_varied_ledger_has_what_could_be_summed_wrongly(file: Path) -> None:
    """Else the comparisons below would prove little."""
    with closing(sqlite3.connect(file)) as rows:
        several = "SELECT count(*) FROM (SELECT job FROM calls GROUP BY job HAVING count(DISTINCT day) > 1)"
        twice = "SELECT count(*) FROM (SELECT call_id FROM settlements GROUP BY call_id HAVING count(*) > 1)"
        late = "SELECT count(*) FROM job_outcomes AS one JOIN calls USING (job) WHERE calls.day < one.day"
        free = "SELECT count(*) FROM job_outcomes WHERE job NOT IN (SELECT job FROM calls)"
        again = "SELECT count(*) FROM (SELECT job FROM job_outcomes GROUP BY job HAVING count(*) > 1)"
        long = "SELECT count(*) FROM settlements WHERE input_tokens > 272000"
        written = "SELECT count(*) FROM settlements WHERE written_1h_tokens > 0"
        for query in (several, twice, late, free, again, long, written):
            assert rows.execute(query).fetchone()[0] >= 3, query


@pytest.mark.parametrize("since", [ALL, TODAY - timedelta(days=29), TODAY - timedelta(days=77), TODAY])
@pytest.mark.parametrize("archived", [False, True])
def test_sums_of_days_are_what_the_rows_tell(file: Path, since: date, archived: bool) -> None:
    """Made from rows at first, and then from what was kept of the days that are over."""
    if archived:
        assert rotate(file, NOON, large=0) and archives(file, ALL)
    for _ in range(2):
        ledger = opened(file)
        assert differences(row_by_row.told(ledger, MODELS, since), told(ledger, since)) == []
        ledger.close()


DAY = TODAY - timedelta(days=9)


def same(file: Path) -> bool:
    """Whether the sums, as they are told now, are those of the rows."""
    ledger = opened(file)
    try:
        return differences(row_by_row.told(ledger, MODELS, ALL), told(ledger, ALL)) == []
    finally:
        ledger.close()


def kept_file(file: Path) -> Path:
    return file.with_name("ledger.sums.sqlite3")


def settled(file: Path) -> None:
    """A call of a day that is over is settled once more, at the same price."""
    query = (
        "INSERT INTO settlements (call_id, at, cost_nano, input_tokens, cached_tokens, written_5m_tokens,"
        " written_1h_tokens, output_tokens, reasoning_tokens, estimated, seconds, outcome, error)"
        " SELECT call_id, calls.at, cost_nano, 9999, 0, 0, 0, 7, 0, 0, 3.0, 'error', 'late' FROM settlements"
        " JOIN calls ON calls.id = call_id WHERE day = ? LIMIT 1"
    )
    changed(file, query)


def called(file: Path) -> None:
    """A process whose clock was behind reserves a call on a day that is over."""
    names = "at, day, expires, job, task, role, provider, model, kind, reserved_nano, pid"
    values = "at, day, expires, 'late', task, role, provider, model, kind, 123456789, pid"
    changed(file, f"INSERT INTO calls ({names}) SELECT {values} FROM calls WHERE day = ? LIMIT 1")


def judged(file: Path) -> None:
    """Somebody judges a job of that day another way."""
    names = "at, day, job, task, model, language, changed"
    query = f"INSERT INTO job_outcomes ({names}, outcome) SELECT {names}, 'undone' FROM job_outcomes"
    changed(file, f"{query} WHERE day = ? AND outcome = 'kept' LIMIT 1")


def chosen(file: Path) -> None:
    names = "at, day, job, task, what, shown, taken, source, model, language, after"
    changed(file, f"INSERT INTO choices ({names}) SELECT {names} FROM choices WHERE day = ? LIMIT 1")


def changed(file: Path, query: str) -> None:
    with closing(sqlite3.connect(file)) as rows, rows:
        assert rows.execute(query, (DAY.isoformat(),)).rowcount == 1


@pytest.mark.parametrize("late", [settled, called, judged, chosen])
def test_sums_that_were_kept_are_not_believed_once_the_day_has_other_rows(
    file: Path, late: Callable[[Path], None]
) -> None:
    assert same(file)
    late(file)
    assert same(file)


def days_made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The days whose rows are read from now on."""
    found: list[str] = []
    real = ledger_daily._Look.day

    def noted(look: Any, day: str, *given: Any) -> Any:
        found.append(day)
        return real(look, day, *given)

    monkeypatch.setattr(ledger_daily._Look, "day", noted)
    return found


def sums_of(file: Path, since: date = ALL) -> Sums:
    ledger = opened(file)
    try:
        return ledger.daily.sums(since)
    finally:
        ledger.close()


def test_only_the_day_that_is_not_over_and_those_with_other_rows_are_read_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums_of(file)
    made = days_made(monkeypatch)
    sums_of(file)
    assert made == [TODAY.isoformat()]
    settled(file)
    sums_of(file)
    assert made[1:] == [DAY.isoformat(), TODAY.isoformat()]


def test_what_was_kept_of_a_day_holds_also_after_its_month_was_moved_out(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sums_of(file)
    with closing(sqlite3.connect(file)) as rows:
        open_calls = {
            day for (day,) in rows.execute(
                "SELECT DISTINCT day FROM calls WHERE id NOT IN (SELECT call_id FROM settlements)"
            )
        }  # fmt: skip
    assert rotate(file, NOON, large=0)
    made = days_made(monkeypatch)
    sums_of(file)
    assert set(made) - open_calls <= {TODAY.isoformat()}  # open calls were settled as lost by the move
    assert len(made) < DAYS / 2


def test_sums_of_another_making_are_made_anew(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sums_of(file, DAY)
    made = days_made(monkeypatch)
    monkeypatch.setattr(ledger_kept, "MADE", ledger_kept.MADE + 1)
    sums_of(file, DAY)
    assert len(made) == 10


def test_a_row_that_lost_something_is_made_anew(file: Path) -> None:
    assert same(file)
    with closing(sqlite3.connect(kept_file(file))) as rows, rows:
        query = "UPDATE days SET counts = replace(counts, '1', '2') WHERE day = ?"
        assert rows.execute(query, (DAY.isoformat(),)).rowcount == 1
    assert same(file)


def test_the_file_of_sums_may_be_broken_or_gone(file: Path) -> None:
    assert same(file)
    kept_file(file).write_bytes(b"no database" * 1_000)
    for suffix in ("-wal", "-shm"):
        kept_file(file).with_name(kept_file(file).name + suffix).unlink(missing_ok=True)
    assert same(file)
    kept_file(file).unlink()
    assert same(file)


def test_where_nothing_can_be_kept_all_is_read_from_the_rows(file: Path) -> None:
    kept_file(file).mkdir()
    assert same(file)


def test_the_file_of_sums_is_this_users_alone(file: Path) -> None:
    sums_of(file)
    assert kept_file(file).stat().st_mode & 0o077 == 0


def test_without_a_ledger_there_is_nothing_and_nothing_is_made(tmp_path: Path) -> None:
    assert sums_of(tmp_path / "none" / "ledger.sqlite3") == Sums()
    assert not (tmp_path / "none").exists()


def test_a_month_that_was_moved_out_long_ago_has_the_columns_of_then(file: Path) -> None:
    assert rotate(file, NOON, large=0)
    for one in archives(file, ALL):
        with closing(sqlite3.connect(one)) as rows:
            rows.execute("ALTER TABLE calls DROP COLUMN reason")
            rows.execute("PRAGMA user_version = 9")
    assert same(file)
