"""A ledger of many calls, written in one go: as a year of use leaves it, for measurements."""

from __future__ import annotations

import random
import sqlite3
from datetime import date, datetime, timedelta
from pathlib import Path

from counterpoint.ledger import Ledger

_MODELS = (
    ("complete", "fast", "openai", "gpt-5.5", "completion"),
    ("edit", "fast", "openai", "gpt-5.5", "other"),
    ("review", "deep", "anthropic", "claude-opus-4-7", "other"),
)
_PARTS = '{"system":1800,"document":5200,"callers":2400,"request":80}'


def filled(file: Path, calls: int, days: int, last: date, seed: int = 1) -> None:
    """Write so many settled calls, evenly over the days up to `last`, with what users made of them."""
    dice = random.Random(seed)
    ledger = Ledger(file)
    ledger.looked([])
    ledger.close()
    rows = sqlite3.connect(file, isolation_level=None)
    rows.execute("BEGIN")
    for number in range(1, calls + 1):
        day = last - timedelta(days=days - 1 - (number - 1) * days // calls)
        at = datetime(day.year, day.month, day.day).timestamp() + number % 60
        _one(rows, dice, number, at, day.isoformat())
    rows.execute("COMMIT")
    rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    rows.close()


def _one(rows: sqlite3.Connection, dice: random.Random, call: int, at: float, day: str) -> None:
    task, role, provider, model, kind = dice.choice(_MODELS)
    job, characters = f"{dice.getrandbits(64):016x}", dice.randint(2_000, 40_000)
    values = {
        "calls": {
            "id": call, "at": at, "day": day, "expires": at + 60, "job": job, "task": task, "role": role,
            "provider": provider, "model": model, "kind": kind, "reserved_nano": 50_000_000, "pid": 4242,
            "language": "python", "characters": characters, "effort": "low", "parts": _PARTS,
        },
        "settlements": {
            "call_id": call, "at": at + 2, "cost_nano": dice.randint(1, 50) * 100_000,
            "input_tokens": 300 + characters // 4, "cached_tokens": 0, "written_5m_tokens": 0,
            "written_1h_tokens": 0, "output_tokens": dice.randint(20, 900), "reasoning_tokens": 0,
            "estimated": 0, "seconds": 2.0, "first_token_seconds": 0.4, "outcome": "ok", "error": "",
            "tier": "default", "request_id": f"req_{call:024d}", "vendor_model": f"{model}-2026-04-23",
        },
        "sent": {
            "call_id": call, "path": f"src/some/module_{dice.randint(1, 900)}.py",
            "sha256": f"{dice.getrandbits(256):064x}", "bytes": characters,
        },
        "choices": {
            "at": at, "day": day, "job": job, "task": task, "what": "accepted", "shown": 40, "taken": 40,
            "source": "model", "model": "GPT-5.5", "language": "python", "after": 0,
        },
        "job_outcomes": {
            "at": at + 300, "day": day, "job": job, "task": task, "model": model, "language": "python",
            "outcome": dice.choice(("kept", "tuned", "rewritten")), "changed": 0.1,
        },
    }  # fmt: skip
    for table, row in values.items():
        holes = ", ".join("?" * len(row))
        rows.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({holes})", [*row.values()])
