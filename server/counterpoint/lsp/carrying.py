"""Edits brought from the text they were located in to the text as it is, by what the client told since."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoint.index.edits import LineEdit
from counterpoint.lsp.documents import carried
from counterpoint.reviewing.tracking import Change, Track, followed
from counterpoint.text import Document, Edit, Span


def brought(
    edits: Sequence[Edit], old: Document, now: Document, since: Sequence[LineEdit] | None
) -> tuple[Edit, ...] | None:
    """The edits in terms of `now`; None if the text changed where one of them stands.

    `since` is what made `now` of `old`, step by step. Where that is not known the two texts are compared.
    """
    if old.lines == now.lines:
        return tuple(edits)
    if since is None:
        return carried(edits, old, now)
    changes = [Change.of(edit) for edit in since]
    found = []
    for edit in edits:
        first, last = old.position(edit.span.start), old.position(edit.span.end)
        if Span(old.offset(first), old.offset(last)) != edit.span:
            return None  # it lies between the two halves of a line's end
        track = Track(first, last)
        for change in changes:
            track = track if track.lost else followed(track, change)
        span = Span(now.offset(track.start), now.offset(track.end))
        if track.lost or now.text[span.start : span.end] != old.text[edit.span.start : edit.span.end]:
            return None
        found.append(Edit(span, edit.new))
    return tuple(found)
