"""An open index: its connection, and what of it is held in memory. Shared by `Store` and `Writer`."""

from __future__ import annotations

import sqlite3
import time
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from counterpoint.index.catalogue import Catalogue
from counterpoint.index.postings import Pending
from counterpoint.index.reading import Packed, terms_of, unpack
from counterpoint.index.schema import Opened, is_broken, is_current

FACTS = "package, definitions, imports, calls, shared, words, counts"
_GLANCE = 0.02
_PATIENCE = 2.0
"""How long what is in memory may be behind another process, in times of what it takes to read it."""


class State:
    """Used by one thread at a time. What another process writes is taken in at the next `refresh`."""

    def __init__(self, opened: Opened, root: Path) -> None:
        """Raises nothing; an index that cannot be read is `broken` from the start, and empty."""
        self.connection = opened.connection
        self.kept = opened.kept
        self.root = root
        self.catalogue = Catalogue()
        self.pending = Pending()
        self.segments: dict[int, int] = {}
        """Number of buckets by id."""
        self.stale = False
        """True if postings may name files that are gone."""
        self.purged = 0
        """How many contents were forgotten that postings may still name."""
        self.changes = 0
        """Counts what changed what queries answer; caches go by it."""
        self.broken = False
        """It must be opened again: it is damaged, or another process began it anew."""
        self.damaged = False
        self._version = -1
        self._looked_at = 0.0
        self._read_at, self._read_took = 0.0, 0.0
        self.refresh()

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """What a query finds; nothing if the file is damaged, or busy beyond all patience."""
        try:
            return self.connection.execute(sql, values).fetchall()
        except sqlite3.Error as error:
            self.failed(error)
            return []

    def failed(self, error: sqlite3.Error) -> None:
        """Remember a damaged file. SQLite says "Could not decode" of a text that is none."""
        if is_broken(error) or "decode" in str(error):
            self.broken = self.damaged = True

    def nonsense(self) -> None:
        """Remember that what was read makes no sense."""
        self.broken = self.damaged = True

    def refresh(self, *, now: bool = False) -> None:
        """Take in what other processes wrote: at once, or when that is not worth more time than it costs.

        A question asks thousands of times; between two of them within `_GLANCE` seconds nothing is looked up.
        """
        if not now and time.monotonic() - self._looked_at < _GLANCE:
            return
        self._looked_at = time.monotonic()
        found = self.rows("PRAGMA data_version")
        if not found or found[0][0] == self._version:
            return
        if not now and time.monotonic() - self._read_at < _PATIENCE * self._read_took:
            return
        started = time.monotonic()
        self._version = found[0][0]
        try:
            if not is_current(self.connection, self.root):
                self.broken = True
                return
            self.load()
        except sqlite3.Error as error:
            self.failed(error)
            self._version = -1
        self._read_at = time.monotonic()
        self._read_took = self._read_at - started

    def load(self) -> None:
        """Read the catalogue, the segments and what no segment has yet. Raises sqlite3.Error."""
        self.catalogue = Catalogue.of(self.connection)
        self.segments = dict(self.connection.execute("SELECT id, buckets FROM segments ORDER BY id"))
        purged = self.connection.execute("SELECT value FROM meta WHERE key = 'purged'").fetchone()
        self.purged = int(purged[0]) if purged else 0
        self.stale = bool(self.catalogue.gone) or self.purged > 0
        self.pending = self._unposted()
        self.changes += 1

    def _unposted(self) -> Pending:
        found = Pending()
        sql = (
            f"SELECT f.id, f.language, f.lines, {FACTS} FROM files f JOIN facts USING (id) WHERE f.posted = 0"
        )
        for number, language, lines, *packed in self.connection.execute(sql):
            try:
                row = unpack("", language, lines, Packed(*packed))
            except ValueError:
                self.nonsense()
                continue
            found.add(number, terms_of(row), row.definitions)
        return found

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several queries that see one state of the file."""
        try:
            self.connection.execute("BEGIN")
        except sqlite3.Error as error:
            self.failed(error)
            yield
            return
        try:
            yield
        finally:
            self._end("COMMIT")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction that begins with what is in memory being true. Raises sqlite3.Error, after which
        memory is as the file is."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            self.refresh(now=True)
            if self.broken:
                raise sqlite3.DatabaseError("the index was replaced by another")
            yield
            self.connection.execute("COMMIT")
        except BaseException as error:
            self._end("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                self.failed(error)
            self._version = -1
            self._read_took = 0.0
            raise
        self.changes += 1

    def _end(self, how: str) -> None:
        if self.connection.in_transaction:
            try:
                self.connection.execute(how)
            except sqlite3.Error as error:
                self.failed(error)

    def live(self, entries: array[int]) -> array[int]:
        """Those entries of a posting whose file is there now."""
        if not self.stale:
            return entries
        live = self.catalogue.live
        return array(entries.typecode, [value for value in entries if value >> 8 in live])

    def close(self) -> None:
        """Close the file, merged into one."""
        try:
            if self.kept and not self.broken:
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.Error as error:
            self.failed(error)
        self.connection.close()
