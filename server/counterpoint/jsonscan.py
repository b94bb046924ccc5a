"""JSON objects inside a model's answer, found while it streams and however it is wrapped.

Models put fences and prose round their JSON, and an answer may be cut off in the middle. So the text is
scanned for the array under a key; every object of it that is complete is a value, whatever follows.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass
class ArrayScan:
    """Feed text, get the complete objects of the array under `key`, each once.

    `begun` tells whether the array was seen, `ended` whether its closing bracket was.
    """

    key: str
    text: str = ""
    begun: bool = False
    ended: bool = False
    _at: int = 0
    _broken: int = field(default=0)

    @property
    def broken(self) -> int:
        """Objects whose braces closed but which are no JSON."""
        return self._broken

    def feed(self, more: str) -> Iterator[dict[str, Any]]:
        """Add text; yield the objects it completes."""
        self.text += more
        if not self.begun:
            found = re.search(rf'"{re.escape(self.key)}"\s*:\s*\[', self.text)
            if found is None:
                return
            self.begun, self._at = True, found.end()
        while not self.ended:
            start = self._next_object()
            if start is None:
                return
            end = _object_end(self.text, start)
            if end is None:
                return
            self._at = end
            value = _loads(self.text[start:end])
            if isinstance(value, dict):
                yield value
            else:
                self._broken += 1

    def _next_object(self) -> int | None:
        for at in range(self._at, len(self.text)):
            if self.text[at] == "{":
                return at
            if self.text[at] == "]":
                self.ended = True
                return None
        return None


def scan(text: str, key: str) -> tuple[list[dict[str, Any]], ArrayScan]:
    """All complete objects of the array under `key` in a finished text, and the scan's state."""
    state = ArrayScan(key)
    return list(state.feed(text)), state


def string_list(text: str, key: str) -> tuple[str, ...]:
    """The array of strings under `key` anywhere in the text; empty if there is none."""
    found = re.search(rf'"{re.escape(key)}"\s*:\s*\[', text)
    if found is None:
        return ()
    try:
        value, _ = json.JSONDecoder().raw_decode(text, found.end() - 1)
    except ValueError:
        return ()
    return tuple(item for item in value if isinstance(item, str))


def _object_end(text: str, start: int) -> int | None:
    """Offset past the brace that closes the one at `start`, or None while it is open."""
    depth, quoted, at = 0, False, start
    while at < len(text):
        character = text[at]
        if quoted:
            if character == "\\":
                at += 1
            elif character == '"':
                quoted = False
        elif character == '"':
            quoted = True
        elif character in "{[":
            depth += 1
        elif character in "}]":
            depth -= 1
            if depth == 0:
                return at + 1
        at += 1
    return None


def _loads(text: str) -> Any:
    try:
        return json.loads(text, strict=False)
    except ValueError:
        return None
