"""The audit against its cases: nothing that may not fit is called intact, and most of what is safe is."""

from __future__ import annotations

from collections import Counter

import pytest

from counterpoint.audit import said
from tests.auditcases import ENDINGS, FOLDER, Case, read_cases, run, silent

CASES = [case for path in sorted(FOLDER.glob("*.md")) if path.stem != "README" for case in read_cases(path)]


def test_there_are_enough_cases_of_every_language() -> None:
    counted = Counter(case.language for case in CASES)
    assert sum(counted.values()) >= 150
    assert set(counted) == set(ENDINGS)
    assert counted["rust"] >= 25 <= counted["java"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.language}: {case.title}")
def test_nothing_that_may_not_fit_is_called_intact(case: Case) -> None:
    assert silent(case, run(case)) == []


def test_most_of_what_is_safe_is_called_intact() -> None:
    safe = [case for case in CASES if case.safe]
    assert len(safe) >= 60
    recalled = [case for case in safe if (found := run(case)).certain and found.intact]
    assert len(recalled) / len(safe) >= 0.9
    assert all(said(run(case)).endswith("intact") for case in recalled)


def test_most_places_are_judged_as_they_are() -> None:
    """The places that the cases mark: a break is told as a break, not merely as a doubt."""
    right = wrong = 0
    for case in CASES:
        found = run(case)
        for (path, line), (_, state) in case.marks.items():
            here = {site.state for site in found.all if (site.path, site.line) == (path, line)}
            told = next((one for one in ("broken", "unknown") if one in here), "intact")
            right, wrong = right + (told == state), wrong + (told != state)
    assert right / (right + wrong) >= 0.95
