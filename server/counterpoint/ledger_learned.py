"""What the ledger has taught about models, at hand without reading anything: for menus, which must not wait.

It is looked up anew every few minutes in whatever thread is there for that, by a connection of its own: what
is learned from hundreds of calls takes a third of a second, in which no call may have to wait for its turn.
"""

from __future__ import annotations

import copy
import sqlite3
import time
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

from counterpoint import ledger_judged
from counterpoint import ledger_rows as sql
from counterpoint.errors import ConfigError
from counterpoint.estimating import Expected
from counterpoint.ledger_file import LedgerFile
from counterpoint.ledger_writing import Written
from counterpoint.tasks import TASKS

_FRESH_SECONDS = 180.0


class Learned(LedgerFile):
    """`expects` and `characters_per_token` belong to one thread, `renew` to any."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(file, clock=clock)
        self._at = float("-inf")
        self._learning = Written({name: task.output_prior for name, task in TASKS.items()})
        self._written: Written | None = None
        self._ratios: Mapping[tuple[str, str], float] = {}

    def _begin(self, rows: sqlite3.Connection) -> None:
        self._learning = Written({name: task.output_prior for name, task in TASKS.items()})

    def renew(self) -> None:
        """Look anew if the last look is some minutes old. Reads the ledger; what cannot be read teaches
        nothing."""
        now = self._clock()
        if now - self._at < _FRESH_SECONDS:
            return
        self._at = now
        try:
            with self._reading() as rows:
                if rows is None:
                    return
                self._learning.look(rows)
                self._written, self._ratios = copy.deepcopy(self._learning), sql.ratios(rows)
        except ConfigError:
            return

    def expects(self, model: str, task: str, input_tokens: int, effort: str) -> Expected | None:
        """The tokens a call will write; None while too few are known."""
        written = self._written
        return written.expects(model, task, input_tokens, effort) if written else None

    def characters_per_token(self, model: str) -> float | None:
        """As reported for the latest calls; None while too few are known."""
        return self._ratios.get((model, ""))

    def outcomes(self, since: date) -> tuple[ledger_judged.JudgedJob, ...]:
        """As `Ledger.outcomes`. Those of a quarter take half a second."""
        with self._since(since, "job_outcomes", "calls", "settlements") as rows:
            return ledger_judged.outcomes(rows, since.isoformat()) if rows else ()
