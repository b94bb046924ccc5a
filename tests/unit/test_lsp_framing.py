from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint.lsp.framing import LIMIT_BYTES, Corrupt, Frames, decode, encode

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.lists(values), st.integers(1, 7))
def test_messages_survive_any_chunking(messages: list[Any], size: int) -> None:
    stream = b"".join(encode(message) for message in messages)
    frames = Frames(strict=True)
    got = [decode(body) for at in range(0, len(stream), size) for body in frames.feed(stream[at : at + size])]
    assert got == messages


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 2\r\n\r\n",
        b"content-length:2\n\n",
        b"CONTENT-LENGTH :  2 \r\nContent-Type: x; charset=utf-8\r\n\r\n",
        b"X-Other: 5\r\nContent-Length: 2\r\n\r\n",
        b"\r\n\r\nnoise without a colon\r\nContent-Length: 2\r\n\r\n",
        b"Content-Length: two\r\n\r\nContent-Length: 2\r\n\r\n",
    ],
)
def test_headers_are_read_tolerantly(head: bytes) -> None:
    assert list(Frames().feed(head + b"{}")) == [b"{}"]


def test_an_empty_body_is_a_body() -> None:
    assert list(Frames().feed(b"Content-Length: 0\r\n\r\nContent-Length: 1\r\n\r\n1")) == [b"", b"1"]


@pytest.mark.parametrize(
    "data",
    [
        b"POST / HTTP/1.1\r\n",
        b"GET http://127.0.0.1:1/ HTTP/1.1\r\n",
        b"Host: here\r\n",
        b"Content-Length: %d\r\n" % (LIMIT_BYTES + 1),
        b"x" * 70_000,
    ],
)
def test_a_strict_stream_is_given_up(data: bytes) -> None:
    with pytest.raises(Corrupt):
        list(Frames(strict=True).feed(data))


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"nan", b"{}{}"])
def test_what_is_no_json_is_a_value_error(body: bytes) -> None:
    with pytest.raises(ValueError):
        decode(body)


def test_half_a_surrogate_pair_keeps_its_width() -> None:
    assert decode(b'{"text": "a\\ud83dz", "ok": "\\ud83d\\ude00"}') == {"text": "a?z", "ok": "😀"}


def test_invalid_bytes_keep_the_message() -> None:
    assert decode(b'{"text": "a\xffb"}') == {"text": "a�b"}


def test_the_length_counts_bytes() -> None:
    head, _, body = encode({"text": "é😀"}).partition(b"\r\n\r\n")
    assert int(head.split(b": ")[1]) == len(body)
    assert json.loads(body) == {"text": "é😀"}


def test_what_the_fast_encoder_refuses_is_sent_all_the_same() -> None:
    body = encode({"text": "\ud83d", 5: 2**70}).partition(b"\r\n\r\n")[2]
    assert json.loads(body) == {"text": "\ud83d", "5": 2**70}
    with pytest.raises(TypeError):
        encode({"value": object()})
