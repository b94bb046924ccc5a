"""The file that findings belong to when theirs is not there any more: renamed, moved, or split. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from counterpoint.anchors import Anchored
from counterpoint.reviewing.lines import aligned, marks_in, print_of
from counterpoint.text import Document

_MOST = 12
"""Candidates that are read."""
_SAME = 0.5
"""Share of the lines with code that must be there."""


def home(
    items: Sequence[Anchored],
    defining: Callable[[str], Sequence[str]],
    read: Callable[[str], Document | None],
) -> str | None:
    """The path of the file that has most of the lines of the file these findings were in; None if none has
    half of them.

    `defining` names files that define a symbol, by the last part of its name; `read` gives their documents.
    """
    votes: Counter[str] = Counter()
    for item in items:
        name = item.anchor.symbol.rpartition(".")[2]
        if name:
            votes.update(dict.fromkeys(defining(name), 1))
    best, share = None, 0.0
    for path, _ in votes.most_common(_MOST):
        document = read(path)
        if document is not None and (here := _share(items, document)) > share:
            best, share = path, here
    return best if share >= _SAME else None


def _share(items: Sequence[Anchored], document: Document) -> float:
    """Of the largest print among the findings, how much of the code stands in a document."""
    marks = marks_in(max((item.anchor.print for item in items), key=len))
    solid = [line for line, mark in enumerate(marks) if mark >> 8]
    found = aligned(marks, marks_in(print_of(document.lines)))
    return sum(found[line] >= 0 for line in solid) / len(solid) if solid else 0.0
