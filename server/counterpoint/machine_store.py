"""Machine-written text remembered over restarts: passages without code, and which of them were reviewed.

    store = MachineStore(folders().state / "machine.sqlite3")
    store.keep(root, path, passages); store.passages(root)

Synchronous; call it in threads. The key of the hashes lies in a file of its own beside the database, so that
a database somebody hands on with a fault report tells nothing about code.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import astuple
from functools import cached_property
from pathlib import Path

from counterpoint import paths
from counterpoint.database import Database, failure, open_database
from counterpoint.errors import ConfigError
from counterpoint.reviewing.machine.marks import Passage, Piece
from counterpoint.reviewing.machine.span import Origin

_GONE_DAYS, _REVIEWED_DAYS = 60, 365
_MOST_GONE = 500
"""Passages that stand nowhere now, of a workspace: another branch may have them, or a clipboard."""
_DAY = 86_400.0

_DATABASE = Database(
    "What is remembered of machine-written text",
    (
        (
            "CREATE TABLE passages (id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL,"
            " root TEXT NOT NULL, path TEXT NOT NULL, line INTEGER NOT NULL, hashes BLOB NOT NULL,"
            " pieces TEXT NOT NULL, gone INTEGER NOT NULL)",
            "CREATE INDEX passages_by_path ON passages (root, path)",
            "CREATE TABLE reviewed (root TEXT NOT NULL, digest TEXT NOT NULL, at REAL NOT NULL,"
            " PRIMARY KEY (root, digest)) WITHOUT ROWID",
        ),
    ),
    "SELECT COUNT(*) FROM passages",
    fix="Check the disk and the folder's permissions, or move the file aside.",
    lost="What models wrote until now is not offered for review.",
)


class MachineStore:
    """Safe to use from many threads and processes. Opens its file on first use. Methods raise ConfigError."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self._clock = clock
        self._lock = threading.Lock()

    @cached_property
    def key(self) -> bytes:
        """The key of this user's hashes, made on first use."""
        file = self.file.with_suffix(".key")
        paths.private_folder(file.parent)
        try:
            with paths.guarded(file):  # of two processes that start at once, one makes it
                if not file.exists():
                    paths.write_private(file, secrets.token_hex(32) + "\n")
                return bytes.fromhex(file.read_text("ascii").strip())
        except (OSError, ValueError) as error:
            raise ConfigError(f"{file} cannot be used: {error}.", fix="Move the file aside.") from error

    def keep(self, root: str, path: str, passages: Sequence[Passage], gone: Sequence[Passage] = ()) -> None:
        """From now on these are the passages of a file; those that are `gone` may come back somewhere."""
        now = self._clock()
        away = {one.hashes: one for one in gone}
        with self._opened() as rows:
            query = "SELECT id, hashes FROM passages WHERE root = ? AND path = ? AND gone"
            known = {row: hashes for row, hashes in rows.execute(query, (root, path)) if hashes in away}
            kept = ",".join(map(str, known))  # what is gone for long stays so old
            rows.execute(
                f"DELETE FROM passages WHERE root = ? AND path = ? AND id NOT IN ({kept})", (root, path)
            )
            lately = [one for hashes, one in away.items() if hashes not in known.values()]
            rows.executemany(
                "INSERT INTO passages (at, root, path, line, hashes, pieces, gone) VALUES (?,?,?,?,?,?,?)",
                [
                    (now, root, path, one.line, one.hashes, _written(one.pieces), lost)
                    for some, lost in ((lately, 1), (passages, 0))
                    for one in some
                ],
            )
            self._prune(rows, root, now)

    def _prune(self, rows: sqlite3.Connection, root: str, now: float) -> None:
        rows.execute("DELETE FROM passages WHERE gone AND at < ?", (now - _GONE_DAYS * _DAY,))
        rows.execute(
            "DELETE FROM passages WHERE root = ? AND gone AND id NOT IN"
            " (SELECT id FROM passages WHERE root = ? AND gone ORDER BY id DESC LIMIT ?)",
            (root, root, _MOST_GONE),
        )

    def passages(self, root: str) -> tuple[Passage, ...]:
        """All passages of a workspace, the latest first. None without a file."""
        if not self.file.exists():
            return ()
        query = "SELECT path, line, hashes, pieces FROM passages WHERE root = ? ORDER BY gone, id DESC"
        with self._opened() as rows:
            found = rows.execute(query, (root,)).fetchall()
        return tuple(Passage(path, line, hashes, _read(pieces)) for path, line, hashes, pieces in found)

    def note_reviewed(self, root: str, digests: Iterable[str]) -> None:
        """Text of these digests has been reviewed."""
        now = self._clock()
        with self._opened() as rows:
            rows.executemany(
                "INSERT OR REPLACE INTO reviewed (root, digest, at) VALUES (?,?,?)",
                [(root, one, now) for one in digests],
            )
            rows.execute("DELETE FROM reviewed WHERE at < ?", (now - _REVIEWED_DAYS * _DAY,))

    def reviewed(self, root: str) -> frozenset[str]:
        """Digests of what has been reviewed in a workspace."""
        if not self.file.exists():
            return frozenset()
        with self._opened() as rows:
            found = rows.execute("SELECT digest FROM reviewed WHERE root = ?", (root,)).fetchall()
        return frozenset(digest for (digest,) in found)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A connection in a transaction of its own. A damaged file was moved aside before."""
        with self._lock:
            try:
                with closing(open_database(self.file, _DATABASE).connection) as rows:
                    rows.execute("BEGIN IMMEDIATE")
                    with rows:
                        yield rows
            except sqlite3.Error as error:
                raise failure(self.file, _DATABASE, error) from error


def _written(pieces: Sequence[Piece]) -> str:
    return json.dumps(
        [[one.first, one.count, one.before, one.behind, one.twin, *astuple(one.origin)] for one in pieces]
    )


def _read(text: str) -> tuple[Piece, ...]:
    return tuple(
        Piece(first, count, Origin(*origin), before, behind, twin)
        for first, count, before, behind, twin, *origin in json.loads(text)
    )
