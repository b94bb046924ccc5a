"""Frames become functions as they stand now, although lines have moved or the file was built. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from counterpoint.context.clues import Frame
from counterpoint.context.facts import Definition
from counterpoint.context.outline import Outline
from counterpoint.context.symbols import Symbols
from counterpoint.context.traces import Raised
from counterpoint.context.traces_places import Places, Resolved

_UNNAMED = re.compile(r"^(?:<.*>|anonymous|eval|default|lambda.*|)$")
_ROUND = 8
_REACH = 40
_CALLBACK = re.compile(r"^\s*(?:it|test|describe|bench|suite|beforeEach|beforeAll|before)\b.*\(")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in a file as it stands: the frame's line, or None where it is not known any more, and the
    function it lies in, None at module level. `first` and `last` are the lines to look at, all 0-based."""

    path: str
    line: int | None
    definition: Definition | None
    first: int
    last: int


def spots_of(errors: Sequence[Raised], symbols: Symbols) -> list[list[Spot]]:
    """For each error the places of its frames that lie in the workspace, innermost first, each once."""
    places = Places(tuple(symbols.paths()))
    found = []
    for one in errors:
        spots: dict[tuple[str, int], Spot] = {}
        for resolved in places.resolved(one.frames):
            if (spot := _spot(resolved, symbols)) is not None:
                spots.setdefault((spot.path, spot.first if spot.line is None else spot.line), spot)
        found.append(list(spots.values()))
    return found


def _spot(resolved: Resolved, symbols: Symbols) -> Spot | None:
    """The place of a frame. Of several files that it may mean the first that has its code or its function."""
    frame, built = resolved.frame, resolved.built
    if resolved.path:
        return spot_at(resolved.path, frame, symbols, built=built)
    for telling in (_has_text, _has_function):
        for path in resolved.likely:
            if telling(path, frame, symbols):
                return spot_at(path, frame, symbols, built=built)
    return None


def _has_text(path: str, frame: Frame, symbols: Symbols) -> bool:
    return bool(frame.text) and frame.text in map(str.strip, symbols.lines(path) or ())


def _has_function(path: str, frame: Frame, symbols: Symbols) -> bool:
    outline = symbols.outline(path)
    return outline is not None and not _UNNAMED.match(frame.function) and frame.function in outline.named


def spot_at(path: str, frame: Frame, symbols: Symbols, *, built: bool = False) -> Spot | None:
    """Where a frame of a file is now: where its code stands, else in the function of its name, else at its
    line. None if the file cannot be read."""
    lines, outline = symbols.lines(path), symbols.outline(path)
    if not lines or outline is None:
        return None
    line = None if built else _line(lines, frame)
    named = list(_named(outline, frame))
    inside = [one for one in named if line is not None and one.first_line <= line <= one.last_line]
    if inside or (named and (line is None or not _trusted(lines, line, frame))):
        one = min(inside or named, key=lambda one: abs(one.first_line - frame.line))
        held = line is not None and one.first_line <= line <= one.last_line
        return Spot(path, line if held else None, one, one.first_line, one.last_line)
    if line is None:
        return None
    around = _innermost(outline, line)
    if around is not None:
        return Spot(path, line, around, around.first_line, around.last_line)
    return Spot(path, line, None, *window(lines, line))


def _named(outline: Outline, frame: Frame) -> Iterator[Definition]:
    """The functions that may be the frame's; a constructor is called by its class's name."""
    if _UNNAMED.match(frame.function):
        return
    name = frame.function.rpartition(".")[2]
    yield from (outline.functions[at] for at in outline.named.get(name, ()))
    for one in outline.functions:
        if one.kind == "constructor" and name in (one.owner.rpartition(".")[2], "constructor", "<init>"):
            yield one


def _line(lines: Sequence[str], frame: Frame) -> int | None:
    """The frame's line as the file is now: the nearest that says what the trace quotes, else the same one."""
    if frame.text:
        same = [number for number, line in enumerate(lines) if line.strip() == frame.text]
        if same:
            return min(same, key=lambda number: abs(number - frame.line))
    return frame.line if frame.line < len(lines) else None


def _trusted(lines: Sequence[str], line: int, frame: Frame) -> bool:
    """Whether the line says what the trace quotes."""
    return bool(frame.text) and lines[line].strip() == frame.text


def _innermost(outline: Outline, line: int) -> Definition | None:
    inside = [one for one in outline.functions if one.first_line <= line <= one.last_line]
    return inside[-1] if inside else None


def window(lines: Sequence[str], line: int) -> tuple[int, int]:
    """Lines round one that lies in no function: from the head of the test's callback that it lies in."""
    first = max(0, line - _ROUND)
    indent = _indent(lines[line])
    for number in range(line, max(-1, line - _REACH), -1):
        if _CALLBACK.match(lines[number]) and _indent(lines[number]) < max(1, indent):
            first = number
            break
    return first, min(len(lines) - 1, line + _ROUND)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
