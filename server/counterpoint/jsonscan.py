"""JSON objects inside a model's answer, found while it streams and however it is wrapped.

Models put fences and prose round their JSON, write lists twice, forget to escape a backslash, and an answer
may be cut off in the middle. So the text is scanned for the array under a key; every object of it that is
complete is a value, whatever follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

_MARKS = re.compile(r'["\\{}\[\]]')
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_LITERAL = re.compile(r"-?\d[\d.eE+-]*|true|false|null")
_ESCAPE = re.compile(r'\\(?:(["\\/bfnrt]|u[0-9a-fA-F]{4})|)')
_COMMA = re.compile(r'("(?:[^"\\]|\\.)*")|,(?=\s*[}\]])', re.DOTALL)


@dataclass
class ArrayScan:
    """Feed text, get the complete objects of the array under `key`, each once.

    `begun` tells whether the array was seen, `ended` whether its closing bracket was.
    """

    key: str
    text: str = ""
    begun: bool = False
    ended: bool = False
    at: int = 0
    """Offset of what has not been read yet."""
    _broken: int = field(default=0)
    _arrays: int = 0
    _object: _Object | None = None

    @property
    def broken(self) -> int:
        """Items that are no JSON objects."""
        return self._broken

    def feed(self, more: str) -> Iterator[dict[str, Any]]:
        """Add text; yield the objects it completes."""
        self.text += more
        if not self.begun:
            found = array_under(self.text, self.key, self.at)
            if found is None:
                return
            self.begun, self.at = True, found
        while not self.ended:
            if self._object is None:
                start = self._next_object()
                if start is None:
                    return
                self._object = _Object(start, start)
            end = self._object.end(self.text)
            if end is None:
                return
            value = _loads(self.text[self._object.start : end])
            self.at, self._object = end, None
            if isinstance(value, dict):
                yield value
            else:
                self._broken += 1

    def _next_object(self) -> int | None:
        """Where the next object begins; items of other kinds are counted and passed over."""
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "{":
                return self.at
            if character == '"' or _LITERAL.match(self.text, self.at):
                found = (_STRING if character == '"' else _LITERAL).match(self.text, self.at)
                if found is None or found.end() == len(self.text):
                    return None  # it may go on
                self._broken += 1
                self.at = found.end()
                continue
            self.at += 1
            if character == "[":
                self._arrays += 1
            elif character == "]":
                if not self._arrays:
                    self.ended = True
                    return None
                self._arrays -= 1
        return None


@dataclass
class _Object:
    """An object that is still coming: what was read of it is not read again."""

    start: int
    at: int
    depth: int = 0
    quoted: bool = False

    def end(self, text: str) -> int | None:
        """Offset past the brace that closes it, or None while it is open."""
        while True:
            found = _MARKS.search(text, self.at)
            if found is None:
                self.at = len(text)
                return None
            mark, self.at = found[0], found.end()
            if mark == "\\":
                if self.at >= len(text):
                    self.at -= 1
                    return None
                self.at += self.quoted
            elif mark == '"':
                self.quoted = not self.quoted
            elif not self.quoted:
                self.depth += 1 if mark in "{[" else -1
                if self.depth <= 0:
                    return self.at


def array_under(text: str, key: str, start: int = 0) -> int | None:
    """Offset past the bracket that opens the first array under a key, from an offset on."""
    found = re.compile(rf'"{re.escape(key)}"\s*:\s*\[', re.IGNORECASE).search(text, start)
    return found.end() if found else None


def scan(text: str, key: str) -> tuple[list[dict[str, Any]], ArrayScan]:
    """All complete objects of the array under `key` in a finished text, and the scan's state.

    Of several such arrays the last that is whole counts: a model that thinks aloud ends with what it means.
    """
    best = _scanned(text, ArrayScan(key))
    while best[1].ended:
        following = _scanned(text, ArrayScan(key, at=best[1].at))
        if not following[1].ended:
            break
        best = following
    return best


def scan_from(text: str, start: int) -> tuple[list[dict[str, Any]], ArrayScan]:
    """As `scan`, for the array whose first item begins at an offset or later."""
    return _scanned(text, ArrayScan("", begun=True, at=start))


def _scanned(text: str, state: ArrayScan) -> tuple[list[dict[str, Any]], ArrayScan]:
    return list(state.feed(text)), state


def rescued(text: str, start: int, first: str, also: Sequence[str]) -> list[dict[str, Any]]:
    """Objects that begin with the key `first` and have all of `also`, behind one that never closes.

    A quote that was not escaped makes the scan take all that follows for one string.
    """
    opening = re.compile(r'\{\s*"' + re.escape(first) + r'"\s*:')
    found, at = [], start
    while (match := opening.search(text, at)) is not None:
        end = _Object(match.start(), match.start()).end(text)
        value = _loads(text[match.start() : end]) if end is not None else None
        if isinstance(value, dict) and all(key in value for key in also):
            found.append(value)
            at = end or match.end()
        else:
            at = match.end()
    return found


def objects_in(text: str) -> Iterator[tuple[int, dict[str, Any] | None, bool]]:
    """The outermost objects of a text: where each begins, what it is (None if no reading makes it JSON), and
    whether it ends. One that does not takes all that follows."""
    at = 0
    while (found := re.compile(r'\{\s*"').search(text, at)) is not None:
        start = found.start()
        end = _Object(start, start).end(text)
        value = _loads(text[start:end]) if end is not None else None
        yield start, value if isinstance(value, dict) else None, end is not None
        if end is None:
            return
        at = end


def _loads(text: str) -> Any:
    """The value, also of text with backslashes that escape nothing, or commas before a closing bracket."""
    for attempt in (str, _escaped):
        try:
            return json.loads(attempt(text), strict=False)
        except (ValueError, RecursionError):
            continue
    return None


def _escaped(text: str) -> str:
    text = _ESCAPE.sub(lambda hit: hit[0] if hit[1] else "\\\\", text)
    return _COMMA.sub(lambda hit: hit[1] or "", text)
