"""Which passes fit a document and a place in it, likeliest first: what a menu lists. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from counterpoint.globs import Globs
from counterpoint.passes.known import Known
from counterpoint.passes.rows import Pass
from counterpoint.text import Document, Span

_PROSE = frozenset({"markdown", "plaintext"})
_ROUND = 2_000
"""Characters before and after the place that are looked at: a menu opens while somebody waits."""
_GLOB, _SIGN, _USUAL = 2.0, 1.0, 1.5


def fitting(known: Known, document: Document, span: Span, *, usual: Sequence[str] = ()) -> tuple[Pass, ...]:
    """Passes worth offering at a place, best first; those with nothing to read in the document are left out.

    `usual` are the names a plain review runs. A pass that only the whole row speaks for comes last, so that
    a menu may take as many from the front as it has room for.
    """
    can = [one for one in known.passes.values() if _reads(one, document)]
    scores = {one.name: _score(one, document, span, usual) for one in can}
    return tuple(sorted(can, key=lambda one: -scores[one.name]))


def _reads(one: Pass, document: Document) -> bool:
    if one.source and one.fits.globs:
        return Globs(one.fits.globs).covers(document.path)
    if one.fits.kind == "any":
        return True
    return (one.fits.kind == "prose") == (document.language in _PROSE)


def _score(one: Pass, document: Document, span: Span, usual: Iterable[str]) -> float:
    score = _USUAL if one.name in usual else 0.0
    if one.fits.globs and Globs(one.fits.globs).covers(document.path):
        score += _GLOB
    if one.fits.signs and re.search(one.fits.signs, _near(document, span), re.IGNORECASE):
        score += _SIGN
    return score


def _near(document: Document, span: Span) -> str:
    """The text round a span, built from lines, so that a large document need not be joined."""
    first, last = document.position(span.start).line, document.position(span.end).line
    below = "".join(document.lines[first : min(last, first + 200) + 40])[: 2 * _ROUND]
    return "".join(document.lines[max(0, first - 40) : first])[-_ROUND:] + below
