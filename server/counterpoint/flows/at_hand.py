"""What answers a request for a completion without a model: suggestions kept, the cache, a pattern."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from counterpoint.answers import Insertion
from counterpoint.engine import new_job
from counterpoint.flows.desk import Desk, Wanted
from counterpoint.flows.memory import Memory
from counterpoint.flows.outcomes import leaves
from counterpoint.inline.held import Source, Suggestion
from counterpoint.inline.patterns import Change, certain
from counterpoint.insertion import Place, guards
from counterpoint.text import Document, Span

Certain: TypeAlias = Callable[[Document, int, Sequence[Change]], str | None]
"""What a pattern makes sure of at an offset of a document, or None; the last change is the latest."""


def by_pattern(document: Document, offset: int, recent: Sequence[Change]) -> str | None:
    """What the document's own patterns say."""
    found = certain(document, offset, recent=recent)
    return found.text if found is not None else None


def by_nothing(document: Document, offset: int, recent: Sequence[Change]) -> str | None:
    """No pattern counts."""
    return None


def at_hand(memory: Memory, desk: Desk, wanted: Wanted, sure: Certain) -> Suggestion | str | None:
    """A suggestion; or, in few words, why there is none and none will be; or None if nobody knows yet.

    One that the workspace has doubts about gives way to any other.
    """
    held = _held(memory, desk, wanted)
    if held is not None and not held.doubts:
        return held
    found = _cached(memory, wanted) if held is None else None
    if (found is None or held is not None) and not wanted.looked:
        wanted.looked = True
        found = _pattern(memory, wanted, sure)
    if isinstance(found, Suggestion) and _gone(memory, desk, wanted, found):
        memory.cache.forget(found.job)
        found = None
    return found or held


def _held(memory: Memory, desk: Desk, wanted: Wanted) -> Suggestion | None:
    """What is left of a suggestion. One that was typed or taken and deleted since is forgotten."""
    while (held := desk.held(wanted.target, wanted.at)) is not None:
        if not _gone(memory, desk, wanted, held):
            break
        if desk.shown is not None and desk.shown.job == held.job:
            leaves(memory, desk)
        desk.forget(held.job)
        memory.cache.forget(held.job)
    return held


def _gone(memory: Memory, desk: Desk, wanted: Wanted, found: Suggestion) -> bool:
    """Whether a text was just deleted or turned down here. Most of the time nothing was."""
    past = desk.past(memory.now())
    if not past.deleted and not past.rejected:
        return False
    document = wanted.target
    line = document.position(wanted.at).line
    head = document.text[document.starts[line] : wanted.at]
    place = Place(head, "", False, document.language, line, past=past)
    text = found.insertion.text
    return guards.not_rejected(guards.not_deleted(text, place), place) != text


def _cached(memory: Memory, wanted: Wanted) -> Suggestion | str | None:
    entry = memory.cached(wanted.target, wanted.at)
    if entry is None:
        return None
    if not entry.text:  # who asks by hand wants another try
        waited = wanted.stream is not None and wanted.stream.job == entry.job
        return entry.reason if waited or not wanted.invoked else None
    source: Source = "ahead" if entry.ahead else "cache"
    insertion = Insertion(entry.text, Span(wanted.at, wanted.at))
    return Suggestion(wanted.target, insertion, entry.job, entry.label, source, entry.doubts)


def _pattern(memory: Memory, wanted: Wanted, sure: Certain) -> Suggestion | None:
    text = sure(wanted.target, wanted.at, tuple(memory.recent))
    if not text:
        return None
    insertion = Insertion(text, Span(wanted.at, wanted.at))
    return Suggestion(wanted.target, insertion, f"pattern-{new_job()}", "", "pattern")
