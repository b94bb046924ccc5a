"""What the user does not want to be told: single findings, and kinds of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from counterpoint.anchors import kind_of
from counterpoint.answers import Finding


@dataclass(frozen=True, slots=True)
class Suppression:
    """Silence for one finding, by its `id`, or for all of a `kind` (a rule's id or `pass/category`) where
    `id` is "". `at` and `expires` are Unix times; 0 means now, None never. `path`, `title` are for lists."""

    id: str = ""
    kind: str = ""
    reason: str = ""
    at: float = 0.0
    expires: float | None = None
    path: str = ""
    title: str = ""


def silencing(some: Iterable[Suppression]) -> Callable[[Finding], Suppression | None]:
    """Tells what silences a finding, None if nothing does."""
    held = tuple(some)
    ids = {one.id: one for one in held if one.id}
    kinds = {one.kind: one for one in held if one.kind and not one.id}
    return lambda finding: ids.get(finding.id) or kinds.get(kind_of(finding))


def dismiss(rows: sqlite3.Connection, now: float, root: str, one: Suppression) -> None:
    """Remember it, in place of one for the same id or kind."""
    kind = "" if one.id else one.kind
    rows.execute(
        "INSERT OR REPLACE INTO dismissed (root, id, of_kind, kind, reason, at, expires, path, title)"
        " VALUES (?,?,?,?,?,?,?,?,?)",
        (root, one.id, kind, one.kind, one.reason, one.at or now, one.expires, one.path, one.title),
    )


def allow(rows: sqlite3.Connection, root: str, finding_id: str, kind: str) -> bool:
    """Forget what silences an id, or else a kind. False if nothing did."""
    of_kind = "" if finding_id else kind
    done = rows.execute(
        "DELETE FROM dismissed WHERE root = ? AND id = ? AND of_kind = ?", (root, finding_id, of_kind)
    )
    return done.rowcount > 0


def of_root(rows: sqlite3.Connection, now: float, root: str) -> tuple[Suppression, ...]:
    """What holds now in a workspace, oldest first."""
    found = rows.execute(
        "SELECT id, kind, reason, at, expires, path, title FROM dismissed"
        " WHERE root = ? AND (expires IS NULL OR expires > ?) ORDER BY at, id, kind",
        (root, now),
    )
    return tuple(Suppression(*row) for row in found)
