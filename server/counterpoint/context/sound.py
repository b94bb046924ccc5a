"""Whether a change leaves a text parsing as well as it did, told from slices round its places. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from counterpoint.context.judging import errors_in
from counterpoint.context.parsing import encoded, has_grammar, parse_within, with_line_feeds
from counterpoint.context.slice import cut_round
from counterpoint.text import Document, Edit, apply, split_lines

_STEPS = 120
"""Hundreds of parser steps for one slice: about 2.5 ms."""
_WHOLE = 1_500
"""Hundreds of steps for the whole text, which is parsed only where a slice has got worse: about 30 ms."""
_PLACES = 6


def parses_worse(document: Document, edits: Sequence[Edit]) -> bool:
    """True if, round one of the edits, the text afterwards has errors that it did not have before.

    False where that cannot be said: no grammar, a slice that the parser finds too hard, edits that overlap.
    """
    if not has_grammar(document.language):
        return False
    ordered = sorted(edits, key=lambda edit: edit.span)
    if any(later.span.start < one.span.end for one, later in pairwise(ordered)):
        return False
    after = split_lines(apply(document.text, ordered))
    shift = 0
    for edit in ordered[:_PLACES]:
        line = document.position(edit.span.start).line
        had = _errors(document.language, document.lines, line)
        has = _errors(document.language, after, line + shift)
        if had is not None and has is not None and has > had:
            # Where a slice begins depends on its lines: before a fix is refused, the whole text is asked.
            before, now = (_count(document.language, one, _WHOLE) for one in (document.text, "".join(after)))
            return before is None or now is None or now > before
        gone = document.text[edit.span.start : edit.span.end]
        shift += edit.new.count("\n") - gone.count("\n")
    return False


def _errors(language: str, lines: Sequence[str], line: int) -> int | None:
    """Errors in the slice round a line; None if the parser finds it too hard."""
    return _count(language, cut_round(language, lines, min(line, len(lines) - 1)), _STEPS) if lines else 0


def _count(language: str, text: str, steps: int) -> int | None:
    parsed = parse_within(language, with_line_feeds(encoded(text)), steps)
    return None if parsed is None else errors_in(parsed)
