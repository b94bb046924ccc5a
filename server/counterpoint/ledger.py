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
    ledger.judged(JobOutcome(job, task, "kept", model, language, changed))
    ledger.outcomes(since), .daily.sums(since)

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
import time
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import get_args

from counterpoint import ledger_choices, ledger_jobs, ledger_judged, ledger_looks, ledger_outcomes
from counterpoint import ledger_rows as sql
from counterpoint.estimating import Expected
from counterpoint.ledger_caps import limits
from counterpoint.ledger_choices import Acceptance as Acceptance
from counterpoint.ledger_choices import Choice as Choice
from counterpoint.ledger_daily import Daily
from counterpoint.ledger_file import LedgerFile
from counterpoint.ledger_file import NotAtOnce as NotAtOnce
from counterpoint.ledger_judged import JobOutcome as JobOutcome
from counterpoint.ledger_judged import Judged as Judged
from counterpoint.ledger_judged import JudgedJob as JudgedJob
from counterpoint.ledger_learned import Learned
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
from counterpoint.ledger_spending import Here, Spending, Spent
from counterpoint.ledger_told import Counted, Figures
from counterpoint.ledger_told import Told as Told
from counterpoint.ledger_trials import Trials
from counterpoint.ledger_writing import Written
from counterpoint.models import Usage
from counterpoint.tasks import TASKS

_RATIOS_SECONDS = 300.0
_ASKED = "SELECT model, task, effort, characters FROM calls WHERE id = ?"


class Ledger(LedgerFile):
    """Synchronous and safe to use from many threads and processes. Opens its file on first use."""

    def __init__(self, file: Path, *, clock: Callable[[], float] = time.time) -> None:
        super().__init__(file, clock=clock)
        self._spending, self._counted = Spending(), Counted()
        self.here = Here()
        """What counts against the budget of a session: of this object, until others share it."""
        self._written = Written({name: task.output_prior for name, task in TASKS.items()})
        self._ratios: tuple[float, dict[tuple[str, str], float]] = (float("-inf"), {})
        self.trials = Trials(self._transaction, self._reading, clock)
        """Trials of another model on live questions."""
        self.learned = Learned(file, clock=clock)
        """What is known of models, for whoever may read nothing."""
        self.daily = Daily(file, clock=clock)
        """What a time came to, for whoever need not see its calls."""

    def close(self) -> None:
        """Close the file. The ledger may be used again afterwards."""
        super().close()
        self.learned.close()
        self.daily.close()

    def _begin(self, rows: sqlite3.Connection) -> None:
        self._spending, self._counted = Spending(), Counted()
        self._counted.read(rows)
        self._written = Written({name: task.output_prior for name, task in TASKS.items()})

    def warm(self) -> None:
        """Open the file and add up what is spent, so that the first call need not. Raises ConfigError."""
        _, day = self._today()
        with self._transaction() as rows:
            self._spending.today(rows, day)

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
        parts: str = "",
        reason: str = "",
        at_once: bool = False,
    ) -> int:
        """Set aside the most a call can cost, before anything is sent; returns the call's id.

        `deadline` is in seconds from now; `language` and `characters` tell what is sent; `parts`, what it is
        made of, and `reason`, why this model is asked, are as `Call` has them. A call that costs nothing
        always passes. Raises BudgetExceeded, and ConfigError if the ledger cannot be written: what cannot be
        recorded must not be spent; `at_once` NotAtOnce where it would have to wait.
        """
        upper = sql.nano(upper_usd)
        now, day = self._today()
        if at_once and self._spending.day != day:
            raise NotAtOnce
        with self._transaction(at_once) as rows:
            if upper:
                share = sql.share_of(job, kind)
                spent = self._spending.today(rows, day)
                sql.check(limits(caps, spent, self.here.whole, share, role), upper)
            times = (now, day, now + deadline)
            names = (job, task, role, provider, model, kind)
            row = (*times, *names, upper, os.getpid(), language, characters, effort, parts, reason)
            call = sql.insert_call(rows, row, sent)
            self.here.begins(call, upper)
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
        answer: int = 0,
    ) -> None:
        """Say what a call cost and how it ended. `error` is an error's code, never its text; `answer` is the
        length of what was answered, which is not kept, but teaches how long tokens are.

        Raises ValueError for a call that was not reserved, ConfigError if the ledger cannot be written.
        """
        if outcome not in get_args(Outcome):
            raise ValueError(f"no outcome {outcome!r}")
        detail = (seconds, first_token_seconds, outcome, error, tier, request_id, vendor_model)
        self._to_write_one()
        with self._transaction() as rows:
            asked = rows.execute(_ASKED, (call_id,)).fetchone()
            if asked is None:
                raise ValueError(f"call {call_id} was not reserved")
            self._spending.catch_up(rows)  # nobody waits here, so that the next call need not
            sql.settle(rows, call_id, self._clock(), sql.nano(cost_usd), usage, detail)
            if outcome == "ok" and not usage.estimated:
                times = (seconds, first_token_seconds)
                self._counted.add(asked[:3], Figures.of(asked[3], usage, *times, answer))
            self.here.ended(call_id, sql.nano(cost_usd))
        self._counted.renew(asked[0])

    def spent_today(self, kind: CallKind | None = None) -> float:
        """USD spent or reserved today by all processes, for one kind of call or all. 0 without a file."""
        _, day = self._today()
        with self._reading() as rows:
            return sql.spent(rows, day, kind) / sql.NANO if rows else 0.0

    def spent(self) -> Spent:
        """Nano-USD spent or reserved today and this month by all processes. Nothing without a file."""
        _, day = self._today()
        with self._reading() as rows:
            return self._spending.today(rows, day) if rows else Spent()

    @property
    def spent_here(self) -> float:
        """USD spent or reserved by calls of this session."""
        return self.here.whole / sql.NANO

    def job(self, job: str) -> tuple[Call, ...]:
        """The calls of one user action, in order."""
        with self._reading() as rows:
            return sql.calls_where(rows, "calls.job = ?", job) if rows else ()

    def calls(self, since: date) -> tuple[Call, ...]:
        """Calls from a local date on, in order."""
        with self._since(since, "calls", "settlements") as rows:
            return sql.calls_where(rows, "calls.day >= ?", since.isoformat()) if rows else ()

    def sent(self, call_id: int) -> tuple[Sent, ...]:
        """What left the machine with a call."""
        query = "SELECT path, sha256, bytes FROM sent WHERE call_id = ? ORDER BY rowid"
        with self._reading() as rows:
            return tuple(Sent(*row) for row in rows.execute(query, (call_id,))) if rows else ()

    def totals(self, since: date) -> tuple[Total, ...]:
        """Sums by model and task from a local date on, dearest first."""
        return ledger_jobs.totals(self.daily.sums(since))

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

    def told(self, model: str, task: str, effort: str) -> Told | None:
        """What vendors' figures say of requests of one kind, as far as this object has learned them: it reads
        no file. None while too few are known."""
        return self._counted.told(model, task, effort)

    def choose(self, choice: Choice) -> None:
        """Write down what became of a suggestion. Raises ConfigError if the ledger cannot be written."""
        with self._transaction() as rows:
            ledger_choices.insert(rows, *self._today(), choice)

    def acceptance(self, since: date) -> tuple[Acceptance, ...]:
        """What became of suggestions, by task and source, from a local date on."""
        return ledger_jobs.acceptance(self.daily.sums(since))

    def looked(self, looks: Iterable[Look]) -> None:
        """Write down what became of findings, and so of their reviews. Raises ConfigError."""
        held = tuple(looks)
        with self._transaction() as rows:
            ledger_looks.insert(rows, *self._today(), held)
            jobs = (one.job for one in held if one.fate not in ("shown", "absent"))
            ledger_judged.reviewed(rows, *self._today(), jobs)

    def precision(self, since: date, root: str | None = None) -> tuple[Precision, ...]:
        """What became of findings by pass, category, rule and model, of one workspace or of all."""
        with self._since(since, "looks") as rows:
            return ledger_looks.precision(rows, since.isoformat(), root) if rows else ()

    def demoted(self, since: date, root: str | None = None) -> frozenset[str]:
        """Kinds of findings (`anchors.kind_of`) that proved of so little use that they show as hints."""
        with self._since(since, "looks") as rows:
            return ledger_looks.demoted(rows, since.isoformat(), root) if rows else frozenset()

    def ended(self, outcome: EditOutcome) -> None:
        """Write down what a user did with an edit. Raises ConfigError if the ledger cannot be written."""
        with self._transaction() as rows:
            ledger_outcomes.insert(rows, *self._today(), outcome)

    def edits(self, since: date) -> tuple[Edits, ...]:
        """What became of edits, by model and task, from a local date on."""
        with self._since(since, "edit_outcomes") as rows:
            return ledger_outcomes.edits(rows, since.isoformat()) if rows else ()

    def judged(self, outcome: JobOutcome) -> None:
        """Write down how a job ended; the latest that is written counts. Raises ConfigError."""
        with self._transaction() as rows:
            ledger_judged.insert(rows, *self._today(), outcome)

    def outcomes(self, since: date) -> tuple[JudgedJob, ...]:
        """How the jobs ended that were judged from a local date on, with what each came to. Meanwhile calls
        are reserved and settled."""
        return self.learned.outcomes(since)
