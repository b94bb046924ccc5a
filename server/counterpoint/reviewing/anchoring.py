"""Where a finding stands now: found again after edits, moves, formatting, a restart, another branch. Pure.

    kept = anchors_of(findings, document)                 -> Anchored each
    places([one.anchor for one in kept], document_now)    -> Span | Stale | Gone each

The lines of the file as it was are matched with those of the file as it is. A place whose line is still there
is taken from it; else its tokens are looked for between the lines round it. What was changed there is stale,
with what is left of it. Only then is it looked for among all lines that are new, where its surroundings must
fit as well. All else is gone. Code that was there before is never taken for code that was deleted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from counterpoint.anchors import Anchor, Anchored, tokens_in
from counterpoint.answers import Finding
from counterpoint.context.enclosing import enclosing_symbol
from counterpoint.reviewing.lines import print_of
from counterpoint.reviewing.seeking import View
from counterpoint.text import Document, Position, Span

_ROUND = 24
"""Tokens remembered on each side of a place."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The code was changed; `span` is what is left of it."""

    span: Span


@dataclass(frozen=True, slots=True)
class Gone:
    """The code is not there. It may come back: by undo, on another branch."""


GONE = Gone()
Where: TypeAlias = Span | Stale | Gone
Lines: TypeAlias = tuple[int, int]
"""First and last line, from 0, inclusive."""
Fresh: TypeAlias = Sequence[tuple[Position, Position]]


def anchors_of(
    findings: Sequence[Finding], document: Document, within: Lines | None = None
) -> tuple[Anchored, ...]:
    """What the findings' places in `document`, in which they were found, are found again by; they share one
    print. `within` keeps that of a piece of the document only, for a
    finding that lies in it, so that the piece is known again in any file."""
    first, last = within or (0, len(document.lines) - 1)
    prints = print_of(document.lines[first : last + 1])
    return tuple(Anchored(item, _anchor(item, document, prints, first)) for item in findings)


def _anchor(item: Finding, document: Document, prints: bytes, first: int) -> Anchor:
    start, end = item.start, item.end
    symbol = item.symbol or enclosing_symbol(document, start.line)
    ahead = tokens_in(document.line(start.line))
    behind = tokens_in(document.line(end.line))
    nth = sum(one[1] <= start.column for one in ahead)
    past = sum(one[0] < end.column for one in behind)
    if start.line == end.line:
        mine = ahead[nth:past]
        tokens = [one[2] for one in mine]
    else:
        mine = [*ahead[nth:], *behind[:past]]
        tokens = [one[2] for one in ahead[nth:]]
        for line in range(start.line + 1, end.line):
            tokens += [one[2] for one in tokens_in(document.line(line))]
        tokens += [one[2] for one in behind[:past]]
    lead = max(0, start.column - ahead[nth][0]) if nth < len(ahead) and mine else 0
    trail = max(0, behind[past - 1][1] - end.column) if past and mine else 0
    return Anchor(
        symbol=symbol,
        tokens=tuple(tokens),
        line=start.line - first,
        more=end.line - start.line,
        nth=nth,
        lead=lead,
        trail=trail,
        before=_before(document, start.line, [one[2] for one in ahead[:nth]]),
        after=_after(document, end.line, [one[2] for one in behind[past:]]),
        print=prints,
    )


def _before(document: Document, line: int, found: list[str]) -> tuple[str, ...]:
    while len(found) < _ROUND and line > 0:
        line -= 1
        found = [one[2] for one in tokens_in(document.line(line))] + found
    return tuple(found[-_ROUND:])


def _after(document: Document, line: int, found: list[str]) -> tuple[str, ...]:
    while len(found) < _ROUND and line + 1 < len(document.lines):
        line += 1
        found = found + [one[2] for one in tokens_in(document.line(line))]
    return tuple(found[:_ROUND])


def place(anchor: Anchor, document: Document, within: Lines | None = None) -> Where:
    """Where an anchor stands now; `within` looks at a piece of the document only."""
    return places([anchor], document, within)[0]


def places(
    anchors: Sequence[Anchor],
    document: Document,
    within: Lines | None = None,
    fresh: Fresh | None = None,
    *,
    whole: bool = False,
) -> tuple[Where, ...]:
    """The same for many. With `fresh`, parts of the document as start and end, nothing is found outside them:
    for code that is known to be none of what stands elsewhere. With `whole` only a line that is the same as
    a whole is taken for the place."""
    views: dict[bytes, View] = {}
    found: list[Where] = []
    for anchor in anchors:
        view = views.get(anchor.print)
        if view is None:
            view = views[anchor.print] = View(anchor.print, document, within, fresh)
        found.append(_place(anchor, view, whole))
    return tuple(found)


def _place(anchor: Anchor, view: View, whole: bool) -> Where:
    """What was changed in its place counts as that, whatever twins it has elsewhere."""
    exact = view.exact(anchor, whole=whole)
    if exact is not None or whole:
        return exact or GONE
    left = view.left(anchor)
    return Stale(left) if left is not None else view.abroad(anchor) or GONE
