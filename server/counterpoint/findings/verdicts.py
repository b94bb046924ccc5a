"""What the review of a unit brought, by the key of all that went into it. Bought once."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from counterpoint.anchors import Anchored
from counterpoint.answers import Dropped
from counterpoint.findings.coding import decoded, dropped_of, dropped_text, encoded

Stage: TypeAlias = Literal["found", "verified"]
"""How far a unit has come: what is still missing is bought when it is resumed."""

_COLUMNS = "key, path, stage, findings, dropped, whole, relied, job, model, cost_usd, at"
_AT_ONCE = 500
"""Keys asked for in one statement."""


@dataclass(frozen=True, slots=True)
class Bought:
    """What was bought under a key.

    `path` is the file the unit lay in, whatever it is called now; findings may lie in others. `whole` is
    False where the answer was cut off. `relied` are the contracts of other files' functions, by name.
    `cost_usd` is what it took, `at` (a Unix time) when; 0 means now when it is kept.
    """

    key: str
    path: str
    stage: Stage
    findings: tuple[Anchored, ...]
    dropped: tuple[Dropped, ...] = ()
    whole: bool = True
    relied: Mapping[str, str] = field(default_factory=dict)
    job: str = ""
    model: str = ""
    cost_usd: float = 0.0
    at: float = 0.0


def keep(rows: sqlite3.Connection, now: float, bought: Bought) -> None:
    """Keep it in place of what was kept under its key."""
    rows.execute(
        f"INSERT OR REPLACE INTO verdicts ({_COLUMNS}, used) VALUES (?,?,?,?,?,?,?,?,?,?,?,?)",
        (
            *(bought.key, bought.path, bought.stage, encoded(bought.findings)),
            *(dropped_text(bought.dropped), bought.whole, json.dumps(dict(bought.relied))),
            *(bought.job, bought.model, bought.cost_usd, bought.at or now, now),
        ),
    )


def of_keys(rows: sqlite3.Connection, now: float, keys: Sequence[str]) -> dict[str, Bought]:
    """What is kept under some keys. That it was asked for is noted, so that it does not expire."""
    found: dict[str, Bought] = {}
    for first in range(0, len(keys), _AT_ONCE):
        some = keys[first : first + _AT_ONCE]
        marks = ",".join("?" * len(some))
        for row in rows.execute(f"SELECT {_COLUMNS} FROM verdicts WHERE key IN ({marks})", some):
            found[row[0]] = _bought(*row)
        rows.execute(f"UPDATE verdicts SET used = ? WHERE key IN ({marks})", (now, *some))
    return found


def _bought(
    key: str, path: str, stage: Stage, findings: str, dropped: str, whole: int, relied: str, *rest: object
) -> Bought:
    job, model, cost, at = rest
    return Bought(
        *(key, path, stage, decoded(findings), dropped_of(dropped), bool(whole), json.loads(relied)),
        *(str(job), str(model), float(str(cost)), float(str(at))),
    )
