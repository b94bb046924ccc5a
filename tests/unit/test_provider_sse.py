"""The event reader: the grammar's liberties, and any cut of the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.providers import sse
from counterpoint.providers.sse import Event, EventReader


def read(data: bytes, cuts: tuple[int, ...] = ()) -> list[Event]:
    reader, events, at = EventReader(), list[Event](), 0
    for cut in (*sorted(cut % (len(data) + 1) for cut in cuts), len(data)):
        events += reader.feed(data[at:cut])
        at = cut
    return events


@pytest.mark.parametrize(
    ("data", "events"),
    [
        (b"data: a\n\n", [Event("", "a")]),
        (b"event: x\ndata: a\n\n", [Event("x", "a")]),
        (b"data:a\n\n", [Event("", "a")]),
        (b"data:  a\n\n", [Event("", " a")]),
        (b"data: a\r\ndata: b\r\n\r\n", [Event("", "a\nb")]),
        (b"data: a\rdata: b\r\r", [Event("", "a\nb")]),
        (b"data: a\r\n\rdata: b\n\r\n", [Event("", "a"), Event("", "b")]),
        (b": comment\n\ndata: a\n\n", [Event("", "a")]),
        (b"id: 1\nretry: 5\nunknown: 2\ndata: a\n\n", [Event("", "a")]),
        (b"event: x\n\ndata: a\n\n", [Event("", "a")]),
        (b"data\n\n", [Event("", "")]),
        (b"data: a: b\n\n", [Event("", "a: b")]),
        (b"\xef\xbb\xbfdata: a\n\n", [Event("", "a")]),
        ("data: a\u2028b\x0bc\x85\n\n".encode(), [Event("", "a\u2028b\x0bc\x85")]),
        (b"data: a\n", []),
        (b"data: a", []),
        (b"", []),
    ],
)
def test_grammar(data: bytes, events: list[Event]) -> None:
    assert read(data) == events
    assert read(data, tuple(range(len(data)))) == events


_PIECES = st.sampled_from(
    [
        "data: ",
        "data:",
        "event: e",
        ": c",
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "x",
        "é",
        "𝄞",
        " ",
        "[DONE]",
        "\ufeff",
        "\u2028",
    ]
)


@given(st.lists(_PIECES, max_size=40), st.lists(st.integers(0, 400), max_size=12))
def test_no_cut_changes_the_events(pieces: list[str], cuts: list[int]) -> None:
    data = "".join(pieces).encode()
    assert read(data, tuple(cuts)) == read(data)


@given(
    st.lists(st.tuples(st.text("ab:", max_size=5), st.text(max_size=30)), max_size=6),
    st.sampled_from(["\n", "\r", "\r\n"]),
    st.lists(st.integers(0, 999), max_size=8),
)
def test_what_is_written_is_read(texts: list[tuple[str, str]], end: str, cuts: list[int]) -> None:
    expected = [Event(name, data.replace("\r\n", "\n").replace("\r", "\n")) for name, data in texts]
    written = ""
    for event in expected:
        lines = [f"event: {event.name}", *(f"data: {line}" for line in event.data.split("\n")), "", ""]
        written += end.join(lines)
    assert read(written.encode(), tuple(cuts)) == expected


def test_invalid_utf8_is_an_error() -> None:
    with pytest.raises(UnicodeDecodeError):
        read(b"data: \xff\n\n")


@pytest.mark.parametrize("chunk", [b"data: " + b"x" * 90, b"data: " + b"x" * 40 + b"\n"])
def test_a_giant_event_is_an_error(chunk: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_CHARACTERS", 100)
    reader = EventReader()
    with pytest.raises(ValueError, match="more than 100"):
        for _ in range(4):
            reader.feed(chunk)


def test_many_small_events_are_no_giant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_CHARACTERS", 100)
    reader = EventReader()
    assert sum(len(reader.feed(b"data: 0123456789\n\n")) for _ in range(50)) == 50
