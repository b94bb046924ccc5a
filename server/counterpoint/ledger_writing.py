"""What each model has written so far: read from the ledger, at each look only what is new."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from counterpoint.estimating import Expected, Tokens, Writing, Wrote

_MOST = 600
"""Calls of the past that are learned from: older ones tell of another model."""
_FEWEST = 5


class Written:
    """What is known of the models of one ledger. `priors` are the ranges of the tasks' rows."""

    def __init__(self, priors: Mapping[str, Tokens]) -> None:
        self._priors = priors
        self._models: dict[str, Writing] = {}
        self._calls: dict[tuple[str, str], int] = {}
        self._last = -1

    def look(self, rows: sqlite3.Connection) -> None:
        """Learn from the calls settled since the last look. Answers that were cut off or made up for say
        nothing."""
        if self._last < 0:
            newest = rows.execute("SELECT coalesce(max(id), 0) FROM settlements").fetchone()[0]
            self._last = max(0, newest - _MOST)
        query = (
            "SELECT settlements.id, model, task, input_tokens, output_tokens, effort FROM settlements"
            " JOIN calls ON calls.id = call_id WHERE settlements.id > ? AND outcome = 'ok' AND NOT estimated"
            " ORDER BY settlements.id"
        )
        for settlement, model, task, *figures in rows.execute(query, (self._last,)).fetchall():
            self._last = settlement
            known = self._models.setdefault(model, Writing(self._priors))
            known.learn([Wrote(task, *figures)])
            self._calls[model, task] = self._calls.get((model, task), 0) + 1

    def expects(self, model: str, task: str, input_tokens: int, effort: str) -> Expected | None:
        """What a call will write; None while too few are known."""
        if self._calls.get((model, task), 0) < _FEWEST:
            return None
        return self._models[model].expects(task, input_tokens, effort)
