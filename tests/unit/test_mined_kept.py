"""What only the tests of a commit know: it is told, or the commit makes no question."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.histories import (
    FIX,
    PRICES,
    PRICES_FIXED,
    PRICES_FIXED_TESTS,
    PRICES_TESTS,
    commit,
    repository,
    shop,
)
from tests.unit.test_mined import left_out, mined

TOTALS = "Tell the total of the prices in the words of a row of the rows of the prices"


def asked(root: Path, message: str, body: str, test: str, task: str = "tests") -> str:
    """What is asked for a method that a commit adds with a test, or why nothing is."""
    shop(root)
    files = {"prices.py": PRICES_FIXED + body, "tests/test_prices.py": PRICES_FIXED_TESTS + test}
    made = commit(root, message, files)
    found = mined(root, task)
    case = next((one for one in found.cases if one.change == made), None)
    return case.instruction if case else ", ".join(found.left_out)


def test_a_key_that_only_the_tests_know_is_told(tmp_path: Path) -> None:
    body = "\n    def row(self):\n        return dict(rid=self.total(self.rows))\n"
    test = "\n\ndef test_row():\n    assert Prices().row()['rid'] == 0\n"
    assert "`rid`" in asked(tmp_path, TOTALS, body, test)


def test_a_kind_of_error_that_only_the_tests_know_is_told(tmp_path: Path) -> None:
    body = "\n    def row(self):\n        if not self.rows:\n            raise LookupError\n"
    test = "\n\ndef test_row():\n    with raises(LookupError):\n        Prices().row()\n"
    assert "`LookupError`" in asked(tmp_path, TOTALS, body, test)


@pytest.mark.parametrize(
    ("body", "test"),
    [
        ("        return self.total(self.rows) + 4711\n", "    assert Prices().row() == 4711\n"),
        (
            "        if not self.rows:\n            return None\n        return self.rows\n",
            "    assert Prices().row() is None\n",
        ),
    ],
)
def test_what_was_decided_in_writing_is_left_out(tmp_path: Path, body: str, test: str) -> None:
    told = asked(tmp_path, TOTALS, f"\n    def row(self):\n{body}", f"\n\ndef test_row():\n{test}")
    assert "nobody could guess" in told


def test_comments_behind_lines_of_tests_assert_nothing_new(tmp_path: Path) -> None:
    tests = PRICES_TESTS.replace('(["tea"]) == 3', '(["tea"]) == 3  # known')
    assert "nothing new" in left_out(
        tmp_path, FIX, {"prices.py": PRICES_FIXED, "tests/test_prices.py": tests}
    )


def test_a_name_that_tests_take_from_elsewhere_asserts_nothing_new(tmp_path: Path) -> None:
    before = PRICES_TESTS.replace(
        "assert prices.total", "assert type(prices) == shop.Prices\n    assert prices.total"
    )
    files = {"prices.py": PRICES, "tests/test_prices.py": before}
    root = repository(tmp_path)
    commit(root, "Add prices", files)
    for name, told in (("Prices", "tests that assert nothing new"), ("OldPrices", "")):
        tests = before.replace("shop.Prices", name)
        commit(root, FIX, {"prices.py": PRICES_FIXED, "tests/test_prices.py": tests})
        found = mined(root)
        assert (told in found.left_out) if told else found.cases
        commit(root, "Back", files)
