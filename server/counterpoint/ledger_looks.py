"""What became of findings: rows of the ledger as values, their SQL, and which kinds are too noisy.

A finding is known by its id, however often it was bought or shown, and its last fate counts. What nobody
decided on (only "shown") says nothing for or against its kind.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from counterpoint.answers import Finding

Fate: TypeAlias = Literal["shown", "fixed", "dismissed", "refuted", "resolved", "absent"]
"""`fixed`: its quick fix was applied. `resolved`: its code was edited, and the next run does not find it any
more. `dismissed`: somebody said so. `refuted`: a second look contradicts it. `absent`: what a model quoted
does not stand in the file, so that there was no finding."""

FEWEST = 12
"""Decided findings of a kind before it is judged."""
_NOISY, _QUIET = 0.35, 0.5
_Z = 1.96


@dataclass(frozen=True, slots=True)
class Look:
    """One look at one finding. `finding` is its id, "" for a quote that was absent; `root` its workspace."""

    finding: str
    fate: Fate
    root: str
    lens: str
    category: str = ""
    rule: str = ""
    model: str = ""
    job: str = ""

    @classmethod
    def of(cls, finding: Finding, fate: Fate, root: str) -> Look:
        """A look at a finding that there is."""
        names = (finding.lens, finding.category, finding.rule, finding.model, finding.job)
        return cls(finding.id, fate, root, *names)


@dataclass(frozen=True, slots=True)
class Precision:
    """How many findings of one pass, category, rule and model met which fate; a finding counts once.

    `shown` counts all that were shown, whatever became of them.
    """

    lens: str
    category: str
    rule: str
    model: str
    shown: int
    fixed: int
    dismissed: int
    refuted: int
    resolved: int
    absent: int

    @property
    def kind(self) -> str:
        return self.rule or f"{self.lens}/{self.category}"

    @property
    def decided(self) -> int:
        return self.fixed + self.resolved + self.dismissed + self.refuted

    @property
    def useful(self) -> float | None:
        """Share of the decided ones that led to a change; None where none is decided."""
        return (self.fixed + self.resolved) / self.decided if self.decided else None


def insert(rows: sqlite3.Connection, at: float, day: str, looks: Iterable[Look]) -> None:
    """Append looks. Raises ValueError for a word that is no fate."""
    held = tuple(looks)
    if bad := next((look.fate for look in held if look.fate not in get_args(Fate)), None):
        raise ValueError(f"no fate {bad!r}")
    rows.executemany(
        "INSERT INTO looks (at, day, root, job, finding, fate, lens, category, rule, model)"
        " VALUES (?,?,?,?,?,?,?,?,?,?)",
        [
            (at, day, one.root, one.job, one.finding, one.fate, one.lens, one.category, one.rule, one.model)
            for one in held
        ],
    )


_LAST = (
    "SELECT lens, category, rule, model, finding, root, max(id) AS id,"
    " max(fate = 'shown') AS shown FROM looks"
    " WHERE day >= ?1 AND (?2 IS NULL OR root = ?2) AND finding != '' AND fate {fates}"
    " GROUP BY root, finding, lens, category, rule, model"
)


def precision(rows: sqlite3.Connection, since: str, root: str | None) -> tuple[Precision, ...]:
    """From a local day on; the most shown first."""
    names = "lens, category, rule, model"
    found: dict[tuple[str, str, str, str], list[int]] = {}
    shown = _LAST.format(fates="= 'shown'")
    decided = _LAST.format(fates="NOT IN ('shown', 'absent')")
    fates = ("fixed", "dismissed", "refuted", "resolved")
    sums = ", ".join(f"sum(looks.fate = '{fate}')" for fate in fates)
    own = ", ".join(f"last.{name}" for name in names.split(", "))
    queries = (
        (f"SELECT {names}, count(*), 0, 0, 0, 0, 0 FROM ({shown}) GROUP BY {names}"),
        (
            f"SELECT {own}, 0, {sums}, 0 FROM ({decided}) AS last JOIN looks ON looks.id = last.id"
            f" GROUP BY {own}"
        ),
        (
            f"SELECT {names}, 0, 0, 0, 0, 0, count(*) FROM looks WHERE day >= ?1"
            f" AND (?2 IS NULL OR root = ?2) AND fate = 'absent' GROUP BY {names}"
        ),
    )
    for query in queries:
        for row in rows.execute(query, (since, root)):
            counts = found.setdefault((row[0], row[1], row[2], row[3]), [0] * 6)
            counts[:] = [one + more for one, more in zip(counts, row[4:], strict=True)]
    made = [Precision(*names, *counts) for names, counts in found.items()]
    return tuple(sorted(made, key=lambda one: (-one.shown, one.lens, one.category, one.rule, one.model)))


def demoted(rows: sqlite3.Connection, since: str, root: str | None) -> frozenset[str]:
    """Kinds that are too noisy by what was decided from a local day on."""
    decided = _LAST.format(fates="NOT IN ('shown', 'absent')")
    found = rows.execute(
        "SELECT last.lens, last.category, last.rule, looks.fate"
        f" FROM ({decided}) AS last JOIN looks ON looks.id = last.id ORDER BY last.id",
        (since, root),
    )
    return noisy(
        (rule or f"{lens}/{category}", fate in ("fixed", "resolved")) for lens, category, rule, fate in found
    )


def noisy(decisions: Iterable[tuple[str, bool]]) -> frozenset[str]:
    """Kinds whose findings are seldom of use; `decisions` are (kind, was it of use), oldest first.

    A kind is demoted when, of at least `FEWEST` decisions, even the upper end of the interval in which its
    usefulness lies (Wilson, 95 %) is below 35 %. It comes back only when that end has risen to 50 %, so that
    one decision more or less does not switch it to and fro.
    """
    counts: dict[str, tuple[int, int]] = {}
    found: set[str] = set()
    for kind, useful in decisions:
        good, all_ = counts.get(kind, (0, 0))
        good, all_ = good + useful, all_ + 1
        counts[kind] = good, all_
        _, most = interval(good, all_)
        if all_ >= FEWEST and most < _NOISY:
            found.add(kind)
        elif most >= _QUIET:
            found.discard(kind)
    return frozenset(found)


def interval(good: int, all_: int) -> tuple[float, float]:
    """Wilson's interval at 95 % for a share, 0..1; (0, 1) where nothing is known."""
    if not all_:
        return 0.0, 1.0
    share, square = good / all_, _Z * _Z / all_
    middle = share + square / 2
    reach = _Z * math.sqrt(share * (1 - share) / all_ + square / (4 * all_))
    return max(0.0, (middle - reach) / (1 + square)), min(1.0, (middle + reach) / (1 + square))


def said(kind: str) -> str:
    """Why a finding of a demoted kind shows as a hint, for the user."""
    return f"Shown as a hint: findings of the kind {kind} were seldom of use in this workspace."
