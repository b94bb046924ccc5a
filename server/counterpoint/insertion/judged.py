"""What becomes of an insertion after it was tried in its document. Pure."""

from __future__ import annotations

from dataclasses import replace

from counterpoint.answers import Dropped, Insertion
from counterpoint.context.judging import Judgement

SYNTAX, UNKNOWN = "syntax", "unknown-name"


def judged(insertion: Insertion, judgement: Judgement | None) -> Insertion:
    """Cut to the lines that add no syntax error, or dropped where there are none; demoted if it speaks of
    what is nowhere defined. Unchanged where no judgement came in time."""
    if judgement is None:
        return insertion
    if judgement.errors:
        fired = (*insertion.fired, SYNTAX)
        text = insertion.text[: judgement.whole]
        if not text.strip():
            return replace(insertion, text="", dropped=(*insertion.dropped, Dropped(SYNTAX)), fired=fired)
        insertion = replace(insertion, text=text, fired=fired)
    return replace(insertion, demoted=UNKNOWN) if judgement.unknown else insertion
