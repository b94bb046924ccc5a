"""What the figures say is told once, by one of many processes, with how to act on it."""

from __future__ import annotations

import time
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from counterpoint.engine import Engine
from counterpoint.flows.advising import advice, news
from counterpoint.ledger import Caps, JobOutcome, Ledger
from counterpoint.ledger_trials import Measures, Pair
from counterpoint.models import Usage, load_catalogue
from counterpoint.settings import Providers, Settings
from counterpoint.tasks import EDIT
from tests.asking import Said, engine

FIRST, OTHER = "gpt-5.5", "claude-opus-4-7"


def fill(ledger: Ledger, good: int = 290, other_good: int = 200) -> None:
    for model, usd, kept in ((OTHER, 0.008, good), (FIRST, 0.02, other_good)):
        for nth in range(300):
            job = f"{model}{nth}"
            call = ledger.reserve(
                job=job, task="edit", role="fast", provider="x", model=model, kind="other", upper_usd=usd,
                caps=Caps(1_000.0, 1_000.0),
            )  # fmt: skip
            ledger.settle(call, usage=Usage(), cost_usd=usd * (0.9 + nth % 3 / 10), seconds=1.0, outcome="ok")
            ledger.judged(JobOutcome(job, "edit", "kept" if nth < kept else "undone", model))


def another(asked: Engine) -> Engine:
    """The engine of another process."""
    return Engine(asked.settings, asked.catalogue, Ledger(asked.ledger.file), asked.ports)


@pytest.mark.asyncio
async def test_a_better_model_is_suggested_once_with_the_line_that_acts_on_it(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    assert await news(asked) == ()
    fill(asked.ledger)
    (said,) = await news(asked)
    assert said.startswith(
        "On your code, what Opus 4.7 answers to edit is kept 30 points more often than GPT-5.5's ("
    )
    line = 'roles = { edit = ["claude-opus-4-7", "gpt-5.5"] }'
    assert "for 0.40 of the price (0.39-0.41). To have it asked first" in said
    assert said.endswith(f"put {line} at the top of your config.toml.")
    assert await news(asked) == () == await news(another(asked))
    (again,) = await advice(asked)
    assert again.whole == said, "the costs still show it"
    roles = replace(asked.settings, roles={"deep": (OTHER,)})
    (among,) = await advice(Engine(roles, asked.catalogue, asked.ledger, asked.ports))
    assert (among.line, among.place) == ('edit = ["claude-opus-4-7", "gpt-5.5"]', "among the roles in")
    followed = Engine(asked.settings, load_catalogue(tomllib.loads(again.line)), asked.ledger, asked.ports)
    assert (await followed.route(EDIT)).first.model.name == OTHER
    assert await advice(followed) == (), "who has followed it hears of it no more"


@pytest.mark.asyncio
async def test_without_a_difference_or_a_vendor_nothing_is_said(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    fill(asked.ledger, 210, 205)
    assert await news(asked) == ()
    better = engine(Said([]), tmp_path / "b")
    fill(better.ledger)
    for settings, usable in (
        (replace(Settings(), providers=Providers(allow=("openai",))), better.ports),
        (Settings(), engine(Said([]), tmp_path, usable=frozenset({"openai"})).ports),
        (Settings(), engine(Said([]), tmp_path, usable=frozenset()).ports),
    ):
        assert await news(Engine(settings, better.catalogue, better.ledger, usable)) == ()


@pytest.mark.asyncio
async def test_a_trial_whose_days_are_over_is_concluded_by_one_and_told_by_that_one(tmp_path: Path) -> None:
    past = Ledger(tmp_path / "ledger.sqlite3", clock=lambda: time.time() - 20 * 86_400)
    begun = past.trials.begun(FIRST, "gone-model", 0.1, 14)
    running = past.trials.begun(OTHER, FIRST, 0.1, 30)
    mine: Measures = {"model": FIRST, "cost_usd": 0.02, "seconds": 2.0, "done": 1.0}
    theirs: Measures = {"model": "gone-model", "cost_usd": 0.01, "seconds": 1.0, "done": 1.0}
    for nth in range(40):
        past.trials.add(Pair(begun.name, f"j{nth}", f"shadow-j{nth}", "edit", "python", mine, theirs))
    asked = engine(Said([]), tmp_path)
    told = [*await news(asked), *await news(another(asked))]
    assert len(told) == 1
    assert told[0].startswith(
        "Over 14 days and 40 questions, gone-model answered at 0.50 of the price of GPT-5.5"
    )
    ended = {one.name: one.verdict for one in asked.ledger.trials.all()}
    assert ended == {begun.name: told[0], running.name: ""}


@pytest.mark.asyncio
async def test_a_ledger_that_cannot_be_read_says_nothing(tmp_path: Path) -> None:
    asked = engine(Said([]), tmp_path)
    asked.ledger.file.mkdir()
    assert await news(asked) == ()
