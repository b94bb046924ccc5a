"""The ledger: every call with its job, tokens, cost, latency and outcome, and what left the machine.

    ledger = Ledger(folders().state / "ledger.sqlite3")
    call = ledger.reserve(job=, task=, role=, provider=, model=, kind="completion" | "other", upper_usd=,
                          sent=[Sent(path, sha256, size)], caps=Caps(day_usd, completions_day_usd),
                          language=, characters=)
    ledger.settle(call, usage=, cost_usd=, seconds=, first_token_seconds=, outcome=, error=, tier=,
                  request_id=, vendor_model=)
    ledger.spent_today(kind=None), .totals(since), .job(job), .sent(call)
    ledger.characters_per_token(model, language)
    ledger.choose(Choice(job, task, what, shown, taken)), .acceptance(since)
    ledger.looked([Look.of(finding, "shown", root)]), .precision(since, root), .demoted(since, root)
    ledger.ended(EditOutcome(job, task, "reverted", model)), .edits(since)

Rows are only ever appended. A call begins as a row of `calls` that reserves the most it can cost; a row of
`settlements` says later what it did cost, and the latest such row of a call counts. One file serves all
editors and the command line: reserving looks at everything spent or reserved today, by any process, in the
same transaction, so the day's caps hold however many race for them.

A call without a settlement counts at its reserved cost: while it runs it may still cost that, and if its
process died nobody knows what the vendor billed. Whoever opens the ledger a minute or more after the
call's deadline settles it as `lost` at that cost, marked as estimated; should its process wake after all,
its own settlement replaces that.
Days are local dates, and a call belongs to the day it was reserved.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

from counterpoint import ledger_choices, ledger_looks, ledger_outcomes
from counterpoint import ledger_rows as sql
from counterpoint.database import failure, open_database
from counterpoint.estimating import Expected
from counterpoint.ledger_caps import limits
from counterpoint.ledger_choices import Acceptance as Acceptance
from counterpoint.ledger_choices import Choice as Choice
from counterpoint.ledger_looks import Look as Look
from counterpoint.ledger_looks import Precision as Precision
from counterpoint.ledger_outcomes import EditOutcome as EditOutcome
from counterpoint.ledger_outcomes import Edits as Edits
from counterpoint.ledger_rows import Call as Call
from counterpoint.ledger_rows import CallKind as CallKind
from counterpoint.ledger_rows import Caps as Caps
from counterpoint.ledger_rows import Outcome as Outcome
from counterpoint.ledger_rows import Sent as Sent
from counterpoint.ledger_rows import Total as Total
from counterpoint.ledger_schema import DATABASE
from counterpoint.ledger_spending import Spending
from counterpoint.ledger_writing import Written
from counterpoint.models import Usage
from counterpoint.tasks import TASKS

_GRACE_SECONDS = 60.0
_LOST_DAYS = 30
_RATIOS_SECONDS = 300.0


class Ledger:
    """Synchronous and safe to use from many threads and processes. Opens its file on first use."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        self.file = file
        self.notice = ""
        """What the user should know about the file, such as that a damaged one was moved aside."""
        self._clock = clock
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._spending = Spending()
        self._mine: dict[int, int] = {}
        """Nano-USD reserved by calls of this object that run, by their ids."""
        self._done = 0
        self._written = Written({name: task.output_prior for name, task in TASKS.items()})
        self._ratios: tuple[float, dict[tuple[str, str], float]] = (float("-inf"), {})

    def reserve(
        self,
        *,
        job: str,
        task: str,
        role: str,
        provider: str,
        model: str,
        kind: CallKind,
        upper_usd: float,
        caps: Caps,
        sent: Iterable[Sent] = (),
        deadline: float = 600.0,
        language: str = "",
        characters: int = 0,
        effort: str = "",
    ) -> int:
        """Set aside the most a call can cost, before anything is sent; returns the call's id.

        `deadline` is in seconds from now; `language` and `characters` tell what is sent. A call that costs
        nothing always passes. Raises BudgetExceeded, and ConfigError if the ledger cannot be written: what
        cannot be recorded must not be spent.
        """
        upper = sql.nano(upper_usd)
        now = self._clock()
        day = date.fromtimestamp(now).isoformat()
        with self._transaction() as rows:
            if upper:
                share = "automatic" if job.startswith(sql.AUTOMATIC) else kind
                spent = self._spending.today(rows, day)
                sql.check(limits(caps, spent, sum(self._mine.values()) + self._done, share, role), upper)
            times = (now, day, now + deadline)
            names = (job, task, role, provider, model, kind)
            row = (*times, *names, upper, os.getpid(), language, characters, effort)
            call = sql.insert_call(rows, row, sent)
            self._mine[call] = upper
            return call

    def settle(
        self,
        call_id: int,
        *,
        usage: Usage,
        cost_usd: float,
        seconds: float,
        outcome: Outcome,
        first_token_seconds: float | None = None,
        error: str = "",
        tier: str | None = None,
        request_id: str | None = None,
        vendor_model: str | None = None,
    ) -> None:
        """Say what a call cost and how it ended. `error` is an error's code, never its text.

        Raises ValueError for a call that was not reserved, ConfigError if the ledger cannot be written.
        """
        if outcome not in get_args(Outcome):
            raise ValueError(f"no outcome {outcome!r}")
        detail = (seconds, first_token_seconds, outcome, error, tier, request_id, vendor_model)
        with self._transaction() as rows:
            if rows.execute("SELECT 1 FROM calls WHERE id = ?", (call_id,)).fetchone() is None:
                raise ValueError(f"call {call_id} was not reserved")
            sql.settle(rows, call_id, self._clock(), sql.nano(cost_usd), usage, detail)
            if self._mine.pop(call_id, None) is not None:
                self._done += sql.nano(cost_usd)

    def spent_today(self, kind: CallKind | None = None) -> float:
        """USD spent or reserved today by all processes, for one kind of call or all. 0 without a file."""
        day = date.fromtimestamp(self._clock()).isoformat()
        with self._reading() as rows:
            return sql.spent(rows, day, kind) / sql.NANO if rows else 0.0

    @property
    def spent_here(self) -> float:
        """USD spent or reserved by calls of this object."""
        return (self._done + sum(tuple(self._mine.values()))) / sql.NANO

    def job(self, job: str) -> tuple[Call, ...]:
        """The calls of one user action, in order."""
        return self._calls("calls.job = ?", job)

    def calls(self, since: date) -> tuple[Call, ...]:
        """Calls from a local date on, in order."""
        return self._calls("calls.day >= ?", since.isoformat())

    def sent(self, call_id: int) -> tuple[Sent, ...]:
        """What left the machine with a call."""
        query = "SELECT path, sha256, bytes FROM sent WHERE call_id = ? ORDER BY rowid"
        with self._reading() as rows:
            return tuple(Sent(*row) for row in rows.execute(query, (call_id,))) if rows else ()

    def totals(self, since: date) -> tuple[Total, ...]:
        """Sums by model and task from a local date on, dearest first."""
        groups: dict[tuple[str, str], list[Call]] = {}
        for call in self.calls(since):
            groups.setdefault((call.model, call.task), []).append(call)
        totals = (sql.total(model, task, calls) for (model, task), calls in groups.items())
        return tuple(sorted(totals, key=lambda total: (-total.cost_usd, total.model, total.task)))

    def characters_per_token(self, model: str, language: str) -> float | None:
        """As reported for the latest calls in a language, or in any; None while too few are known.

        Looked up anew every few minutes. Raises ConfigError if the ledger cannot be read.
        """
        now = self._clock()
        at, known = self._ratios
        if now - at >= _RATIOS_SECONDS:
            with self._reading() as rows:
                known = sql.ratios(rows) if rows else {}
            self._ratios = (now, known)
        return known.get((model, language), known.get((model, "")))

    def expects(self, model: str, task: str, input_tokens: int, effort: str) -> Expected | None:
        """The tokens a call will write, as learned from those before it; None while too few are known.

        Raises ConfigError if the ledger cannot be read.
        """
        with self._reading() as rows:
            if rows:
                self._written.look(rows)
            return self._written.expects(model, task, input_tokens, effort)

    def choose(self, choice: Choice) -> None:
        """Write down what became of a suggestion. Raises ConfigError if the ledger cannot be written."""
        now = self._clock()
        with self._transaction() as rows:
            ledger_choices.insert(rows, now, date.fromtimestamp(now).isoformat(), choice)

    def acceptance(self, since: date) -> tuple[Acceptance, ...]:
        """What became of suggestions, by task and source, from a local date on."""
        with self._reading() as rows:
            return ledger_choices.acceptance(rows, since.isoformat()) if rows else ()

    def looked(self, looks: Iterable[Look]) -> None:
        """Write down what became of findings. Raises ConfigError if the ledger cannot be written."""
        now = self._clock()
        with self._transaction() as rows:
            ledger_looks.insert(rows, now, date.fromtimestamp(now).isoformat(), looks)

    def precision(self, since: date, root: str | None = None) -> tuple[Precision, ...]:
        """What became of findings by pass, category, rule and model from a local date on, of one workspace
        or of all."""
        with self._reading() as rows:
            return ledger_looks.precision(rows, since.isoformat(), root) if rows else ()

    def demoted(self, since: date, root: str | None = None) -> frozenset[str]:
        """Kinds of findings (`anchors.kind_of`) that proved of so little use that they show as hints."""
        with self._reading() as rows:
            return ledger_looks.demoted(rows, since.isoformat(), root) if rows else frozenset()

    def ended(self, outcome: EditOutcome) -> None:
        """Write down what a user did with an edit. Raises ConfigError if the ledger cannot be written."""
        now = self._clock()
        with self._transaction() as rows:
            ledger_outcomes.insert(rows, now, date.fromtimestamp(now).isoformat(), outcome)

    def edits(self, since: date) -> tuple[Edits, ...]:
        """What became of edits, by model and task, from a local date on."""
        with self._reading() as rows:
            return ledger_outcomes.edits(rows, since.isoformat()) if rows else ()

    def close(self) -> None:
        """Close the file. The ledger may be used again afterwards."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _calls(self, where: str, value: str) -> tuple[Call, ...]:
        with self._reading() as rows:
            return sql.calls_where(rows, where, value) if rows else ()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction: everything inside is kept, or nothing."""
        with self._lock:
            try:
                connection = self._opened()
                connection.execute("BEGIN IMMEDIATE")
                with connection:
                    yield connection
            except sqlite3.Error as error:
                raise failure(self.file, DATABASE, error) from error

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection to read from; None if there is no file, which reading does not create."""
        with self._lock:
            if self._connection is None and not self.file.exists():
                yield None
                return
            try:
                yield self._opened()
            except sqlite3.Error as error:
                raise failure(self.file, DATABASE, error) from error

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            opened = open_database(self.file, DATABASE)
            self._spending = Spending()
            self._written = Written({name: task.output_prior for name, task in TASKS.items()})
            self._connection, self.notice = opened.connection, opened.notice
            self._settle_lost(self._connection)
        return self._connection

    def _settle_lost(self, connection: sqlite3.Connection) -> None:
        now = self._clock()
        since = (date.fromtimestamp(now) - timedelta(days=_LOST_DAYS)).isoformat()
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            sql.settle_lost(connection, since, now - _GRACE_SECONDS, now)
