"""What of a change set may not be written, and what of it the user is to agree to first. Reads the disk.

Nothing outside the workspace, nothing ignored, no file over another. What was not asked for, or decides what
runs by itself, is in doubt: it is shown, and applied once the user says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from counterpoint.answers import ChangeSet, Dropped, FileChange, joined
from counterpoint.disk import Disk
from counterpoint.imports import only_imports
from counterpoint.sensitive import why_sensitive
from counterpoint.text import Document, Edit, Span, apply, language_of

Extras: TypeAlias = Literal["flag", "apply", "never"]

NOT_ASKED = "not asked for"
INCOMPLETE = "a part of this change was left out"
_HARMLESS = frozenset({"no-change", "not-asked"})


@dataclass(frozen=True, slots=True)
class Scope:
    """What was asked about: the lines of `span` in the document (all of it if None), and further files.

    `files` None means that the task itself decides which files it changes.
    """

    document: Document
    span: Span | None = None
    files: frozenset[str] | None = frozenset()
    deletes: bool = False
    """Whether a file may go without a word: where the user can have it back as easily."""


def document_after(change: FileChange) -> Document:
    """The file as the change leaves it."""
    path = change.moved_to or change.path
    return Document.of(path, apply(change.before or "", change.edits), language_of(path))


def doubted(changes: ChangeSet, scope: Scope, disk: Disk | None, extras: Extras) -> ChangeSet:
    """As `checked.checked`. Reads the disk."""
    kept: list[FileChange] = []
    dropped = list(changes.dropped)
    for change in changes.files:
        refused = _refused(change, disk)
        if refused is not None:
            dropped.append(refused)
            continue
        asked, left = _asked_for(change) if extras == "never" else (change, ())
        dropped += left
        if asked is not None:
            kept.append(asked)
    incomplete = INCOMPLETE if any(one.reason not in _HARMLESS for one in dropped) else ""
    files = []
    for change in kept:
        doubts = tuple(_doubts(change, scope, flag=extras == "flag"))
        doubt = joined(change.doubt, _doubt(change, scope, disk), incomplete)
        files.append(replace(change, doubt=doubt, doubts=doubts if any(doubts) else ()))
    return replace(changes, files=tuple(files), dropped=tuple(dropped))


def _refused(change: FileChange, disk: Disk | None) -> Dropped | None:
    """Why no part of a change may be written."""
    if disk is None:
        return None
    for path in filter(None, (change.path, change.moved_to)):
        if why := disk.why_not(path):
            reason = "outside" if "outside" in why or "link out" in why else "ignored"
            return Dropped(reason, f"{path}: {why}")
    if (change.deleted or change.moved_to) and disk.is_link(change.path):
        return Dropped("link", f"{change.path}: a link is neither moved nor deleted")
    other_case = change.moved_to.lower() == change.path.lower()  # which some disks take for the same file
    made = change.path if change.before is None else "" if other_case else change.moved_to
    return Dropped("exists", made) if made and disk.exists(made) else None


def _asked_for(change: FileChange) -> tuple[FileChange | None, tuple[Dropped, ...]]:
    """The change without the edits that nobody asked for."""
    extra = [at < len(change.extras) and change.extras[at] for at in range(len(change.edits))]
    if not any(extra):
        return change, ()
    keep = [at for at, one in enumerate(extra) if not one]
    gone = tuple(
        Dropped("not-asked", f"{change.path}: {_at(change.reasons, at)}")
        for at in range(len(extra))
        if extra[at]
    )
    if not keep and not change.moved_to:
        return None, gone
    left = replace(
        change,
        edits=tuple(change.edits[at] for at in keep),
        reasons=tuple(_at(change.reasons, at) for at in keep),
        doubts=tuple(_at(change.doubts, at) for at in keep),
        extras=(),
    )
    return left, gone


def _at(values: Sequence[str], at: int) -> str:
    return values[at] if at < len(values) else ""


def why_runs(change: FileChange, disk: Disk | None) -> str:
    """Why a file runs by itself, or decides what does, before or after the change; else ""."""
    before, after = change.before or "", "" if change.deleted else document_after(change).text
    named = dict.fromkeys((change.moved_to or change.path, change.path))
    # What a link leads to is what changes.
    names = [name for path in named for name in (disk.names(path) if disk is not None else (path,))]
    sensitive = next((why for name in names if (why := why_sensitive(name, before, after))), "")
    if not sensitive and disk is not None and change.before is not None and disk.runs(change.path):
        sensitive = "it is run as a program"
    return sensitive


def _doubt(change: FileChange, scope: Scope, disk: Disk | None) -> str:
    """Why the user is to agree to the change of a file as a whole."""
    asked = change.path == scope.document.path or scope.files is None or change.path in scope.files
    doubts = (
        why_runs(change, disk),
        "" if asked else f"{change.path} is outside of what was asked about",
        "the file is deleted" if change.deleted and not scope.deletes else "",
    )
    return joined(*doubts)


def _doubts(change: FileChange, scope: Scope, *, flag: bool) -> Iterator[str]:
    """Why the user is to agree to an edit, for each of them."""
    for at, edit in enumerate(change.edits):
        extra = NOT_ASKED if flag and at < len(change.extras) and change.extras[at] else ""
        beyond = "outside of the selection" if _beyond(change, edit, scope) else ""
        yield joined(_at(change.doubts, at), extra, beyond)


def _beyond(change: FileChange, edit: Edit, scope: Scope) -> bool:
    """Whether an edit leaves the lines that were asked about. What these need to have imported is theirs."""
    span, document = scope.span, scope.document
    if span is None or change.path != document.path or change.before != document.text:
        return False
    first, last = document.position(span.start).line, document.position(span.end).line
    start, end = document.position(edit.span.start).line, document.position(edit.span.end).line
    if start <= last + 1 and end >= first - 1:
        return False
    return not only_imports(document, edit)


def apart(files: Iterable[FileChange]) -> tuple[tuple[FileChange, ...], tuple[FileChange, ...]]:
    """The changes beyond doubt, and those in doubt: each file whole, or its edits one by one."""
    sure: list[FileChange] = []
    doubtful: list[FileChange] = []
    for one in files:
        if one.doubt or not one.needs_confirmation:
            (doubtful if one.doubt else sure).append(one)
            continue
        marks = [at < len(one.doubts) and bool(one.doubts[at]) for at in range(len(one.edits))]
        doubtful.append(_with(one, [at for at, mark in enumerate(marks) if mark]))
        if not all(marks):
            sure.append(_with(one, [at for at, mark in enumerate(marks) if not mark]))
    return tuple(sure), tuple(doubtful)


def _with(change: FileChange, keep: Sequence[int]) -> FileChange:
    """The change with some of its edits only."""

    def kept(values: Sequence[str]) -> tuple[str, ...]:
        return tuple(values[at] for at in keep) if len(values) == len(change.edits) else ()

    edits = tuple(change.edits[at] for at in keep)
    return replace(change, edits=edits, reasons=kept(change.reasons), doubts=kept(change.doubts), extras=())
