"""What of a document a completion shows: the file but for some lines round the cursor, and those lines."""

from __future__ import annotations

import pytest

from counterpoint.context import Around, around
from counterpoint.text import Document, Situation, Span

LINES = [f"line_{number:04} = total({number})\n" for number in range(2_000)]
BUDGET = 7_200


def seen(text: str, at: int, budget: int = BUDGET) -> Around:
    return around(Situation(Document.of("a.py", text, "python"), Span(at, at)), budget)


def whole(shown: Around) -> str:
    return shown.above + shown.before + shown.after + shown.below


@pytest.mark.parametrize("count", [0, 1, 2, 5, 30, 120, 2_000])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_the_pieces_are_one_stretch_of_the_file_round_the_cursor(count: int, share: float, end: str) -> None:
    text = "".join(LINES[:count]).removesuffix("\n") + "\n" * bool(end)
    text = text.replace("\n", end or "\n")
    at = int(len(text) * share)
    at += text[at - 1 : at + 1] == "\r\n"
    shown = seen(text, at)
    assert whole(shown) == text[shown.span.start : shown.span.end].replace("\r\n", "\n")
    assert len(whole(shown)) <= BUDGET * 1.1
    assert shown.span.start <= at <= shown.span.end
    assert shown.above == "" or shown.above.endswith("\n")
    assert len(shown.above) + len(shown.before) == len(text[shown.span.start : at].replace("\r\n", "\n"))
    if len(text) <= BUDGET:
        assert shown.span == Span(0, len(text))


def test_the_lines_next_to_the_cursor_are_with_it() -> None:
    text = "".join(LINES)
    for row in range(900, 940):
        shown = seen(text, text.index(LINES[row]) + 4)
        assert shown.before.endswith("".join(LINES[row - 3 : row]) + "line")
        assert shown.after.startswith(LINES[row][4:] + LINES[row + 1])
        assert shown.before.count("\n") < 20
        assert shown.after.count("\n") < 9


def test_typing_leaves_the_file_round_the_hole_as_it_was() -> None:
    """Between the steps of the hole: those of the lines before the cursor come every sixteen lines."""
    text = "".join(LINES)
    at = text.index(LINES[1_011])
    first = seen(text, at)
    typed = "def more(items):\n    found = []\n    for one in items:\n        found.append(one)\n"
    for end in range(len(typed)):
        shown = seen(text[:at] + typed[:end] + text[at:], at + end)
        assert (shown.above, shown.below) == (first.above, first.below)
        assert shown.before == first.before + typed[:end]


def test_a_step_of_the_hole_keeps_the_beginning() -> None:
    text = "".join(LINES)
    starts = set()
    for row in range(1_000, 1_128):
        shown = seen(text, text.index(LINES[row]))
        starts.add(shown.span.start)
    assert len(starts) <= 5


def test_a_line_of_half_a_megabyte_shows_what_is_next_to_the_cursor() -> None:
    text = "x" * 500_000
    shown = seen(text, 200_000)
    assert (shown.above, shown.below) == ("", "")
    assert BUDGET * 0.6 < len(shown.before + shown.after) <= BUDGET
    assert len(shown.after) < len(shown.before)
