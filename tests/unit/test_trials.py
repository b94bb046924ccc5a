"""What a trial comes to in words: only what its intervals allow, from pairs whose truth is known."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from counterpoint import trials
from counterpoint.ledger import EditOutcome, Ledger
from counterpoint.ledger_trials import VOICES, Measures, Pair, Trial

DAY = 86_400.0
TRIAL = Trial("t", "gpt-5.5", "claude-opus-4-7", 0.1, 14, 1_000_000.0, None, "", 0)


def pairs(
    count: int,
    *,
    price: float = 1.0,
    later: float = 0.0,
    done: tuple[float, float] = (0.8, 0.8),
    seed: int = 1,
) -> list[Pair]:
    """Pairs of a model of which another differs by so much."""
    draw = random.Random(seed)
    found = []
    for nth in range(count):
        cost, seconds = draw.lognormvariate(-4, 0.6), draw.lognormvariate(1, 0.4)
        mine: Measures = {
            "model": "gpt-5.5",
            "cost_usd": cost,
            "seconds": seconds,
            "done": float(draw.random() < done[0]),
        }
        theirs: Measures = {
            "model": "claude-opus-4-7",
            "cost_usd": price * cost * draw.lognormvariate(-0.005, 0.1),
            "seconds": max(0.1, seconds + draw.gauss(later, 0.6)),
            "done": float(draw.random() < done[1]),
        }
        found.append(Pair("t", f"j{nth}", f"shadow-j{nth}", "edit", "python", mine, theirs))
    return found


def test_a_cheaper_slower_model_as_good_is_told_so() -> None:
    said = trials.verdict(pairs(212, price=0.41, later=1.3), 14, "GPT-5.5", "Opus 4.7")
    assert said.startswith(
        "Over 14 days and 212 questions, Opus 4.7 answered at 0.41 of the price of GPT-5.5 (0."
    )
    assert " s later (" in said
    assert "answers of use as often (" in said


def test_a_better_dearer_quicker_one_is_told_so() -> None:
    said = trials.verdict(pairs(250, price=2.0, later=-0.8, done=(0.6, 0.9)), 3, "A", "B")
    assert "B answered at 2.0" in said or "B answered at 1.9" in said
    assert " s earlier (" in said and "answers of use more often (+" in said


def test_one_that_is_alike_is_told_so() -> None:
    said = trials.verdict(pairs(200), 14, "A", "B")
    assert "at the same price as A as far as can be told" in said
    assert "as fast (" in said and "as often (" in said


@pytest.mark.parametrize("count", [0, 1, trials.FEWEST - 1])
def test_too_few_say_nothing(count: int) -> None:
    said = trials.verdict(pairs(count, price=0.1), 14, "A", "B")
    assert said.endswith("too few to say anything.") and "price" not in said


def test_other_measures_are_told_where_both_have_them() -> None:
    some = [
        replace(
            one,
            model={**one.model, "similar": 0.5, "absent": 0.0, "found": 0.6, "first_token_seconds": 1.0},
            other={**one.other, "similar": 0.7, "absent": 1.0, "found": 0.6, "first_token_seconds": 0.5},
        )
        for one in pairs(40)
    ]
    said = trials.verdict(some, 1, "A", "B")
    assert said.startswith("Over 1 day and 40 questions")
    assert "its first words 0.5 s earlier" in said
    assert "completions closer to what you kept (+20 to +20 points; you had only seen A's)" in said
    assert "more quotes that stand nowhere (+1.00 to +1.00 an answer)" in said
    assert "as many of all findings" in said
    lacking = [replace(one, other={"model": "b", "cost_usd": None}) for one in some]
    assert trials.figures(lacking) == ()


def test_free_models_have_no_price_to_compare() -> None:
    free = [replace(one, model={**one.model, "cost_usd": 0.0}) for one in pairs(40)]
    assert [one.name for one in trials.figures(free)] == ["seconds", "done"]
    assert "answered beside A" in trials.verdict(free, 2, "A", "B")


def test_without_a_difference_one_is_seldom_told() -> None:
    wrong = {"cost_usd": 0, "seconds": 0, "done": 0}
    for seed in range(200):
        for one in trials.figures(pairs(150, seed=seed)):
            middle = 1.0 if one.name == "cost_usd" else 0.0
            wrong[one.name] += not one.low <= middle <= one.high
    assert all(count <= 20 for count in wrong.values()), wrong


@pytest.mark.parametrize(
    ("trial", "after", "ends"),
    [
        (TRIAL, 13.9 * DAY, False),
        (TRIAL, 14 * DAY, True),
        (replace(TRIAL, pairs=trials.ENOUGH), 0.0, True),
        (replace(TRIAL, ended=2_000_000.0), 30 * DAY, False),
    ],
)
def test_a_trial_ends_after_its_days_or_with_enough_pairs(trial: Trial, after: float, ends: bool) -> None:
    assert trials.due(trial, TRIAL.began + after) is ends


def test_trials_are_seen_with_their_figures(tmp_path: Path) -> None:
    held = Ledger(tmp_path / "l.sqlite3").trials
    begun = held.begun("gpt-5.5", "claude-opus-4-7", 0.1, 14)
    for one in pairs(30, price=0.5):
        held.add(replace(one, trial=begun.name))
    (seen,) = trials.seen(held)
    assert seen.trial.pairs == 30
    assert [one.name for one in seen.figures] == ["cost_usd", "seconds", "done"]


def test_which_of_two_voices_stands_in_the_end(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "l.sqlite3")
    mine: Measures = {"model": "gpt-5.5"}
    theirs: Measures = {"model": "claude-opus-4-7"}
    ends = (
        (("other",), ("applied",)),
        (("other",), ("applied", "kept")),
        (("other", "applied"), ("applied",)),
        (("other", "applied", "kept"), ("applied", "undone")),
        (("other",), ("applied", "reverted")),
        (("other",), ("applied", "undone")),
        (("other",), ("applied", "other")),
        ((), ()),
    )
    for nth, jobs in enumerate(ends):
        ledger.trials.add(Pair(VOICES, f"a{nth}", f"b{nth}", "edit", "python", mine, theirs))
        for job, choices in zip("ab", jobs, strict=True):
            for choice in choices:
                ledger.ended(EditOutcome(f"{job}{nth}", "edit", choice))  # type: ignore[arg-type]
    (found,) = ledger.trials.voices(date.today())
    assert (found.task, found.model, found.other) == ("edit", "gpt-5.5", "claude-opus-4-7")
    assert (found.asked, found.other_stands, found.model_stands) == (8, 3, 2)
    assert ledger.trials.all() == ()


def test_what_was_kept_of_completions_is_told_with_whose_were_seen() -> None:
    draw = random.Random(4)
    some = []
    for one in pairs(60):
        mine = {**one.model, "similar": draw.choice((1.0, 0.9))}
        some.append(replace(one, model=mine, other={**one.other, "similar": 0.4}))
    said = trials.verdict(some, 14, "GPT-5.5", "Opus 4.7")
    assert "completions less close to what you kept (" in said
    assert "; you had only seen GPT-5.5's)" in said
