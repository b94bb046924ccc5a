"""Tables of the findings, as numbered migrations, and how much is kept for how long."""

from __future__ import annotations

import sqlite3

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # Such a table once held what models wrote, which `machine_store` remembers now.
        "DROP TABLE IF EXISTS written",
    ),
    (
        """CREATE TABLE verdicts (
            key TEXT PRIMARY KEY, path TEXT NOT NULL,
            stage TEXT NOT NULL CHECK (stage IN ('found', 'verified')),
            findings TEXT NOT NULL, dropped TEXT NOT NULL, whole INTEGER NOT NULL, relied TEXT NOT NULL,
            job TEXT NOT NULL, model TEXT NOT NULL, cost_usd REAL NOT NULL, at REAL NOT NULL,
            used REAL NOT NULL
        )""",
        "CREATE INDEX verdicts_by_use ON verdicts (used)",
        """CREATE TABLE kept (
            root TEXT NOT NULL, path TEXT NOT NULL, findings TEXT NOT NULL, at REAL NOT NULL,
            PRIMARY KEY (root, path)
        )""",
        """CREATE TABLE dismissed (
            root TEXT NOT NULL, id TEXT NOT NULL, of_kind TEXT NOT NULL, kind TEXT NOT NULL,
            reason TEXT NOT NULL, at REAL NOT NULL, expires REAL, path TEXT NOT NULL, title TEXT NOT NULL,
            PRIMARY KEY (root, id, of_kind)
        )""",
        "CREATE TABLE swept (at REAL NOT NULL)",
        "INSERT INTO swept VALUES (0)",
    ),
)

_DAY = 86_400.0
_VERDICT_DAYS, _KEPT_DAYS = 120, 365
_MOST_VERDICTS, _MOST_KEPT = 20_000, 10_000
_MOST_CHARACTERS = 128 * 1024 * 1024
"""Of all findings kept with verdicts, together."""


def sweep(rows: sqlite3.Connection, now: float) -> None:
    """Once a day, drop what is old, and the oldest of what is too much."""
    if now - float(rows.execute("SELECT max(at) FROM swept").fetchone()[0]) < _DAY:
        return
    rows.execute("UPDATE swept SET at = ?", (now,))
    rows.execute("DELETE FROM dismissed WHERE expires < ?", (now,))
    for table, order, days, most in (
        ("verdicts", "used", _VERDICT_DAYS, _MOST_VERDICTS),
        ("kept", "at", _KEPT_DAYS, _MOST_KEPT),
    ):
        rows.execute(f"DELETE FROM {table} WHERE {order} < ?", (now - days * _DAY,))
        rows.execute(
            f"DELETE FROM {table} WHERE rowid IN"
            f" (SELECT rowid FROM {table} ORDER BY {order} DESC, rowid DESC LIMIT -1 OFFSET ?)",
            (most,),
        )
    rows.execute(
        "DELETE FROM verdicts WHERE key IN (SELECT key FROM"
        " (SELECT key, sum(length(findings)) OVER (ORDER BY used DESC, key) AS together FROM verdicts)"
        " WHERE together > ?)",
        (_MOST_CHARACTERS,),
    )
