"""A file of ours in SQLite: opened, created, brought up to date, and moved aside if it is broken.

WAL, many processes, readable by this user only. Whoever uses it holds the connection and its transactions.
"""

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
_FIRST_PAUSE, _LONGEST_PAUSE = 0.00005, 0.005
"""Seconds between two tries to begin."""
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


@dataclass(frozen=True, slots=True)
class Database:
    """What a file is for. `name` begins a sentence, `probe` is a query that fails where the file is broken,
    `fix` says what to do about one that cannot be used, `lost` what it means that one was moved aside."""

    name: str
    migrations: tuple[tuple[str, ...], ...]
    probe: str
    fix: str
    lost: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A usable connection in autocommit mode; `notice` tells the user what was moved aside, if anything."""

    connection: sqlite3.Connection
    notice: str = ""


def open_database(file: Path, database: Database) -> Opened:
    """Open or create the file and bring it up to date. A file that is no database is moved aside, whole.

    Raises ConfigError if it cannot be opened, is locked for long, or was written by a newer Counterpoint.
    """
    paths.private_folder(file.parent)
    try:
        try:
            return Opened(_connected(file, database))
        except sqlite3.DatabaseError as error:
            if code_of(error) not in _BROKEN:
                raise
        return _opened_anew(file, database)
    except (sqlite3.Error, OSError) as error:
        raise failure(file, database, error) from error


def begin(connection: sqlite3.Connection, probe: str = "", *, seconds: float | None = None) -> None:
    """Begin to write, or with a `probe` to read what that query reads, as soon as others let us: nothing in
    the transaction will find the file locked. A connection without a timeout of its own waits here.

    SQLite would look again after one millisecond, two and five, where a writer takes a fifth of one. Raises
    sqlite3.OperationalError where the file is locked for so long, by default for ten seconds.
    """
    until = time.monotonic() + (_BUSY_SECONDS if seconds is None else seconds)
    pause = _FIRST_PAUSE
    while True:
        try:
            connection.execute("BEGIN" if probe else "BEGIN IMMEDIATE")
            if probe:  # only its first look at the file begins to read
                connection.execute(probe).fetchone()
            return
        except sqlite3.OperationalError as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if not busy(error) or time.monotonic() > until:
                raise
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def failure(file: Path, database: Database, error: sqlite3.Error | OSError) -> ConfigError:
    """The error to show for one of SQLite's or the system's."""
    if isinstance(error, sqlite3.Error) and code_of(error) in _BROKEN:
        return ConfigError(
            f"{database.name} {file} is damaged.",
            fix="Restart Counterpoint: it moves the file aside and begins a new one.",
        )
    return ConfigError(f"{database.name} {file} cannot be used: {error}.", fix=database.fix)


def busy(error: sqlite3.Error) -> bool:
    """Whether somebody else had the file."""
    return code_of(error) == sqlite3.SQLITE_BUSY


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _connected(file: Path, database: Database) -> sqlite3.Connection:
    # Only a file that is not there may be opened and closed here: to close any handle of it would free all
    # locks that other connections of this process hold on it, and whoever comes next would take itself for
    # the only one and clear away what they write to.
    with contextlib.suppress(FileExistsError):
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    connection = sqlite3.connect(
        file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=32
    )
    try:
        _prepare(connection, file, database)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, file: Path, database: Database) -> None:
    write_ahead(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    migrations = database.migrations
    if _version(connection) == len(migrations):
        connection.execute(database.probe).fetchone()
        return
    connection.execute("BEGIN IMMEDIATE")
    with connection:
        version = _version(connection)  # another process may have been faster
        if version > len(migrations):
            raise ConfigError(
                f"{database.name} {file} was written by a newer Counterpoint.",
                fix="Update this one, or give it a folder of its own with COUNTERPOINT_HOME.",
            )
        for statements in migrations[version:]:
            for statement in statements:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(migrations)}")


def _version(connection: sqlite3.Connection) -> int:
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to WAL. SQLite does not wait for other processes here, so we do."""
    until = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if not busy(error) or time.monotonic() > until:
                raise
        time.sleep(0.02)


def _opened_anew(file: Path, database: Database) -> Opened:
    """Move a broken file aside and begin a new one; one process does it while others wait for it."""
    with paths.guarded(file, ".moving", _BUSY_SECONDS):
        try:
            return Opened(_connected(file, database))  # mended meanwhile by the process that held the guard
        except sqlite3.DatabaseError as error:
            if code_of(error) not in _BROKEN:
                raise
        kept = _move_aside(file)
        notice = (
            f"{database.name} was damaged and has been moved to {kept}; a new one was begun. {database.lost}"
        )
        return Opened(_connected(file, database), notice)


def _move_aside(file: Path) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    kept = file.with_name(f"{file.name}.damaged-{stamp}-{os.getpid()}")
    for suffix in ("-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            file.with_name(file.name + suffix).replace(kept.with_name(kept.name + suffix))
    file.replace(kept)
    return kept
