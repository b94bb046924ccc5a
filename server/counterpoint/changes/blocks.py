"""Search/replace blocks: `<<<<<<< SEARCH`, `=======`, `>>>>>>> REPLACE`, and their kin."""

from __future__ import annotations

import re
from collections.abc import Sequence

from counterpoint.changes.paths import cleaned, looks_like_path
from counterpoint.changes.values import Refused, Swap

_OPEN = re.compile(
    r"^[ \t]*(?:<{5,9}[ \t]*(?P<word>SEARCH|ORIGINAL|OLD|FIND|BEFORE|CURRENT|HEAD)?>?|-{5,9}[ \t]*SEARCH>?)"
    r"[ \t]*:?[ \t]*(?P<rest>[^<>]*)$",
    re.IGNORECASE,
)
_DIVIDE = re.compile(r"^[ \t]*={5,9}[ \t]*$")
_CLOSE = re.compile(r"^[ \t]*(?:>{5,9}(?:[ \t]*[\w./-]+)*|<?\+{5,9}[ \t]*REPLACE>?)[ \t]*$", re.IGNORECASE)
_START_LINE = re.compile(r"^:start_line:[ \t]*(\d{1,7})[ \t]*$")
_HINT = re.compile(r"^(?::(?:start|end)_line:[ \t]*\d{1,7}|-{5,9})[ \t]*$")


def opens(line: str) -> bool:
    """True for the mark that opens a block."""
    found = _OPEN.match(line)
    return found is not None and (not found["rest"].strip() or found["word"] is not None or "-" in line)


def stray(line: str) -> bool:
    """True for a mark that only makes sense within a block."""
    return _CLOSE.match(line) is not None and line.strip()[:1] == ">" and len(line.strip()) > 7


def read(lines: Sequence[str], at: int, path: str) -> tuple[Swap, int]:
    """The block that opens at a line, and the number of the line behind it.

    Raises Refused: `cut-off` if it does not close, `malformed` if it does not divide or holds another.
    """
    opening = _OPEN.match(lines[at])
    assert opening is not None
    named = cleaned(opening["rest"])
    path = named if looks_like_path(named) else path
    divides: list[int] = []
    for end in range(at + 1, len(lines)):
        if _DIVIDE.match(lines[end]):
            divides.append(end)
        elif opens(lines[end]):
            raise Refused("malformed", f"{path}: a block begins before the one above it has ended")
        elif _CLOSE.match(lines[end]):
            return _swap(lines, at, divides, end, path), end + 1
    raise Refused("cut-off", f"{path}: a block does not end")


def _swap(lines: Sequence[str], at: int, divides: Sequence[int], end: int, path: str) -> Swap:
    if not divides:
        raise Refused("malformed", f"{path}: a block does not say where the new text begins")
    first, near = at + 1, None
    if number := _START_LINE.match(lines[first]):
        near = int(number[1])
        while first < divides[0] and _HINT.match(lines[first]):
            first += 1
    readings = [(_text(lines[first:middle]), _text(lines[middle + 1 : end])) for middle in divides]
    return Swap(path, *readings[0], near, others=tuple(readings[1:]))


def _text(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
