"""Real runs of test runners, read into failures with their reasons: each case is a page a person can read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from counterpoint.testruns.category import categorised
from counterpoint.testruns.read import read_run
from counterpoint.testruns.values import REPAIRABLE, Failure, Run

CASES = sorted((Path(__file__).parents[1] / "cases" / "failures").glob("*.md"))
_BLOCK = re.compile(r"^~~~~ (\S+)\n(.*?)^~~~~$", re.MULTILINE | re.DOTALL)
NEVER = {"environment", "flaky", "failed before"}


def blocks(file: Path) -> dict[str, str]:
    return {found[1]: found[2] for found in _BLOCK.finditer(file.read_text("utf-8"))}


def failing(text: str) -> tuple[Failure, ...]:
    return tuple(Failure(test) for test in text.splitlines() if test)


def judged(case: dict[str, str]) -> Run:
    paths = case["paths"].splitlines()
    again = None
    if "passed-again" in case or "failed-again" in case:
        again = Run(passed=1, failures=failing(case.get("failed-again", "")))
    return categorised(
        read_run(case["output"], 1, paths),
        paths=paths,
        changed=case.get("changed", "").split(),
        before=Run(failures=failing(case["failed-before"]), code=1) if "failed-before" in case else None,
        again=again,
    )


def said(one: Failure) -> str:
    return f"{one.category} | {one.test} | {f'{one.path}:{one.line}' if one.path else '-'}"


@pytest.mark.parametrize("file", CASES, ids=lambda file: file.stem)
def test_each_failure_is_named_and_placed(file: Path) -> None:
    case = blocks(file)
    run = judged(case)
    wanted = case["want"].splitlines()
    assert sorted(map(said, run.failures)) == sorted(wanted)
    for one in run.failures:
        assert (one.category in REPAIRABLE) == (one.category not in NEVER)
        assert one.message.strip()
    assert run.understood


def test_there_are_cases_of_every_runner_and_category() -> None:
    wanted = [line.split(" | ")[0] for file in CASES for line in blocks(file)["want"].splitlines()]
    assert len(wanted) >= 180
    assert set(wanted) == {"import path", "fixture", "environment", "flaky", "failed before", "logic"}
    assert {file.stem.split("-")[0] for file in CASES} == {"pytest", "vitest", "go", "jest"}
