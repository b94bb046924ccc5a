"""How much of a text that was put into a document is still there, and where. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from counterpoint.text import Document, Span

_MOST_LINES = 1_500
"""Of the lines that differ, so many are compared; beyond that only equal lines count."""


@dataclass(frozen=True, slots=True)
class Kept:
    """Characters still there of those put in, white space not counted, and their lines (from 0)."""

    characters: int
    of: int
    lines: tuple[int, ...]


def kept(accepted: Document, span: Span, now: Document) -> Kept:
    """What is left in `now` of the text in `span` of `accepted`, the document just after it was taken."""
    first, last = accepted.position(span.start).line, accepted.position(max(span.start, span.end - 1)).line
    old = [accepted.line(number) for number in range(len(accepted.lines))]
    new = [now.line(number) for number in range(len(now.lines))]
    where = _moved(old, new)
    characters, of, lines = 0, 0, []
    for number in range(first, last + 1):
        start, end = accepted.starts[number], accepted.starts[number] + len(old[number])
        mine = accepted.text[max(start, span.start) : min(end, span.end)]
        size = _size(mine)
        of += size
        if (target := where.get(number)) is None or not size:
            continue
        left = size if new[target] == old[number] else _left(mine, new[target])
        characters += left
        if left * 2 >= size:
            lines.append(target)
    return Kept(characters, of, tuple(lines))


def _left(mine: str, line: str) -> int:
    blocks = SequenceMatcher(None, mine, line, autojunk=False).get_matching_blocks()
    return sum(
        _size(mine[one.a : one.a + one.size]) for one in blocks if one.size > 1 or one.size == len(mine)
    )


def _moved(old: Sequence[str], new: Sequence[str]) -> dict[int, int]:
    """For each old line the new line it became: equal ones first, then those that replaced one another."""
    head, least = 0, min(len(old), len(new))
    while head < least and old[head] == new[head]:
        head += 1
    tail = 0
    while tail < least - head and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    found = {number: number for number in range(head)}
    found |= {len(old) - 1 - number: len(new) - 1 - number for number in range(tail)}
    a, b = old[head : len(old) - tail], new[head : len(new) - tail]
    if max(len(a), len(b)) > _MOST_LINES:
        places = {line: head + number for number, line in reversed(list(enumerate(b)))}
        return found | {head + n: places[line] for n, line in enumerate(a) if line.strip() and line in places}
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, a, b, autojunk=False).get_opcodes():
        if tag in ("equal", "replace"):
            found |= {head + x: head + y for x, y in zip(range(a0, a1), range(b0, b1), strict=False)}
    return found


def _size(text: str) -> int:
    return len("".join(text.split()))
