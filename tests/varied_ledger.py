"""A ledger of whatever can be in one, written straight into it: small for tests, large for benches."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias

from counterpoint.ledger import Ledger

_Row: TypeAlias = dict[str, Any]
_TASKS = (
    ("complete", "gpt-5.5", "completion", 12),
    ("edit", "gpt-5.5", "other", 4),
    ("review", "claude-opus-4-7", "other", 2),
    ("verify", "claude-opus-4-7", "other", 2),
    ("edit", "claude-sonnet-4-6", "other", 1),
    ("ask", "gone-model", "other", 1),
)
_OUTCOMES = ("ok", "cut", "length", "cancelled", "error", "refused", "lost")
_PARTS = ("system", "instructions", "definitions", "similar", "callers", "document", "request")
_ODD_PARTS = ("", "{}", "[]", "nonsense", '{"system":0}')
_BATCH = 20_000
_DAY = 86_400.0


def varied(file: Path, calls: int, days: int, last: date, seed: int = 1) -> None:
    """Write so many calls, evenly over the days up to `last`, and what became of them: jobs of several calls,
    some over midnight and some taken up days later; calls that are open, failed, or settled twice."""
    ledger = Ledger(file)
    ledger.looked([])
    ledger.close()
    with closing(sqlite3.connect(file, isolation_level=None)) as rows:
        rows.execute("PRAGMA synchronous = OFF")
        each = _rows(random.Random(seed), calls, days, last)
        while batch := list(islice(each, _BATCH)):
            rows.execute("BEGIN")
            for table, row in batch:
                holes = ", ".join("?" * len(row))
                rows.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({holes})", [*row.values()])
            rows.execute("COMMIT")
        rows.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _rows(dice: random.Random, calls: int, days: int, last: date) -> Iterator[tuple[str, _Row]]:
    first = datetime.combine(last - timedelta(days=days - 1), datetime.min.time())
    known = ["a job of before"]
    left: list[tuple[str, str, str, str]] = []
    day = ""
    for call in range(1, calls + 1):
        at = first + timedelta(days=(call - 1) * days / calls)
        if day != (day := at.date().isoformat()) and left:
            kept, left = left, []
            for one in kept:  # judged after midnight
                yield from _judged(dice, at.timestamp(), day, *one)
        task, model, kind, _ = dice.choices(_TASKS, [one[3] for one in _TASKS])[0]
        again = dice.random()
        job = known[-1] if again < 0.15 else dice.choice(known[-12:]) if again < 0.155 else _name(dice)
        known = [*known[-12:], job] if call % 50 == 0 else known
        known[-1] = job
        yield from _call(dice, call, at.timestamp(), day, (job, task, model, kind))
        if dice.random() < 0.004:
            left.append((job, task, model, "edited" if dice.random() < 0.5 else ""))
        elif dice.random() < 0.6:
            yield from _judged(dice, at.timestamp(), day, job, task, model, "")
        if dice.random() < 0.2:  # answered without a call
            yield from _judged(dice, at.timestamp(), day, _name(dice), "complete", model, "")


def _name(dice: random.Random) -> str:
    begin = dice.choices(("", "auto-", "shadow-", "compare-"), (95, 2, 2, 1))[0]
    return f"{begin}{dice.getrandbits(64):016x}"


def _call(
    dice: random.Random, call: int, at: float, day: str, asked: tuple[str, str, str, str]
) -> Iterator[tuple[str, _Row]]:
    job, task, model, kind = asked
    sizes = {name: dice.randint(1, 9_000) for name in dice.sample(_PARTS, dice.randint(1, 6))}
    parts = dice.choice(_ODD_PARTS) if dice.random() < 0.03 else json.dumps(sizes, separators=(",", ":"))
    reason = f"{model} fills the role {dice.choice(('fast', 'deep'))}" if dice.random() < 0.9 else ""
    reserved = dice.randint(0, 50_000_000)
    yield (
        "calls",
        {
            "id": call, "at": at, "day": day, "expires": at + 60, "job": job, "task": task, "role": "fast",
            "provider": "openai", "model": model, "kind": kind, "reserved_nano": reserved, "pid": 4242,
            "language": "python", "characters": sum(sizes.values()), "effort": "low", "parts": parts,
            "reason": reason,
        },
    )  # fmt: skip
    for _ in range(dice.choices((0, 1, 2), (1, 97, 2))[0]):
        yield "settlements", _settlement(dice, call, at)


def _settlement(dice: random.Random, call: int, at: float) -> _Row:
    outcome = dice.choices(_OUTCOMES, (90, 2, 1, 4, 2, 0.5, 0.5))[0]
    read = dice.choice((0, 250_000, 400_000)) if dice.random() < 0.003 else dice.randint(300, 12_000)
    cached = round(read * dice.choice((0, 0, 0.4, 0.8)))
    written = round((read - cached) * dice.random()) if dice.random() < 0.1 else 0
    wrote = dice.randint(0, 900)
    unheard = outcome in ("cancelled", "error") and dice.random() < 0.7
    return {
        "call_id": call, "at": at + 2, "cost_nano": dice.randint(0, 50_000_000), "input_tokens": read,
        "cached_tokens": cached, "written_5m_tokens": written - written // 3,
        "written_1h_tokens": written // 3,
        "output_tokens": wrote, "reasoning_tokens": wrote // 3, "estimated": int(unheard),
        "seconds": 0.3 + dice.expovariate(0.4), "outcome": outcome, "error": "",
        "first_token_seconds": None if unheard else round(dice.expovariate(2), 4),
        "tier": dice.choice((None, "default", "priority", "fast")),
        "request_id": None if unheard else f"r{call}", "vendor_model": None,
    }  # fmt: skip


def _judged(
    dice: random.Random, at: float, day: str, job: str, task: str, model: str, edited: str
) -> Iterator[tuple[str, _Row]]:
    """What a user did with a job."""
    named = {"at": at + 300, "day": day, "job": job, "task": task, "model": model, "language": "python"}
    ending = dice.choices(("kept", "tuned", "rewritten", "undone", "dismissed"), (6, 2, 1, 1, 2))[0]
    yield "job_outcomes", {**named, "outcome": ending, "changed": round(dice.random(), 3)}
    if task == "complete":
        seen = {"source": dice.choice(("model", "cache")), "shown": dice.randint(1, 99), "taken": 40}
        what = dice.choice(("accepted", "partly", "rejected", "ignored"))
        yield "choices", {**named, **seen, "what": what, "after": 0}
        if what == "accepted":
            yield "choices", {**named, **seen, "what": "kept", "after": dice.choice((30, 300))}
    if edited or (task == "edit" and dice.random() < 0.5):
        for choice in ("applied", dice.choice(("kept", "reverted", "undone", "refined", "other"))):
            yield "edit_outcomes", {**named, "choice": choice}
    if task == "review":
        for fate in ("shown", dice.choice(("fixed", "dismissed", "resolved", "refuted", "absent"))):
            look = {"root": "/w", "finding": f"f{dice.getrandbits(40)}", "fate": fate, "rule": ""}
            kind = {"lens": dice.choice(("correctness", "security")), "category": "logic"}
            here = {name: named[name] for name in ("at", "day", "job", "model")}
            yield "looks", {**here, **look, **kind}
