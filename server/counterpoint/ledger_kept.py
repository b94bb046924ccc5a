"""Sums of days that are over, in a file beside the ledger: `ledger.sums.sqlite3`.

They are worth nothing but time: each says which rows it was made of, by their number, their latest ids and
their sums, and is made anew once the ledger has others. Without the file everything is read from the rows.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from array import array
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from counterpoint.database import Database, open_database
from counterpoint.errors import ConfigError
from counterpoint.ledger_sums import Sums

MADE = 1
"""Goes up when what is summed, or how, is another."""
_DATABASE = Database(
    name="The file of the ledger's sums",
    migrations=(
        (
            """CREATE TABLE days (
                day TEXT PRIMARY KEY, rows TEXT NOT NULL, made INTEGER NOT NULL, long_input INTEGER NOT NULL,
                counts TEXT NOT NULL, measured BLOB NOT NULL, jobs TEXT NOT NULL, without TEXT NOT NULL,
                digest INTEGER NOT NULL
            )""",
        ),
    ),
    probe="SELECT max(day) FROM days",
    fix="It may be deleted: it is made anew.",
    lost="It is made anew.",
)
_COLUMNS = "day, rows, made, long_input, counts, measured, jobs, without, digest"


@dataclass(frozen=True, slots=True)
class Day:
    """The sums of one day, as if its jobs had no calls on any other; `rows` tells the rows it was made of.
    `jobs` have calls on that day, `without` were judged on it and have none."""

    day: str
    rows: str
    long_input: int
    sums: Sums
    jobs: frozenset[str]
    without: frozenset[str]


def kept(ledger: Path, rows: Mapping[str, str], long_input: int | None) -> dict[str, Day]:
    """The days whose sums were made of just these rows, and with `long_input` if that is given. Nothing where
    the file cannot be read."""
    if not rows or not _file(ledger).exists():
        return {}
    with suppress(ConfigError, sqlite3.Error), _opened(ledger) as db:
        where = "day BETWEEN ? AND ? AND made = ? AND long_input = ifnull(?, long_input)"
        wanted = (min(rows), max(rows), MADE, long_input)
        found = db.execute(f"SELECT {_COLUMNS} FROM days WHERE {where}", wanted)
        days = (_day(row) for row in found if rows.get(row[0]) == row[1] and row[-1] == _digest(row[:-1]))
        return {one.day: one for one in days}
    return {}


def keep(ledger: Path, days: Iterable[Day]) -> None:
    """Write days down, in place of what was known of them. Nothing happens where that cannot be done."""
    rows = [_row(one) for one in days]
    if not rows:
        return
    with suppress(ConfigError, sqlite3.Error), _opened(ledger) as db:
        db.execute("BEGIN IMMEDIATE")
        with db:
            db.executemany(f"INSERT OR REPLACE INTO days ({_COLUMNS}) VALUES (?,?,?,?,?,?,?,?,?)", rows)


def _opened(ledger: Path) -> closing[sqlite3.Connection]:
    return closing(open_database(_file(ledger), _DATABASE).connection)


def _file(ledger: Path) -> Path:
    return ledger.with_name(f"{ledger.stem}.sums{ledger.suffix}")


def _row(one: Day) -> tuple[object, ...]:
    counts, measured = _written(one.sums)
    names = ("\n".join(sorted(some)) for some in (one.jobs, one.without))
    row = (one.day, one.rows, MADE, one.long_input, counts, measured, *names)
    return (*row, _digest(row))


def _day(row: tuple[str, str, int, int, str, bytes, str, str, int]) -> Day:
    day, rows, _, long_input, counts, measured, jobs, without, _ = row
    named = (frozenset(one.split("\n")) if one else frozenset[str]() for one in (jobs, without))
    return Day(day, rows, long_input, _read(counts, measured), *named)


def _digest(row: Iterable[object]) -> int:
    """Tells a row of ours from one that lost something."""
    found = 0
    for one in row:
        found = zlib.crc32(one if isinstance(one, bytes) else str(one).encode(), found)
    return found


def _written(sums: Sums) -> tuple[str, bytes]:
    """Sums as text, and their values one after another."""
    values: array[float] = array("d")
    for one in sums.values.values():
        values.extend(sorted(one))  # what is in order is soon merged
    lengths = [(key, len(one)) for key, one in sums.values.items()]
    return json.dumps([[*sums.counts.items()], lengths], separators=(",", ":")), values.tobytes()


def _read(text: str, data: bytes) -> Sums:
    """The same read back."""
    counts, lengths = json.loads(text)
    values: array[float] = array("d")
    values.frombytes(data)
    found, at = Sums({tuple(key): figures for key, figures in counts}), 0
    for key, length in lengths:
        found.values[tuple(key)] = values[at : at + length]
        at += length
    return found
