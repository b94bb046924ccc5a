"""What was before an editor is opened: much use of two models, one the better, and a trial that is due."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from counterpoint.ledger import Caps, JobOutcome, Ledger
from counterpoint.ledger_trials import Measures, Pair
from counterpoint.models import Usage
from counterpoint.paths import folders

FIRST, OTHER = "gpt-5.5", "claude-opus-4-7"
DAY = 86_400.0
JOBS, PAIRS = 300, 60
USD = {FIRST: 0.004, OTHER: 0.0016}
SPENT = JOBS * sum(USD.values())
"""What all jobs come to, in USD, all of it today: a few days ago may be another month."""
MONTH = 2.4
"""A cap of the month of which that is the greatest share of any cap."""
VERDICT = "Over 14 days and 60 questions, Opus 4.7 answered at "
SUGGESTION = "On your code, what Opus 4.7 answers to edit is kept 30 points more often than GPT-5.5's ("


def ledger(home: Path, clock: Callable[[], float] = time.time) -> Ledger:
    """The ledger of the user whose folders lie under `home`."""
    found = folders({"COUNTERPOINT_HOME": str(home)}).state / "ledger.sqlite3"
    found.parent.mkdir(parents=True, exist_ok=True)
    return Ledger(found, clock=clock)


def suggesting(home: Path) -> None:
    """Edits of which more was kept where the cheaper model had made them."""
    held = ledger(home)
    for model, kept in ((OTHER, 290), (FIRST, 200)):
        for nth in range(JOBS):
            _job(held, f"{model}{nth}", model, kept=nth < kept)
    held.close()


def _job(held: Ledger, job: str, model: str, *, kept: bool) -> None:
    call = held.reserve(
        job=job, task="edit", role="fast", provider="x", model=model, kind="other", upper_usd=USD[model],
        caps=Caps(1_000.0, 1_000.0),
    )  # fmt: skip
    held.settle(call, usage=Usage(), cost_usd=USD[model], seconds=1.0, outcome="ok")
    held.judged(JobOutcome(job, "edit", "kept" if kept else "undone", model))


def trial_due(home: Path) -> None:
    """A trial of two weeks that began before them, whose pairs are all there."""
    held = ledger(home, lambda: time.time() - 15 * DAY)
    begun = held.trials.begun(FIRST, OTHER, 1.0, 14)
    for nth in range(PAIRS):
        cost = 0.01 * (1 + nth % 5)
        mine: Measures = {"model": FIRST, "cost_usd": cost, "seconds": 2.0 + nth % 3, "done": 1.0}
        theirs: Measures = {"model": OTHER, "cost_usd": 0.4 * cost, "seconds": 3.5 + nth % 4, "done": 1.0}
        held.trials.add(Pair(begun.name, f"j{nth}", f"shadow-j{nth}", "edit", "python", mine, theirs))
    held.close()
