"""How much of an accepted text is still there after further edits."""

from __future__ import annotations

import pytest

from counterpoint.inline.kept import Kept, kept
from counterpoint.text import Document, Span

HEAD = "def total(rows):\n    found = 0\n"
TAKEN = "    for row in rows:\n        found += row.price\n"
TAIL = "    return found\n"
SIZE = len("".join(TAKEN.split()))


def document(text: str) -> Document:
    return Document.of("a.py", text, "python", 1)


@pytest.mark.parametrize(
    ("name", "now", "expected"),
    [
        ("untouched", HEAD + TAKEN + TAIL, Kept(SIZE, SIZE, (2, 3))),
        ("lines above and below", "import os\n" + HEAD + TAKEN + TAIL + "x = 1\n", Kept(SIZE, SIZE, (3, 4))),
        ("undone", HEAD + TAIL, Kept(0, SIZE, ())),
        (
            "second line gone",
            HEAD + TAKEN.split("\n")[0] + "\n" + TAIL,
            Kept(len("forrowinrows:"), SIZE, (2,)),
        ),
        (
            "a word changed",
            HEAD + TAKEN.replace("price", "cost") + TAIL,
            Kept(SIZE - len("price"), SIZE, (2, 3)),
        ),
        ("all replaced", "print('other')\n", Kept(0, SIZE, ())),
        ("empty", "", Kept(0, SIZE, ())),
    ],
)
def test_what_is_left_is_counted(name: str, now: str, expected: Kept) -> None:
    span = Span(len(HEAD), len(HEAD + TAKEN))
    assert kept(document(HEAD + TAKEN + TAIL), span, document(now)) == expected


def test_only_the_part_of_a_line_that_was_taken_counts() -> None:
    text = "value = compute(left, right)\n"
    span = Span(text.index("compute"), len(text) - 1)
    assert kept(document(text), span, document("other = compute(left, right)\n")).characters == len(
        "compute(left,right)"
    )


def test_a_document_changed_everywhere_is_compared_by_equal_lines_only() -> None:
    lines = [f"line_{number} = {number}\n" for number in range(4_000)]
    before = document("".join(lines))
    span = before.span_of_lines(2_000, 2_001)
    after = document("".join(f"# {line}" if number != 2_000 else line for number, line in enumerate(lines)))
    assert kept(before, span, after).lines == (2_000,)
