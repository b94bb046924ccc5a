"""The window of the document itself: all of it where it fits, else what surrounds the cursor."""

from __future__ import annotations

from dataclasses import dataclass

from counterpoint.text import Document, Situation, Span

_STEP = 4_000
"""The window's start moves in steps of so many characters. Between two steps the text before the cursor
begins with the same bytes, which is what the vendors' prefix caches ask for."""
_LONGEST = 1_000
"""A cut moves to a line's boundary by so many characters at most: minified files are one line."""


@dataclass(frozen=True, slots=True)
class Window:
    """`before` and `after` the cursor (or selection start), line ends as LF, and the whole span shown."""

    before: str
    after: str
    span: Span


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
