"""`Writer`: how entries get into an index and out of it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Sequence

from counterpoint.index.catalogue import Known
from counterpoint.index.postings import SHIFT, Bucket, Pending, buckets_for, merged, written
from counterpoint.index.reading import Entry, Packed, Stamp
from counterpoint.index.state import State

_BULK = 200_000
"""Entries of postings that are gathered before a segment is written."""
_FEW = 32
"""Files that may wait for a segment; they are unpacked when the index is opened."""
_SEGMENTS = 12
_KEPT = 1_000
"""Contents that are remembered after their files are gone; as many as half of the files in a large index."""
_SLICE = 48
LeftOut = tuple[str, Stamp, str]
"""A file that was opened and then left out, and why."""
_ALL = "key, terms, starts, files, definitions"


class Writer:
    """Changes an open index. Methods raise sqlite3.Error, with nothing changed."""

    def __init__(self, state: State) -> None:
        self._state = state

    def knows(self, digest: bytes, language: str) -> bool:
        """True for a content that no file has now, but whose facts are still there."""
        return (digest, language) in self._state.catalogue.gone

    def commit(
        self, entries: Sequence[Entry], removed: Sequence[str] = (), left_out: Sequence[LeftOut] = ()
    ) -> list[str]:
        """Take files up and out. Returns those to be read again, whose content is not known any more."""
        state = self._state
        again: list[str] = []
        fresh: list[tuple[int, Entry, Packed]] = []
        with state.writing():
            number = self._last()
            for path in removed:
                self._remove(path)
            for path, stamp, reason in left_out:
                self._remove(path)
                state.catalogue.left_out[path] = (stamp, reason)
                values = (path, *stamp, reason)
                state.connection.execute("INSERT OR REPLACE INTO left_out VALUES (?, ?, ?, ?)", values)
            for entry in entries:
                self._readmit(entry.path)
                if self._is_known(entry):
                    continue
                if entry.packed is None:
                    again.append(entry.path)
                    continue
                number += 1
                if entry.path in state.catalogue.files:
                    self._retire(entry.path)
                known = Known(number, entry.language, entry.stamp, entry.digest, entry.lines)
                state.catalogue.put(entry.path, known)
                fresh.append((number, entry, entry.packed))
            self._insert(fresh)
        for number, entry, packed in fresh:
            state.pending.add(number, entry.terms or {}, packed.definitions)
        if state.pending.size > _BULK:
            self.post()
        return again

    def forget(self) -> None:
        """Take everything out."""
        state = self._state
        with state.writing():
            for table in ("files", "left_out", "facts", "segments", "postings"):
                state.connection.execute(f"DELETE FROM {table}")
            state.connection.execute("DELETE FROM meta WHERE key = 'purged'")
            state.load()

    def _remove(self, path: str) -> None:
        if path in self._state.catalogue.files:
            self._retire(path)
        self._readmit(path)

    def _readmit(self, path: str) -> None:
        if self._state.catalogue.left_out.pop(path, None) is not None:
            self._state.connection.execute("DELETE FROM left_out WHERE path = ?", (path,))

    def _last(self) -> int:
        found = self._state.connection.execute(
            "SELECT seq FROM sqlite_sequence WHERE name = 'files'"
        ).fetchone()
        return int(found[0]) if found else 0

    def _insert(self, fresh: Sequence[tuple[int, Entry, Packed]]) -> None:
        columns = "id, path, language, size, mtime_ns, digest, lines"
        self._state.connection.executemany(
            f"INSERT INTO files ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(number, one.path, one.language, *one.stamp, one.digest, one.lines) for number, one, _ in fresh],
        )
        rows = ((number, *packed) for number, _, packed in fresh)
        self._state.connection.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def _is_known(self, entry: Entry) -> bool:
        """Take up a file whose content is there already: unchanged, or one that is remembered."""
        state = self._state
        catalogue = state.catalogue
        known = catalogue.files.get(entry.path)
        if known is not None and known.digest == entry.digest and known.language == entry.language:
            if known.stamp != entry.stamp:
                sql = "UPDATE files SET size = ?, mtime_ns = ? WHERE id = ?"
                state.connection.execute(sql, (*entry.stamp, known.number))
                catalogue.put(entry.path, known._replace(stamp=entry.stamp))
            return True
        number = catalogue.gone.get((entry.digest, entry.language))
        if number is None:
            return False
        if known is not None:
            self._retire(entry.path)
        del catalogue.gone[entry.digest, entry.language]
        sql = "UPDATE files SET path = ?, size = ?, mtime_ns = ?, gone = NULL WHERE id = ?"
        state.connection.execute(sql, (entry.path, *entry.stamp, number))
        lines = catalogue.gone_lines.pop(number)
        catalogue.put(entry.path, Known(number, entry.language, entry.stamp, entry.digest, lines))
        return True

    def _retire(self, path: str) -> None:
        known = self._state.catalogue.drop(path)
        self._state.stale = True
        sql = "UPDATE files SET path = NULL, gone = ? WHERE id = ?"
        self._state.connection.execute(sql, (time.time(), known.number))

    def post(self) -> None:
        """Write what is pending as a segment."""
        state = self._state
        with state.writing():
            pending = state.pending
            buckets = buckets_for(len(pending.terms))
            segment = self._segment()
            rows = written(segment, buckets, pending.terms, pending.definitions)
            state.connection.executemany("INSERT INTO postings VALUES (?, ?, ?, ?, ?)", rows)
            values = (segment, buckets, len(pending.terms))
            state.connection.execute("INSERT INTO segments VALUES (?, ?, ?)", values)
            state.connection.execute("UPDATE files SET posted = 1 WHERE posted = 0")
        state.segments[segment] = buckets
        state.pending = Pending()

    def _segment(self) -> int:
        """An id that no process uses, also not for a merge that is not finished."""
        while (found := secrets.randbelow(1 << 40)) in self._state.segments:
            pass
        return found

    def tidy(self) -> Iterator[None]:
        """Small pieces of work for idle times, after which the index is small and quick again."""
        state = self._state
        if len(state.pending.ids) > _FEW:
            self.post()
            yield
        self._purge()
        live = len(state.catalogue.live)
        if len(state.segments) > _SEGMENTS or state.purged > max(_KEPT, live // 3):
            yield from self._merge()

    def _purge(self) -> None:
        """Forget the contents that have been gone for longest."""
        state = self._state
        live = len(state.catalogue.live)
        if len(state.catalogue.gone_lines) <= max(_KEPT, live // 2):
            return
        keep = max(_KEPT, live // 2) // 2
        with state.writing():
            sql = "SELECT id FROM files WHERE path IS NULL ORDER BY gone DESC LIMIT -1 OFFSET ?"
            numbers = state.connection.execute(sql, (keep,)).fetchall()
            state.connection.executemany("DELETE FROM facts WHERE id = ?", numbers)
            state.connection.executemany("DELETE FROM files WHERE id = ?", numbers)
            count = state.purged + len(numbers)
            state.connection.execute("INSERT OR REPLACE INTO meta VALUES ('purged', ?)", (str(count),))
            state.load()

    def _merge(self) -> Iterator[None]:
        """Put all segments into a new one, which takes their place when it is whole."""
        state = self._state
        old = dict(state.segments)
        if not old:
            return
        sizes = state.connection.execute("SELECT coalesce(max(terms), 0) FROM segments").fetchone()
        buckets = max(buckets_for(sizes[0]), *old.values())
        purged = state.purged
        target = self._segment()
        count = 0
        for first in range(0, buckets, _SLICE):
            last = min(first + _SLICE, buckets)
            keep = self._kept()
            found = (self._merged(target, number, buckets, old, keep) for number in range(first, last))
            rows = [row for row in found if row is not None]
            with state.writing():
                state.connection.executemany("INSERT INTO postings VALUES (?, ?, ?, ?, ?)", rows)
            count += len(rows)
            yield
        self._swap(old, target, buckets, count, purged)
        yield

    def _kept(self) -> Callable[[int], bool]:
        """Tells which ids still stand for a content."""
        catalogue = self._state.catalogue
        if not self._state.stale:
            return catalogue.live.__contains__
        return (catalogue.live | catalogue.gone_lines.keys()).__contains__

    def _merged(
        self, target: int, number: int, buckets: int, old: dict[int, int], keep: Callable[[int], bool]
    ) -> Bucket | None:
        keys = [segment << SHIFT | number & (size - 1) for segment, size in old.items()]
        marks = ",".join("?" * len(keys))
        found = self._state.connection.execute(f"SELECT {_ALL} FROM postings WHERE key IN ({marks})", keys)
        return merged(target << SHIFT | number, buckets - 1, map(Bucket._make, found), keep)

    def _swap(self, old: dict[int, int], target: int, buckets: int, count: int, purged: int) -> None:
        """Let the merged segment take its place, unless another process tidied up meanwhile."""
        state = self._state
        with state.writing():
            sql = "SELECT count(*) FROM postings WHERE key >= ? AND key < ?"
            there = state.connection.execute(sql, (target << SHIFT, (target + 1) << SHIFT)).fetchone()[0]
            if there == count and old.keys() <= state.segments.keys():
                terms = state.connection.execute("SELECT max(terms) FROM segments").fetchone()[0]
                state.connection.executemany("DELETE FROM segments WHERE id = ?", [(one,) for one in old])
                state.connection.execute("INSERT INTO segments VALUES (?, ?, ?)", (target, buckets, terms))
                state.connection.execute(
                    "INSERT OR REPLACE INTO meta VALUES ('purged', ?)",
                    (str(max(0, state.purged - purged)),),
                )
            sql = "DELETE FROM postings WHERE key >> ? NOT IN (SELECT id FROM segments)"
            state.connection.execute(sql, (SHIFT,))
            state.load()
