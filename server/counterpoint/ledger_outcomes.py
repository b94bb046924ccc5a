"""What users did with edits that were applied: rows of the ledger as values, and their SQL."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Choice: TypeAlias = Literal["applied", "kept", "reverted", "undone", "refined", "other", "reviewed"]
"""`applied`: an editor has it. `undone`: taken back by the editor's own undo. `other`: another model's
version took its place. The rest is as it says."""
_GONE = ("reverted", "undone", "other")
"""After these an edit does not stand, unless it is applied again."""


@dataclass(frozen=True, slots=True)
class EditOutcome:
    """One thing done with one edit. `model` is the row's name, "" where no model wrote it."""

    job: str
    task: str
    choice: Choice
    model: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Edits:
    """How many edits of one model and task were applied, and what was done with them; an edit counts once for
    each thing that was done with it."""

    model: str
    task: str
    applied: int
    kept: int
    reverted: int
    undone: int
    refined: int
    other: int
    reviewed: int

    @property
    def accepted(self) -> float | None:
        """Share of the applied ones that were neither taken back nor replaced; None where there are none."""
        return self.standing / self.applied if self.applied else None

    @property
    def standing(self) -> int:
        return max(0, self.applied - self.reverted - self.undone - self.other)


def insert(rows: sqlite3.Connection, at: float, day: str, outcome: EditOutcome) -> None:
    """Append an outcome. Raises ValueError for a word that is none."""
    if outcome.choice not in get_args(Choice):
        raise ValueError(f"no choice {outcome.choice!r}")
    rows.execute(
        "INSERT INTO edit_outcomes (at, day, job, task, choice, model, language) VALUES (?,?,?,?,?,?,?)",
        (at, day, outcome.job, outcome.task, outcome.choice, outcome.model, outcome.language),
    )


def edits(rows: sqlite3.Connection, since: str) -> tuple[Edits, ...]:
    """By model and task from a local day on; the most applied first. What was taken back or replaced, and
    then came again, is counted as the last of these."""
    counts = ", ".join(map(_count, get_args(Choice)))
    found = rows.execute(
        f"SELECT model, task, {counts} FROM edit_outcomes WHERE day >= ?"
        f" GROUP BY model, task ORDER BY {_count('applied')} DESC, model, task",
        (since,),
    )
    return tuple(Edits(*row) for row in found)


def _count(choice: str) -> str:
    """How many edits a choice counts for, as SQL."""
    last = (
        " AND id = (SELECT max(id) FROM edit_outcomes AS later WHERE later.job = edit_outcomes.job"
        " AND later.choice IN ('applied', 'reverted', 'undone', 'other'))"
    )
    return f"count(DISTINCT CASE WHEN choice = '{choice}'{last if choice in _GONE else ''} THEN job END)"
