"""Which lines were typed lately, as they were before and as they are now: changes that may be made again."""

from __future__ import annotations

from counterpoint.flows.desk import Desk
from counterpoint.flows.memory import Memory
from counterpoint.inline.patterns import Change
from counterpoint.text import Document


def follow(memory: Memory, desk: Desk, before: Document) -> None:
    """A document has changed. A line counts once another one is typed: until then it is unfinished."""
    now, line = desk.document.lines, desk.line
    old = before.lines
    if line is not None and old[: line[0]] == now[: line[0]] and old[line[0] + 1 :] == now[line[0] + 1 :]:
        return
    if line is not None:
        change = Change(line[1], before.line(line[0]))
        if change.before != change.after:
            memory.recent.append(change)
    first, more = same_lines(old, now), len(now) - len(old)
    if more > 0:  # whole lines were put in, or a line was divided: the last of them is typed on
        whole = old[first:] == now[first + more :]
        desk.line = (first + more - whole, "")
    else:
        desk.line = (first, before.line(first))


def same_lines(old: tuple[str, ...], new: tuple[str, ...]) -> int:
    """How many lines both begin with. Halves of equal tuples are compared without a loop of our own."""
    low, high = 0, min(len(old), len(new))
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
