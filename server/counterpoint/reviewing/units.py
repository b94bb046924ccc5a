"""Which blocks of a document a review is about: those of a change, of a place, or all of them. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from counterpoint.context.blocks import Block, Outline, whole
from counterpoint.reviewing.unit import Unit
from counterpoint.text import Document, Span

CHANGED, ASKED = "changed", "named by you"
Lines = tuple[int, int]
"""The first and the last of some lines, 0-based and inclusive."""

_HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")


def changed(
    document: Document,
    outline: Outline | None,
    hunks: Sequence[Lines] = (),
    before: Outline | None = None,
    diff: str = "",
) -> tuple[Unit, ...]:
    """The blocks that say something else than before, each with the hunks and the part of the diff in it.

    Where the text before the change is known, syntax decides: a block whose digest was there already, under
    whatever name and wherever it stood, is not changed. Else the hunks decide, and without any of them the
    whole document is new. `outline` None is a document that nobody took apart: one block.
    """
    found = _outline(document, outline)
    if before is not None:
        blocks = _not_in(found, before)
    elif hunks:
        blocks = [block for block in found.blocks if any(block.meets(*lines) for lines in hunks)]
    else:
        blocks = list(found.blocks)
    return tuple(_unit(document, block, CHANGED, hunks, diff) for block in blocks)


def asked(document: Document, outline: Outline | None, span: Span | None = None) -> tuple[Unit, ...]:
    """The blocks a span has a part of; all of them for None.

    A cursor on the head of a class asks for the class with its methods, one between blocks for the nearest.
    """
    found = _outline(document, outline)
    if span is None:
        return tuple(Unit(document, block, ASKED) for block in found.blocks)
    first = document.position(span.start).line
    last = document.position(max(span.start, span.end - 1)).line
    blocks = [block for block in found.blocks if block.meets(first, last)]
    if span.start == span.end:
        blocks = _with_members(blocks, found) or _nearest(found, first)
    return tuple(Unit(document, block, ASKED) for block in blocks)


def touching(
    document: Document, outline: Outline | None, lines: Sequence[Lines], why: str
) -> tuple[Unit, ...]:
    """The blocks that have one of these lines, which become their hunks. `why` is told to the user."""
    found = _outline(document, outline)
    blocks = [block for block in found.blocks if any(block.meets(*one) for one in lines)]
    return tuple(_unit(document, block, why, lines, "") for block in blocks)


def _outline(document: Document, outline: Outline | None) -> Outline:
    return whole(document.text) if outline is None else outline


def _not_in(now: Outline, before: Outline) -> list[Block]:
    """What of `now` was not there before; of two equal blocks the second is new where there was but one."""
    left = Counter(block.digest for block in before.blocks)
    found = []
    for block in now.blocks:
        if left[block.digest] > 0:
            left[block.digest] -= 1
        else:
            found.append(block)
    return found


def _with_members(blocks: list[Block], outline: Outline) -> list[Block]:
    """A head of a class brings its methods along."""
    heads = tuple(f"{block.name}." for block in blocks if block.name)
    return [one for one in outline.blocks if one in blocks or (heads and one.name.startswith(heads))]


def _nearest(outline: Outline, line: int) -> list[Block]:
    def distance(block: Block) -> int:
        return min(max(first - line, line - last, 0) for first, last in block.pieces)

    return [min(outline.blocks, key=distance)] if outline.blocks else []


def _unit(document: Document, block: Block, why: str, hunks: Sequence[Lines], diff: str) -> Unit:
    inside = tuple(_clipped(block, hunks))
    return Unit(document, block, why, inside, _part(diff, block) if diff else "")


def _clipped(block: Block, hunks: Sequence[Lines]) -> list[Lines]:
    """The lines of the hunks that are lines of the block."""
    both = ((max(first, start), min(last, end)) for first, last in hunks for start, end in block.pieces)
    return sorted({(first, last) for first, last in both if first <= last})


def _part(diff: str, block: Block) -> str:
    """The hunks of a file's diff that touch a block, each with its own head."""
    parts: list[str] = []
    wanted = False
    for row in diff.split("\n"):
        if head := _HUNK.match(row):
            first, count = int(head[1]), int(head[2] or 1)
            # Where lines only went, git names the line before the gap.
            wanted = block.meets(first - 1, first - 1 + max(count - 1, 0 if count else 1))
        if wanted:
            parts.append(row)
    return "\n".join(parts)
