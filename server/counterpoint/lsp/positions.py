"""Columns between the client's units and ours. Everything else speaks code points."""

from __future__ import annotations

from typing import Literal, TypeAlias

from counterpoint.text import Document, Position, Span

Encoding: TypeAlias = Literal["utf-8", "utf-16", "utf-32"]
ENCODINGS: tuple[Encoding, ...] = ("utf-8", "utf-16", "utf-32")


def column_of(line: str, units: int, encoding: Encoding) -> int:
    """Code points in the first `units` of a line. Past the end: its length; amid a character: its start."""
    if encoding == "utf-32" or line.isascii():
        return max(0, min(units, len(line)))
    taken = 0
    for column, character in enumerate(line):
        taken += _width(character, encoding)
        if taken > units:
            return column
    return len(line)


def units_of(line: str, column: int, encoding: Encoding) -> int:
    """The client's units in the first `column` code points of a line."""
    if encoding == "utf-32" or line.isascii():
        return min(column, len(line))
    return sum(_width(character, encoding) for character in line[:column])


def _width(character: str, encoding: Encoding) -> int:
    code = ord(character)
    if encoding == "utf-16":
        return 2 if code > 0xFFFF else 1
    return 1 if code < 0x80 else 2 if code < 0x800 else 3 if code < 0x10000 else 4


def offset_of(document: Document, line: int, units: int, encoding: Encoding) -> int:
    """Offset of a client's position, clamped as the specification asks."""
    column = column_of(document.line(line), units, encoding)
    return document.offset(Position(line, column))


def client_position(document: Document, offset: int, encoding: Encoding) -> tuple[int, int]:
    """Line and units, as the client counts them, of one of our offsets."""
    at = document.position(offset)
    return at.line, units_of(document.line(at.line), at.column, encoding)


def span_of(document: Document, start: tuple[int, int], end: tuple[int, int], encoding: Encoding) -> Span:
    """Span of a client's range; a reversed one is turned round."""
    first = offset_of(document, *start, encoding)
    last = offset_of(document, *end, encoding)
    return Span(min(first, last), max(first, last))
