"""Tables of the ledger, as numbered migrations, and how the file is opened, created and moved aside."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from counterpoint import paths
from counterpoint.errors import ConfigError

_BUSY_SECONDS = 10.0
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def _append_only(*tables: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER {table}_no_{verb} BEFORE {verb} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'the ledger is append-only'); END"
        for table in tables
        for verb in ("UPDATE", "DELETE")
    )


MIGRATIONS: tuple[tuple[str, ...], ...] = (
    # Money is in whole nano-USD: prices per million tokens have at most three decimals, so sums stay exact.
    (
        """CREATE TABLE calls (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL, day TEXT NOT NULL, expires REAL NOT NULL,
            job TEXT NOT NULL, task TEXT NOT NULL, role TEXT NOT NULL, provider TEXT NOT NULL,
            model TEXT NOT NULL, kind TEXT NOT NULL CHECK (kind IN ('completion', 'other')),
            reserved_nano INTEGER NOT NULL CHECK (reserved_nano >= 0), pid INTEGER NOT NULL
        )""",
        """CREATE TABLE settlements (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            call_id INTEGER NOT NULL REFERENCES calls (id), at REAL NOT NULL,
            cost_nano INTEGER NOT NULL CHECK (cost_nano >= 0),
            input_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL,
            written_5m_tokens INTEGER NOT NULL, written_1h_tokens INTEGER NOT NULL,
            output_tokens INTEGER NOT NULL, reasoning_tokens INTEGER NOT NULL, estimated INTEGER NOT NULL,
            seconds REAL NOT NULL, first_token_seconds REAL,
            outcome TEXT NOT NULL
                CHECK (outcome IN ('ok', 'cut', 'cancelled', 'error', 'refused', 'length', 'lost')),
            error TEXT NOT NULL, tier TEXT, request_id TEXT, vendor_model TEXT
        )""",
        """CREATE TABLE sent (
            call_id INTEGER NOT NULL REFERENCES calls (id),
            path TEXT NOT NULL, sha256 TEXT NOT NULL, bytes INTEGER NOT NULL
        )""",
        "CREATE INDEX calls_by_day ON calls (day, kind, reserved_nano)",
        "CREATE INDEX calls_by_job ON calls (job)",
        "CREATE INDEX settlements_by_call ON settlements (call_id, id, cost_nano)",
        "CREATE INDEX sent_by_call ON sent (call_id)",
        *_append_only("calls", "settlements", "sent"),
    ),
    # What a call sent, for the estimate of the next: 0 characters where it was not written down.
    (
        "ALTER TABLE calls ADD COLUMN language TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE calls ADD COLUMN characters INTEGER NOT NULL DEFAULT 0 CHECK (characters >= 0)",
    ),
    # What the user did with what was shown. A suggestion may have come without any call.
    (
        """CREATE TABLE choices (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at REAL NOT NULL, day TEXT NOT NULL, job TEXT NOT NULL, task TEXT NOT NULL,
            what TEXT NOT NULL, shown INTEGER NOT NULL, taken INTEGER NOT NULL,
            source TEXT NOT NULL, model TEXT NOT NULL, language TEXT NOT NULL, after INTEGER NOT NULL
        )""",
        "CREATE INDEX choices_by_day ON choices (day)",
        "CREATE INDEX choices_by_job ON choices (job)",
        *_append_only("choices"),
    ),
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A usable connection in autocommit mode; `notice` tells the user what was moved aside, if anything."""

    connection: sqlite3.Connection
    notice: str = ""


def open_ledger(file: Path) -> Opened:
    """Open or create the ledger and bring it up to date. A file that is no database is moved aside, whole.

    Raises ConfigError if it cannot be opened, is locked for long, or was written by a newer Counterpoint.
    """
    paths.private_folder(file.parent)
    try:
        try:
            return Opened(_connected(file))
        except sqlite3.DatabaseError as error:
            if _code(error) not in _BROKEN:
                raise
        return _opened_anew(file)
    except (sqlite3.Error, OSError) as error:
        raise failure(file, error) from error


def failure(file: Path, error: sqlite3.Error | OSError) -> ConfigError:
    """The error to show for one of SQLite's or the system's."""
    if isinstance(error, sqlite3.Error) and _code(error) in _BROKEN:
        return ConfigError(
            f"The ledger {file} is damaged.",
            fix="Restart Counterpoint: it moves the file aside and begins a new one.",
        )
    return ConfigError(
        f"The ledger {file} cannot be used: {error}.",
        fix="Without it spending cannot be capped. Check the disk and the folder's permissions.",
    )


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _connected(file: Path) -> sqlite3.Connection:
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(
        file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=32
    )
    try:
        _prepare(connection, file)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, file: Path) -> None:
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    if _version(connection) == len(MIGRATIONS):
        connection.execute("SELECT max(id) FROM calls").fetchone()
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        version = _version(connection)  # another process may have been faster
        if version > len(MIGRATIONS):
            raise ConfigError(
                f"The ledger {file} was written by a newer Counterpoint.",
                fix="Update this one, or give it a folder of its own with COUNTERPOINT_HOME.",
            )
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for other processes here, so we do."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if _code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _opened_anew(file: Path) -> Opened:
    """Move a broken file aside and begin a new one; one process does it while others wait for it."""
    guard = file.with_name(f"{file.name}.moving")
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            os.close(os.open(guard, os.O_CREAT | os.O_EXCL, 0o600))
            break
        except FileExistsError:
            if time.monotonic() > until:  # left by a process that was killed
                guard.unlink(missing_ok=True)
        time.sleep(0.02)
    try:
        try:
            return Opened(_connected(file))  # mended meanwhile by the process that held the guard
        except sqlite3.DatabaseError as error:
            if _code(error) not in _BROKEN:
                raise
        kept = _move_aside(file)
        notice = (
            f"The ledger was damaged and has been moved to {kept}; a new one was begun. "
            "What was spent earlier today is not counted against today's budget."
        )
        return Opened(_connected(file), notice)
    finally:
        guard.unlink(missing_ok=True)


def _move_aside(file: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = file.with_name(f"{file.name}.damaged-{stamp}-{os.getpid()}")
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + suffix).replace(kept.with_name(kept.name + suffix))
    file.replace(kept)
    return kept
