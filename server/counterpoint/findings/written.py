"""Places that models wrote. No code is kept: of each line only a short hash of its tokens, which neither
reformatting nor a move within the repository changes. `marks_of` makes them, `places` finds them again."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from counterpoint.anchors import normalise

_SHORTEST = 3
"""A line of fewer characters, such as a lone bracket, marks no place by itself."""


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


def insert(rows: sqlite3.Connection, at: float, written: Written) -> None:
    """Append a place."""
    rows.execute(
        "INSERT INTO written (at, root, path, job, task, model, line, marks) VALUES (?,?,?,?,?,?,?,?)",
        (
            *(at, written.root, written.path, written.job, written.task, written.model, written.line),
            json.dumps(written.marks),
        ),
    )


def of_root(rows: sqlite3.Connection, root: str) -> tuple[Written, ...]:
    """All places of a workspace, newest first."""
    query = "SELECT root, path, job, task, model, line, marks FROM written WHERE root = ? ORDER BY id DESC"
    found = rows.execute(query, (root,)).fetchall()
    return tuple(replace(Written(*row), marks=tuple(json.loads(row[-1]))) for row in found)
