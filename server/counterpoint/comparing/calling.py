"""Whether what stands round a gap calls for what stood in it. Pure.

A completion is asked for without a word of what is wanted. Only the code round it can tell: it uses a name
that the gap has to make, or makes one that nothing uses without it. All else that was written there must be
written elsewhere in the file as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from counterpoint.comparing.commits import Delta, Hunk
from counterpoint.comparing.sides import Sides, code_lines, quoted_in
from counterpoint.context.ranking import IDENTIFIER, STOP

_MAKES = re.compile(r"\s*(?:(?:const|let|var)\s+)?([A-Za-z_]\w*)\s*(?::=|=(?![=>])|:\s*[\w.\[\]]+\s*=(?!=))")
_DEFINES = (
    r"\s*(?:export\s+|default\s+|async\s+|pub\s+)*(?:def|func(?:\s*\([^)]*\))?|function|fn|const|let|var)\s+"
)
_NUMBER = re.compile(r"\b\d[\w.]*")
_LONGEST = 100


def called_for(delta: Delta, hunk: Hunk, rows: Sequence[str]) -> bool:
    """Whether the rest of a file calls for the rows that a hunk put into it, which are left out of it."""
    lines = delta.after.split("\n")
    above, below = lines[: hunk.new], lines[hunk.new + len(rows) :]
    if _is_text(above) or any(len(row) > _LONGEST for row in rows):
        return False
    made = {match[1] for row in rows if (match := _MAKES.match(row))}
    rest = "\n".join((*above, *below))
    texts = [text for row in rows for text in (*quoted_in(row), *_NUMBER.findall(row))]
    if not _names(rows) - made <= frozenset(IDENTIFIER.findall(rest)) or any(
        one not in rest for one in texts
    ):
        return False
    near_above, near_below = _round(delta, hunk, len(rows))
    if len(rows) == 1 and (match := _MAKES.match(rows[0])) and "." not in match[0]:
        name = re.compile(rf"(?<![\w.]){match[1]}\b")
        return not any(map(name.search, near_above)) and any(map(name.search, near_below))
    near = (*near_above, *near_below)
    return any(_is_left(name, near) or _is_unused(name, (*above, *below)) for name in _names(rows[:1]))


def _names(rows: Sequence[str]) -> frozenset[str]:
    return frozenset(
        name for row in rows for name in IDENTIFIER.findall(row) if name not in STOP and len(name) > 1
    )


def _is_text(above: Sequence[str]) -> bool:
    """Whether what follows stands within a text of several lines."""
    whole = "\n".join(above)
    return any(whole.count(mark) % 2 for mark in ('"""', "'''", "`"))


def _round(delta: Delta, hunk: Hunk, count: int) -> tuple[list[str], list[str]]:
    """The lines of the definition a hunk stands in, before and behind it; none where it is in no one."""
    last = hunk.new + count - 1
    holding = [
        one
        for one in Sides(delta).after
        if one.kind != "module" and one.first_line < hunk.new and last <= one.last_line
    ]
    if not holding:
        return [], []
    block = min(holding, key=lambda one: one.last_line - one.first_line)
    lines = delta.after.split("\n")
    return code_lines(lines[block.first_line : hunk.new]), code_lines(lines[last + 1 : block.last_line + 1])


def _is_left(name: str, near: Sequence[str]) -> bool:
    """Whether a definition takes or makes what it does not use: a parameter, or a value of its own."""
    word = re.compile(rf"(?<![\w.]){re.escape(name)}\b")
    having = [at for at, line in enumerate(near) if word.search(line)]
    if not having:
        return False
    head = next((at for at, line in enumerate(near) if line.rstrip().endswith((":", "{"))), 0)
    if having == [at for at in having if at <= head] and len(having) == 1:
        return re.match(rf"{_DEFINES}{re.escape(name)}\b", near[having[0]]) is None
    makes = re.compile(rf"\s*(?:(?:const|let|var)\s+)?{re.escape(name)}(?:\.\w+)*\s*(?::=|=(?!=))")
    return all(makes.match(near[at]) for at in having)


def _is_unused(name: str, rest: Sequence[str]) -> bool:
    """Whether a file defines something, a function above all, that it does not use."""
    word = re.compile(rf"\b{re.escape(name)}\b")
    having = [line for line in code_lines(rest) if word.search(line)]
    return len(having) == 1 and re.match(rf"{_DEFINES}{re.escape(name)}\b", having[0]) is not None
