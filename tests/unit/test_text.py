"""Documents, positions and edits, over texts with every kind of line end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.text import Document, Edit, Position, Span, apply, language_of, split_lines

TEXTS = st.text(alphabet=st.sampled_from("ab\n\r\f\u2028\t 漢😀"), max_size=60)


@given(TEXTS)
def test_lines_join_to_the_text_and_end_only_where_editors_end_them(text: str) -> None:
    lines = split_lines(text)
    assert "".join(lines) == text
    for line in lines[:-1]:
        assert line.endswith(("\n", "\r"))
    for line in lines:
        body = line.removesuffix("\n").removesuffix("\r")
        assert "\n" not in body
        assert "\r" not in body


@given(TEXTS, st.integers(-3, 70))
def test_an_offset_survives_the_way_to_a_position_and_back(text: str, offset: int) -> None:
    document = Document.of("a", text, "plaintext")
    clamped = max(0, min(offset, len(text)))
    position = document.position(offset)
    back = document.offset(position)
    # Amid a CRLF, and between a line's last character and its end, columns are clamped to the line's width.
    assert back <= clamped
    assert text[back:clamped].strip("\r\n") == ""


@given(TEXTS, st.data())
def test_edits_apply_as_slices_do(text: str, data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), min_size=4, max_size=4)))
    edits = [Edit(Span(cuts[2], cuts[3]), "Y"), Edit(Span(cuts[0], cuts[1]), "X")]
    want = text[: cuts[0]] + "X" + text[cuts[1] : cuts[2]] + "Y" + text[cuts[3] :]
    if cuts[0] == cuts[1] == cuts[2] < cuts[3] or len(set(cuts)) == 4:
        assert apply(text, edits) == want


def test_overlapping_edits_are_refused() -> None:
    with pytest.raises(ValueError, match="overlaps"):
        apply("abcdef", [Edit(Span(0, 3), ""), Edit(Span(2, 4), "")])


@pytest.mark.parametrize(
    ("text", "position", "offset"),
    [
        ("", Position(0, 0), 0),
        ("", Position(5, 5), 0),
        ("ab", Position(0, 9), 2),
        ("ab\r\ncd", Position(0, 9), 2),
        ("ab\r\ncd", Position(1, 1), 5),
        ("ab\n", Position(1, 0), 3),
        ("ab\n", Position(-1, 0), 0),
        ("a\fb\nc", Position(1, 0), 4),
    ],
)
def test_positions_beyond_the_text_are_clamped(text: str, position: Position, offset: int) -> None:
    assert Document.of("a", text, "plaintext").offset(position) == offset


def test_a_document_knows_its_own_line_end() -> None:
    assert Document.of("a", "x\r\ny\n", "plaintext").eol == "\r\n"
    assert Document.of("a", "x", "plaintext").eol == "\n"


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("a.py", "python"),
        ("dir.py/readme", "plaintext"),
        ("A.TSX", "typescriptreact"),
        ("Makefile", "plaintext"),
    ],
)
def test_languages_by_ending(path: str, language: str) -> None:
    assert language_of(path) == language
