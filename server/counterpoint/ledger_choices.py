"""What users did with what they were shown: rows of the ledger as values, and their SQL."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

What: TypeAlias = Literal["accepted", "partly", "rejected", "ignored", "kept"]
"""`partly`: some words or lines of it, or it was typed along. `rejected`: something else was typed in its
place. `ignored`: the cursor went elsewhere. `kept`: what was left of it some time after it was accepted."""

EARLY, LATE = 30, 300
"""Seconds after which it is looked at how much of an accepted text is still there."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One look at one suggestion. `shown` and `taken` count characters; `after` is in seconds, whole.

    `source` says who answered: a model, the cache, a pattern of the file.
    """

    job: str
    task: str
    what: What
    shown: int
    taken: int
    source: str = ""
    model: str = ""
    language: str = ""
    after: int = 0


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Sums over the suggestions of one task and source. `early` and `late` are shares of the accepted
    characters that were still there, None where nothing was looked at yet."""

    task: str
    source: str
    shown: int
    accepted: int
    partly: int
    rejected: int
    ignored: int
    early: float | None
    late: float | None


def insert(rows: sqlite3.Connection, at: float, day: str, choice: Choice) -> None:
    """Append a choice. Raises ValueError for a word that is none."""
    if choice.what not in get_args(What):
        raise ValueError(f"no choice {choice.what!r}")
    rows.execute(
        "INSERT INTO choices (at, day, job, task, what, shown, taken, source, model, language, after)"
        " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
        (
            *(at, day, choice.job, choice.task, choice.what, choice.shown, choice.taken),
            *(choice.source, choice.model, choice.language, choice.after),
        ),
    )
