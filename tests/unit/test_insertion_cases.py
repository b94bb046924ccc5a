"""Every case of `cases/complete`, straight through the filters: what is shown, what was dropped, what fired.

Two blocks are read here only: `deleted` and `rejected` hold what the user refused, each behind a row
`line N` (1-based) or `line N after TEXT`, and `fired` names the filters that are to have changed the text.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from counterpoint.insertion import FILTERS, Gone, Past, insertion
from tests.casefiles import Case, read_case

CASES = sorted((Path(__file__).parents[1] / "cases" / "complete").glob("*.md"))
_ROW = re.compile(r"^line (\d+)(?: after (.*))?$", re.MULTILINE)


def gone(block: str) -> tuple[Gone, ...]:
    pieces = _ROW.split(block)[1:]
    rows = zip(pieces[::3], pieces[1::3], pieces[2::3], strict=True)
    return tuple(Gone(text.strip("\n"), int(line) - 1, before or "") for line, before, text in rows)


def past_of(case: Case) -> Past:
    return Past(gone(case.blocks.get("deleted", "")), gone(case.blocks.get("rejected", "")))


@pytest.mark.parametrize("file", CASES, ids=lambda path: path.stem)
def test_what_is_shown_of_an_answer(file: Path) -> None:
    case = read_case(file)
    answer = insertion(case.answer, case.situation, past_of(case))
    shown = [f"|{line}|" for line in re.split("\r\n|\n", answer.text)] if answer.text else []
    assert shown == case.blocks.get("shown", "").splitlines()
    assert [one.reason for one in answer.dropped] == case.blocks.get("dropped", "").split()
    assert set(case.blocks.get("fired", "").split()) <= set(answer.fired)


def test_every_filter_has_a_case_in_which_it_fires() -> None:
    fired: set[str] = set()
    for file in CASES:
        case = read_case(file)
        answer = insertion(case.answer, case.situation, past_of(case))
        fired |= {*answer.fired, *(one.reason for one in answer.dropped)}
    assert {name for name, _ in FILTERS} - {"blank"} <= fired
