"""Trials in the ledger: begun once, ended once, told once, whoever is quicker."""

from __future__ import annotations

import threading
from datetime import date
from pathlib import Path

import pytest

from counterpoint.errors import ConfigError
from counterpoint.ledger import Ledger
from counterpoint.ledger_trials import VOICES, Measures, Pair

TERMS = ("gpt-5.5", "claude-opus-4-7", 0.1, 14)
NOON = 1_790_000_000.0


def pair(trial: str, nth: int = 0) -> Pair:
    mine: Measures = {"model": "gpt-5.5", "cost_usd": 0.02, "done": 1.0}
    theirs: Measures = {"model": "claude-opus-4-7", "cost_usd": 0.01, "done": None}
    return Pair(trial, f"job{nth}", f"shadow-job{nth}", "edit", "python", mine, theirs)


def test_a_trial_begins_once_and_is_found_by_its_terms(tmp_path: Path) -> None:
    trials = Ledger(tmp_path / "l.sqlite3", clock=lambda: NOON).trials
    assert trials.known(*TERMS) is None and trials.all() == ()
    begun = trials.begun(*TERMS)
    assert (begun.began, begun.ended, begun.verdict) == (NOON, None, "")
    assert trials.begun(*TERMS).name == begun.name
    assert trials.begun("gpt-5.5", "claude-opus-4-7", 0.2, 14).name != begun.name
    assert len(trials.all()) == 2


def test_pairs_are_kept_with_what_was_measured(tmp_path: Path) -> None:
    trials = Ledger(tmp_path / "l.sqlite3", clock=lambda: NOON).trials
    begun = trials.begun(*TERMS)
    for nth in range(3):
        trials.add(pair(begun.name, nth))
    trials.add(pair(VOICES))
    found = trials.pairs(begun.name)
    assert [one.job for one in found] == ["job0", "job1", "job2"]
    assert found[0].other == {"model": "claude-opus-4-7", "cost_usd": 0.01, "done": None}
    known = trials.known(*TERMS)
    assert known is not None and known.pairs == 3
    assert len(trials.pairs_since(date.fromtimestamp(NOON))) == 4
    assert trials.pairs_since(date.fromtimestamp(NOON + 200_000)) == ()


def test_a_trial_ends_once(tmp_path: Path) -> None:
    file = tmp_path / "l.sqlite3"
    one, other = Ledger(file), Ledger(file)
    begun = one.trials.begun(*TERMS)
    said = [one.trials.end(begun, "Better."), other.trials.end(begun, "Worse.")]
    assert said == [True, False]
    assert [(found.verdict, found.ended is not None) for found in other.trials.all()] == [("Better.", True)]
    assert other.trials.begun(*TERMS).verdict == "Better."


def test_what_is_told_once_is_told_by_one_of_many(tmp_path: Path) -> None:
    file = tmp_path / "l.sqlite3"
    Ledger(file).trials.begun(*TERMS)
    told: list[bool] = []
    racers = [
        threading.Thread(target=lambda: told.append(Ledger(file).trials.tell("x", "X."))) for _ in range(8)
    ]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join(30)
    assert sorted(told) == [False] * 7 + [True]
    assert len(Ledger(file).trials.all()) == 1


def test_a_ledger_that_cannot_be_read_says_so(tmp_path: Path) -> None:
    file = tmp_path / "folder"
    file.mkdir()
    with pytest.raises(ConfigError):
        Ledger(file).trials.begun(*TERMS)
