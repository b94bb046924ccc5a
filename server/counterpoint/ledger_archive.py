"""Past months of the ledger in files of their own: `ledger-2026-08.sqlite3` beside `ledger.sqlite3`.

The ledger is read at every key that asks a model, and grows by about 80 MB in 100,000 calls. Once it is
large, or reaches far back, whole months are moved out of it that nobody needs for what is to come: none of
the last hundred days, in which the month's budget, all windows that are learned from and open calls lie.

A month, in pieces of some days if it is a large one, is copied into a file that gets its name when it is
complete; then its rows are deleted in one transaction. A reader counts an archive only if its rows are not in
the ledger as the reader sees it, so that at any time, whoever is killed, each row is there once. One process
moves; the others go on.
"""

from __future__ import annotations

import logging
import os
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from typing import TypeAlias

from counterpoint import ledger_rows as sql
from counterpoint.ledger_schema import MIGRATIONS

logger = logging.getLogger(__name__)

LARGE = 64 * 1024 * 1024
"""Bytes in use from which past months are moved."""
KEPT_DAYS, OLDEST_DAYS = 100, 400
"""No day of so many is moved; rows older than this are, however small the ledger is."""

_MOST = 8_000
"""Calls that are moved at once: others wait while they are deleted, for a fraction of a second."""
Days: TypeAlias = tuple[str, str]

_TABLES = {
    "calls": "day BETWEEN ?1 AND ?2",
    "settlements": "call_id IN (SELECT id FROM live.calls WHERE day BETWEEN ?1 AND ?2)",
    "sent": "call_id IN (SELECT id FROM live.calls WHERE day BETWEEN ?1 AND ?2)",
    "choices": "day BETWEEN ?1 AND ?2",
    "looks": "day BETWEEN ?1 AND ?2",
    "edit_outcomes": "day BETWEEN ?1 AND ?2",
    "job_outcomes": "day BETWEEN ?1 AND ?2",
}
"""What moves, and which rows are a month's. Trials are few, and stay."""
_DATED = tuple(table for table, rows in _TABLES.items() if rows.startswith("day"))
_APART = 2**40
"""Added to ids, so that those of files that know nothing of each other do not meet."""
_LINKS = {"settlements": ("id", "call_id"), "sent": ("call_id",)}


def archives(file: Path, since: date) -> list[Path]:
    """The files of months from that of a date on, oldest first, complete ones only."""
    form = re.compile(re.escape(file.stem) + r"-(\d{4}-\d\d)(?:\.(\d+))?" + re.escape(file.suffix))
    found = [(form.fullmatch(one.name), one) for one in file.parent.glob(f"{file.stem}-*{file.suffix}")]
    named = [(match[1], int(match[2] or 0), one) for match, one in found if match]
    return [one for month, _, one in sorted(named) if month >= since.isoformat()[:7]]


def rotate(file: Path, now: float, *, large: int = LARGE) -> list[str]:
    """Move past months out of a ledger that is large or old; returns them, as "2026-08".

    Takes seconds for large ones: call it in a thread. Nothing is moved while another process does it, or if
    the ledger is not as expected. Raises sqlite3.Error and OSError.
    """
    if not file.exists():
        return []
    with closing(sqlite3.connect(f"{file}.rotating", timeout=0, isolation_level=None)) as turn:
        try:
            turn.execute("BEGIN EXCLUSIVE")  # the system frees it when this process ends, however it does
        except sqlite3.OperationalError:
            return []
        with closing(sqlite3.connect(file, timeout=10.0, isolation_level=None)) as rows:
            if rows.execute("PRAGMA user_version").fetchone()[0] != len(MIGRATIONS):
                return []
            due = [days for month in _due(rows, now, large) for days in _parts(rows, month)]
            return list(dict.fromkeys(days[0][:7] for days in due if _moved(rows, file, days, now)))


def _due(rows: sqlite3.Connection, now: float, large: int) -> list[str]:
    """The months to move, oldest first."""
    today = date.fromtimestamp(now)
    (size,) = rows.execute(
        "SELECT (page_count - freelist_count) * page_size"
        " FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()"
    ).fetchone()
    kept = (today - timedelta(days=KEPT_DAYS if size > large else OLDEST_DAYS)).isoformat()[:7]
    query = " UNION ".join(
        f"SELECT DISTINCT substr(day, 1, 7) FROM {table} WHERE day < ?1" for table in _DATED
    )
    return sorted(month for (month,) in rows.execute(query, (f"{kept}-01",)))


def _parts(rows: sqlite3.Connection, month: str) -> list[Days]:
    """A month as pieces of whole days that are moved one after the other, so that nobody waits long."""
    counted = "SELECT day, count(*) FROM calls WHERE day BETWEEN ? AND ? GROUP BY day ORDER BY day"
    starts, held = [f"{month}-01"], 0
    for day, count in rows.execute(counted, (f"{month}-01", f"{month}-31")):
        if held and held + count > _MOST:
            starts.append(day)
            held = 0
        held += count
    ends = [(date.fromisoformat(one) - timedelta(days=1)).isoformat() for one in starts[1:]]
    return list(zip(starts, [*ends, f"{month}-31"], strict=True))


def _moved(rows: sqlite3.Connection, file: Path, days: Days, now: float) -> bool:
    month = days[0][:7]
    rows.execute("BEGIN IMMEDIATE")
    with rows:
        sql.settle_lost(rows, days[0], now, now, days[1])
    part = file.with_name(f"{file.stem}-{month}.part")
    _remove(part)
    sizes = _copied(file, part, days)
    target = _name(rows, file, month)
    _make_durable(part)
    part.replace(target)
    _make_durable(target.parent)
    rows.execute("PRAGMA foreign_keys = OFF")
    rows.execute("BEGIN IMMEDIATE")
    with rows:
        if _sizes(rows, days) != sizes:  # somebody wrote a row of so long ago meanwhile
            target.unlink()
            return False
        _deleted(rows, days)
    logger.info("The ledger's rows of %s were moved to %s", month, target.name)
    return True


def _copied(file: Path, part: Path, days: Days) -> dict[str, int]:
    """Write a month's rows into a new file, in one transaction."""
    os.close(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(sqlite3.connect(part, isolation_level=None)) as rows:
        _made(rows)
        rows.execute("ATTACH ? AS live", (str(file),))
        rows.execute("BEGIN")  # an immediate one would keep others from writing to the ledger
        with rows:
            for table, where in _TABLES.items():
                rows.execute(f"INSERT INTO main.{table} SELECT * FROM live.{table} WHERE {where}", days)
        return _sizes(rows, days)


def _made(rows: sqlite3.Connection) -> None:
    """Make the tables of a ledger."""
    rows.execute("BEGIN")
    with rows:
        for statements in MIGRATIONS:
            for statement in statements:
                rows.execute(statement)
        rows.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _sizes(rows: sqlite3.Connection, days: Days) -> dict[str, int]:
    return {
        table: rows.execute(f"SELECT count(*) FROM main.{table} WHERE {_here(where)}", days).fetchone()[0]
        for table, where in _TABLES.items()
    }


def _here(where: str) -> str:
    return where.replace("live.", "main.")


def _deleted(rows: sqlite3.Connection, days: Days) -> None:
    """Delete a month's rows, of which nobody else may delete any, within the caller's transaction."""
    names = [f"{table}_no_DELETE" for table in _TABLES]
    made = rows.execute(
        f"SELECT name, sql FROM main.sqlite_master WHERE name IN ({', '.join('?' * len(names))})", names
    ).fetchall()
    for name, _ in made:
        rows.execute(f"DROP TRIGGER {name}")
    for table, where in reversed(_TABLES.items()):
        rows.execute(f"DELETE FROM {table} WHERE {_here(where)}", days)
    for _, text in made:
        rows.execute(text)


def _name(rows: sqlite3.Connection, file: Path, month: str) -> Path:
    """What a month's file is called: as one that a process left behind whose rows were not deleted any more,
    else a name that is free."""
    number = 0
    while True:
        target = file.with_name(f"{file.stem}-{month}{f'.{number}' if number else ''}{file.suffix}")
        if not target.exists():
            return target
        with closing(sqlite3.connect(target, isolation_level=None)) as known:
            if is_in(known, "main", rows):
                return target
        number += 1


def is_in(
    archive: sqlite3.Connection, name: str, rows: sqlite3.Connection, tables: Sequence[str] = _DATED
) -> bool:
    """Whether the first row of an archive's tables is among some rows: then all of them are."""
    for table in tables:
        first = archive.execute(f"SELECT id, at, job FROM {name}.{table} ORDER BY id LIMIT 1").fetchone()
        if first is not None:
            found = f"SELECT 1 FROM main.{table} WHERE id = ? AND at = ? AND job = ?"
            if rows.execute(found, first).fetchone():
                return True
    return False


def _make_durable(place: Path) -> None:
    """Have a file, or the names in a folder, outlive a loss of power; not all systems can of folders."""
    with suppress(OSError):
        handle = os.open(place, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _remove(file: Path) -> None:
    for suffix in ("", "-journal"):
        with suppress(FileNotFoundError):
            file.with_name(file.name + suffix).unlink()


@contextmanager
def gathered(file: Path, since: date, tables: Sequence[str] = ()) -> Iterator[sqlite3.Connection]:
    """The rows from the month of a date on, of the ledger and its archives, as one ledger to read from: of
    some tables, or of all.

    Ids of archives are below 0, in order. Raises sqlite3.Error.
    """
    days, wanted = (f"{since.isoformat()[:7]}-01", "9999"), tables or tuple(_TABLES)
    with closing(sqlite3.connect("", isolation_level=None)) as rows:
        rows.execute("PRAGMA journal_mode = OFF")  # nobody will miss what is left of it
        _made(rows)
        indexes = _taken_off(rows)
        _taken(rows, file, days, 0, wanted)
        # Listed after the ledger was read: what has been moved out of it before then has its file by now.
        for number, one in enumerate(reversed(archives(file, since)), start=1):
            _taken(rows, one, days, -number * _APART, wanted)
        for index in indexes:
            rows.execute(index)
        yield rows


def _taken_off(rows: sqlite3.Connection) -> list[str]:
    """Drop the indexes, which are made in a fifth of the time once all rows are there; returns how."""
    found = rows.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''").fetchall()
    for name, _ in found:
        rows.execute(f"DROP INDEX {name}")
    return [made for _, made in found]


def _taken(rows: sqlite3.Connection, file: Path, days: Days, shift: int, tables: Sequence[str]) -> None:
    """Copy a file's rows, unless they are there already."""
    rows.execute("ATTACH ? AS live", (str(file),))
    try:
        if shift and is_in(rows, "live", rows, [one for one in _DATED if one in tables]):
            return
        rows.execute("BEGIN")
        with rows:
            for table in tables:
                # A file of long ago has the columns of then.
                columns = [row[1] for row in rows.execute(f"PRAGMA live.table_info({table})").fetchall()]
                links = _LINKS.get(table, ("id",))
                values = [f"{one} + {shift}" if one in links else one for one in columns]
                into = f"INSERT INTO main.{table} ({', '.join(columns)})"
                where = _TABLES[table]
                rows.execute(f"{into} SELECT {', '.join(values)} FROM live.{table} WHERE {where}", days)
    finally:
        rows.execute("DETACH live")
