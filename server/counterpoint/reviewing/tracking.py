"""Places in a document followed through every edit of it. Pure.

A place is its two ends; `fresh` are the parts that were put in since. A place whose text was replaced or
deleted as a whole is `lost`, and may only come back in fresh text: what stood there before is something else,
however much it looks the same.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from zlib import crc32

from counterpoint.index.edits import LineEdit
from counterpoint.reviewing.lines import aligned, marks_in, print_of
from counterpoint.text import Document, Position, split_lines

Part: TypeAlias = tuple[Position, Position]
_MOST = 64
"""Fresh parts that are told apart; beyond, the two nearest become one."""
_ORIGIN = Position(0, 0)


@dataclass(frozen=True, slots=True)
class Cut:
    """A place in a text that was deleted, as lines and columns from its start, and the mark of that text."""

    start: Position
    end: Position
    mark: int


@dataclass(frozen=True, slots=True)
class Track:
    """Where a place is. `touched` says that an edit reached it or its neighbours; `lost` that all of its text
    went, in exchange for other text if it was `replaced`. `cut` is then where the place was in what went, to
    be known when that is pasted, or put back. `was` is the lost track of a place that was found so."""

    start: Position
    end: Position
    touched: bool = False
    lost: bool = False
    replaced: bool = False
    cut: Cut | None = None
    was: Track | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A replaced part of a text and where the new text ends. `old` and `new` are marks of the two texts,
    which white space does not change; 0 for one that is blank, or not known."""

    start: Position
    end: Position
    until: Position
    old: int
    new: int

    @property
    def blank(self) -> bool:
        return not self.new

    @classmethod
    def of(cls, edit: LineEdit, before: Document | None = None) -> Change:
        """The change an edit makes in a document; a line past the last stays past it."""
        lines = split_lines(edit.text)
        if edit.text.endswith(("\n", "\r")):
            lines = (*lines, "")
        start = Position(edit.first_line, edit.first_column)
        if len(lines) <= 1:
            until = Position(start.line, start.column + len(edit.text))
        else:
            until = Position(start.line + len(lines) - 1, len(lines[-1]))
        end = Position(edit.last_line, edit.last_column)
        old = _mark(_between(before, start, end)) if before is not None and start < end else 0
        return cls(start, end, until, old, _mark(edit.text))

    def shifted(self, place: Position) -> Position:
        """Where a position at or behind the replaced part is now."""
        if place.line > self.end.line:
            return Position(place.line + self.until.line - self.end.line, place.column)
        return Position(self.until.line, self.until.column + place.column - self.end.column)


def narrowed(edit: LineEdit, before: Document, after: Document) -> LineEdit:
    """An edit with its end within the document. Of one that replaced a whole document, as some clients tell
    of every change, only the lines that differ."""
    if edit.last_line + 1 < len(before.lines):
        return edit
    end = before.position(before.starts[-1])
    if edit.last_line >= len(before.lines):
        edit = edit._replace(last_line=end.line, last_column=end.column)
    if (edit.first_line, edit.first_column) != (0, 0) or Position(edit.last_line, edit.last_column) != end:
        return edit
    most = min(len(before.lines), len(after.lines))
    head = next((at for at in range(most) if before.lines[at] != after.lines[at]), most)
    same = (at for at in range(most - head) if before.lines[-1 - at] != after.lines[-1 - at])
    tail = next(same, most - head)
    text = "".join(after.lines[head : len(after.lines) - tail])
    return LineEdit(head, 0, len(before.lines) - tail, 0, text)


def followed(track: Track, change: Change) -> Track:
    """The track after a change."""
    back = not track.replaced or change.start == track.start  # pasted anywhere; put back only where it was
    if track.lost and back and track.cut is not None and change.new == track.cut.mark:
        ends = (_from(change.start, track.cut.start), _from(change.start, track.cut.end))
        return Track(*ends, touched=True, was=_moved(track, change))
    if track.cut is not None and change.old == track.cut.mark:
        track = replace(track, cut=None)  # what is pasted next is rather that
    if track.was is not None:
        track = replace(track, was=_moved(track.was, change))
    return _moved(track, change)


def _between(document: Document, start: Position, end: Position) -> str:
    lines = list(document.lines[start.line : end.line + 1])
    if end.line < len(document.lines):
        lines[-1] = lines[-1][: end.column]
    if lines:
        lines[0] = lines[0][start.column :]
    return "".join(lines)


def _mark(text: str) -> int:
    solid = "".join(text.split())
    return crc32(solid.encode("utf-8", "surrogatepass")) or 1 if solid else 0


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
        ends = _beyond(change.start, start), _beyond(change.start, end)
        cut = Cut(*ends, change.old) if change.old else None
        return Track(change.start, change.start, True, True, not change.blank, cut)
    if change.end <= start:  # right in front
        return replace(track, start=change.shifted(start), end=change.shifted(end), touched=True)
    if end <= change.start:  # right behind
        return replace(track, touched=True)
    first, last = start, change.shifted(end) if change.end <= end else change.start
    if change.start < start or (change.start == start and not change.new):
        first = change.until
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


def reworked(fresh: Sequence[Part], change: Change, before: Document, after: Document) -> tuple[Part, ...]:
    """The same where one change replaced many lines, as formatters do: those that are the same are not fresh
    for that."""
    first, last, until = change.start.line, change.end.line, change.until.line
    if last - first < 2 or until - first < 2:
        return freshened(fresh, change)
    old, new = before.lines[first : last + 1], after.lines[first : until + 1]
    same = aligned(marks_in(print_of(old)), marks_in(print_of(new)))
    stays = {
        first + at
        for line, at in enumerate(same, first)
        if at >= 0 and not any(start.line <= line <= end.line for start, end in fresh)
    }
    found = []
    for start, end in freshened(fresh, change):
        found += _without(start, end, stays)
    return tuple(found)


def _without(start: Position, end: Position, lines: Collection[int]) -> list[Part]:
    """A part less some whole lines."""
    found: list[Part] = []
    at = start
    for line in sorted(line for line in lines if start.line <= line <= end.line):
        if at < Position(line, 0):
            found.append((at, Position(line, 0)))
        at = max(at, Position(line + 1, 0))
    if at < end:
        found.append((at, end))
    return found


def _apart(one: Part, other: Part) -> tuple[int, int]:
    lines = other[0].line - one[1].line
    return lines, other[0].column - one[1].column if not lines else 0


def everything(lines: int) -> tuple[Part, ...]:
    """A whole document of so many lines as one fresh part."""
    return ((_ORIGIN, Position(lines + 1, 0)),)
