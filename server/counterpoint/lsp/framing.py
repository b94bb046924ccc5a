"""Bytes to messages and back: headers, lengths, JSON. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

LIMIT_BYTES = 512 * 1024 * 1024
"""Longer messages are taken for a corrupted stream: no editor sends them."""

_HEADER = re.compile(rb"\s*([A-Za-z][A-Za-z0-9-]*)\s*:\s*(.*?)\s*")
_KNOWN = frozenset((b"content-length", b"content-type"))
_HEADER_LIMIT = 64 * 1024


class Corrupt(Exception):
    """The stream cannot be followed any further."""


class Frames:
    """Cuts a byte stream into message bodies.

    Header names may have any case and lines may end in a bare LF; lines that are no header are skipped.
    With `strict`, any line but the two known headers raises `Corrupt`: on a TCP port the bytes may come
    from a web page that posts to this machine, and its request line must not be read past.
    """

    def __init__(self, *, strict: bool = False) -> None:
        self._strict = strict
        self._buffer = bytearray()
        self._length: int | None = None
        self._in_body = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield each body that `data` completes. Raises Corrupt where the stream is lost."""
        self._buffer += data
        while True:
            if not self._in_body and not self._read_headers():
                return
            length = self._length or 0
            if len(self._buffer) < length:
                return
            body = bytes(memoryview(self._buffer)[:length])
            del self._buffer[:length]
            self._length, self._in_body = None, False
            yield body

    def _read_headers(self) -> bool:
        while (end := self._buffer.find(b"\n")) >= 0:
            line = bytes(self._buffer[:end]).rstrip(b"\r")
            del self._buffer[: end + 1]
            if line.strip():
                self._read_header(line)
            elif self._length is not None:
                self._in_body = True
                return True
        if len(self._buffer) > _HEADER_LIMIT:
            raise Corrupt("a header line without an end")
        return False

    def _read_header(self, line: bytes) -> None:
        match = _HEADER.fullmatch(line)
        name = match[1].lower() if match else b""
        if self._strict and name not in _KNOWN:
            raise Corrupt("bytes that are no language-server message")
        if not match or name != b"content-length" or not match[2].isdigit():
            return
        self._length = int(match[2])
        if self._length > LIMIT_BYTES:
            raise Corrupt(f"a message of {self._length} bytes")


def decode(body: bytes) -> Any:
    """JSON to plain values. Raises ValueError.

    What the fast decoder refuses but editors may send is repaired: half a surrogate pair becomes one
    character of the same UTF-16 length, so that later positions still fit, and so do invalid bytes.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        value = json.loads(body.decode("utf-8", "replace"))
        text = json.dumps(value, ensure_ascii=False)
        return json.loads(text.encode("utf-8", "replace"))


def encode(message: Any) -> bytes:
    """A framed message. Raises TypeError or ValueError if it is not made of plain values."""
    try:
        body = orjson.dumps(message)
    except TypeError:  # lone surrogates, keys that are not text: rare, so the slow way is soon enough
        body = json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%b" % (len(body), body)
