"""One change on top of another, as one change of the first text."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.answers import FileChange
from counterpoint.composing import composed
from counterpoint.text import Edit, Span, apply


def change(before: str, *edits: tuple[int, int, str], **more: object) -> FileChange:
    made = tuple(Edit(Span(start, end), new) for start, end, new in edits)
    return FileChange("a.py", before, made, **more)  # type: ignore[arg-type]


def on_top(first: FileChange, *edits: tuple[int, int, str], **more: object) -> FileChange:
    return change(apply(first.before or "", first.edits), *edits, **more)


def test_edits_apart_stay_apart_with_their_reasons() -> None:
    first = change("one two three", (0, 3, "1"), reasons=("first",))
    both = composed(first, on_top(first, (6, 11, "3"), reasons=("second",), doubts=("sure?",)))
    assert both.edits == (Edit(Span(0, 3), "1"), Edit(Span(8, 13), "3"))
    assert both.reasons == ("first", "second")
    assert both.doubts == ("", "sure?")


def test_an_edit_inside_what_the_first_wrote_becomes_part_of_it() -> None:
    first = change("one two", (4, 7, "abcdef"), reasons=("letters",), extras=(True,))
    both = composed(first, on_top(first, (6, 8, "XX"), reasons=("crosses",), extras=(True,)))
    assert both.edits == (Edit(Span(4, 7), "abXXef"),)
    assert both.reasons == ("letters; crosses",)
    assert both.extras == (True,)


def test_an_edit_that_undoes_the_first_leaves_nothing() -> None:
    first = change("one two", (4, 7, "2"))
    assert composed(first, on_top(first, (4, 5, "two"))).edits == ()


def test_a_deletion_is_kept_where_the_second_writes_beside_it() -> None:
    first = change("abc", (1, 2, ""))
    both = composed(first, on_top(first, (1, 1, "X")))
    assert apply("abc", both.edits) == "aXc"


def test_a_new_file_that_is_mended_stays_new() -> None:
    first = FileChange("n.py", None, (Edit(Span(0, 0), "x = (1\n"),))
    both = composed(first, FileChange("n.py", "x = (1\n", (Edit(Span(6, 6), ")"),)))
    assert both.before is None
    assert apply("", both.edits) == "x = (1)\n"


@st.composite
def edits_of(draw: st.DrawFn, text: str) -> tuple[tuple[int, int, str], ...]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = [(start, end) for start, end in zip(cuts[::2], cuts[1::2], strict=False)]
    return tuple((start, end, draw(st.text("xyz\n", max_size=4))) for start, end in pairs)


@settings(max_examples=400, deadline=None)
@given(st.data())
def test_both_at_once_is_one_after_the_other(data: st.DataObject) -> None:
    before = data.draw(st.text("abc\n", max_size=24))
    first = change(before, *data.draw(edits_of(before)))
    middle = apply(before, first.edits)
    second = change(middle, *data.draw(edits_of(middle)))
    assert apply(before, composed(first, second).edits) == apply(middle, second.edits)
