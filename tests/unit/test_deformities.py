"""The floor under `bench.deformities`: true answers of our own sources survive what models do to answers."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.bench.deforming import DEFORMITIES, Masked
from tests.bench.deformities import figures, masks, measured, shown, verdict

ROOT = Path(__file__).resolve().parents[2]
REPOS = [ROOT / "server" / "counterpoint", ROOT / "client-vscode" / "src", ROOT / "tests" / "modelserver"]


@pytest.fixture(scope="module")
def places() -> list[Masked]:
    return masks(REPOS, 75, random.Random(11))


def test_true_answers_come_out_of_what_is_done_to_them(places: list[Masked]) -> None:
    found = measured(places, 11)
    result = figures(found["counts"])
    assert len(places) == 75
    assert result["deformities"] >= 25
    assert result["answers"] > 1000
    assert result["exact"] >= 0.98, found["examples"][:3]
    assert result["worse"] <= 0.005 * result["answers"], found["examples"][:3]
    assert result["clean"] >= 0.985, found["examples"][:3]


def test_every_deformity_changes_a_text_somewhere(places: list[Masked]) -> None:
    changed = {
        name
        for name, work in DEFORMITIES.items()
        for one in places
        if work(one, random.Random(0)) not in (None, one.truth)
    }
    # What only tabs or a bracket left open bring about need not occur in so few places.
    assert set(DEFORMITIES) - changed <= {"mark_doubled", "space_lost", "repeats_the_tail"}


def test_the_verdict_knows_worse_from_nothing() -> None:
    assert verdict("a\nb", "a\nb") == "exact"
    assert verdict("a\nb", "") == "nothing"
    assert verdict("a\nb", "a") == "part"
    assert verdict("ab", "a") == "worse"
    one = Masked("a.py", "x = compute(1)\n", 4, 14)
    assert shown(one, "compute(1)") == "compute(1)"
