"""A suggestion says something where there is something to say, and next to never where there is not."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from counterpoint.ledger import JudgedJob
from counterpoint.ledger_jobs import kept
from counterpoint.ledger_judged import Kept
from counterpoint.ledger_sums import Ended, Piece, Sums, add_judged
from counterpoint.models import load_catalogue
from counterpoint.suggesting import FEWEST, Suggestion, suggestions

FIRST, OTHER = "gpt-5.5", "claude-opus-4-7"
ASKED = {"edit": (FIRST, OTHER), "fix": (FIRST, OTHER)}
LABEL = {FIRST: "GPT-5.5", OTHER: "Opus 4.7"}.__getitem__


def month(
    draw: random.Random, model: str, kept: float, of: int, usd: float = 0.02, task: str = "edit"
) -> list[JudgedJob]:
    """A month of jobs of which a share is kept, with prices as they scatter."""
    return [
        JudgedJob(
            f"{model}-{task}-{nth}",
            task,
            draw.choice(("kept", "tuned")) if draw.random() < kept else draw.choice(("rewritten", "undone")),
            model,
            "python",
            0.0,
            float(nth),
            1,
            usd * draw.lognormvariate(0, 0.6),
            3.0,
        )
        for nth in range(of)
    ]


def said(jobs: list[JudgedJob], asked: Mapping[str, Sequence[str]] | None = None) -> tuple[Suggestion, ...]:
    return suggestions(grouped(jobs), asked or ASKED, lambda name: True)


def grouped(jobs: Sequence[JudgedJob]) -> dict[tuple[str, str], Kept]:
    """As the sums of a ledger with these jobs tell them."""
    sums = Sums()
    for one in jobs:
        piece = {one.job: Piece(one.task, 0.0, 0.0, 1.0, 1, round(one.cost_usd * 1e9), done=True)}
        judged = [Ended(one.job, one.task, one.outcome, one.model, one.changed)]
        add_judged(sums, judged, piece if one.calls else {})
    return kept(sums)


@pytest.mark.parametrize(
    ("kept", "of", "tasks"), [(0.75, 300, 1), (0.9, 60, 2), (0.97, 40, 2), (0.5, 600, 2)]
)
def test_without_a_difference_it_speaks_in_few_months(kept: float, of: int, tasks: int) -> None:
    draw = random.Random(21)
    spoke = 0
    for _ in range(400):
        jobs = []
        for task in ("edit", "fix")[:tasks]:
            jobs += month(draw, FIRST, kept, of, 0.02, task) + month(draw, OTHER, kept, of, 0.008, task)
        spoke += bool(said(jobs))
    assert spoke <= 0.05 * 400


def test_looked_at_while_jobs_come_in_it_still_speaks_seldom_without_a_difference() -> None:
    draw = random.Random(24)
    spoke = 0
    for _ in range(250):
        mine, theirs = month(draw, OTHER, 0.7, 400), month(draw, FIRST, 0.7, 400)
        spoke += any(said(mine[:of] + theirs[:of]) for of in range(FEWEST, 401, 10))
    assert spoke <= 0.045 * 250


def test_with_a_real_difference_it_speaks_in_most_months() -> None:
    draw = random.Random(22)
    spoke = 0
    for _ in range(400):
        found = said(month(draw, OTHER, 0.80, 300, 0.008) + month(draw, FIRST, 0.65, 300, 0.02))
        spoke += bool(found) and found[0].model == OTHER and 0.3 < found[0].price < 0.5
    assert spoke >= 0.85 * 400


def test_the_interval_holds_the_true_difference() -> None:
    draw = random.Random(23)
    found = [said(month(draw, OTHER, 0.85, 400) + month(draw, FIRST, 0.60, 400)) for _ in range(200)]
    assert sum(bool(one) and one[0].low <= 0.25 <= one[0].high for one in found) >= 0.95 * 200


def test_it_says_what_was_counted_and_how_to_act_on_it() -> None:
    draw = random.Random(5)
    jobs = month(draw, OTHER, 0.0, 60, 0.008) + month(draw, OTHER, 1.0, 240, 0.008)
    jobs += month(draw, FIRST, 0.0, 105, 0.02) + month(draw, FIRST, 1.0, 195, 0.02)
    (found,) = said(jobs)
    words = found.said(LABEL)
    assert words.startswith(
        "On your code, what Opus 4.7 answers to edit is kept 15 points more often than GPT-5.5's ("
    )
    assert "240 of 300 against 195 of 300" in words and ", for 0.4" in words
    line = found.line((FIRST, OTHER))
    assert line == 'roles = { edit = ["claude-opus-4-7", "gpt-5.5"] }'
    catalogue = load_catalogue(tomllib.loads(line))
    assert [one.name for one in catalogue.for_role("edit")] == [OTHER, FIRST]


@pytest.mark.parametrize("usd", [0.02, 0.0])
def test_a_price_that_is_the_same_or_unknown_is_told_so(usd: float) -> None:
    draw = random.Random(6)
    (found,) = said(month(draw, OTHER, 0.95, 300, usd) + month(draw, FIRST, 0.5, 300, usd))
    words = found.said(LABEL)
    assert ("at the same price as far as can be told" in words) is bool(usd)
    assert "of the price" not in words


def unasked(jobs: list[JudgedJob], of: int) -> list[JudgedJob]:
    """Jobs, with as many more as `of` that ended alike and made no call."""
    return jobs + [replace(one, job=f"{one.job}-0", calls=0, cost_usd=0.0) for one in jobs[:of]]


def test_jobs_without_calls_make_no_model_look_cheaper_and_count_for_what_they_ended_as() -> None:
    draw = random.Random(10)
    mine, theirs = month(draw, OTHER, 0.9, 200, 0.02), month(draw, FIRST, 0.6, 200, 0.02)
    (plain,), (found,) = said(mine + theirs), said(unasked(mine, 100) + theirs)
    assert found.price == plain.price and "at the same price" in found.said(LABEL)
    assert found.of == 300 and plain.of == 200
    for paid in (0, FEWEST - 1):  # so few do not say what it takes to ask
        free = [replace(one, calls=0, cost_usd=0.0) for one in mine[paid:]]
        (found,) = said(mine[:paid] + free + theirs)
        assert found.price == 0.0 and "price" not in found.said(LABEL)


def test_it_is_silent_where_each_kept_one_surely_costs_more() -> None:
    draw = random.Random(7)
    dear = month(draw, OTHER, 0.80, 300, 0.10) + month(draw, FIRST, 0.65, 300, 0.02)
    assert said(dear) == ()


def test_it_is_silent_of_few_jobs_of_unknown_models_and_of_those_asked_first_anyway() -> None:
    draw = random.Random(8)
    few = month(draw, OTHER, 1.0, FEWEST - 1) + month(draw, FIRST, 0.2, 300)
    assert said(few) == ()
    many = month(draw, OTHER, 1.0, 100) + month(draw, FIRST, 0.2, 100)
    assert suggestions(grouped(many), ASKED, lambda name: name != OTHER) == ()
    assert said(many, {"edit": (OTHER, FIRST)}) == ()
    assert said(many, {"edit": ()}) == ()
    assert said([], ASKED) == ()


def test_of_two_that_are_better_the_best_is_named_and_tasks_by_their_gain() -> None:
    draw = random.Random(9)
    jobs = month(draw, "gpt-5.4", 0.8, 300) + month(draw, OTHER, 0.98, 300) + month(draw, FIRST, 0.5, 300)
    jobs += month(draw, OTHER, 0.8, 300, task="fix") + month(draw, FIRST, 0.6, 300, task="fix")
    found = said(jobs)
    assert [(one.task, one.model) for one in found] == [("edit", OTHER), ("fix", OTHER)]
