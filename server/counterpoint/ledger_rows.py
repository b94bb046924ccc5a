"""Rows of the ledger as values, and the SQL that reads and writes them within a transaction of the caller."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from statistics import median
from typing import Any, Literal, NamedTuple, TypeAlias

from counterpoint.errors import BudgetExceeded
from counterpoint.models import Usage

CallKind: TypeAlias = Literal["completion", "other"]
Outcome: TypeAlias = Literal["ok", "cut", "cancelled", "error", "refused", "length", "lost"]
NANO = 1_000_000_000
AUTOMATIC = "auto-"
"""How the job of a review begins that nobody asked for: its calls have a cap of their own."""
SHADOW = "shadow-"
"""How the job of a question begins that a trial puts to another model: likewise."""
COMPARE = "compare-"
"""How the job of a comparison begins: it is none of the task that is compared."""
SHARE = (
    f"CASE WHEN job LIKE '{AUTOMATIC}%' THEN 'automatic'"
    f" WHEN job LIKE '{SHADOW}%' THEN 'shadow' ELSE kind END"
)
"""The share of the budget a call belongs to, as SQL over its row; `share_of` says the same."""
_LONG_ENOUGH, _FEWEST, _MOST = 2_000, 5, 50


@dataclass(frozen=True, slots=True)
class Caps:
    """Most that may be spent, in USD: today in all, by completions, by reviews nobody asked for, by trials of
    other models and by each role; in a month; and by one process. None, and a role without an amount, means
    no such cap."""

    day_usd: float
    completions_day_usd: float
    automatic_day_usd: float | None = None
    month_usd: float | None = None
    session_usd: float | None = None
    roles: Mapping[str, float] = field(default_factory=dict)
    shadow_day_usd: float | None = None


def share_of(job: str, kind: CallKind) -> str:
    """The share of the budget that a call of a job belongs to."""
    if job.startswith(AUTOMATIC):
        return "automatic"
    return "shadow" if job.startswith(SHADOW) else kind


class Limit(NamedTuple):
    """A cap in USD and the nano-USD that count against it, with the setting and the words for it: `whose` it
    is, such as "today's", and, where not all counts against it, what it is for."""

    setting: str
    used: int
    cap: float
    whose: str
    until: str
    use: str = ""

    @property
    def of(self) -> str:
        """What is used up: in words that only a refusal needs, and each call looks at its caps."""
        return f"{self.whose} {usd(self.cap)}{self.use and f' {self.use}'}"


@dataclass(frozen=True, slots=True)
class Sent:
    """A file of which text left the machine: its path, the SHA-256 (hex) and size in bytes of that text."""

    path: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `cost_usd` is the reserved cost, and `outcome` is None, while it is not settled.

    `at` is a Unix time, `seconds` the whole duration.
    """

    id: int
    at: float
    job: str
    task: str
    role: str
    provider: str
    model: str
    kind: CallKind
    reserved_usd: float
    cost_usd: float
    seconds: float
    first_token_seconds: float | None
    outcome: Outcome | None
    error: str
    tier: str | None
    request_id: str | None
    vendor_model: str | None
    usage: Usage
    parts: str = ""
    """What the prompt was made of: a JSON object of characters by part, "" where it was not written down."""
    characters: int = 0
    """What was sent, 0 where it was not written down."""
    reason: str = ""
    """Why this model was asked, "" where it was not written down."""


@dataclass(frozen=True, slots=True)
class Total:
    """Calls of one model for one task. The medians are in seconds, None where nothing was measured."""

    model: str
    task: str
    calls: int
    failed: int
    cost_usd: float
    input_tokens: int
    cached_tokens: int
    output_tokens: int
    median_seconds: float | None
    median_first_token_seconds: float | None


LATEST = (
    "calls LEFT JOIN settlements ON settlements.id ="
    " (SELECT max(id) FROM settlements WHERE settlements.call_id = calls.id)"
)
_USAGE = (
    "input_tokens, output_tokens, cached_tokens,"
    " written_5m_tokens, written_1h_tokens, reasoning_tokens, estimated"
)
_SETTLED_USAGE = ", ".join(f"coalesce({one}, 0)" for one in _USAGE.split(", "))
_CALLS = (
    "SELECT calls.id, calls.at, job, task, role, provider, model, kind, reserved_nano / 1e9,"
    " coalesce(cost_nano, reserved_nano) / 1e9, coalesce(seconds, 0.0), first_token_seconds, outcome,"
    f" coalesce(error, ''), tier, request_id, vendor_model, {_SETTLED_USAGE}, parts, characters, reason"
    f" FROM {LATEST}"
)


def nano(usd: float) -> int:
    """Whole nano-USD, rounded up. Raises ValueError for what is no amount."""
    if not math.isfinite(usd) or usd < 0:
        raise ValueError(f"{usd} is no amount of money")
    return math.ceil(Decimal(str(round(usd, 12))) * NANO)


def usd(cap: float) -> str:
    """A cap in cents; of no whole ones as it was set, for one below a cent is not one of nothing."""
    return f"${cap:.2f}" if round(cap, 2) == cap else f"${cap:g}"


@lru_cache(maxsize=64)
def _nano_of(cap: float) -> int:
    """The same for a cap, of which there are few, looked at before each call."""
    return nano(cap)


def spent(rows: sqlite3.Connection, day: str, kind: CallKind | None) -> int:
    """Nano-USD spent or reserved on a day."""
    sums = f"SELECT kind, sum(coalesce(cost_nano, reserved_nano)) FROM {LATEST}"
    by_kind: dict[str, int] = dict(rows.execute(f"{sums} WHERE calls.day = ? GROUP BY kind", (day,)))
    return sum(by_kind.values()) if kind is None else by_kind.get(kind, 0)


def check(limits: Iterable[Limit], upper: int) -> None:
    """Raise BudgetExceeded, naming the setting, if `upper` nano-USD more would pass a cap."""
    for one in limits:
        if one.used + upper > _nano_of(one.cap):
            # To wait helps only where the cap, with nothing of it spent, would have room.
            fits = upper <= _nano_of(one.cap)
            then = f", or {one.until}." if fits else ": this is more than the whole cap."
            raise BudgetExceeded(
                f"This could cost up to ${upper / NANO:.4f}, but ${one.used / NANO:.4f} of {one.of}"
                " is spent or reserved.",
                fix=f"Raise {one.setting} in your own config.toml{then}",
            )


def insert_call(rows: sqlite3.Connection, row: tuple[Any, ...], sent: Iterable[Sent]) -> int:
    """Append a call, values in the order of the columns, and what it sends. Returns its id."""
    call = rows.execute(
        "INSERT INTO calls"
        " (at, day, expires, job, task, role, provider, model, kind, reserved_nano, pid,"
        " language, characters, effort, parts, reason)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        row,
    ).lastrowid
    files = [(call, file.path, file.sha256, file.size) for file in sent]
    rows.executemany("INSERT INTO sent VALUES (?,?,?,?)", files)
    return int(call or 0)


def settle(
    rows: sqlite3.Connection, call: int, at: float, cost: int, usage: Usage, detail: tuple[Any, ...]
) -> None:
    """Append a settlement; `detail` has the columns from `seconds` on, in order."""
    tokens = (
        usage.input_tokens,
        usage.output_tokens,
        usage.cached_tokens,
        usage.written_5m_tokens,
        usage.written_1h_tokens,
        usage.reasoning_tokens,
        usage.estimated,
    )
    rows.execute(
        f"INSERT INTO settlements (call_id, at, cost_nano, {_USAGE},"
        " seconds, first_token_seconds, outcome, error, tier, request_id, vendor_model)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
        (call, at, cost, *tokens, *detail),
    )


def ratios(rows: sqlite3.Connection) -> dict[tuple[str, str], float]:
    """Characters a token, by model and language and by model alone (language ""), of the latest calls.

    The median of at most 50 calls, so that an odd one does not count, and of no fewer than five; calls of
    which the vendor gave no figures, and short ones, in which the form of the request weighs, are left out.
    """
    found = rows.execute(
        f"SELECT model, language, characters * 1.0 / input_tokens FROM {LATEST}"
        " WHERE characters >= ? AND input_tokens > 0 AND estimated = 0 AND outcome IN ('ok', 'length', 'cut')"
        " ORDER BY calls.id DESC LIMIT 2000",
        (_LONG_ENOUGH,),
    )
    samples: dict[tuple[str, str], list[float]] = {}
    for model, language, ratio in found:
        for key in {(model, language), (model, "")}:
            samples.setdefault(key, []).append(ratio)
    return {key: median(some[:_MOST]) for key, some in samples.items() if len(some) >= _FEWEST}


def settle_lost(rows: sqlite3.Connection, since: str, before: float, now: float, until: str = "9999") -> None:
    """Settle open calls of some days whose deadline lies before `before`, at what they had reserved."""
    found = rows.execute(
        "SELECT id, reserved_nano, expires - at FROM calls WHERE day >= ? AND day <= ? AND expires < ?"
        " AND NOT EXISTS (SELECT 1 FROM settlements WHERE call_id = calls.id)",
        (since, until, before),
    ).fetchall()
    for call, reserved, seconds in found:
        lost = (seconds, None, "lost", "lost", None, None, None)
        settle(rows, call, now, reserved, Usage(estimated=True), lost)


def calls_where(rows: sqlite3.Connection, where: str, value: str) -> tuple[Call, ...]:
    """Calls in order; `where` is a condition of ours with one placeholder."""
    found = rows.execute(f"{_CALLS} WHERE {where} ORDER BY calls.id", (value,)).fetchall()
    return tuple(_call(*row) for row in found)


def _call(*row: Any) -> Call:
    # In the order of the SELECT, as it comes: a year has a million of them.
    read, written, cached, brief, long, reasoning, estimated = row[17:24]
    usage = Usage(read, written, cached, brief, long, reasoning, bool(estimated))
    return Call(*row[:17], usage=usage, parts=row[24], characters=row[25], reason=row[26])  # type: ignore[misc]
