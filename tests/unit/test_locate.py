"""Quotes are found where they stand once, and never guessed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from counterpoint.jsonscan import ArrayScan, scan
from counterpoint.locate import Place, fitted, locate
from counterpoint.text import Document

LINES = st.sampled_from(["a = 1", "b = 2", "    c()", "", "\td", "if x:", "}"])
WORDS = st.lists(LINES, min_size=1, max_size=12)


@given(WORDS, st.sampled_from(["\n", "\r\n"]), st.data())
def test_a_located_quote_is_what_stands_there(lines: list[str], eol: str, data: st.DataObject) -> None:
    document = Document.of("a", eol.join(lines), "python")
    first = data.draw(st.integers(0, len(lines) - 1))
    last = data.draw(st.integers(first, len(lines) - 1))
    quote = "\n".join(lines[first : last + 1])
    place = locate(document, quote)
    if isinstance(place, Place) and not place.indents:
        found = document.text[place.span.start : place.span.end].replace("\r\n", "\n")
        assert found == quote
        assert document.text.replace("\r\n", "\n").count(quote) == 1
    else:
        assert place in ("absent", "ambiguous") or isinstance(place, Place)


@given(WORDS, st.text(max_size=10))
def test_what_is_not_there_is_never_found(lines: list[str], junk: str) -> None:
    document = Document.of("a", "\n".join(lines), "python")
    assert locate(document, "§" + junk) == "absent"


def test_a_blank_quote_is_absent() -> None:
    assert locate(Document.of("a", "\n\n", "python"), " \n") == "absent"


def test_overlapping_occurrences_are_ambiguous() -> None:
    assert locate(Document.of("a", "aaa", "python"), "aa") == "ambiguous"


def test_two_places_equally_near_are_ambiguous() -> None:
    document = Document.of("a", "x\ny\nx\n", "python")
    assert locate(document, "x", 2) == "ambiguous"
    assert isinstance(locate(Document.of("a", "x\n" * 1 + "y\n" * 9 + "x\n", "python"), "x", 11), Place)


def test_trailing_blanks_of_the_file_do_not_matter() -> None:
    document = Document.of("a", "def f():   \n    return 1\n", "python")
    place = locate(document, "def f():\n    return 1")
    assert isinstance(place, Place)
    assert (place.span.start, place.span.end) == (0, len(document.text) - 1)


def test_a_shallower_quote_is_indented_as_the_file_is() -> None:
    document = Document.of("a", "class A:\n    def f(self):\n        return 1\n", "python")
    place = locate(document, "def f(self):\n    return 1")
    # The first line stands there as it is, the second only indented differently: lines are compared bare.
    assert isinstance(place, Place)
    new = fitted(document, place, "def f(self):\n    return 1", "def f(self):\n    x = 1\n    return x")
    assert new.splitlines() == ["    def f(self):", "        x = 1", "        return x"]


@given(st.integers(1, 9))
def test_objects_are_found_however_the_stream_is_cut(size: int) -> None:
    text = 'Here: ```json\n{"x": ["y"], "items": [{"a": "}]\\"{"}, {"b": [1, {"c": 2}]}, {"bad": }, 3]}\n```'
    state = ArrayScan("items")
    found = [item for at in range(0, len(text), size) for item in state.feed(text[at : at + size])]
    assert found == [{"a": '}]"{'}, {"b": [1, {"c": 2}]}]
    assert state.broken == 2
    assert state.ended


def test_an_array_cut_off_keeps_what_was_complete() -> None:
    found, state = scan('{"items": [{"a": 1}, {"b": ', "items")
    assert found == [{"a": 1}]
    assert state.begun
    assert not state.ended
    assert scan("no json", "items")[1].begun is False
