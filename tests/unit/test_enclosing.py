"""The symbol round a line: named by what is above it, and cheap on any line."""

from __future__ import annotations

import time

import pytest

from counterpoint.context.enclosing import enclosing_symbol
from counterpoint.text import Document


def seconds(length: int) -> float:
    document = Document.of("a.js", "foo(" + "{a}" * length + "\n", "javascript")
    begun = time.perf_counter()
    enclosing_symbol(document, 0)
    return time.perf_counter() - begun


def test_the_outer_names_come_first() -> None:
    document = Document.of("a.py", "class A:\n    def f(self):\n        return 1\n", "python")
    assert enclosing_symbol(document, 2) == "A.f"


@pytest.mark.alone
def test_a_long_line_without_an_end_costs_little_more_than_a_short_one() -> None:
    """Quadratic in the line it would be sixty-four times as much."""
    assert min(seconds(8_000) for _ in range(3)) < 20 * min(seconds(1_000) for _ in range(3)) + 0.01
