"""The statements of a Python text without a parser: its strings and comments blanked, its lines joined.

A statement is found by the line it begins at. Brackets, strings and backslashes that go over the end of a
line join the next one to it. Where the text leaves a doubt about that, there is no answer.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from operator import sub
from typing import NamedTuple

_STRING = re.compile(
    rb"""(\#[^\n]*|\"\"\"[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*\"\"\"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''
    |"[^"\\\n]*(?:\\.[^"\\\n]*)*"|'[^'\\\n]*(?:\\.[^'\\\n]*)*')""",
    re.VERBOSE | re.DOTALL,
)
_FILL = bytes(10 if byte == 10 else 126 for byte in range(256))
_OPEN, _CLOSE = b"\x01", b"\x02"
"""Stand at the ends of a string of several lines, which is to its lines what a bracket is."""
_SHAPE = b"()[]{}\n\\" + _OPEN + _CLOSE
_NO_SHAPE = bytes(byte for byte in range(256) if byte not in _SHAPE)
_PAIRS = {40: 41, 91: 93, 123: 125, 1: 2}
_DOUBTFUL = (b'"', b"'", b"`", b";", b"\f", b"\v", b"$")
"""A quote that is left is one that was not closed. Statements with a semicolon between them are rare."""
_TAB = re.compile(rb"^ *\t\s*[^\s]", re.MULTILINE)


class Lines(NamedTuple):
    """`text` is `data` with `~` for strings and spaces for comments and backslashes; rows are those of
    `data`, from 0."""

    data: bytes
    text: bytes
    lines: list[bytes]
    """Of `text`, by row."""
    starts: list[int]
    """Where each row begins, and one more."""
    indents: list[int]
    """By row; meaningless for one that is empty."""
    rows: list[int]
    """Where statements begin, in order."""
    last: dict[int, int]
    """The last row of the statements that have several."""

    def end(self, row: int) -> int:
        """Where the statement that begins at this row ends in the text."""
        last = self.last.get(row, row)
        return self.starts[last] + len(self.lines[last].rstrip())

    def after(self, row: int) -> int | None:
        """Where the next statement begins."""
        at = bisect_right(self.rows, row)
        return self.rows[at] if at < len(self.rows) else None

    def is_comment(self, row: int) -> bool:
        """True for a row that holds only a comment, given that it holds no code."""
        return bool(self.lines[row]) and self._raw(row).lstrip()[:1] == b"#"

    def comment_indent(self, row: int) -> int:
        """How far a comment is indented."""
        line = self._raw(row)
        return len(line) - len(line.lstrip())

    def _raw(self, row: int) -> bytes:
        return self.data[self.starts[row] : self.starts[row + 1]]


def lines_of(data: bytes) -> Lines | None:
    """None if there is a doubt."""
    if _OPEN in data or _CLOSE in data:
        return None
    parts = _STRING.split(data)
    parts[1::2] = [
        b" " * len(part) if part[0] == 35 else b"~" * len(part) if b"\n" not in part else _long(part)
        for part in parts[1::2]
    ]
    text = b"".join(parts)
    if any(mark in text for mark in _DOUBTFUL) or (b"\t" in text and _TAB.search(text)):
        return None
    joined = _joined(text)
    if joined is None:
        return None
    inside, last = joined
    if b"\\" in text:
        text = text.replace(b"\\", b" ")
    lines = text.split(b"\n")
    lefts = list(map(len, map(bytes.lstrip, lines)))
    starts = [0, *accumulate(map((1).__add__, map(len, lines)))]
    rows = [row for row, left in enumerate(lefts) if left and not inside[row]]
    return Lines(data, text, lines, starts, list(map(sub, map(len, lines), lefts)), rows, last)


def _long(string: bytes) -> bytes:
    return _OPEN + string[1:-1].translate(_FILL) + _CLOSE


def _joined(text: bytes) -> tuple[bytearray, dict[int, int]] | None:
    """For each row whether it goes on with a statement, and the last rows of those of several."""
    shape = text.translate(None, _NO_SHAPE)
    if b"\\" in shape:
        if text.count(b"\\") != text.count(b"\\\n") + text.count(b"\\\r\n"):
            return None
        shape = shape.replace(b"\\\n", b"(\n)")
    size = -1
    while size != len(shape):
        size = len(shape)
        shape = shape.replace(b"()", b"").replace(b"[]", b"").replace(b"{}", b"").replace(b"\x01\x02", b"")
    rows = shape.split(b"\n")
    return _closed(((row, left) for row, left in enumerate(rows) if left), len(rows))


def _closed(unbalanced: Iterable[tuple[int, bytes]], count: int) -> tuple[bytearray, dict[int, int]] | None:
    """As `_joined`, from the rows that open or close something; None if not all is closed in its order."""
    inside, last = bytearray(count), {}
    stack: list[int] = []
    first = before = 0
    for row, left in unbalanced:
        if stack:
            inside[before + 1 : row + 1] = b"\1" * (row - before)
        else:
            first = row
        for byte in left:
            if byte in _PAIRS:
                stack.append(_PAIRS[byte])
            elif not stack or stack.pop() != byte:
                return None
        if row > first:
            last[first] = row
        before = row
    return None if stack else (inside, last)
