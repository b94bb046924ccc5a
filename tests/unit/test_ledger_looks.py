"""What became of findings, and which kinds of them are too noisy to be shown as more than hints."""

from __future__ import annotations

import random
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from counterpoint.anchors import kind_of
from counterpoint.answers import Finding
from counterpoint.ledger import Ledger, Look
from counterpoint.ledger_looks import FEWEST, Fate, Precision, interval, noisy, said
from counterpoint.text import Position

SINCE = date(2020, 1, 1)


def finding(name: str = "f1", **changed: Any) -> Finding:
    plain: dict[str, Any] = {
        "id": name, "path": "x.py", "start": Position(1, 4), "end": Position(1, 14), "severity": "P1",
        "confidence": 0.9, "category": "logic", "lens": "correctness", "title": "Wrong", "body": "",
        "status": "verified", "model": "Opus 4.7", "job": "j1",
    }  # fmt: skip
    return Finding(**{**plain, **changed})


def look(name: str, fate: Fate, root: str = "/w", **changed: Any) -> Look:
    return Look.of(finding(name, **changed), fate, root)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "ledger.sqlite3")


def test_a_finding_counts_once_by_its_last_fate(ledger: Ledger) -> None:
    assert ledger.precision(SINCE) == () and ledger.demoted(SINCE) == frozenset()
    ledger.looked([look("f1", "shown"), look("f2", "shown"), look("f3", "shown"), look("f4", "shown")])
    ledger.looked([look("f1", "shown"), look("f1", "dismissed"), look("f1", "fixed")])
    ledger.looked([look("f2", "resolved"), look("f3", "refuted"), look("f2", "shown")])
    ledger.looked([Look("", "absent", "/w", "correctness", "logic", model="Opus 4.7")] * 2)
    (found,) = ledger.precision(SINCE)
    assert found == Precision("correctness", "logic", "", "Opus 4.7", 4, 1, 0, 1, 1, 2)
    assert (found.kind, found.decided, found.useful) == ("correctness/logic", 3, 2 / 3)


def test_passes_rules_and_models_are_told_apart_and_so_are_workspaces(ledger: Ledger) -> None:
    ledger.looked(
        [look("f1", "shown"), look("f1", "shown", model="GPT-5.5"), look("f2", "shown", rule="py-x")]
    )
    ledger.looked([look("f1", "dismissed", "/other", lens="prose", category="docs")])
    kinds = [(one.kind, one.model, one.shown, one.dismissed) for one in ledger.precision(SINCE)]
    assert kinds == [
        ("correctness/logic", "GPT-5.5", 1, 0),
        ("correctness/logic", "Opus 4.7", 1, 0),
        ("py-x", "Opus 4.7", 1, 0),
        ("prose/docs", "Opus 4.7", 0, 1),
    ]
    assert [one.kind for one in ledger.precision(SINCE, "/other")] == ["prose/docs"]
    assert ledger.precision(SINCE, "/other")[0].useful == 0.0
    assert ledger.precision(SINCE)[0].useful is None


def test_what_was_before_the_day_asked_for_does_not_count(tmp_path: Path) -> None:
    times = [datetime(2026, 1, 1, 12).timestamp()]
    ledger = Ledger(tmp_path / "ledger.sqlite3", clock=lambda: times[-1])
    ledger.looked([look("f1", "dismissed")])
    times.append(datetime(2026, 2, 1, 12).timestamp())
    ledger.looked([look("f1", "shown")])
    assert [(one.shown, one.dismissed) for one in ledger.precision(date(2026, 1, 15))] == [(1, 0)]


def test_a_word_that_is_no_fate_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="no fate 'liked'"):
        ledger.looked([look("f1", "shown"), look("f2", "liked")])  # type: ignore[arg-type]
    assert ledger.precision(SINCE) == ()


def test_a_noisy_kind_is_demoted_where_it_is_noisy_and_says_so(ledger: Ledger) -> None:
    ledger.looked(look(f"f{number}", "dismissed") for number in range(FEWEST - 1))
    assert ledger.demoted(SINCE, "/w") == frozenset()
    ledger.looked([look("last", "refuted")])
    assert ledger.demoted(SINCE, "/w") == {"correctness/logic"}
    assert ledger.demoted(SINCE, "/other") == frozenset()
    kinds = ledger.demoted(SINCE)
    assert kind_of(finding()) in kinds and kind_of(finding(rule="py-x")) not in kinds
    assert "correctness/logic" in said("correctness/logic") and "hint" in said("correctness/logic")


def test_a_kind_that_proves_of_use_again_comes_back() -> None:
    bad = [("k", False)] * 20
    assert noisy(bad) == {"k"}
    assert noisy([*bad, *[("k", True)] * 3]) == {"k"}
    assert noisy([*bad, *[("k", True)] * 20]) == frozenset()
    assert noisy([("other", True)] * 30) == frozenset()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.2, 0.3, 0.5, 0.9])
def test_a_kind_does_not_flap(share: float) -> None:
    """Whatever the share of useful findings is, a kind is switched over a few times at most in its life."""
    random_ = random.Random(7)
    changes = 0
    for _ in range(5):
        decisions = [("k", random_.random() < share) for _ in range(300)]
        states = ["k" in noisy(decisions[:count]) for count in range(0, 300, 5)]
        changes = max(changes, sum(a != b for a, b in pairwise(states)))
        if share == 0.0:
            assert states[-1]
        if share >= 0.5:
            assert not states[-1]
    assert changes <= 3


def test_the_interval_holds_the_share_and_narrows() -> None:
    assert interval(0, 0) == (0.0, 1.0)
    low, high = interval(5, 10)
    assert 0 < low < 0.5 < high < 1
    assert interval(50, 100)[1] < high
    assert interval(0, 10)[0] == 0.0 and interval(10, 10)[1] == 1.0
