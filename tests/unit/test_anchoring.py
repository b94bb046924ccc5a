"""Places in code found again in a text of which only hashes and a few tokens are remembered."""

from __future__ import annotations

from typing import Any

import pytest

from counterpoint.anchors import Anchor
from counterpoint.answers import Finding
from counterpoint.reviewing.anchoring import GONE, Lines, Stale, Where, anchors_of, place
from counterpoint.reviewing.lines import aligned, marks_in, print_of
from counterpoint.text import Document, Position, Span

BEFORE = """import os


class Cart:
    def total(self, rows):
        found = 0
        for row in rows:
            found += row.price * row.count
        return found

    def count(self, rows):
        found = 0
        for row in rows:
            found += row.count
        return found


def main():
    cart = Cart()
    print(cart.total([]))
"""


def doc(text: str) -> Document:
    return Document.of("cart.py", text, "python")


def finding(document: Document, span: Span) -> Finding:
    made: dict[str, Any] = {
        "id": "f1", "path": document.path, "start": document.position(span.start),
        "end": document.position(span.end), "severity": "P1", "confidence": 0.9, "category": "logic",
        "lens": "correctness", "title": "Wrong", "body": "", "status": "unverified",
    }  # fmt: skip
    return Finding(**made)


def spot(text: str, quote: str, nth: int = 0) -> Span:
    at = -1
    for _ in range(nth + 1):
        at = text.index(quote, at + 1)
    return Span(at, at + len(quote))


def anchor_of(found: Finding, document: Document, within: Lines | None = None) -> Anchor:
    return anchors_of([found], document, within)[0].anchor


def moved(quote: str, after: str, nth: int = 0, before: str = BEFORE) -> tuple[Where, Document]:
    old, new = doc(before), doc(after)
    return place(anchor_of(finding(old, spot(before, quote, nth)), old), new), new


SPOTS = [
    ("found += row.price * row.count", 0),
    ("row.price", 0),
    ("return found", 0),
    ("return found", 1),
    ("found = 0", 1),
    ("for row in rows:\n            found += row.count", 0),
]
SPLIT = BEFORE.replace(
    "row.price * row.count", "(\n                row.price\n                * row.count\n            )"
)
TOTAL = BEFORE[BEFORE.index("    def total") : BEFORE.index("    def count")]
COUNT = BEFORE[BEFORE.index("    def count") : BEFORE.index("\n\ndef main")] + "\n"

HEAD = "    def count"
COMMENTED = BEFORE.replace("found = 0\n", "found = 0  # so far\n\n        # all\n")
GROWN = "found += row.price * row.count"


@pytest.mark.parametrize(("quote", "nth"), SPOTS, ids=str)
@pytest.mark.parametrize(
    ("name", "after"),
    [
        ("untouched", BEFORE),
        ("moved down", "#!/usr/bin/env python\n" + BEFORE),
        ("indented by two", BEFORE.replace("    ", "  ")),
        ("tabs and CRLF", BEFORE.replace("    ", "\t").replace("\n", "\r\n")),
        ("a comment in each function", COMMENTED),
        ("the class renamed", BEFORE.replace("Cart", "Basket")),
        ("another function between", BEFORE.replace(HEAD, TOTAL.replace("total", "sum") + HEAD)),
        ("functions swapped", BEFORE.replace(TOTAL, "\0").replace(COUNT, TOTAL).replace("\0", COUNT)),
    ],
)  # fmt: skip
def test_an_untouched_place_is_found(name: str, after: str, quote: str, nth: int) -> None:
    found, new = moved(quote, after, nth)
    if name == "a comment in each function" and "found = 0" in quote:
        assert isinstance(found, Span)
    wanted = nth if name != "functions swapped" or after.count(quote) < 2 else 1 - nth
    if name == "another function between" and nth:
        wanted = nth + 1
    if name == "indented by two":
        quote = quote.replace("    ", "  ")
    if name == "tabs and CRLF":
        quote = quote.replace("    ", "\t").replace("\n", "\r\n")
    if name == "functions swapped" and quote.startswith("for row"):
        wanted = 0
    assert found == spot(after, quote, wanted), (
        new.text[found.start : found.end] if isinstance(found, Span) else found
    )


def test_a_statement_that_a_formatter_split_is_found() -> None:
    found, new = moved("row.price * row.count", SPLIT)
    assert isinstance(found, Span)
    assert new.text[found.start : found.end].split() == ["row.price", "*", "row.count"]


@pytest.mark.parametrize(
    ("quote", "nth", "after"),
    [
        ("return found", 0, BEFORE.replace("        return found\n", "", 1)),
        ("return found", 1, BEFORE.replace(COUNT, "")),
        ("found += row.count", 0, BEFORE.replace("            found += row.count\n", "")),
        ("found = 0", 0, BEFORE.replace(TOTAL, "")),
        ("row.price", 0, "something = else_entirely\n"),
        ("row.price", 0, ""),
    ],
)
def test_what_was_deleted_is_gone_though_its_twin_is_there(quote: str, nth: int, after: str) -> None:
    assert moved(quote, after, nth)[0] == GONE


@pytest.mark.parametrize(
    ("quote", "after", "left"),
    [
        (GROWN, BEFORE.replace("row.price", "row.cost"), GROWN.replace("price", "cost")),
        ("row.price", BEFORE.replace("row.price", "value"), "value"),
        ("print(cart.total([]))", BEFORE.replace("cart.total(", "cart.count("), "print(cart.count([]))"),
    ],
)  # fmt: skip
def test_what_was_changed_is_stale_with_what_is_left_of_it(quote: str, after: str, left: str) -> None:
    found, new = moved(quote, after)
    assert isinstance(found, Stale)
    assert new.text[found.span.start : found.span.end] == left


def test_a_piece_of_a_file_is_known_again_in_another() -> None:
    old, new = doc(BEFORE), doc("x = 1\n\n" + COUNT)
    lines = (old.position(BEFORE.index(COUNT)).line, old.position(BEFORE.index("\n\ndef main")).line)
    anchor = anchor_of(finding(old, spot(BEFORE, "return found", 1)), old, lines)
    assert anchor.line == 4
    assert place(anchor, new, (2, 7)) == spot(new.text, "return found")
    assert place(anchor, new, (0, 1)) == GONE


def test_a_quote_that_begins_and_ends_within_words_keeps_its_ends() -> None:
    found, _ = moved("ice * row.co", "# more\n" + BEFORE)
    assert found == spot("# more\n" + BEFORE, "ice * row.co")


def test_lines_are_matched_at_the_borders_of_functions() -> None:
    old = BEFORE.splitlines()
    first = BEFORE[: BEFORE.index("    def count")].count("\n")
    new = [*old[:first], *TOTAL.replace("total", "other").splitlines(), *old[first:]]
    added = len(TOTAL.splitlines())
    found = aligned(marks_in(print_of(old)), marks_in(print_of(new)))
    assert found == [*range(first), *range(first + added, len(new))]
    back = aligned(marks_in(print_of(new)), marks_in(print_of(old)))
    assert back == [*range(first), *[-1] * added, *range(first, len(old))]


def test_an_empty_finding_is_nowhere_to_be_found() -> None:
    old = doc("a\n")
    assert place(anchor_of(finding(old, Span(2, 2)), old), old) == GONE
    assert anchor_of(finding(old, Span(0, 1)), old).tokens == ("a",)
    assert Position(0, 0) == old.position(0)


def test_a_large_file_of_which_little_is_unique_is_matched_in_order() -> None:
    old = [f"value = {number % 3}" for number in range(400)]
    old[100], old[300] = "first()", "second()"
    new = [*old[:150], *(f"value = {number % 5}" for number in range(90)), *old[150:]]
    found = aligned(marks_in(print_of(old)), marks_in(print_of(new)))
    assert found[100] == 100 and found[300] == 390
    kept = [at for at in found if at >= 0]
    assert kept == sorted(set(kept)) and len(kept) == 400


def test_much_that_is_new_and_much_that_is_gone_is_matched_by_what_stands_once() -> None:
    old = [f"a{number} = {number}" if number % 4 else "pass" for number in range(600)]
    new = ["pass" if number % 3 else f"b{number} = {number}" for number in range(300)]
    new[50], new[200] = old[101], old[401]
    found = aligned(marks_in(print_of(old)), marks_in(print_of(new)))
    assert found[101] == 50 and found[401] == 200
    assert all(old[line] == new[at] for line, at in enumerate(found) if at >= 0)


TWINS = """def a():
    start()
    work(1)
    finish(True)


def b():
    begin()
    work(1)
    end(False)


def c():
    pass
"""
BODY = "    begin()\n    work(1)\n    end(False)\n"


@pytest.mark.parametrize(
    ("after", "found"),
    [
        (TWINS.replace(BODY, "") + BODY, 1),
        (TWINS.replace(BODY, "    pass\n") + "    start()\n    work(1)\n", None),
        (TWINS.replace(BODY, "    pass\n") + "    work(1)\n", None),
    ],
    ids=["moved with its neighbours", "a copy of its twin", "alone"],
)  # fmt: skip
def test_a_line_with_a_twin_is_known_by_what_stands_round_it(after: str, found: int | None) -> None:
    here, _ = moved("work(1)", after, 1, TWINS)
    assert here == (GONE if found is None else spot(after, "work(1)", found))
