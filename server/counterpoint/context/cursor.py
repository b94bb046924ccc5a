"""The window of the document itself: all of it where it fits, else what surrounds the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoint.text import Document, Situation, Span

_STEP = 4_000
"""The window's start moves in steps of so many characters. Between two steps the text before the cursor
begins with the same bytes, which is what the vendors' prefix caches ask for."""
_LONGEST = 1_000
"""A cut moves to a line's boundary by so many characters at most: minified files are one line."""
_HOLE_STEP, _HOLE_LEAST = 16, 3
_TAIL_STEP, _TAIL_LEAST = 6, 1
"""Lines before and after the cursor that are told apart from the file: at least the second figure. The hole
begins at a multiple of the first, counted from the file's beginning, and ends at one counted from its end: so
that typing moves neither for some lines."""


@dataclass(frozen=True, slots=True)
class Window:
    """`before` and `after` the cursor (or selection start), line ends as LF, and the whole span shown."""

    before: str
    after: str
    span: Span


@dataclass(frozen=True, slots=True)
class Around:
    """What a completion shows: the file but for a hole round the cursor, and what stands in the hole.

    `above` and `below` are whole lines which stay the same for many keys, `before` and `after` the lines in
    the hole up to the cursor and from it on. Line ends are LF; `span` is all that is shown.
    """

    above: str
    below: str
    before: str
    after: str
    span: Span


def around(situation: Situation, budget: int) -> Around:
    """At most about `budget` characters: three quarters before the cursor, the rest after it.

    What one side does not need goes to the other. Cuts fall on line starts, except in very long lines.
    """
    document, span = situation.document, situation.span
    text = document.text
    hole = _hole(document, span, budget)
    start, end = 0, len(text)
    if len(text) > budget:
        near = hole.end - hole.start
        # Typing must not move the ends: what the hole needs is taken as fixed where lines are not very long.
        rest = budget - max(budget // 6, near) if near < budget * 2 // 3 else 0
        below = min(len(text) - hole.end, max(rest // 4, rest - hole.start))
        end = _line_end(document, hole.end + below) if below else hole.end
        start = min(hole.start, _line_start(document, _stepped(hole.start, max(0, rest - below))))
    return Around(
        _lf(text[start : hole.start]),
        _lf(text[hole.end : end]),
        _lf(text[hole.start : span.start]),
        _lf(text[span.end : hole.end]),
        Span(start, end),
    )


def _hole(document: Document, span: Span, budget: int) -> Span:
    """Lines round the cursor; long ones are cut."""
    first, last = document.position(span.start).line, document.position(span.end).line
    first = max(0, (first - _HOLE_LEAST) // _HOLE_STEP * _HOLE_STEP)
    left = max(0, len(document.lines) - 1 - last)
    last += min(left, _TAIL_LEAST + (left - _TAIL_LEAST) % _TAIL_STEP)
    start = document.starts[min(first, len(document.lines))]
    end = document.starts[min(last + 1, len(document.lines))]
    if span.start - start > budget // 2:
        start = _line_start(document, span.start - budget // 2)
    if end - span.end > budget // 4:
        end = min(end, _line_end(document, span.end + budget // 4))
    return Span(start, end)


def window_round(situation: Situation, budget: int) -> Window:
    """At most about `budget` characters: three quarters before the cursor, the rest after it.

    What one side does not need goes to the other. Cuts fall on line starts, except in very long lines.
    """
    document, span = situation.document, situation.span
    text = document.text
    if len(text) <= budget:
        start, end = 0, len(text)
    else:
        ahead = min(len(text) - span.end, max(budget // 4, budget - span.start))
        back = max(0, budget - ahead - (span.end - span.start))
        start = _line_start(document, _stepped(span.start, back))
        end = _line_end(document, span.end + ahead)
    return Window(_lf(text[start : span.start]), _lf(text[span.end : end]), Span(start, end))


def _stepped(cursor: int, back: int) -> int:
    """The start of the window: a multiple of the step, so far back as the budget allows at most."""
    earliest = max(0, cursor - back)
    step = min(_STEP, max(1, back // 4))
    return -(-earliest // step) * step if earliest else 0


def _line_start(document: Document, offset: int) -> int:
    start = document.starts[document.position(offset).line] if offset else 0
    return start if offset - start <= _LONGEST else offset


def _line_end(document: Document, offset: int) -> int:
    line = document.position(offset).line
    end = document.starts[min(line + 1, len(document.lines))]
    return end if end - offset <= _LONGEST else offset


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
