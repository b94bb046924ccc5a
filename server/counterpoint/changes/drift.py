"""Indentation that drifted: a file that is indented with tabs answered in blanks, or the other way round."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable

from counterpoint.changes.lines import indent_of

_MOST_MIXED = 0.05
_NUMBERED = re.compile(r"^ *(\d+)(?:\| ?|: ?|\t|→)")


def kept_indent(before: str, text: str) -> str:
    """`text` indented with what `before` is, if all of it uses the other kind and is not only reindented."""
    had, has = _indents(before), _indents(text)
    if not had or not has or _stripped(before) == _stripped(text):
        return text
    tabs = sum("\t" in one for one in had)
    if tabs >= len(had) * (1 - _MOST_MIXED) and not any("\t" in one for one in has):
        unit = _unit(before, text)
        return (
            _each(text, lambda indent: "\t" * (len(indent) // unit) + " " * (len(indent) % unit))
            if unit
            else text
        )
    if not tabs and all(set(one) == {"\t"} for one in has):
        unit = _unit(text, before)
        return _each(text, lambda indent: " " * (len(indent) * unit)) if unit else text
    return text


def _unit(tabbed: str, blank: str) -> int:
    """How many blanks stand for a tab, told by the lines that both texts have; 0 if they do not say."""
    depths: dict[str, set[int]] = {}
    for line in tabbed.splitlines():
        depths.setdefault(line.strip(), set()).add(len(indent_of(line)))
    votes: Counter[int] = Counter()
    for line in blank.splitlines():
        width, known = len(indent_of(line)), depths.get(line.strip(), set())
        if width and len(known) == 1 and (depth := next(iter(known))) and width % depth == 0:
            votes[width // depth] += 1
    best = votes.most_common(1)
    # A text that has little in common with the file is no drifted copy of it, but written anew.
    return best[0][0] if best and best[0][1] * 3 > len(_indents(blank)) and len(votes) == 1 else 0


def _each(text: str, change: Callable[[str], str]) -> str:
    return "".join(
        change(indent_of(line)) + line.lstrip(" \t") if line.strip() else line
        for line in text.splitlines(keepends=True)
    )


def _indents(text: str) -> list[str]:
    return [indent for line in text.splitlines() if line.strip() and (indent := indent_of(line))]


def _stripped(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def unnumbered(text: str) -> str:
    """A whole file without line numbers from 1 on, if all its lines have one."""
    lines = text.splitlines(keepends=True)
    found = [_NUMBERED.match(line) for line in lines]
    if len(lines) < 2 or [one and int(one[1]) for one in found] != list(range(1, len(lines) + 1)):
        return text
    return "".join(line[one.end() :] for line, one in zip(lines, found, strict=True) if one)
