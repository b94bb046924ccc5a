"""What the processes of one machine tell each other of vendors: a few rows in a small file of SQLite.

All of it may be lost without harm: whoever reads nothing goes by what it knows itself. So nobody waits for
the file. A reader is never held up, a writer for a hundredth of a second at most, and a file that is broken
is made anew. Rows are of accounts, and an account is a keyed hash: no key can be read from it.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from counterpoint import paths
from counterpoint.database import busy, code_of
from counterpoint.errors import ConfigError

Row: TypeAlias = Mapping[str, Any]
"""What was told, as JSON: until the moment `probe` a process, `by`, tries whether a model is back."""

_BUSY_SECONDS = 0.01
_LOOK_AGAIN = 2.0
"""Seconds after which it is looked whether the file is still the one that was opened, or can be opened."""
_SAY_AGAIN, _UNSAID_SECONDS = 0.5, 60.0
"""After what time it is tried again to tell what others kept from being written, and for how long."""
_DRIFT = 5.0
"""Seconds by which both clocks may differ over a row's age: it is of this start of the machine, which has not
slept since, and nobody has set its clock."""
_OLD = 86_400.0
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR)
"""What SQLite says of a broken file, or of one without our tables."""
_PUT = (
    "INSERT INTO said VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (account, what) DO UPDATE SET"
    " at = excluded.at, wall = excluded.wall, told = excluded.told"
    # A row of the future is of before the machine was started anew: its clock began again then.
    " WHERE excluded.at >= said.at OR said.at > ?6"
)
_TABLES = (
    "CREATE TABLE IF NOT EXISTS said (account TEXT, what TEXT, at REAL, wall REAL, told TEXT,"
    " PRIMARY KEY (account, what)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS salt (one INTEGER PRIMARY KEY CHECK (one = 1), bytes BLOB)",
)


class Board:
    """Belongs to one event loop; `open` may run in a thread. Whatever the file is like, nothing is raised.

    Moments are those of `clock`, which all processes of a machine must share, as they do the system's
    monotonic one; `wall` finds rows of before a restart.
    """

    def __init__(
        self, file: Path, clock: Callable[[], float] = time.monotonic, wall: Callable[[], float] = time.time
    ) -> None:
        self.file = file
        self.clock = clock
        self.me = secrets.token_hex(4)
        """This process among the others."""
        self._wall = wall
        self._rows: sqlite3.Connection | None = None
        self._salt = secrets.token_bytes(16)
        self._version = -1
        self._inode = -1
        self._looked = float("-inf")
        self._opening = threading.Lock()
        self._unsaid: dict[tuple[str, str], tuple[float, Row]] = {}
        """What could not be written, by account and what it is about, with the moment it was true."""
        self._retried = float("-inf")
        self.opened = 0
        """How often it was opened: another file may have other names for the same accounts."""

    def open(self, patience: float = 0.0) -> None:
        """Open the file, or make it; one that is no database is replaced. Nothing more if that cannot be, and
        others are busy with it for more than `patience` seconds."""
        if not self._opening.acquire(blocking=patience > 0):
            return
        try:
            until = time.monotonic() + patience
            again = self._rows is None and not self._try()  # a broken one has been removed by this
            while again and not self._try() and time.monotonic() < until:
                time.sleep(_BUSY_SECONDS)
        finally:
            self._opening.release()

    def _try(self) -> bool:
        """Try to open it. False if it helps to try again."""
        self._looked = self.clock()
        try:
            paths.private_folder(self.file.parent)
            self._rows = self._opened()
            self.opened += 1
        except sqlite3.Error as error:
            return not self._is_broken(error) and not busy(error)
        except (OSError, ConfigError):
            pass
        return True

    def close(self) -> None:
        """Take back what is told of this process, and close the file. Asked again, it is opened again."""
        with self._at_work() as rows:
            if rows is not None:
                rows.execute("DELETE FROM said WHERE what = ?", (f"places {self.me}",))
        self._drop()
        self._looked = float("-inf")

    def account(self, *names: str) -> str:
        """The name under which rows of an account are kept: a short keyed hash."""
        return hmac.new(self._salt, "\0".join(names).encode(), hashlib.sha256).hexdigest()[:16]

    def changed(self) -> bool:
        """Whether another process has told something since this was asked last. Takes some microseconds."""
        now = self.clock()
        if now - self._looked >= _LOOK_AGAIN:
            self._look_after()
        if self._unsaid and now - self._retried >= _SAY_AGAIN:
            self._retried = now
            for (account, what), (at, told) in tuple(self._unsaid.items()):
                del self._unsaid[account, what]
                self._say(account, what, told, at)
        if self._rows is None:
            return False
        try:  # as `_at_work`, which takes as long as the question itself, and each completion asks
            version: int = self._rows.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error as error:
            self._is_broken(error)
            return False
        changed, self._version = version != self._version, version
        return changed

    def read(self, account: str) -> tuple[tuple[str, Row], ...]:
        """What was told of an account, by what it is about."""
        found: list[tuple[str, Row]] = []
        with self._at_work() as rows:
            if rows is not None:
                query = "SELECT what, at, wall, told FROM said WHERE account = ?"
                some = rows.execute(query, (account,)).fetchall()
                found = [(row[0], told) for row in some if (told := self._told(*row[1:])) is not None]
        return tuple(found)

    def tell(self, account: str, what: str, told: Row) -> None:
        """Tell the others. Where another process is writing for long, it is told a little later."""
        self._unsaid.pop((account, what), None)
        self._say(account, what, told, self.clock())

    def lead(self, account: str, told: Mapping[str, Row], until: float) -> bool | None:
        """Whether this process is the one that tries these, by what they are: until that moment no other one
        is told so. None where that cannot be known now, since others are writing; True where it never can.
        """
        found: bool | None = None
        with self._at_work() as rows:
            if rows is None:
                return True
            rows.execute("BEGIN IMMEDIATE")
            with rows:
                found = self._taken(rows, account, told, until)
        return True if self._rows is None else found

    def _taken(self, rows: sqlite3.Connection, account: str, told: Mapping[str, Row], until: float) -> bool:
        now = self.clock()
        for what in told:
            query = "SELECT at, wall, told FROM said WHERE account = ? AND what = ?"
            row = rows.execute(query, (account, what)).fetchone()
            held = self._told(*row) if row else None
            if held and held.get("by") != self.me and moment(held.get("probe")) > now:
                return False
        for what, one in told.items():
            rows.execute(_PUT, self._row(account, what, {**one, "probe": until, "by": self.me}, now))
        return True

    def _say(self, account: str, what: str, told: Row, at: float) -> None:
        """Write it, unless what is there is newer."""
        if self.clock() - at > _UNSAID_SECONDS:
            return
        with self._at_work() as rows:
            if rows is not None:
                rows.execute(_PUT, self._row(account, what, told, at))
                return
        self._unsaid[account, what] = at, told

    def _row(self, account: str, what: str, told: Row, at: float) -> tuple[str | float, ...]:
        text, now = json.dumps(told, separators=(",", ":")), self.clock()
        return account, what, at, self._wall() - (now - at), text, now

    def _told(self, at: object, wall: object, text: object) -> Row | None:
        """A row as it was told, unless it is of another start of the machine, or no row of ours."""
        age = self.clock() - moment(at)
        if not 0 <= age < _OLD or abs(self._wall() - moment(wall) - age) > _DRIFT:
            return None
        with suppress(ValueError, RecursionError):
            found = json.loads(text) if isinstance(text, str) else None
            return found if isinstance(found, dict) else None
        return None

    # -- the file

    @contextmanager
    def _at_work(self) -> Iterator[sqlite3.Connection | None]:
        try:
            yield self._rows
        except sqlite3.Error as error:
            self._is_broken(error)

    def _opened(self) -> sqlite3.Connection:
        with suppress(FileExistsError):  # a file that is there is never closed here: see `database`
            os.close(os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        rows = sqlite3.connect(
            self.file, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            for pragma in ("journal_mode = WAL", "synchronous = OFF", "wal_autocheckpoint = 200"):
                rows.execute(f"PRAGMA {pragma}").fetchone()
            for table in _TABLES:
                rows.execute(table)
            rows.execute("DELETE FROM said WHERE wall < ?", (self._wall() - _OLD,))
            rows.execute("INSERT OR IGNORE INTO salt VALUES (1, ?)", (self._salt,))
            self._salt = bytes(rows.execute("SELECT bytes FROM salt").fetchone()[0])
            self._inode = self.file.stat().st_ino
        except BaseException:
            rows.close()
            raise
        self._version = -1
        return rows

    def _look_after(self) -> None:
        """Open the file anew if it is not the one any more that was opened, or could not be."""
        self._looked = self.clock()
        with suppress(OSError):
            if self._rows is not None and self.file.stat().st_ino == self._inode:
                return
        self._drop()
        self.open()

    def _is_broken(self, error: sqlite3.Error) -> bool:
        """Whether the file is no database, or a broken one: then it is removed."""
        if code_of(error) not in _BROKEN:
            return False
        self._drop()
        for suffix in ("", "-wal", "-shm"):
            with suppress(OSError):
                self.file.with_name(self.file.name + suffix).unlink()
        return True

    def _drop(self) -> None:
        if self._rows is not None:
            self._rows.close()
            self._rows = None


def moment(value: object) -> float:
    """A number that was told; minus infinity for what is none."""
    known = isinstance(value, (int, float)) and value == value and abs(value) < float("inf")
    return float(value) if known and isinstance(value, (int, float)) else float("-inf")
