"""Where the budget is nearly spent: what is asked for less, and that the user is told so, by the verbs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.e2e.cli.running import FINDING, keys, run
from tests.e2e.cli.test_cli import EDITS
from tests.modelserver import ModelServer

SHORT = "The budget leaves room for a short answer only."
LITTLE = "The budget leaves room for little context and a short answer only."
CHEAPER = "The budget leaves room for a cheaper model only."
FAST, DEEP = 30 / 1e6, 25 / 1e6
"""USD for a token that GPT-5.5 and Opus 4.7 write."""


def asked(models: ModelServer) -> int:
    """How many requests were made so far."""
    return len(models.log)


@pytest.mark.parametrize(
    ("tokens", "step", "model"), [(8_000, SHORT, "gpt-5.5"), (4_500, CHEAPER, "claude-sonnet-4-6")]
)
def test_each_step_of_an_edit_is_told(
    tokens: int, step: str, model: str, work: Path, models: ModelServer
) -> None:
    models.answer(json.dumps(EDITS), repeat=True)
    env = {**keys(models), "COUNTERPOINT__BUDGET__DAY_USD": str(tokens * FAST)}
    done = run("edit", "shape.py", "multiply", cwd=work, env=env)
    assert done.code == 0 and "+    return w * h" in done.out
    assert step in done.err and [one.model for one in models.log] == [model]


def test_a_review_with_little_context_is_told_and_paid_for_once(work: Path, models: ModelServer) -> None:
    models.answer(json.dumps({"findings": [FINDING]}), repeat=True)
    poor = {**keys(models), "COUNTERPOINT__BUDGET__DAY_USD": str(22_000 * DEEP)}
    words = ("review", "shape.py", "--verify", "none")
    first = run(*words, "--format", "json", cwd=work, env=poor)
    value = first.json("review")
    assert [one["title"] for one in value["findings"]] == ["Area adds"] and value["errors"] == []
    assert value["notice"] == LITTLE and LITTLE in first.err
    assert [(row["how"], row["brief"]) for row in value["units"]] == [("asked", True)]
    assert [one.model for one in models.log] == ["claude-opus-4-7"]
    again = run(*words, cwd=work, env=poor)
    assert "Area adds" in again.out and LITTLE in again.err and asked(models) == 1
    rich = run(*words, "--format", "json", cwd=work, env=keys(models))
    value = rich.json("review")
    assert [(row["how"], row["brief"]) for row in value["units"]] == [("asked", False)]
    assert value["notice"] == "" and asked(models) == 2
    spent = run(
        "review", "shape.py", "--verify", "none", cwd=work, env={**poor, "COUNTERPOINT__BUDGET__DAY_USD": "0"}
    )
    assert "Area adds" in spent.out and LITTLE not in spent.err and asked(models) == 2


def test_where_nothing_fits_what_is_bought_and_the_rules_are_left(work: Path, models: ModelServer) -> None:
    broke = {**keys(models), "COUNTERPOINT__BUDGET__DAY_USD": "0.01"}
    done = run("review", "shape.py", "--format", "json", cwd=work, env=broke)
    value = done.json("review")
    assert done.code == 4 and [one["code"] for one in value["errors"]] == ["budget"]
    assert [row["brief"] for row in value["units"]] == [False] and models.log == ()
