"""Findings of files, with what their places are found again by. One row a file."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable

from counterpoint.anchors import Anchored
from counterpoint.findings.coding import decoded, encoded


def save(rows: sqlite3.Connection, now: float, root: str, path: str, items: Iterable[Anchored]) -> None:
    """Keep these in place of what was kept of a file."""
    held = tuple(items)
    if not held:
        rows.execute("DELETE FROM kept WHERE root = ? AND path = ?", (root, path))
        return
    rows.execute(
        "INSERT OR REPLACE INTO kept (root, path, findings, at) VALUES (?,?,?,?)",
        (root, path, encoded(held), now),
    )


def change(
    rows: sqlite3.Connection,
    now: float,
    place: tuple[str, str],
    add: Iterable[Anchored],
    without: Collection[str],
) -> None:
    """Of a file (root and path), drop the ids in `without`, then add some, in place of their like."""
    held = {item.finding.id: item for item in of_file(rows, *place) if item.finding.id not in without}
    held.update((item.finding.id, item) for item in add)
    save(rows, now, *place, held.values())


def of_file(rows: sqlite3.Connection, root: str, path: str) -> tuple[Anchored, ...]:
    """What is kept of a file."""
    row = rows.execute("SELECT findings FROM kept WHERE root = ? AND path = ?", (root, path)).fetchone()
    return decoded(row[0]) if row else ()


def of_root(rows: sqlite3.Connection, root: str) -> dict[str, tuple[Anchored, ...]]:
    """What is kept of a workspace, by path."""
    found = rows.execute("SELECT path, findings FROM kept WHERE root = ? ORDER BY path", (root,))
    return {path: decoded(text) for path, text in found}


def rename(rows: sqlite3.Connection, now: float, root: str, old: str, new: str) -> None:
    """A file has another path now: its findings go along, beside those that are kept there."""
    change(rows, now, (root, new), of_file(rows, root, old), ())
    save(rows, now, root, old, ())
