"""What is never offered, however well it fits: what the user has just refused here, and secrets. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

from counterpoint.insertion.place import Gone, Place
from counterpoint.redact import Guard, Source

_NEAR = 2
"""Lines that a place may have moved by."""
_SHORTEST = 4
"""Letters of a deleted text that tell more than a slip of the finger."""
_STAND_IN = re.compile(r"\bSECRET_[A-Z_]{1,40}_[0-9A-F]{3}\b")


def not_deleted(text: str, place: Place) -> str:
    """What was just deleted or undone here does not come back; an answer ends before such lines."""
    if _again(text, place, place.past.deleted):
        return ""
    lines = text.split("\n")
    for gone in _near(place, place.past.deleted, 3 * _NEAR + len(lines)):
        whole = [line.strip() for line in gone.text.strip("\n").split("\n")]
        if gone.before.strip() or len("".join(whole)) < 3 * _SHORTEST:
            continue
        mine = [line.strip() for line in lines]
        for at in range(1, len(mine) - len(whole) + 1):
            if mine[at : at + len(whole)] == whole:
                return "\n".join(lines[:at])
    return text


def not_rejected(text: str, place: Place) -> str:
    """What was refused here is not offered a second time."""
    return "" if _again(text, place, place.past.rejected) else text


def _again(text: str, place: Place, past: Iterable[Gone]) -> bool:
    mine = _bare(text)
    for gone in _near(place, past, _NEAR):
        theirs = _bare(gone.text)
        if len(theirs) < _SHORTEST or _bare(gone.before) != _bare(place.line_before):
            continue
        if mine == theirs or (mine.startswith(theirs) and len(theirs) >= 3 * _SHORTEST):
            return True
        if theirs.startswith(mine) and len(mine) >= 0.6 * len(theirs):
            return True
    return False


def _near(place: Place, past: Iterable[Gone], lines: int) -> Iterable[Gone]:
    return (gone for gone in past if abs(gone.line - place.number) <= lines)


def _bare(text: str) -> str:
    return "".join(text.split())


def not_secret(text: str, place: Place) -> str:
    """Nothing like a key, a token or a password is offered, whether made up or repeated from elsewhere."""
    if _STAND_IN.search(text) and not all(place.knows(one) for one in _STAND_IN.findall(text)):
        return ""
    line = place.line_before
    whole = line + text + place.line_after
    found = Guard(0).find(Source(whole, place.language))
    mine = any(one.span.start < len(line) + len(text) and one.span.end > len(line) for one in found)
    return "" if mine else text
