"""The ledger's file: opened on first use, one transaction at a time, lost calls settled."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path

from counterpoint import ledger_rows as sql
from counterpoint.database import begin, busy, failure, open_database
from counterpoint.ledger_archive import archives, gathered, rotate
from counterpoint.ledger_schema import DATABASE

_GRACE_SECONDS = 60.0
_LOST_DAYS = 30
_MERGED, _PAGES = 250, 8_000
"""Settled calls, and pages of the journal, after which it is brought into the file."""
_AT_ONCE_SECONDS = 0.0005
"""For how long the turn to write is waited for by who may not wait."""


class NotAtOnce(Exception):
    """What was to be written at once would have to wait: for other writers, or for the file to be opened."""


class LedgerFile:
    """Synchronous and safe to use from many threads and processes."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self.notice = ""
        """What the user should know about the file, such as that a damaged one was moved aside."""
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._unmerged = 0

    def close(self) -> None:
        """Close the file. The ledger may be used again afterwards."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _begin(self, rows: sqlite3.Connection) -> None:
        """The file was opened: what was added up of it before is of no use."""

    def _today(self) -> tuple[float, str]:
        """The time now, and its local day."""
        now = self._clock()
        return now, date.fromtimestamp(now).isoformat()

    def _transaction(self, at_once: bool = False) -> _Writing:
        """One write transaction: everything inside is kept, or nothing. `at_once` raises NotAtOnce where it
        cannot begin in half a millisecond, or the file is not open."""
        return _Writing(self, at_once)

    def _begun(self, at_once: bool) -> sqlite3.Connection:
        """The connection, which has begun to write. The caller has the lock, and ends what was begun."""
        if at_once and self._connection is None:
            raise NotAtOnce
        try:
            rows = self._opened()
            begin(rows, seconds=_AT_ONCE_SECONDS if at_once else None)
            return rows
        except sqlite3.Error as error:
            if at_once and busy(error):
                raise NotAtOnce from None
            raise failure(self.file, DATABASE, error) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection to read from, all of it in one state of the file; None if there is no file, which
        reading does not create."""
        with self._lock:
            if self._connection is None and not self.file.exists():
                yield None
                return
            try:
                connection = self._opened()
                begin(connection, "SELECT 1 FROM calls LIMIT 1")
                with connection:
                    yield connection
            except sqlite3.Error as error:
                raise failure(self.file, DATABASE, error) from error

    @contextmanager
    def _since(self, since: date, *tables: str) -> Iterator[sqlite3.Connection | None]:
        """The same for what some tables say since a day: with the months that were moved out of the file, if
        there are any from then on."""
        with self._reading() as rows:
            if rows is None:
                yield None
                return
            # Looked for while the file is read as of now: what is moved out later, this still sees.
            past = archives(self.file, since)
            if not past:
                yield rows
        if past:
            try:
                with gathered(self.file, since, tables) as rows:
                    yield rows
            except sqlite3.Error as error:
                raise failure(self.file, DATABASE, error) from error

    def _to_write_one(self) -> None:
        """Now and then what was written is brought into the file, by whoever settles and before it does: a
        call that is about to be made must not wait for the disk, nor must the first to write after it."""
        self._unmerged += 1
        if self._unmerged < _MERGED:
            return
        self._unmerged = 0
        with closing(sqlite3.connect(self.file, timeout=0)) as rows, suppress(sqlite3.Error):
            rows.execute("PRAGMA wal_checkpoint(PASSIVE)")

    def rotate(self) -> list[str]:
        """Move past months of a large or old ledger into files of their own; returns them, as "2026-08".

        Takes seconds where there is something to move. Raises ConfigError.
        """
        try:
            return rotate(self.file, self._clock())
        except (sqlite3.Error, OSError) as error:
            raise failure(self.file, DATABASE, error) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            opened = open_database(self.file, DATABASE)
            self.notice, rows = opened.notice, opened.connection
            try:
                rows.execute(f"PRAGMA wal_autocheckpoint = {_PAGES}")
                self._begin(rows)
                self._settle_lost(rows)
                rows.execute("PRAGMA busy_timeout = 0")  # `begin` waits from here on
            except BaseException:
                rows.close()
                raise
            self._connection = rows
        return self._connection

    def _settle_lost(self, connection: sqlite3.Connection) -> None:
        now = self._clock()
        since = (date.fromtimestamp(now) - timedelta(days=_LOST_DAYS)).isoformat()
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            sql.settle_lost(connection, since, now - _GRACE_SECONDS, now)


class _Writing:
    """A write transaction of a ledger, for a `with`. No generator: every completion waits for one of these,
    and after a pause, in which the processor has forgotten all of it, a generator doubles what that takes."""

    __slots__ = ("_at_once", "_ledger", "_rows")

    def __init__(self, ledger: LedgerFile, at_once: bool) -> None:
        self._ledger = ledger
        self._at_once = at_once

    def __enter__(self) -> sqlite3.Connection:
        lock = self._ledger._lock
        if not lock.acquire(timeout=_AT_ONCE_SECONDS if self._at_once else -1):
            raise NotAtOnce
        try:
            self._rows = self._ledger._begun(self._at_once)
        except BaseException:
            lock.release()
            raise
        return self._rows

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        rows, failed = self._rows, error
        try:
            try:
                if error is None:
                    rows.execute("COMMIT")
            except sqlite3.Error as refused:
                failed = refused
            if failed is not None and rows.in_transaction:  # after some failures SQLite has ended it itself
                rows.execute("ROLLBACK")
        except sqlite3.Error as refused:
            failed = refused
        finally:
            self._ledger._lock.release()
        if isinstance(failed, sqlite3.Error):
            raise failure(self._ledger.file, DATABASE, failed) from failed
