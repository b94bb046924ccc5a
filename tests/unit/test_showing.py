"""The tests of a commit that are shown with its question: which lines, and what makes them of no use."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.comparing.commits import Change, Commit, Touched
from counterpoint.comparing.mining import by_texts
from counterpoint.comparing.showing import MOST_CHARACTERS, MOST_LINES, is_blind, pieces_of_tests
from counterpoint.comparing.sides import Sides
from counterpoint.flows.mined import cases_from_git
from counterpoint.project import Project
from tests.histories import FIX, PRICES, PRICES_FIXED, PRICES_FIXED_TESTS, PRICES_TESTS, commit, repository
from tests.unit.test_mined import left_out, mined
from tests.unit.test_posing import BODY, MENDED, delta

SOURCE = delta("a.py", BODY, MENDED)
MESSAGE = "Fix crash of the first lookup when the list of names is empty"
TOKEN = f"ghp_{'a1B2c3D4e5' * 3}f6G7h8"


def change(path: str, before: str, after: str) -> Change:
    made = Commit("c" * 40, ("p" * 40,), 0, MESSAGE, (Touched("a.py", "M"), Touched(path, "M")))
    return Change(made, "p" * 40, (SOURCE,), (delta(path, before, after),))


def test_a_line_is_shown_in_its_whole_test_and_an_import_alone() -> None:
    before = (
        "import os\nimport sys\n\n\ndef test_one():\n    assert first([1]) == 1\n\n\n"
        "@slow\ndef test_two():\n    names = []\n    assert names == []\n\n\nLAST = 1\n"
    )
    after = before.replace("import sys\n", "from a import first\nimport sys\n").replace(
        "    assert names == []\n", "    assert names == []\n    assert first(names) is None\n"
    )
    assert pieces_of_tests(change("tests/test_a.py", before, after)) == (
        ("tests/test_a.py", 2, 2),
        ("tests/test_a.py", 10, 14),
    )


def test_a_test_that_is_a_call_is_shown_from_its_head_to_what_closes_it() -> None:
    before = (
        "describe('first', () => {\n  it('takes one', () => {\n    const names = [1]\n"
        "    expect(first(names)).toBe(1)\n  })\n\n  const no = []\n\n"
        "  it('takes the first', () => {\n    expect(first([1, 2])).toBe(1)\n  })\n})\n"
    )
    after = before.replace(
        "    expect(first([1, 2]))", "    expect(first([])).toBe(null)\n    expect(first([1, 2]))"
    )
    assert pieces_of_tests(change("a.test.js", before, after)) == (("a.test.js", 9, 12),)


def test_of_a_test_that_is_too_long_the_lines_round_what_came_are_shown() -> None:
    rows = "".join(f"    assert first([{number}]) == {number}\n" for number in range(MOST_LINES))
    before = f"def test_many():\n{rows}"
    after = before.replace("    assert first([60]) == 60\n", "    assert first([]) is None\n")
    assert pieces_of_tests(change("tests/test_a.py", before, after)) == (("tests/test_a.py", 56, 68),)


@pytest.mark.parametrize(
    "rows",
    [
        "    assert first([]) is None\n" * (MOST_LINES + 1),
        f"    assert first(['{'x' * MOST_CHARACTERS}']) == 1\n",
    ],
)
def test_what_came_is_shown_whole_or_not_at_all(rows: str) -> None:
    asked = change("tests/test_a.py", "", f"def test_many():\n{rows}")
    assert pieces_of_tests(asked) == ()
    assert by_texts(asked, shown=True) == "tests that are too long to be shown"


@pytest.mark.parametrize(
    ("test", "blind"),
    [
        ("assert first([]) is None", False),  # the definition that was changed
        ("assert names_of(shop) == 1", False),  # a word of the line that came
        ("assert shop.open() is None", True),
        ("assert names in shop", True),  # a word of the line that stood there as well
    ],
)
def test_tests_that_name_nothing_of_what_was_changed_are_blind(test: str, blind: bool) -> None:
    mended = delta("a.py", BODY, BODY.replace("names[0]", "names_of(names)"))
    asked = change("tests/test_a.py", "", f"def test_it():\n    {test}\n")
    asked = Change(asked.commit, asked.parent, (mended,), asked.tests)
    assert is_blind(asked, tuple(map(Sides, asked.sources))) is blind


def test_a_value_that_only_the_tests_know_is_asked_for_where_they_are_shown(tmp_path: Path) -> None:
    repository(tmp_path)
    commit(tmp_path, "Add prices", {"prices.py": PRICES, "tests/test_prices.py": PRICES_TESTS})
    body = "\n    def tax(self):\n        return 4711\n"
    test = "\n\ndef test_tax():\n    assert Prices().tax() == 4711\n"
    commit(
        tmp_path,
        "Tell the tax of the prices of the shop",
        {"prices.py": PRICES + body, "tests/test_prices.py": PRICES_TESTS + test},
    )
    assert not mined(tmp_path, "tests").cases
    (case,) = mined(tmp_path).cases
    assert ("tests/test_prices.py", 10, 11) in case.pieces


def test_tests_of_types_alone_tell_nothing_when_they_run(tmp_path: Path) -> None:
    test = (
        PRICES_TESTS
        + "\n\ndef test_total_of_unknown_names():\n    assert_type(Prices().total(['tea']), int)\n"
    )
    assert "nothing new" in left_out(tmp_path, FIX, {"prices.py": PRICES_FIXED, "tests/test_prices.py": test})


@pytest.mark.parametrize("task", ["edit", "fix"])
@pytest.mark.parametrize(
    ("tests", "why"),
    [
        (PRICES_FIXED_TESTS.replace("tea", TOKEN), "looks like a secret"),
        (f'KEY = "{TOKEN}"\n' + PRICES_FIXED_TESTS, "looks like a secret"),  # of a line that is not shown
        ("#!/usr/bin/env python3\n" + PRICES_FIXED_TESTS, "runs by itself"),
    ],
)
def test_tests_that_may_not_be_shown_keep_the_whole_question_out(
    tmp_path: Path, task: str, tests: str, why: str
) -> None:
    files: dict[str, str | None] = {"prices.py": PRICES_FIXED, "tests/test_prices.py": tests}
    assert why in left_out(tmp_path, FIX, files, task)


def test_tests_that_one_of_the_models_may_not_see_keep_the_question_from_all(tmp_path: Path) -> None:
    repository(tmp_path)
    commit(tmp_path, "Add prices", {"prices.py": PRICES, "tests/test_prices.py": PRICES_TESTS})
    commit(tmp_path, FIX, {"prices.py": PRICES_FIXED, "tests/test_prices.py": PRICES_FIXED_TESTS})
    project = Project(tmp_path)
    assert cases_from_git(project, "edit", 1).cases
    for kept in ("tests/", "prices.py"):

        def barred(path: str, kept: str = kept) -> str | None:
            return "kept for another" if path.startswith(kept) else None

        found = cases_from_git(project, "edit", 1, barred=barred)
        assert not found.cases and found.left_out["a file that may not be sent"] == 1


def test_tests_that_are_new_in_a_commit_are_kept_back_by_what_they_became(tmp_path: Path) -> None:
    repository(tmp_path)
    commit(tmp_path, "Add prices", {"prices.py": PRICES, "NOTE.md": "x\n"})
    commit(tmp_path, FIX, {"prices.py": PRICES_FIXED, "tests/test_prices.py": PRICES_FIXED_TESTS})
    assert mined(tmp_path).cases
    # Taken away and brought back elsewhere: no commit renames it, only the two days side by side tell.
    commit(tmp_path, "Remove it", {"tests/test_prices.py": None})
    commit(tmp_path, "Bring it", {"vault/once.py": PRICES_FIXED_TESTS})
    assert mined(tmp_path).cases
    assert not mined(tmp_path, local=("vault/",)).cases
