"""A suggestion for a place of a document, and what is left of it after further keys. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from counterpoint.answers import Insertion
from counterpoint.text import Document, Span

Source: TypeAlias = Literal["model", "cache", "stream", "ahead", "pattern"]
"""Who answered: a call made for this request; the cache; a stream begun for an earlier request; a call made
ahead of need; a pattern of the file, without any model."""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An insertion for one version of a document. `job` names the calls behind it, if there were any."""

    document: Document
    insertion: Insertion
    job: str
    model: str
    source: Source = "model"


def typed_since(asked: Document, span: Span, now: Document, offset: int) -> str | None:
    """What was typed in place of `span` since a document was asked about, up to `offset` of it now.

    None if anything else has changed.
    """
    old, new = asked.text, now.text
    if offset < span.start or len(new) - offset != len(old) - span.end:
        return None
    if new[: span.start] != old[: span.start] or new[offset:] != old[span.end :]:
        return None
    return new[span.start : offset]


def may_fit(so_far: str, typed: str) -> bool:
    """Whether a text of which so much has come can still begin with what was typed."""
    return so_far.startswith(typed) or typed.startswith(so_far)


def rest_of(kept: Suggestion, now: Document, offset: int) -> Suggestion | None:
    """What is left of a suggestion whose beginning was typed since; None where it no longer fits."""
    typed = typed_since(kept.document, kept.insertion.span, now, offset)
    text = kept.insertion.text
    if typed is None or not text.startswith(typed) or len(typed) >= len(text):
        return None
    left = replace(kept.insertion, text=text[len(typed) :], span=Span(offset, offset))
    return replace(kept, document=now, insertion=left)
