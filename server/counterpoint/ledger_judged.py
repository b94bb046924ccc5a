"""How jobs ended for their users: rows of the ledger as values, and their SQL.

A job has one outcome, the latest that was written. It is judged by what stands in the files some minutes
later; no text is kept, only the share that changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Ending: TypeAlias = Literal["kept", "tuned", "rewritten", "undone", "dismissed"]
"""`kept`: it stands as it was written. `tuned`: literals only differ, or no more than a tenth. `rewritten`:
more than that. `undone`: taken back or deleted. `dismissed`: a suggestion or findings were turned down."""


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """How one job ended. `model` is the name of the row that wrote what was judged, "" where no model did;
    `changed` the share of it that had become something else, 0 to 1."""

    job: str
    task: str
    outcome: Ending
    model: str = ""
    language: str = ""
    changed: float = 0.0


@dataclass(frozen=True, slots=True)
class JudgedJob:
    """The latest outcome of a job with what all its calls cost, of whatever model: drafts, verifications,
    repairs, retries.

    `at` is the Unix time of the outcome. `seconds` run from the first call's begin to the last one's end;
    both they and `cost_usd` are 0 for a job without calls, such as a suggestion from the cache.
    """

    job: str
    task: str
    outcome: Ending
    model: str
    language: str
    changed: float
    at: float
    calls: int
    cost_usd: float
    seconds: float

    @property
    def good(self) -> bool:
        """Whether the user got something of it: it was kept, or was only tuned."""
        return self.outcome in ("kept", "tuned")


@dataclass(frozen=True, slots=True)
class Judged:
    """The judged jobs of one model and task. `median_seconds` is of those with calls, None without any."""

    model: str
    task: str
    jobs: int
    kept: int
    tuned: int
    rewritten: int
    undone: int
    dismissed: int
    changed: float
    """Mean share that changed of what stands in some form: kept, tuned or rewritten. 0 without any."""
    cost_usd: float
    median_seconds: float | None
    unasked: int = 0
    """Good jobs without calls."""

    @property
    def good(self) -> int:
        return self.kept + self.tuned

    @property
    def usd_per_good(self) -> float | None:
        """What one good job that asked came to: all jobs are paid for by those. None without any."""
        asked = self.good - self.unasked
        return self.cost_usd / asked if asked else None


@dataclass(frozen=True, slots=True)
class Kept:
    """The judged jobs of one model and task: how many, those that were good, and their `prices` as below."""

    jobs: int
    good: int
    prices: Sequence[float]


def prices(judged: Iterable[JudgedJob]) -> list[float]:
    """What jobs came to in USD. One without calls has no price: it was answered by what an earlier one had
    paid for, and would make its model look cheap. How it ended counts nonetheless."""
    return [one.cost_usd for one in judged if one.calls]


def insert(rows: sqlite3.Connection, at: float, day: str, outcome: JobOutcome) -> None:
    """Append an outcome. Raises ValueError for a word that is none, or a share that is none."""
    if outcome.outcome not in get_args(Ending):
        raise ValueError(f"no outcome {outcome.outcome!r}")
    if not 0 <= outcome.changed <= 1:
        raise ValueError(f"{outcome.changed} is no share")
    rows.execute(
        "INSERT INTO job_outcomes (at, day, job, task, outcome, model, language, changed)"
        " VALUES (?,?,?,?,?,?,?,?)",
        (
            *(at, day, outcome.job, outcome.task, outcome.outcome),
            *(outcome.model, outcome.language, outcome.changed),
        ),
    )


def outcomes(rows: sqlite3.Connection, since: str) -> tuple[JudgedJob, ...]:
    """The latest outcome of each job judged from a local day on, in the order they were judged."""
    found = rows.execute(
        "WITH latest AS (SELECT max(id) AS id FROM job_outcomes WHERE day >= ? GROUP BY +job),"
        " judged AS (SELECT one.* FROM job_outcomes AS one JOIN latest USING (id)),"
        " settled AS (SELECT calls.job, calls.at, coalesce(cost_nano, reserved_nano) AS cost,"
        "  calls.at + coalesce(seconds, 0.0) AS ended FROM judged JOIN calls USING (job)"
        "  LEFT JOIN settlements ON settlements.id ="
        "  (SELECT max(id) FROM settlements WHERE settlements.call_id = calls.id)),"
        " paid AS (SELECT job, count(*) AS calls, sum(cost) AS cost,"
        "  max(0.0, max(ended) - min(at)) AS seconds FROM settled GROUP BY job)"
        " SELECT judged.job, task, outcome, model, language, changed, at, coalesce(calls, 0),"
        "  coalesce(cost, 0) / 1e9, coalesce(seconds, 0.0)"
        " FROM judged LEFT JOIN paid USING (job) ORDER BY judged.id",
        (since,),
    )
    return tuple(JudgedJob(*row) for row in found)


def reviewed(rows: sqlite3.Connection, at: float, day: str, jobs: Iterable[str]) -> None:
    """Append how reviews ended, as the last fates of their findings tell: kept once one led to a change,
    dismissed once all that were shown are. Nothing is written where that is known, or neither is so."""
    for job in sorted({job for job in jobs if job}):
        ending = _fates(rows, job)
        asked = rows.execute("SELECT task, model, language FROM calls WHERE job = ? ORDER BY id", (job,))
        known = rows.execute("SELECT outcome FROM job_outcomes WHERE job = ? ORDER BY id DESC", (job,))
        first, last = asked.fetchone(), known.fetchone()
        if ending is None or first is None or (last is not None and last[0] == ending):
            continue
        task, model, language = first
        changed = 1.0 if ending == "dismissed" else 0.0
        insert(rows, at, day, JobOutcome(job, task, ending, model, language, changed))


def _fates(rows: sqlite3.Connection, job: str) -> Ending | None:
    """What the last fates of a job's findings come to. One that a second look refuted was not shown to be
    decided on."""
    fates: dict[str, str] = {}
    found = rows.execute(
        "SELECT finding, fate FROM looks WHERE job = ? AND finding != '' ORDER BY id", (job,)
    )
    for finding, fate in found:
        if fate != "shown" or finding not in fates:
            fates[finding] = fate
    last = set(fates.values()) - {"refuted"}
    if last & {"fixed", "resolved"}:
        return "kept"
    return "dismissed" if last == {"dismissed"} else None
