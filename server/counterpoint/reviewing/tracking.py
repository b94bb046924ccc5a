"""Places in a document followed through every edit of it. Pure.

A place is its two ends; `fresh` are the parts that were put in since. A place whose text was replaced or
deleted as a whole is `lost`, and may only come back in fresh text: what stood there before is something else,
however much it looks the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from counterpoint.index.edits import LineEdit
from counterpoint.text import Position, split_lines

Part: TypeAlias = tuple[Position, Position]
_MOST = 64
"""Fresh parts that are told apart; beyond, the two nearest become one."""
_ORIGIN = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Cut:
    """A place in a text that was deleted, as lines and columns from its start, and the extent of it."""

    start: Position
    end: Position
    extent: Position


@dataclass(frozen=True, slots=True)
class Track:
    """Where a place is. `touched` says that an edit reached it or its neighbours; `lost` that all of its text
    went, in exchange for other text if it was `replaced`. `cut` is then where the place was in what was
    deleted: what has its shape may be that, pasted. `was` is the lost track of such a place."""

    start: Position
    end: Position
    touched: bool = False
    lost: bool = False
    replaced: bool = False
    cut: Cut | None = None
    was: Track | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A replaced part of a text and where the new text ends."""

    start: Position
    end: Position
    until: Position
    blank: bool

    @classmethod
    def of(cls, edit: LineEdit) -> Change:
        """The change an edit makes; a line past the last stays past it."""
        lines = split_lines(edit.text)
        if edit.text.endswith(("\n", "\r")):
            lines = (*lines, "")
        start = Position(edit.first_line, edit.first_column)
        if len(lines) <= 1:
            until = Position(start.line, start.column + len(edit.text))
        else:
            until = Position(start.line + len(lines) - 1, len(lines[-1]))
        return cls(start, Position(edit.last_line, edit.last_column), until, not edit.text.strip())

    @property
    def extent(self) -> Position:
        """How many lines and columns the new text reaches beyond its start."""
        return _beyond(self.start, self.until)

    def shifted(self, place: Position) -> Position:
        """Where a position at or behind the replaced part is now."""
        if place.line > self.end.line:
            return Position(place.line + self.until.line - self.end.line, place.column)
        return Position(self.until.line, self.until.column + place.column - self.end.column)


def followed(track: Track, change: Change) -> Track:
    """The track after a change."""
    if track.lost and track.cut is not None and change.extent == track.cut.extent and not change.blank:
        ends = (_from(change.start, track.cut.start), _from(change.start, track.cut.end))
        return Track(*ends, touched=True, was=_moved(track, change))
    if track.was is not None:
        track = replace(track, was=_moved(track.was, change))
    return _moved(track, change)


def _beyond(start: Position, place: Position) -> Position:
    if place.line == start.line:
        return Position(0, place.column - start.column)
    return Position(place.line - start.line, place.column)


def _from(start: Position, place: Position) -> Position:
    if place.line == 0:
        return Position(start.line, start.column + place.column)
    return Position(start.line + place.line, place.column)


def _moved(track: Track, change: Change) -> Track:
    start, end = track.start, track.end
    if change.start > end:
        return track
    if change.end < start:
        return replace(track, start=change.shifted(start), end=change.shifted(end))
    if track.lost:
        return replace(track, start=min(start, change.start), end=min(start, change.start))
    if change.start <= start and end <= change.end and change.start < change.end:
        cut = Cut(*(_beyond(change.start, one) for one in (start, end, change.end)))
        return Track(change.start, change.start, True, True, not change.blank, cut)
    if change.end <= start:  # right in front
        return replace(track, start=change.shifted(start), end=change.shifted(end), touched=True)
    if end <= change.start:  # right behind
        return replace(track, touched=True)
    first = start if start < change.start else change.until
    last = change.shifted(end) if change.end < end else change.start
    if change.start <= start:
        last = change.shifted(end)
    return replace(track, start=first, end=max(first, last), touched=True)


def freshened(fresh: Sequence[Part], change: Change) -> tuple[Part, ...]:
    """The fresh parts after a change."""
    found: list[Part] = []
    mine = (change.start, change.until)
    for start, end in fresh:
        if change.start > end:
            found.append((start, end))
        elif change.end < start:
            found.append((change.shifted(start), change.shifted(end)))
        else:  # they touch
            last = change.shifted(end) if end > change.end else change.until
            mine = (min(mine[0], start), max(mine[1], last))
    if mine[0] < mine[1]:
        found.append(mine)
    found.sort()
    while len(found) > _MOST:
        at = min(range(len(found) - 1), key=lambda one: _apart(found[one], found[one + 1]))
        found[at : at + 2] = [(found[at][0], found[at + 1][1])]
    return tuple(found)


def _apart(one: Part, other: Part) -> tuple[int, int]:
    lines = other[0].line - one[1].line
    return lines, other[0].column - one[1].column if not lines else 0


def everything(lines: int) -> tuple[Part, ...]:
    """A whole document of so many lines as one fresh part."""
    return ((_ORIGIN, Position(lines + 1, 0)),)
