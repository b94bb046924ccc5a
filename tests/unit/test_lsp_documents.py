from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.lsp.documents import HISTORY, Change, Documents, carried, edited
from counterpoint.lsp.positions import (
    ENCODINGS,
    Encoding,
    client_position,
    column_of,
    offset_of,
    span_of,
    units_of,
)
from counterpoint.text import Document, Edit, Span, apply, split_lines

texts = st.text(alphabet="ab \t\r\n\x0c\u2028é漢😀\ufeff", max_size=40)
encodings = st.sampled_from(ENCODINGS)
BYTES = {"utf-8": ("utf-8", 1), "utf-16": ("utf-16-le", 2), "utf-32": ("utf-32-le", 4)}


def _length(text: str, encoding: Encoding) -> int:
    codec, width = BYTES[encoding]
    return len(text.encode(codec)) // width


@given(st.text(alphabet="ab\té漢😀\u0301\ufeff"), encodings, st.data())
def test_columns_count_as_the_codecs_do(line: str, encoding: Encoding, data: st.DataObject) -> None:
    column = data.draw(st.integers(0, len(line)))
    units = units_of(line, column, encoding)
    assert units == _length(line[:column], encoding)
    assert column_of(line, units, encoding) == column


@pytest.mark.parametrize(("encoding", "inside"), [("utf-8", (1, 2, 3)), ("utf-16", (1,))])
def test_a_place_inside_a_character_is_its_start(encoding: Encoding, inside: tuple[int, ...]) -> None:
    assert [column_of("😀b", units, encoding) for units in inside] == [0] * len(inside)
    assert column_of("😀b", 99, encoding) == 2
    assert column_of("ab", -1, encoding) == 0


@given(texts, encodings, st.data())
def test_positions_go_there_and_back(text: str, encoding: Encoding, data: st.DataObject) -> None:
    document = Document.of("a", text, "python")
    offset = data.draw(st.integers(0, len(text)))
    back = offset_of(document, *client_position(document, offset, encoding), encoding)
    inside_crlf = text[offset - 1 : offset + 1] == "\r\n"
    assert back == (offset - 1 if inside_crlf else offset)


def test_reversed_and_distant_ranges_are_put_right() -> None:
    document = Document.of("a", "one\ntwo\n", "python")
    assert span_of(document, (1, 2), (0, 1), "utf-16") == Span(1, 6)
    assert span_of(document, (0, 99), (99, 99), "utf-16") == Span(3, 8)


@given(texts, texts, encodings, st.data())
def test_an_edit_of_lines_is_an_edit_of_text(
    old: str, new: str, encoding: Encoding, data: st.DataObject
) -> None:
    document = Document.of("a", old, "python")
    ends = data.draw(st.tuples(st.integers(0, len(old)), st.integers(0, len(old))))
    start, end = (client_position(document, at, encoding) for at in sorted(ends))
    span = span_of(document, start, end, encoding)
    after = edited(document.lines, [Change(new, (start, end))], encoding)
    assert "".join(after) == apply(old, [Edit(span, new)])
    assert after == split_lines("".join(after))


@given(st.lists(st.tuples(texts, st.integers(0, 5), st.integers(0, 9), st.integers(0, 5), st.integers(0, 9))))
def test_many_changes_leave_whole_lines(changes: list[tuple[str, int, int, int, int]]) -> None:
    lines = edited((), [Change(text, ((a, b), (c, d))) for text, a, b, c, d in changes], "utf-16")
    assert lines == split_lines("".join(lines))


def test_a_whole_text_replaces_everything() -> None:
    assert edited(("a\n", "b"), [Change("x", ((0, 0), (0, 1))), Change("c\rd")], "utf-16") == ("c\r", "d")


def test_text_behind_the_end_is_appended() -> None:
    assert edited(("a",), [Change("b", ((7, 0), (9, 3)))], "utf-8") == ("ab",)
    assert edited(("a\n",), [Change("b", ((1, 0), (1, 0)))], "utf-8") == ("a\n", "b")


def _opened(text: str = "one\n") -> Documents:
    documents = Documents(lambda uri: uri.rpartition("/")[2], "utf-16")
    documents.open("file:///w/a%20b.py", "python", 1, text)
    return documents


def test_spellings_of_one_uri_meet() -> None:
    documents = _opened()
    assert documents.get("file:///w/a b.py") is documents.get("file:///w/a%20b.py")
    opened = documents.by_path("a%20b.py")
    assert opened is not None and opened.uri == "file:///w/a%20b.py"


def test_versions_are_kept_for_a_while() -> None:
    documents = _opened()
    first = documents.get("file:///w/a b.py")
    for version in range(2, HISTORY + 2):
        documents.change("file:///w/a b.py", version, [Change("x", ((0, 0), (0, 0)))])
    assert first is not None and first.text == "one\n"
    assert documents.at("file:///w/a b.py", 1) is None
    oldest, newest = documents.at("file:///w/a b.py", 2), documents.get("file:///w/a b.py")
    assert oldest is not None and oldest.text == "xone\n"
    assert newest is not None and newest.text == "x" * HISTORY + "one\n"
    assert len(documents.all()) == 1


def test_changes_to_what_is_not_open_are_ignored() -> None:
    documents = _opened()
    assert documents.change("file:///other", 2, [Change("x")]) is None
    documents.close("file:///w/a b.py")
    documents.close("file:///w/a b.py")
    assert documents.get("file:///w/a b.py") is None
    assert documents.by_path("a%20b.py") is None
    assert documents.at("file:///w/a b.py", 1) is None


def _carry(old: str, new: str, *edits: Edit) -> tuple[Edit, ...] | None:
    return carried(edits, Document.of("a", old, "python"), Document.of("a", new, "python"))


def test_edits_move_along_with_what_was_typed() -> None:
    old, new = "a\nb\nc\n", "a\nB B\nc\n"
    assert _carry(old, new, Edit(Span(0, 1), "A")) == (Edit(Span(0, 1), "A"),)
    assert _carry(old, new, Edit(Span(4, 5), "C")) == (Edit(Span(6, 7), "C"),)
    assert _carry(old, new, Edit(Span(0, 1), "A"), Edit(Span(2, 3), "x")) is None
    assert _carry(old, old, Edit(Span(2, 3), "x")) == (Edit(Span(2, 3), "x"),)


@given(texts, texts, texts, st.data())
def test_carried_edits_touch_the_same_text(head: str, mid: str, tail: str, data: st.DataObject) -> None:
    old = f"{head}\nold\n{tail}"
    new = f"{head}\n{mid}\n{tail}"
    start = data.draw(st.integers(0, len(old)))
    end = data.draw(st.integers(start, len(old)))
    moved = _carry(old, new, Edit(Span(start, end), "!"))
    if moved is not None:
        assert new[moved[0].span.start : moved[0].span.end] == old[start:end]
