"""Which lines of a document a prompt shows where it is about some pieces of it. Pure.

A file that is short, or mostly asked about, is shown whole. Of a longer one the pieces are shown with what
stands round them and the file's head, whose imports tell what names mean: the rest costs more than it tells,
and what of it matters comes as context.
"""

from __future__ import annotations

from collections.abc import Sequence

from counterpoint.text import Document, Span

LONGEST_LINE = 2_000
"""A longer line is no text that a person wrote: it is left out."""
_SHORT = 4_000
_MOST_OF_IT = 0.6
_MARGIN, _HEAD, _GAP = 6, 20, 4
"""Lines round a piece, at the file's head, and between two pieces that are shown as one."""


def windows(document: Document, ranges: Sequence[Span], characters: int) -> tuple[Span, ...]:
    """Spans of whole lines, in order, that cover the ranges, of about `characters` where the document as a
    whole is meant; what is asked about is shown however long it is."""
    whole = (Span(0, document.starts[-1]),)
    if document.starts[-1] <= min(_SHORT, characters):
        return whole
    last = len(document.lines) - 1
    rows = [(0, min(_HEAD, last))]
    for span in ranges:
        first, end = lines_of(document, span)
        rows.append((max(0, first - _MARGIN), min(last, end + _MARGIN)))
    merged: list[tuple[int, int]] = []
    for first, end in sorted(rows):
        if merged and first <= merged[-1][1] + 1 + _GAP:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((first, end))
    size = _size(document, 0, last)
    shown = sum(_size(document, first, end) for first, end in merged)
    if shown >= _MOST_OF_IT * size and size <= characters:
        return whole
    return tuple(document.span_of_lines(first, end) for first, end in merged)


def _size(document: Document, first: int, last: int) -> int:
    """Characters of lines that are shown at all."""
    lengths = (len(line) for line in document.lines[first : last + 1])
    return sum(length for length in lengths if length <= LONGEST_LINE)


def lines_of(document: Document, span: Span) -> tuple[int, int]:
    """The first and the last 0-based line that a span touches; one that it only reaches does not count."""
    first = document.position(span.start).line
    end = document.position(span.end)
    last = end.line - 1 if end.column == 0 and end.line > first else end.line
    return first, max(first, min(last, len(document.lines) - 1))
