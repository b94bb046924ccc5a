"""Over became of a suggestion, as far as the document tells: taken, typed along, turned down."""

from __future__ import annotations

from dataclasses import replace

from counterpoint.flows.desk import Desk
from counterpoint.flows.memory import Memory, Over
from counterpoint.flows.retyped import same_lines
from counterpoint.inline.held import Suggestion, closed_behind, end_now, typed_since
from counterpoint.insertion import Gone
from counterpoint.text import Document, Span

_TAKEN_SECONDS = 2.0
"""Seconds after an acceptance within which its text must have come."""
_AT_ONCE = 2
"""Characters that come in one change when a suggestion is taken, and not when it is typed to its end."""


def after_change(memory: Memory, desk: Desk, before: Document, now: float) -> int | None:
    """Note how the last suggestion ended, if it has; the offset behind its text where that was just taken."""
    _note_deleted(desk, before, now)
    if desk.taken is not None:
        taken, since = desk.taken
        desk.taken = None
        if now - since < _TAKEN_SECONDS and (place := _behind(taken, desk.document)) is not None:
            return place
    shown = desk.shown
    if shown is None:
        return None
    whole = desk.whole or shown
    text, span = whole.insertion.text, whole.insertion.span
    typed = typed_since(whole.document, span, desk.document, end_now(whole.document, span, desk.document))
    lead = len(text) - len(shown.insertion.text)
    if typed == text:
        at_once = len(typed) - lead - len(desk.typed) >= _AT_ONCE
        _ended(memory, desk, shown, taken=True)
        return span.start + len(text) if at_once else None
    if typed is not None and text.startswith((typed, typed[: len(typed) - closed_behind(typed)])):
        desk.typed = typed[lead:]
        return None
    _ended(memory, desk, shown, taken=False, typed=typed)
    return None


def accepted(memory: Memory, desk: Desk, job: str, part: str, now: float) -> int | None:
    """The client says that a suggestion was taken; as `after_change`."""
    found = next((one for one in (desk.shown, *desk.kept) if one is not None and one.job == job), None)
    if found is None:
        return None
    if part:
        memory.part(_part(desk, found, part))
        return None  # the rest of it still stands, and is served as if the part had been typed
    shown = desk.shown if desk.shown is not None and desk.shown.job == job else found
    memory.outcome(shown, "accepted", len(shown.insertion.text))
    desk.forget(job)
    memory.cache.forget(job)
    place = _behind(shown, desk.document)
    desk.taken = (shown, now) if place is None else None
    return place


def _part(desk: Desk, found: Suggestion, part: str) -> Suggestion:
    """The part as a suggestion at its own place: what was typed and taken before stands in front of it, and
    so may the part itself, where the document told of it first."""
    typed = desk.typed.removesuffix(part) if desk.shown is found else ""
    at = found.insertion.span.start + len(typed)
    return replace(found, insertion=replace(found.insertion, text=part, span=Span(at, at)))


def rejected(memory: Memory, desk: Desk, job: str, now: float) -> None:
    """The client says that a suggestion was turned down."""
    shown = desk.shown
    if shown is None or shown.job != job:
        return
    memory.outcome(shown, "rejected", desk.along + len(desk.typed))
    _refused(desk, shown, now)
    desk.forget(job)
    memory.cache.forget(job)


def _behind(taken: Suggestion, now: Document) -> int | None:
    """The offset behind the text of a suggestion, if the document has it now."""
    span = taken.insertion.span
    typed = typed_since(taken.document, span, now, end_now(taken.document, span, now))
    return span.start + len(typed) if typed == taken.insertion.text else None


def shows(memory: Memory, desk: Desk, found: Suggestion, whole: Suggestion) -> Suggestion:
    """A suggestion is shown now, to the client as `whole`. Over was shown before is over, unless this is the
    rest of it. Returns `whole`."""
    before = desk.shown
    if before is not None and before.job == found.job:
        desk.along += len(desk.typed)
    else:
        leaves(memory, desk)
        memory.shows(found.job)
        desk.along = 0
    desk.shown, desk.whole, desk.typed = found, whole, ""
    if found.source == "pattern" and all(one.job != found.job for one in desk.kept):
        desk.kept.appendleft(found)  # asked anew at the next key, the pattern would be another suggestion
    return whole


def leaves(memory: Memory, desk: Desk) -> None:
    """Nothing is shown any more, for reasons that have nothing to do with what it was."""
    if desk.shown is not None:
        shown, desk.shown = desk.shown, None
        along = desk.along + len(desk.typed)
        memory.outcome(shown, "partly" if along else "ignored", along)


def _ended(memory: Memory, desk: Desk, shown: Suggestion, *, taken: bool, typed: str | None = None) -> None:
    desk.shown = None
    if taken:
        memory.outcome(shown, "accepted", len(shown.insertion.text))
        return
    along = desk.along + len(desk.typed)
    what: Over = "ignored" if typed is None else "rejected"
    if 2 * along >= desk.along + len(shown.insertion.text):
        what = "partly"
    memory.outcome(shown, what, along)


def _refused(desk: Desk, shown: Suggestion, now: float) -> None:
    at = shown.document.position(shown.insertion.span.start)
    head = shown.document.line(at.line)[: at.column]
    desk.refused.append((Gone(shown.insertion.text, at.line, head), now))


def _note_deleted(desk: Desk, before: Document, now: float) -> None:
    """Remember a text that one change took away: it is not to be offered again at once."""
    after = desk.document
    if len(after.text) >= len(before.text):
        return
    most = min(len(before.lines), len(after.lines))
    head = same_lines(before.lines, after.lines)
    tail = min(same_lines(before.lines[::-1], after.lines[::-1]), most - head)
    old = "".join(before.lines[head : len(before.lines) - tail])
    new = "".join(after.lines[head : len(after.lines) - tail])
    same = next((n for n in range(min(len(old), len(new))) if old[n] != new[n]), min(len(old), len(new)))
    gone = old[same : same + len(old) - len(new)]
    if old[:same] + old[same + len(gone) :] == new and len(gone) >= _AT_ONCE:
        line = head + old[:same].count("\n")
        desk.deleted.append((Gone(gone, line, old[:same].rpartition("\n")[2]), now))
