"""What is left of a suggestion after further keys, and what a call under way may still fit."""

from __future__ import annotations

import pytest

from counterpoint.answers import Insertion
from counterpoint.inline.held import Suggestion, closed_behind, rest_of, typed_since
from counterpoint.inline.live import Odds, ask_anew, may_begin
from counterpoint.inline.when import Pace
from counterpoint.text import Document, Span


def shop(text: str, version: int = 1) -> Document:
    return Document.of("shop.py", text, "python", version)


ASKED = shop("total = \nrest\n")
HELD = Suggestion(ASKED, Insertion("sum(rows)\nprint(total)", Span(8, 8)), "job", "M")


@pytest.mark.parametrize(
    ("now", "offset", "left", "end"),
    [
        ("total = \nrest\n", 8, "sum(rows)\nprint(total)", 8),
        ("total = su\nrest\n", 10, "m(rows)\nprint(total)", 10),
        ("total = sum(rows)\nprint\nrest\n", 23, "(total)", 23),
        ("total = sum()\nrest\n", 12, "rows)\nprint(total)", 13),
        ("total = sum(r)\nrest\n", 13, "ows)\nprint(total)", 14),
    ],
)
def test_what_was_typed_along_is_taken_off(now: str, offset: int, left: str, end: int) -> None:
    found = rest_of(HELD, shop(now), offset)
    assert found is not None
    assert (found.insertion.text, found.insertion.span) == (left, Span(offset, end))
    assert found.document.text == now


@pytest.mark.parametrize(
    ("now", "offset"),
    [
        ("total = x\nrest\n", 9),
        ("total = sum(rows)\nprint(total)\nrest\n", 30),
        ("total = su\nRest\n", 10),
        ("Total = su\nrest\n", 10),
        ("total =\nrest\n", 7),
        ("total = su\nrest\n", 9),
        ("total = sum{}\nrest\n", 12),
        ("total = su\nrest\n", 12),
    ],
)
def test_what_does_not_fit_is_not_offered(now: str, offset: int) -> None:
    assert rest_of(HELD, shop(now), offset) is None


def test_marks_an_editor_adds_are_closed_by_the_rest_or_nothing_is_offered() -> None:
    held = Suggestion(ASKED, Insertion("f(x", Span(8, 8)), "job", "M")
    assert rest_of(held, shop("total = f()\nrest\n"), 10) is None
    assert [closed_behind(text) for text in ("", "a", "a)", 'a("")', ")]}")] == [0, 0, 1, 2, 2]


def test_an_entry_of_the_list_is_replaced_from_its_beginning() -> None:
    asked = shop("os.pa\n")
    assert typed_since(asked, Span(3, 5), shop("os.path\n", 2), 7) == "path"


def may(raw: str, typed: str, line: str = "", cleaned: str | None = None) -> bool:
    return may_begin(raw, typed, line, lambda: raw if cleaned is None else cleaned)


def test_a_call_is_judged_by_what_has_come() -> None:
    assert may("", "anything")
    assert may("sum(rows)", "su")
    assert may("su", "sum(")
    assert not may("sum", "max")
    assert not may("other\n", "max")


def test_what_filters_take_off_is_waited_for() -> None:
    assert may("```py", "max")
    assert may("Here is the", "max")
    assert may("total", "max", "total = ")
    assert may("```python\nmax(", "max", cleaned="max(")
    assert not may("```python\nsum(", "max", cleaned="sum(")


SLOW, FAST = Pace(first_token_seconds=3.0), Pace(first_token_seconds=0.4)


@pytest.mark.parametrize("mode", ["calm", "balanced", "eager"])
def test_nobody_asks_twice_for_one_place_or_of_a_slow_model(mode: str) -> None:
    assert not ask_anew(0.1, "", FAST, 0.0, mode)  # type: ignore[arg-type]
    assert not ask_anew(0.1, "x", SLOW, 0.0, mode)  # type: ignore[arg-type]
    assert ask_anew(30.0, "x", SLOW, 1.0, mode)  # type: ignore[arg-type]


def test_time_is_bought_where_a_mode_pays_for_it_or_waiting_is_in_vain() -> None:
    assert ask_anew(0.05, "x", FAST, 0.5, "eager")
    assert not ask_anew(0.3, "x", FAST, 0.5, "eager")
    assert not ask_anew(0.05, "x", FAST, 0.5, "balanced")
    assert ask_anew(0.05, "x", FAST, 0.1, "balanced")
    assert not ask_anew(0.05, "x", FAST, 0.1, "calm")


def test_odds_are_even_until_something_is_known() -> None:
    odds = Odds()
    assert odds.chance == 0.5
    for _ in range(12):
        odds.add(False)
    assert odds.chance < 0.1
    for _ in range(20):
        odds.add(True)
    assert odds.chance > 0.9
