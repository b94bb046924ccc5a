"""Counting brackets in a piece of code, so that none is dropped that the piece itself needs. Pure."""

from __future__ import annotations

import re

OPENERS = {")": "(", "]": "[", "}": "{"}
"""The opener of each closer."""
QUOTED = re.compile(r'"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'|`(?:\\.|[^`\\])*`')
_ESCAPED = re.compile(r"\\.")
_ARROW = re.compile(r"[-=]>|[<>]=|<<|>>>?=")


def surplus(text: str, closers: str = ")]}") -> int:
    """Closers less openers outside quotes: negative while `text` leaves a bracket open."""
    bare = QUOTED.sub("", text)
    return sum(bare.count(closer) - bare.count(OPENERS[closer]) for closer in closers)


def unopened(text: str, closer: str) -> int | None:
    """Offset of the first `closer` outside quotes that `text` has not opened, or None."""
    depth = 0
    for at, character in enumerate(QUOTED.sub(lambda hit: " " * len(hit[0]), text)):
        depth += (character == OPENERS[closer]) - (character == closer)
        if depth < 0:
            return at
    return None


def can_spare(text: str, tail: str) -> bool:
    """True if `text` needs none of the closers and quotes at its end, which are `tail`."""
    if any(surplus(text, closer) < surplus(tail, closer) > 0 for closer in OPENERS):
        return False
    if ">" in tail and _angles(text[: len(text) - len(tail)]) < 0:
        return False
    plain, end = _ESCAPED.sub("", text), _ESCAPED.sub("", tail)
    return not any(end.count(quote) % 2 and plain.count(quote) % 2 == 0 for quote in "\"'`")


def _angles(text: str) -> int:
    bare = _ARROW.sub("", text)
    return bare.count(">") - bare.count("<")
