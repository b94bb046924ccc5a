"""What is remembered of code that models wrote and users kept, per workspace, in the user's state folder.

    store = Findings(folders().state / "findings.sqlite3")
    store.wrote(Written(root, path, job, model, task, line, marks))
    store.written(root) -> the places, newest first

No code is stored: of each line only a short hash of its tokens, which neither reformatting nor a move
within the repository changes. `marks_of` makes them, `places` finds them again in a file as it is now.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from counterpoint import paths
from counterpoint.anchors import normalise
from counterpoint.errors import ConfigError

_BUSY_SECONDS = 10.0
_SHORTEST = 3
"""A line of fewer characters, such as a lone bracket, marks no place by itself."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS written (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, root TEXT NOT NULL, path TEXT NOT NULL,
    job TEXT NOT NULL, task TEXT NOT NULL, model TEXT NOT NULL, line INTEGER NOT NULL, marks TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS written_by_root ON written (root, path);
"""


@dataclass(frozen=True, slots=True)
class Written:
    """Lines a model wrote. `root` and `path` name the file, `line` (from 0) where the first stood then,
    `marks` are the hashes of its lines, "" for a line too short to tell."""

    root: str
    path: str
    job: str
    task: str
    model: str
    line: int
    marks: tuple[str, ...]


def marks_of(lines: Iterable[str]) -> tuple[str, ...]:
    """A hash of twelve hex digits for each line's tokens; "" for blank and very short lines."""
    return tuple(_mark(line) for line in lines)


def _mark(line: str) -> str:
    tokens = normalise(line)
    if len(tokens.replace(" ", "")) < _SHORTEST:
        return ""
    return hashlib.sha256(tokens.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def places(marks: Sequence[str], near: int, now: Sequence[str]) -> tuple[int, ...]:
    """Lines of a file, given their marks in `now`, that still are those of `marks`, which began at `near`.

    Each line is sought below the one before it, first at its old distance, then nearest to it.
    """
    found: list[int] = []
    expected, floor = near, 0
    for mark in marks:
        if mark:
            at = [number for number in range(floor, len(now)) if now[number] == mark]
            if at:
                best = min(at, key=lambda number: abs(number - expected))
                found.append(best)
                expected = floor = best
        expected += 1
        floor = found[-1] + 1 if found else 0
    return tuple(found)


class Findings:
    """Synchronous and safe to use from many threads and processes. Opens its file on first use."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self._clock = clock
        self._lock = threading.Lock()

    def wrote(self, written: Written) -> None:
        """Remember a place. Raises ConfigError if it cannot be written down."""
        row = (written.root, written.path, written.job, written.task, written.model, written.line)
        with self._opened() as rows:
            rows.execute(
                "INSERT INTO written (at, root, path, job, task, model, line, marks)"
                " VALUES (?,?,?,?,?,?,?,?)",
                (self._clock(), *row, json.dumps(written.marks)),
            )

    def written(self, root: str) -> tuple[Written, ...]:
        """Everything remembered of a workspace, newest first. Nothing without a file."""
        if not self.file.exists():
            return ()
        query = (
            "SELECT root, path, job, task, model, line, marks FROM written WHERE root = ? ORDER BY id DESC"
        )
        with self._opened() as rows:
            found = rows.execute(query, (root,)).fetchall()
        return tuple(replace(Written(*row), marks=tuple(json.loads(row[-1]))) for row in found)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            paths.private_folder(self.file.parent)
            try:
                with closing(sqlite3.connect(self.file, timeout=_BUSY_SECONDS)) as connection, connection:
                    connection.execute("PRAGMA journal_mode = WAL")
                    connection.executescript(_SCHEMA)
                    yield connection
            except sqlite3.Error as error:
                raise ConfigError(
                    f"{self.file} cannot be used: {error}.", fix="Check the disk, or move the file aside."
                ) from error
