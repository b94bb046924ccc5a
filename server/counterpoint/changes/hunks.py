"""The lines of one hunk, and what its header says of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from counterpoint.changes.values import Line, Sign

_NUMBERS = re.compile(r"^@@\s+-(\d{1,9})(?:,(\d{1,9}))?\s+\+(\d{1,9})(?:,(\d{1,9}))?\s*@@+(?P<head>.*)$")
_HEAD = re.compile(r"^@@+(?P<head>.*?)(?:@@+(?P<rest>.*))?$")
_NO_END = re.compile(r"^\\ ?No newline", re.IGNORECASE)
_DOTS = re.compile(r"^[\s.…]*$")


@dataclass(frozen=True, slots=True)
class Numbers:
    """What a header says. Lines count from 1; a count of 0 names the line before."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int

    @property
    def old_first(self) -> int:
        """The first old line, or the one that new lines come before."""
        return self.old_start if self.old_count else self.old_start + 1

    @property
    def new_first(self) -> int:
        return self.new_start if self.new_count else self.new_start + 1

    def fits(self, lines: Sequence[Line]) -> bool:
        """True if there are as many lines as it says."""
        return (_count(lines, "-"), _count(lines, "+")) == (self.old_count, self.new_count)

    def longer_than(self, lines: Sequence[Line]) -> bool:
        """True if it speaks of more lines than there are."""
        return self.old_count > _count(lines, "-") or self.new_count > _count(lines, "+")


def _count(lines: Sequence[Line], sign: Sign) -> int:
    return sum(line.sign in (" ", sign) for line in lines)


def numbers_of(line: str) -> tuple[Numbers | None, str]:
    """The numbers of a header and what it names behind them. Without numbers, all it names."""
    found = _NUMBERS.match(line)
    if found:
        counts = [int(group) if group else 1 for group in found.groups()[:4]]
        return Numbers(*counts), ""
    named = _HEAD.match(line)
    head = (named["head"] or "").strip() if named else ""
    return None, "" if _DOTS.match(head) or re.match(r"^[-+\d,\s]+$", head) else head


def read_hunk(
    lines: Sequence[str],
    at: int,
    numbers: Numbers | None,
    ends: Callable[[int], bool],
    *,
    fenced: bool = True,
) -> tuple[tuple[Line, ...], int]:
    """The lines of a hunk from a line on, and the number of the line behind it. `fenced` where nothing but
    the diff is among the lines.

    Where the header's numbers fit they say where it ends, so that a removed line `-- x` is none of a next
    header; else it goes on for as long as its lines look like it.
    """
    if numbers is not None:
        counted = _counted(lines, at, numbers)
        if counted is not None and _is_over(lines, counted[1], ends, fenced):
            return counted
    return _until(lines, at, ends, fenced)


def _counted(lines: Sequence[str], at: int, numbers: Numbers) -> tuple[tuple[Line, ...], int] | None:
    old, new = numbers.old_count, numbers.new_count
    found: list[Line] = []
    while (old or new) and at < len(lines):
        line = _line(lines[at])
        if line is None:
            if not _NO_END.match(lines[at]) or not found:
                return None
            found[-1] = Line(found[-1].sign, found[-1].text, True)
        else:
            old, new = old - (line.sign != "+"), new - (line.sign != "-")
            found.append(line)
        at += 1
    if old or new or not found:
        return None
    if at < len(lines) and _NO_END.match(lines[at]):
        found[-1], at = Line(found[-1].sign, found[-1].text, True), at + 1
    return tuple(found), at


def _is_over(lines: Sequence[str], at: int, ends: Callable[[int], bool], fenced: bool) -> bool:
    """True if nothing of the hunk goes on: counts that are too small would cut it."""
    if not fenced and at < len(lines) and not lines[at]:
        return True
    while at < len(lines) and not lines[at]:
        at += 1
    # A line of two dashes and a blank ends a diff in a mail.
    return at == len(lines) or ends(at) or lines[at][0] not in " +-\\" or lines[at] == "-- "


def _until(
    lines: Sequence[str], at: int, ends: Callable[[int], bool], fenced: bool
) -> tuple[tuple[Line, ...], int]:
    found: list[Line] = []
    while at < len(lines) and not ends(at):
        if not fenced and _is_prose(lines, at):
            break
        if _NO_END.match(lines[at]):
            if found:
                found[-1] = Line(found[-1].sign, found[-1].text, True)
        elif (line := _line(lines[at])) is not None:
            found.append(line)
        else:
            # A line of context whose blank was left out; if it is prose it stands nowhere in the file.
            found.append(Line(" ", lines[at]))
        at += 1
    while found and found[-1].sign == " " and not found[-1].text.strip():
        found.pop()
    return tuple(found), at


def _is_prose(lines: Sequence[str], at: int) -> bool:
    """True for a line without a sign behind an empty one, or a fence."""
    line = lines[at]
    return (
        bool(line)
        and line[0] not in " +-\\"
        and (not lines[at - 1].strip() or line.startswith(("```", "~~~")))
    )


def _line(text: str) -> Line | None:
    if not text or text == "\r":
        return Line(" ", text)
    return Line(text[0], text[1:]) if text[0] in " +-" else None  # type: ignore[arg-type]
