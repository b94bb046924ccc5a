"""Trials of another model on live questions: rows of the ledger as values, and their SQL.

A trial begins with its first pair and has two rows: the second holds its verdict. A pair is a question that
both models answered, with what was measured of each answer. Pairs under `VOICES` are edits of which the user
asked for the other voice's version.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeAlias

VOICES = "voices"
"""The trial that has no end: the user asks for its pairs one by one."""
_TOLD = "told "
"""How the name of a row begins that only says that something has been told."""

Measures: TypeAlias = Mapping[str, float | str | None]
"""What was measured of one answer, by name; `model` is the row's name. None where it does not apply."""
_Transaction: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection]]
_Reading: TypeAlias = Callable[[], AbstractContextManager[sqlite3.Connection | None]]


@dataclass(frozen=True, slots=True)
class Trial:
    """`other` on a `share` of what `model` answers. Times are Unix times; `ended` is None while it runs, and
    `verdict` "" then."""

    name: str
    model: str
    other: str
    share: float
    days: int
    began: float
    ended: float | None
    verdict: str
    pairs: int


@dataclass(frozen=True, slots=True)
class Pair:
    """One question, answered by both: `job` by the trial's `model`, `other_job` by its `other`."""

    trial: str
    job: str
    other_job: str
    task: str
    language: str
    model: Measures
    other: Measures
    at: float = 0.0


@dataclass(frozen=True, slots=True)
class Voices:
    """Edits of one task of which the user asked for the other voice's version: how many, and which of the two
    stood in the end: `other_stands`, `model_stands`, or neither."""

    task: str
    model: str
    other: str
    asked: int
    other_stands: int
    model_stands: int


_TRIALS = (
    "SELECT one.trial, one.model, one.other, one.share, one.days, one.at, two.at, coalesce(two.verdict, ''),"
    " (SELECT count(*) FROM trial_pairs WHERE trial_pairs.trial = one.trial)"
    " FROM trials AS one LEFT JOIN trials AS two ON two.trial = one.trial AND two.verdict != ''"
    f" WHERE one.verdict = '' AND one.trial NOT LIKE '{_TOLD}%'"
)
_PAIRS = "SELECT trial, job, other_job, task, language, model_measures, other_measures, at FROM trial_pairs"

_LATEST = (
    "(SELECT choice FROM edit_outcomes WHERE edit_outcomes.job = trial_pairs.{}"
    " AND choice IN ('applied', 'kept', 'undone', 'reverted', 'other') ORDER BY id DESC LIMIT 1)"
).format
# Where an editor's own undo takes back the replacing, the first version comes to stand again: it is "applied"
# after it was replaced. What was reverted, or replaced in its turn, stands no more.
_VOICES = (
    "WITH ended AS (SELECT task, json_extract(model_measures, '$.model') AS model,"
    f" json_extract(other_measures, '$.model') AS other, {_LATEST('job')} AS first,"
    f" {_LATEST('other_job')} AS second FROM trial_pairs WHERE trial = ? AND day >= ?),"
    " stands AS (SELECT *, coalesce(first, '') IN ('applied', 'kept') AS again FROM ended)"
    " SELECT task, model, other, count(*) AS asked,"
    " sum(NOT again AND coalesce(second, 'applied') IN ('applied', 'kept')), sum(again)"
    " FROM stands GROUP BY task, model, other ORDER BY asked DESC, task, model, other"
)


class Trials:
    """The trials of one ledger. Raises ConfigError where that cannot be read or written."""

    def __init__(self, transaction: _Transaction, reading: _Reading, clock: Callable[[], float]) -> None:
        self._transaction = transaction
        self._reading = reading
        self._clock = clock

    def begun(self, model: str, other: str, share: float, days: int) -> Trial:
        """The trial of two models on these terms, which may have ended; begun now if there is none. On other
        terms there may be another one."""
        now = self._clock()
        with self._transaction() as rows:
            found = _latest(rows, model, other, share, days)
            if found is not None:
                return found
            day = date.fromtimestamp(now).isoformat()
            number = rows.execute("SELECT count(*) FROM trials").fetchone()[0]
            name = f"{day} {model} {other} {number}"
            _insert(rows, (now, day, name, model, other, share, days, ""))
            return Trial(name, model, other, share, days, now, None, "", 0)

    def known(self, model: str, other: str, share: float, days: int) -> Trial | None:
        """As `begun`, which begins none."""
        with self._reading() as rows:
            return _latest(rows, model, other, share, days) if rows else None

    def add(self, pair: Pair) -> None:
        """Write down a pair, as of now."""
        now = self._clock()
        texts = (pair.trial, pair.job, pair.other_job, pair.task, pair.language)
        measures = (json.dumps(dict(one), sort_keys=True) for one in (pair.model, pair.other))
        with self._transaction() as rows:
            rows.execute(
                "INSERT INTO trial_pairs (at, day, trial, job, other_job, task, language,"
                " model_measures, other_measures) VALUES (?,?,?,?,?,?,?,?,?)",
                (now, date.fromtimestamp(now).isoformat(), *texts, *measures),
            )

    def end(self, trial: Trial, verdict: str) -> bool:
        """Write down a verdict; False if another process has done so."""
        now = self._clock()
        with self._transaction() as rows:
            if _has(rows, "trial = ? AND verdict != ''", trial.name):
                return False
            day = date.fromtimestamp(now).isoformat()
            names = (trial.name, trial.model, trial.other, trial.share, trial.days)
            _insert(rows, (now, day, *names, verdict))
            return True

    def tell(self, name: str, text: str) -> bool:
        """Whether something of a name is to be told: once, whoever asks first."""
        now = self._clock()
        with self._transaction() as rows:
            if _has(rows, "trial = ?", _TOLD + name):
                return False
            day = date.fromtimestamp(now).isoformat()
            _insert(rows, (now, day, _TOLD + name, "", "", 0.0, 0, text))
            return True

    def all(self) -> tuple[Trial, ...]:
        """All trials, the latest first."""
        with self._reading() as rows:
            found = rows.execute(f"{_TRIALS} ORDER BY one.id DESC").fetchall() if rows else ()
            return tuple(Trial(*row) for row in found)

    def pairs(self, trial: str) -> tuple[Pair, ...]:
        """The pairs of a trial, in order."""
        return self._pairs("trial = ?", trial)

    def pairs_since(self, since: date) -> tuple[Pair, ...]:
        """All pairs from a local day on, in order."""
        return self._pairs("day >= ?", since.isoformat())

    def voices(self, since: date) -> tuple[Voices, ...]:
        """What became of the other voice's versions from a local day on, the most frequent first."""
        with self._reading() as rows:
            found = rows.execute(_VOICES, (VOICES, since.isoformat())).fetchall() if rows else ()
            return tuple(Voices(*row) for row in found)

    def _pairs(self, where: str, value: str) -> tuple[Pair, ...]:
        with self._reading() as rows:
            found = rows.execute(f"{_PAIRS} WHERE {where} ORDER BY id", (value,)).fetchall() if rows else ()
            return tuple(map(_pair, found))


def _latest(rows: sqlite3.Connection, model: str, other: str, share: float, days: int) -> Trial | None:
    found = rows.execute(
        f"{_TRIALS} AND one.model = ? AND one.other = ? AND one.share = ? AND one.days = ?"
        " ORDER BY one.id DESC LIMIT 1",
        (model, other, share, days),
    ).fetchone()
    return Trial(*found) if found else None


def _pair(row: Sequence[Any]) -> Pair:
    trial, job, other_job, task, language, model, other, at = row
    return Pair(trial, job, other_job, task, language, json.loads(model), json.loads(other), at)


def _has(rows: sqlite3.Connection, where: str, name: str) -> bool:
    return rows.execute(f"SELECT 1 FROM trials WHERE {where} LIMIT 1", (name,)).fetchone() is not None


def _insert(rows: sqlite3.Connection, row: tuple[Any, ...]) -> None:
    rows.execute(
        "INSERT INTO trials (at, day, trial, model, other, share, days, verdict) VALUES (?,?,?,?,?,?,?,?)",
        row,
    )
