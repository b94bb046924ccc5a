"""What was spent or reserved, kept up by reading only the rows that are new since the last look.

Rows of the ledger are only ever appended, by whatever process. To add up all calls of a day takes a
millisecond for each thousand of them, for which every call, and so a key typed, would have to wait.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from counterpoint.ledger_rows import LATEST, SHARE

_CALLS = f"SELECT id, day, {SHARE}, role, reserved_nano FROM calls WHERE id > ? AND +day >= ?"
_SETTLEMENTS = "SELECT id, call_id, cost_nano FROM settlements WHERE id > ? ORDER BY id"


@dataclass(frozen=True, slots=True)
class Spent:
    """Nano-USD, of calls at their cost if they are settled, else as reserved: today by kind of call and by
    role, and this month in all, today included."""

    kinds: Mapping[str, int] = field(default_factory=dict)
    roles: Mapping[str, int] = field(default_factory=dict)
    month: int = 0

    @property
    def day(self) -> int:
        return sum(self.kinds.values())


class _Call(NamedTuple):
    day: str
    kind: str
    role: str
    cost: int


class Spending:
    """Sums of one ledger for one day and its month. Look only within a transaction: no row is half there."""

    def __init__(self) -> None:
        self.day = ""
        """The day whose sums stand; "" before the first look."""
        self._last_call = self._last_settlement = 0
        self._calls: dict[int, _Call] = {}
        self._kinds: dict[str, int] = {}
        self._roles: dict[str, int] = {}
        self._month = 0
        self._since = ""
        self._counted = 0
        """The last settlement that the sum of what lies further back has in it."""

    def today(self, rows: sqlite3.Connection, day: str) -> Spent:
        """What a day's calls, and those of its month so far, come to."""
        if day != self.day:
            self._begin(rows, day)
        self._look(rows)
        return Spent(dict(self._kinds), dict(self._roles), self._month)

    def catch_up(self, rows: sqlite3.Connection) -> None:
        """Read what is new of the day whose sums stand, if there is one. What the transaction itself has
        written must not be there yet: it may still be taken back."""
        if self.day:
            self._look(rows)

    def _look(self, rows: sqlite3.Connection) -> None:
        for call, at, kind, role, cost in rows.execute(_CALLS, (self._last_call, self._since)):
            self._last_call = max(self._last_call, call)
            self._calls[call] = _Call(at, kind, role, cost)
            self._add(self._calls[call], cost)
        for settlement, call, cost in rows.execute(_SETTLEMENTS, (self._last_settlement,)):
            self._last_settlement = settlement
            before = self._calls.get(call)
            if before is None:
                if settlement <= self._counted:
                    continue
                before = _older(rows, call, settlement)
            self._calls[call] = _Call(before.day, before.kind, before.role, cost)
            self._add(before, cost - before.cost)

    def _add(self, call: _Call, cost: int) -> None:
        if call.day[:7] == self.day[:7]:
            self._month += cost
        if call.day == self.day:
            self._kinds[call.kind] = self._kinds.get(call.kind, 0) + cost
            self._roles[call.role] = self._roles.get(call.role, 0) + cost

    def _begin(self, rows: sqlite3.Connection, day: str) -> None:
        """Start at the first call of the day before, which may still be settled; what lies before that in the
        month is added up once."""
        self.day, self._calls, self._kinds, self._roles = day, {}, {}, {}
        self._since = (date.fromisoformat(day) - timedelta(days=1)).isoformat()
        older = f"SELECT coalesce(sum(coalesce(cost_nano, reserved_nano)), 0) FROM {LATEST}"
        month = (f"{day[:7]}-01", self._since)
        (self._month,) = rows.execute(f"{older} WHERE day >= ? AND day < ?", month).fetchone()
        # The sign keeps SQLite from walking through all rows by their ids, from the first one on.
        first = rows.execute("SELECT min(+id) FROM calls WHERE day >= ?", (self._since,)).fetchone()[0]
        if first is None:
            first = rows.execute("SELECT coalesce(max(id), 0) + 1 FROM calls").fetchone()[0]
        self._last_call = first - 1
        (self._counted,) = rows.execute("SELECT coalesce(max(id), 0) FROM settlements").fetchone()
        settled = "SELECT coalesce(min(+id), (SELECT coalesce(max(id), 0) + 1 FROM settlements)) - 1"
        (self._last_settlement,) = rows.execute(
            f"{settled} FROM settlements WHERE call_id >= ?", (first,)
        ).fetchone()


def _older(rows: sqlite3.Connection, call: int, settlement: int) -> _Call:
    """A call of which nothing is kept, as it was before a settlement: one that slept for days."""
    cost = "SELECT cost_nano FROM settlements WHERE call_id = calls.id AND id < ? ORDER BY id DESC LIMIT 1"
    query = f"SELECT day, {SHARE}, role, coalesce(({cost}), reserved_nano) FROM calls WHERE id = ?"
    return _Call(*rows.execute(query, (settlement, call)).fetchone())


class Here:
    """What calls of one session come to, in nano-USD: of those that run what is reserved, by their ids. All
    ledgers of a session, which have one file, count together. Safe to use from many threads."""

    def __init__(self) -> None:
        self._running: dict[int, int] = {}
        self._whole = 0
        self._lock = threading.Lock()

    @property
    def whole(self) -> int:
        with self._lock:
            return self._whole

    def begins(self, call: int, reserved: int) -> None:
        """A call was reserved."""
        with self._lock:
            self._running[call] = reserved
            self._whole += reserved

    def ended(self, call: int, cost: int) -> None:
        """A call was settled; does nothing for one that is not of this session, or has ended."""
        with self._lock:
            reserved = self._running.pop(call, None)
            if reserved is not None:
                self._whole += cost - reserved
