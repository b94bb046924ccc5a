"""What calls come to, in sums that can be added to each other: those of days to those of a year. Pure.

Whoever reads a year reads sums of its days, not its million calls. Money is whole nano-USD. Medians are taken
of values that are kept one by one, so that they are those of all calls.
"""

from __future__ import annotations

import json
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from counterpoint.ledger_rows import COMPARE, SHADOW

Key: TypeAlias = tuple[str, ...]
"""What is counted, and of what: ("calls", day, model, task)."""

CALLS = "calls"
"""By day, model and task: calls, failed, nano-USD, tokens read, cached and put out, and these once more as
`Tokens` has them: fresh, written to caches, thinking, answer."""
REASONS = "reasons"
"""By model, task and reason: calls, nano-USD."""
PARTS = "parts"
"""By task, part, model, tier and length of a long input ("0" otherwise): prompts, and tokens of that part in
all, read from a cache, neither that nor written to one, and written for five minutes and for an hour."""
UNHEARD = "unheard"
"""By day: calls that were broken off before an answer, nano-USD."""
JOBS = "jobs"
"""By task: jobs, those done, calls, nano-USD. Its values are the seconds of those done."""
JUDGED = "judged"
"""By model and task: jobs, kept, tuned, rewritten, undone, dismissed, nano-USD, good ones without calls."""
CHOICES = "choices"
"""By task and source: shown, accepted, partly, rejected, ignored; characters taken and shown of what was kept
for a short and for a long time."""
SECONDS, FIRSTS = "seconds", "firsts"
"""Values by model and task."""
JUDGED_SECONDS, PRICES, CHANGED = "judged seconds", "prices", "changed"
"""Values by model and task: two of judged jobs with calls, the second in nano-USD, and the shares that
changed of those that stand in some form."""

LONG_INPUT = 100_000
"""Tokens of input below which no vendor has a price of its own."""
ANSWERED = ("ok", "cut", "length")
_FAILED = ("error", "refused", "lost")
_ENDINGS = ("kept", "tuned", "rewritten", "undone", "dismissed")
_MEASURING = {COMPARE: "compare", SHADOW: "trial"}
"""What jobs that measure models are told as: nobody's work got done by them."""


class Row(NamedTuple):
    """A call as it is summed: `nano` is its cost, or what it has reserved; times are in seconds."""

    day: str
    job: str
    task: str
    model: str
    reason: str
    tier: str
    parts: str
    nano: int
    at: float
    seconds: float
    first: float | None
    outcome: str
    unnamed: int
    """Whether the vendor gave no name to the request."""
    read: int
    output: int
    cached: int
    written_5m: int
    written_1h: int
    thinking: int
    estimated: int


class Ended(NamedTuple):
    """How a job was judged."""

    job: str
    task: str
    outcome: str
    model: str
    changed: float


@dataclass(slots=True)
class Piece:
    """The calls of a job that are known, in order; `at` is the first one's, `least` the earliest."""

    task: str
    at: float
    least: float
    ended: float
    calls: int = 0
    nano: int = 0
    done: bool = False


@dataclass(frozen=True, slots=True)
class Sums:
    """Counts by what they are of, and values whose median or mean is asked for."""

    counts: dict[Key, list[float]] = field(default_factory=dict)
    values: dict[Key, array[float]] = field(default_factory=dict)

    def count(self, key: Key, figures: Collection[float], sign: int = 1) -> None:
        """Add figures to those of a key."""
        known = self.figures(key, len(figures))
        for at, more in enumerate(figures):
            known[at] += sign * more

    def figures(self, key: Key, width: int) -> list[float]:
        """Those of a key, to be added to; zeros at first."""
        known = self.counts.get(key)
        if known is None:
            known = self.counts[key] = [0] * width
        return known

    def put(self, key: Key, values: Iterable[float]) -> None:
        """Add values to those of a key."""
        self.values.setdefault(key, array("d")).extend(values)

    def add(self, other: Sums) -> None:
        """Add all of other sums."""
        for key, figures in other.counts.items():
            self.count(key, figures)
        for key, values in other.values.items():
            self.put(key, values)

    def take(self, other: Sums) -> None:
        """Take away what was added before."""
        for key, figures in other.counts.items():
            self.count(key, figures, -1)
            if not any(self.counts[key]):
                del self.counts[key]
        for key, values in other.values.items():
            self.values[key] = _without(self.values[key], values)

    def of(self, name: str) -> Iterable[tuple[Key, list[float]]]:
        """What is counted under a name, by the rest of its key."""
        return ((key[1:], figures) for key, figures in self.counts.items() if key[0] == name)


def _without(values: Iterable[float], gone: Iterable[float]) -> array[float]:
    """Values but for some that are among them, each as often as it is there."""
    whole, left, at = sorted(values), array("d"), 0
    for one in sorted(gone):
        place = bisect_left(whole, one, at)
        left.extend(whole[at:place])
        at = place + 1
    left.extend(whole[at:])
    return left


def add_calls(sums: Sums, rows: Iterable[Row], long_input: int = LONG_INPUT) -> None:
    """Add calls: all that each tells by itself."""
    times: dict[Key, list[float]] = {}
    for row in rows:
        put = row.written_5m + row.written_1h
        named = (row.model, row.task)
        mine = sums.figures((CALLS, row.day, *named), 10)
        mine[0] += 1
        mine[1] += row.outcome in _FAILED
        mine[2] += row.nano
        mine[3] += row.read
        mine[4] += row.cached
        mine[5] += row.output
        mine[6] += max(0, row.read - row.cached - put)
        mine[7] += put
        mine[8] += row.thinking
        mine[9] += max(0, row.output - row.thinking)
        if row.outcome in ANSWERED:
            times.setdefault((SECONDS, *named), []).append(row.seconds)
        if row.first is not None:
            times.setdefault((FIRSTS, *named), []).append(row.first)
        if row.reason:
            sums.count((REASONS, *named, row.reason), (1, row.nano))
        if unheard(row.outcome, row.estimated, row.nano, row.unnamed, row.first):
            sums.count((UNHEARD, row.day), (1, row.nano))
        _add_parts(sums, row, put, long_input)
    for key, values in times.items():
        sums.put(key, values)


def unheard(outcome: str | None, estimated: int, cost: float, unnamed: int, first: float | None) -> bool:
    """Whether a call was ended by us, or broke, before its vendor had begun to answer."""
    return bool(outcome in ("cancelled", "error") and estimated and cost > 0 and unnamed and first is None)


def _add_parts(sums: Sums, row: Row, put: int, long_input: int) -> None:
    """The tokens of each part: what comes from a cache is the beginning of a prompt, what a cache was written
    for is spread over the rest."""
    sizes = sizes_of(row.parts)
    whole = sum(sizes.values())
    if not whole or not row.read:
        return
    rest = row.read - row.cached
    brief, long = (row.written_5m / rest, row.written_1h / rest) if put and rest else (0.0, 0.0)
    plain = max(0, rest - put) / rest if put and rest else 1.0
    length = str(row.read if row.read > long_input else 0)
    at = 0.0
    for name, size in sizes.items():
        tokens = row.read * size / whole
        cheap = max(0.0, min(at + tokens, row.cached) - at)
        at += tokens
        dear = tokens - cheap
        mine = sums.figures((PARTS, row.task, name, row.model, row.tier, length), 6)
        mine[0] += 1
        mine[1] += tokens
        mine[2] += cheap
        mine[3] += dear * plain
        mine[4] += dear * brief
        mine[5] += dear * long


def sizes_of(parts: str) -> Mapping[str, int]:
    """Characters by part; nothing for a call that does not say."""
    try:
        found = json.loads(parts or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def pieces(rows: Iterable[Row]) -> dict[str, Piece]:
    """Calls, in order, by the jobs they belong to."""
    found: dict[str, Piece] = {}
    for row in rows:
        one = found.get(row.job)
        if one is None:
            one = found[row.job] = Piece(row.task, row.at, row.at, row.at + row.seconds)
        one.least = min(one.least, row.at)
        one.ended = max(one.ended, row.at + row.seconds)
        one.calls += 1
        one.nano += row.nano
        one.done = one.done or row.outcome in ANSWERED
    return found


def add_jobs(sums: Sums, found: Mapping[str, Piece]) -> None:
    """Add jobs, each with all its calls."""
    times: dict[str, list[float]] = {}
    begins = tuple(_MEASURING)
    for name, one in found.items():
        task = one.task
        if name.startswith(begins):
            task = next(task for begin, task in _MEASURING.items() if name.startswith(begin))
        mine = sums.figures((JOBS, task), 4)
        mine[0] += 1
        mine[1] += one.done
        mine[2] += one.calls
        mine[3] += one.nano
        if one.done:
            times.setdefault(task, []).append(max(0.0, one.ended - one.at))
    for task, values in times.items():
        sums.put((JOBS, task), values)


def add_judged(sums: Sums, ended: Iterable[Ended], found: Mapping[str, Piece]) -> set[str]:
    """Add jobs as they were judged last, each with all its calls; returns those that had none."""
    without: set[str] = set()
    values: dict[Key, list[float]] = {}
    for job, one in {one.job: one for one in ended}.items():
        piece, named = found.get(job), (one.model, one.task)
        mine = sums.figures((JUDGED, *named), 8)
        mine[0] += 1
        mine[1 + _ENDINGS.index(one.outcome)] += 1
        if piece is None:
            without.add(job)
            mine[7] += one.outcome in ("kept", "tuned")
        else:
            mine[6] += piece.nano
            values.setdefault((JUDGED_SECONDS, *named), []).append(max(0.0, piece.ended - piece.least))
            values.setdefault((PRICES, *named), []).append(piece.nano)
        if one.outcome in ("kept", "tuned", "rewritten"):
            values.setdefault((CHANGED, *named), []).append(one.changed)
    for key, some in values.items():
        sums.put(key, some)
    return without
