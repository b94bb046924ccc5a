"""A ledger with two months of everything in it, as real calls, looks and choices write it."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from counterpoint.ledger import Caps, Choice, EditOutcome, JobOutcome, Ledger, Look
from counterpoint.ledger_rows import SHADOW
from counterpoint.ledger_trials import VOICES, Measures, Pair
from counterpoint.models import Usage, cost_of, load_catalogue

NOW = datetime(2026, 11, 21, 15, 0)
CAPS = Caps(1e6, 1e6)
_TASKS = (
    ("complete", "gpt-5.5", 2_400, 60, "completion"),
    ("edit", "gpt-5.5", 9_000, 700, "other"),
    ("review", "claude-opus-4-7", 26_000, 3_400, "other"),
    ("verify", "claude-opus-4-7", 14_000, 600, "other"),
    ("ask", "claude-sonnet-4-6", 18_000, 900, "other"),
)
_PARTS = {
    "complete": {"system": 1_100, "instructions": 300, "definitions": 900, "similar": 700, "document": 3_000},
    "edit": {"system": 2_600, "instructions": 2_000, "callers": 9_000, "document": 14_000, "request": 120},
    "review": {"system": 5_200, "instructions": 2_000, "callers": 22_000, "tests": 9_000, "document": 28_000},
    "verify": {"system": 3_100, "document": 30_000, "claims": 1_900},
    "ask": {"system": 1_600, "named": 900, "definitions": 38_000, "request": 90},
}


def rich(file: Path, days: int = 60) -> Ledger:
    """The ledger of somebody who has worked with all of it. Its figures are the same at each run."""
    draw, now = random.Random(7), [0.0]
    ledger = Ledger(file, clock=lambda: now[0])
    for day in range(days - 1, -1, -1):
        at = (NOW - timedelta(days=day)).timestamp()
        if (NOW - timedelta(days=day)).weekday() > 4:
            continue
        for number in range(12):
            now[0] = at - 20_000 + number * 1_500
            _job(ledger, draw, f"{day}-{number}", now)
    now[0] = NOW.timestamp()
    _looks(ledger)
    _trial(ledger, now)
    return ledger


def _job(ledger: Ledger, draw: random.Random, job: str, now: list[float]) -> None:
    task, model, read, wrote, kind = _TASKS[draw.choices(range(len(_TASKS)), (6, 3, 2, 2, 1))[0]]
    _call(ledger, draw, job, task, model, read, wrote, kind)
    if task == "complete":
        what: Any = draw.choices(("accepted", "partly", "rejected", "ignored"), (4, 1, 2, 3))[0]
        ledger.choose(
            Choice(job, task, what, 60, 60 if what == "accepted" else 0, "gpt-5.5", model, "python")
        )
        for after, share in ((30, 0.9), (300, 0.7)):
            if what == "accepted":
                kept = Choice(job, task, "kept", 60, round(60 * share), "gpt-5.5", model, "python", after)
                ledger.choose(kept)
    if task == "edit":
        then: Any = draw.choice(("kept", "kept", "kept", "reverted", "refined"))
        for choice in ("applied", then):
            ledger.ended(EditOutcome(job, task, choice, model, "python"))
    if task in ("edit", "complete"):
        ending: Any = draw.choices(("kept", "tuned", "rewritten", "undone", "dismissed"), (6, 2, 1, 1, 2))[0]
        changed = {"kept": 0.0, "tuned": 0.05, "rewritten": 0.6}.get(ending, 0.0)
        ledger.judged(JobOutcome(job, task, ending, model, "python", changed))
    now[0] += 5


def _call(
    ledger: Ledger, draw: random.Random, job: str, task: str, model: str, read: int, wrote: int, kind: Any
) -> None:
    read, wrote = round(read * draw.lognormvariate(0, 0.3)), round(wrote * draw.lognormvariate(0, 0.6))
    parts = _PARTS[task]
    call = ledger.reserve(
        job=job, task=task, role="fast", provider="openai", model=model, kind=kind,
        upper_usd=1.0, caps=CAPS, language="python", characters=sum(parts.values()), effort="low",
        parts=json.dumps(parts), reason=f"{load_catalogue().model(model).label} fills the role fast",
    )  # fmt: skip
    usage = Usage(read, wrote, round(read * draw.choice((0, 0.4, 0.8))), reasoning_tokens=wrote // 3)
    failed = draw.random() < 0.03
    ledger.settle(
        call,
        usage=usage,
        cost_usd=cost_of(load_catalogue().model(model), usage),
        seconds=0.4 + wrote / 60,
        first_token_seconds=0.4,
        outcome="error" if failed else "ok",
        error="overloaded" if failed else "",
    )


def _looks(ledger: Ledger) -> None:
    fates = ("shown", "shown", "shown", "fixed", "shown", "dismissed", "shown", "resolved", "refuted")
    ledger.looked(_every(fates, "correctness", "logic", "", "Opus 4.7"))
    ledger.looked(_every(fates * 2, "security", "injection", "", "Opus 4.7"))
    ledger.looked(_every(("shown", "shown", "fixed"), "", "", "py-missing-await", ""))
    ledger.looked([Look("", "absent", "/w", "correctness", "", "", "Opus 4.7", "r1")])


def _every(fates: tuple[Any, ...], lens: str, category: str, rule: str, model: str) -> Iterator[Look]:
    for number, fate in enumerate(fates):
        name = f"{lens}{rule}{number // 2}"
        yield Look(name, fate, "/w", lens, category, rule, model, "r1")


def _trial(ledger: Ledger, now: list[float]) -> None:
    terms = ("gpt-5.5", "claude-sonnet-4-6", 0.1, 14)
    trial = ledger.trials.begun(*terms)
    for number in range(40):
        mine: Measures = {"cost_usd": 0.04, "seconds": 4.0 + number % 3, "done": 1.0, "model": "gpt-5.5"}
        theirs: Measures = {
            "cost_usd": 0.02,
            "seconds": 5.5 + number % 4,
            "done": float(number % 9 > 0),
            "model": "o",
        }
        pair = Pair(trial.name, f"t{number}", f"{SHADOW}t{number}", "edit", "python", mine, theirs)
        ledger.trials.add(pair)
    models = ({"model": "gpt-5.5"}, {"model": "claude-opus-4-7"})
    for number in range(5):
        ledger.trials.add(Pair(VOICES, f"v{number}", f"w{number}", "edit", "python", *models))
