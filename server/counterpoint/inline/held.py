"""A suggestion for a place of a document, and what is left of it after further keys. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from counterpoint.answers import Insertion
from counterpoint.text import Document, Span

Source: TypeAlias = Literal["model", "cache", "stream", "ahead", "pattern"]
"""Who answered: a call made for this request; the cache; a stream begun for an earlier request; a call made
ahead of need; a pattern of the file, without any model."""

CLOSERS = frozenset(")]}>\"'`")
_MOST_CLOSED = 2


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An insertion for one version of a document. `job` names the calls behind it, if there were any.

    `doubts` names what speaks against it in the workspace: where there is another, that is shown.
    """

    document: Document
    insertion: Insertion
    job: str
    model: str
    source: Source = "model"
    doubts: tuple[str, ...] = ()


def typed_since(asked: Document, span: Span, now: Document, offset: int) -> str | None:
    """What was typed in place of `span` since a document was asked about, up to `offset` of it now.

    None if anything else has changed.
    """
    old, new = asked.text, now.text
    if offset < span.start or len(new) - offset != len(old) - span.end:
        return None
    if asked is not now and (new[: span.start] != old[: span.start] or new[offset:] != old[span.end :]):
        return None
    return new[span.start : offset]


def end_now(asked: Document, span: Span, now: Document) -> int:
    """Where the text typed in place of `span` ends, if nothing behind it has changed."""
    return len(now.text) - (len(asked.text) - span.end)


def closed_behind(typed: str) -> int:
    """How many closing marks at the end an editor may have put behind the cursor by itself."""
    size = len(typed)
    while size and len(typed) - size < _MOST_CLOSED and typed[size - 1] in CLOSERS:
        size -= 1
    return len(typed) - size


def may_fit(so_far: str, typed: str) -> bool:
    """Whether a text of which so much has come can still begin with what was typed."""
    return so_far.startswith(typed) or typed.startswith(so_far)


def rest_of(kept: Suggestion, now: Document, offset: int) -> Suggestion | None:
    """What is left of a suggestion whose beginning was typed since; None where it no longer fits.

    Closing marks that the editor has put behind the cursor are replaced where the rest has them as well.
    """
    end = end_now(kept.document, kept.insertion.span, now)
    typed = typed_since(kept.document, kept.insertion.span, now, end)
    text, behind = kept.insertion.text, end - offset
    if typed is None or not 0 <= behind <= closed_behind(typed):
        return None
    typed, closed = typed[: len(typed) - behind], typed[len(typed) - behind :]
    left = text[len(typed) :]
    if not text.startswith(typed) or not left or not _holds(left.partition("\n")[0], closed):
        return None
    insertion = replace(kept.insertion, text=left, span=Span(offset, end))
    return replace(kept, document=now, insertion=insertion)


def _holds(text: str, marks: str) -> bool:
    """True if the marks stand in the text in their order."""
    rest = iter(text)
    return all(mark in rest for mark in marks)
