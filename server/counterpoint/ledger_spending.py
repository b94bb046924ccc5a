"""What was spent or reserved today, kept up by reading only the rows that are new since the last look.

Rows of the ledger are only ever appended, by whatever process. To add up all calls of a day takes a
millisecond for each thousand of them, for which every call, and so a key typed, would have to wait.
"""

from __future__ import annotations

import sqlite3

from counterpoint.ledger_rows import SHARE


class Spending:
    """Sums of one ledger for one day. Look only within a write transaction: no row is half there."""

    def __init__(self) -> None:
        self._day = ""
        self._last_call = self._last_settlement = 0
        self._costs: dict[int, tuple[str, int]] = {}
        self._sums: dict[str, int] = {}

    def by_kind(self, rows: sqlite3.Connection, day: str) -> dict[str, int]:
        """Nano-USD of a day's calls, at their cost if they are settled, else as reserved."""
        if day != self._day:
            self._begin(rows, day)
        for call, kind, cost in rows.execute(
            f"SELECT id, {SHARE}, reserved_nano FROM calls WHERE id > ? AND +day = ?", (self._last_call, day)
        ):
            self._last_call = max(self._last_call, call)
            self._costs[call] = (kind, cost)
            self._sums[kind] = self._sums.get(kind, 0) + cost
        for settlement, call, cost in rows.execute(
            "SELECT id, call_id, cost_nano FROM settlements WHERE id > ? ORDER BY id",
            (self._last_settlement,),
        ):
            self._last_settlement = settlement
            if call in self._costs:
                kind, before = self._costs[call]
                self._costs[call] = (kind, cost)
                self._sums[kind] += cost - before
        return self._sums

    def _begin(self, rows: sqlite3.Connection, day: str) -> None:
        """Start at the day's first call, and the first settlement of any of its calls."""
        self._day, self._costs, self._sums = day, {}, {}
        first = rows.execute("SELECT min(id) FROM calls WHERE day = ?", (day,)).fetchone()[0]
        if first is None:
            first = rows.execute("SELECT coalesce(max(id), 0) + 1 FROM calls").fetchone()[0]
        self._last_call = first - 1
        settled = "SELECT coalesce(min(id), (SELECT coalesce(max(id), 0) + 1 FROM settlements)) - 1"
        (self._last_settlement,) = rows.execute(
            f"{settled} FROM settlements WHERE call_id >= ?", (first,)
        ).fetchone()
