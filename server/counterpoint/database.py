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
            if _code(error) not in _BROKEN:
                raise
        return _opened_anew(file, database)
    except (sqlite3.Error, OSError) as error:
        raise failure(file, database, error) from error


def failure(file: Path, database: Database, error: sqlite3.Error | OSError) -> ConfigError:
    """The error to show for one of SQLite's or the system's."""
    if isinstance(error, sqlite3.Error) and _code(error) in _BROKEN:
        return ConfigError(
            f"{database.name} {file} is damaged.",
            fix="Restart Counterpoint: it moves the file aside and begins a new one.",
        )
    return ConfigError(f"{database.name} {file} cannot be used: {error}.", fix=database.fix)


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary result code."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _connected(file: Path, database: Database) -> sqlite3.Connection:
    os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
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
    _write_ahead(connection)
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


def _opened_anew(file: Path, database: Database) -> Opened:
    """Move a broken file aside and begin a new one; one process does it while others wait for it."""
    with paths.guarded(file, ".moving", _BUSY_SECONDS):
        try:
            return Opened(_connected(file, database))  # mended meanwhile by the process that held the guard
        except sqlite3.DatabaseError as error:
            if _code(error) not in _BROKEN:
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
