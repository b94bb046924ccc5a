"""The same change once more: what was just put in between the same neighbours, twice. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LOOKED_AT = 12
_TELLING = 3
_SHORTEST = 4
_IN_CALL = re.compile(r"([\w.]+)\([^()]*\Z")


@dataclass(frozen=True, slots=True)
class Change:
    """One line before and after it was typed, without its end; `before` is "" where the line is new."""

    before: str
    after: str


@dataclass(frozen=True, slots=True)
class _Replaced:
    left: str
    old: str
    new: str
    right: str


def again(before: str, after: str, recent: Sequence[Change]) -> str | None:
    """The rest of a change made twice of late, if the cursor stands where it is begun a third time.

    `before` and `after` are the line's text before and behind the cursor; `recent` has the latest last.
    """
    latest = [_replaced(change) for change in recent[-_LOOKED_AT:] if change.before]
    made: dict[tuple[str, str], list[_Replaced]] = {}
    for one in latest:
        if len(one.new.strip()) >= _SHORTEST:
            made.setdefault((one.old, one.new), []).append(one)
    said = {_rest(before, after, alike, latest) for alike in made.values() if len(alike) >= 2} - {""}
    return said.pop() if len(said) == 1 else None


def _replaced(change: Change) -> _Replaced:
    old, new = change.before, change.after
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    tail = next((at for at in range(shorter - head) if old[-1 - at] != new[-1 - at]), shorter - head)
    ends_old, ends_new = len(old) - tail, len(new) - tail
    return _Replaced(old[:head], old[head:ends_old], new[head:ends_new], old[ends_old:])


def _rest(before: str, after: str, alike: Sequence[_Replaced], latest: Sequence[_Replaced]) -> str:
    """What of the change is still to be typed here, or "".

    The place is known by what stands beside the change, or by the call among whose arguments it was made.
    Nothing is said where something else was put into such a place as well.
    """
    last, earlier = alike[-1], alike[-2]
    left = _common(last.left[::-1], earlier.left[::-1])[::-1].lstrip()
    right = _common(last.right, earlier.right)
    call = _call(last.left) if _call(last.left) == _call(earlier.left) else ""
    if len(left.strip()) < _TELLING and len(right.strip()) < _TELLING and not call:
        return ""
    if not after.startswith(right) or (last.old and after.startswith(last.old)):
        return ""
    others = (one for one in latest if one.left.endswith(left) and one.right.startswith(right))
    if any((one.old, one.new) != (last.old, last.new) and _call(one.left) == call for one in others):
        return ""
    new = last.new
    for typed in range(len(new) - _SHORTEST, -1, -1):
        place = before[: len(before) - typed]
        if before.endswith(new[:typed]) and place.endswith(left) and _call(place) == call and (left or call):
            return new[typed:]
    return ""


def _call(left: str) -> str:
    """The name of the call whose arguments a text ends in, "" outside of any."""
    match = _IN_CALL.search(left)
    return match[1] if match else ""


def _common(one: str, other: str) -> str:
    size = 0
    while size < min(len(one), len(other)) and one[size] == other[size]:
        size += 1
    return one[:size]
