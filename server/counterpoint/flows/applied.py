"""A change set of ours that an editor applied: where it stands as texts go on changing, its inverse. Pure.

Each edit is followed through every change of its document. What still reads as we wrote it can be taken back
exactly; what somebody has edited since is theirs, and stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from counterpoint.answers import ChangeSet, Dropped, FileChange
from counterpoint.flows.changes import plain, step
from counterpoint.index.edits import ALL, LineEdit
from counterpoint.reviewing.tracking import Change, Track, followed, narrowed
from counterpoint.tasks import Task
from counterpoint.text import Document, Edit, Situation, Span, apply

_STEPS = 50
"""Edits told at once that are looked at one by one."""
_WAYS = 64
"""Ways in which a text may have come about that are looked at together."""


@dataclass(frozen=True, slots=True)
class Patch:
    """One edit, of the text before: its new text was put where `track` is, in place of `old`."""

    edit: Edit
    old: str
    track: Track


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a patch is in a text. `whole` says that it reads there as we wrote it."""

    patch: Patch
    span: Span
    whole: bool


@dataclass(frozen=True, slots=True)
class AppliedFile:
    """What was done to one file. `before` None: it was made; `after` None: it was deleted. `was` is the path
    it had, where it was moved. `over` is what the editor's own edit did, where it put this in the place of
    another version: an undo leads back to that one.

    `at` is the version in which the patches stand, None until the text has come: an editor may be asked to
    apply an edit and leave it, or some of it.
    """

    path: str
    before: str | None
    after: str | None
    edits: tuple[Edit, ...]
    was: str = ""
    patches: tuple[Patch, ...] = ()
    at: Document | None = None
    over: AppliedFile | None = None

    @classmethod
    def of(cls, change: FileChange) -> AppliedFile:
        """What a change, located in the text as it is now, is about to do."""
        edits = tuple(sorted(change.edits, key=lambda edit: edit.span))
        after = None if change.deleted else apply(change.before or "", edits)
        was = change.path if change.moved_to else ""
        return cls(change.moved_to or change.path, change.before, after, edits, was)

    def came_from(self, text: str) -> bool:
        """Whether a text is one that was there before, with nothing of this."""
        return text == self.before or self.brings_back(text)

    def brings_back(self, text: str) -> bool:
        """Whether a text is the one in which this took the place of another version."""
        return self.over is not None and text == self.over.before

    @property
    def done(self) -> str | None:
        """The text that those edits lead to that were applied; None for a deleted file."""
        if self.after is None or not self.patches or self.before is None:
            return self.after
        return apply(self.before, (patch.edit for patch in self.patches))


@dataclass(frozen=True, slots=True)
class Applied:
    """A change set with the task and the question it answers. `model` is the label of who wrote it, `instead`
    the version it took the place of, as that stood then."""

    job: str
    task: Task[ChangeSet]
    model: str
    asked: Situation
    files: tuple[AppliedFile, ...]
    assumptions: tuple[str, ...] = ()
    instead: Applied | None = None

    def file(self, path: str) -> AppliedFile | None:
        """The file that is at a path now."""
        return next((one for one in self.files if one.path == path), None)


def arrived(file: AppliedFile, now: Document) -> AppliedFile:
    """The file with its patches where they stand in a text that has all of its edits, or some; else as it
    was."""
    if file.after is None or file.at is now or file.brings_back(now.text):
        return file
    text = now.text
    if text == file.after:
        return replace(file, patches=_patches(file.edits, file.before or "", now), at=now)
    if file.before is None or (file.at is not None and len(file.patches) == len(file.edits)):
        return file
    # Some editors tell of each edit by itself, and users may have agreed to some of them only.
    some = taken(file.before, file.edits, text)
    if not some or (file.at is not None and len(some) <= len(file.patches)):
        return file
    edits = tuple(file.edits[nth] for nth in some)
    return replace(file, patches=_patches(edits, file.before, now), at=now)


def _patches(edits: Sequence[Edit], before: str, now: Document) -> tuple[Patch, ...]:
    """The edits where they stand in the text they lead to."""
    found, moved = [], 0
    for edit in edits:
        start = edit.span.start + moved
        end = start + len(edit.new)
        first, last = now.position(start), now.position(end)
        # Between the two halves of a line's end that have met there is no place.
        lost = (now.offset(first), now.offset(last)) != (start, end)
        track = Track(first, last, lost=lost)
        found.append(Patch(edit, before[edit.span.start : edit.span.end], track))
        moved += len(edit.new) - (edit.span.end - edit.span.start)
    return tuple(found)


def taken(before: str, edits: Sequence[Edit], now: str) -> tuple[int, ...] | None:
    """Which of some edits, in order, lead from one text to another; None if no choice of them does."""
    ways: dict[int, tuple[int, ...]] = {0: ()}
    at = 0
    for nth, edit in enumerate(edits):
        same, old = before[at : edit.span.start], before[edit.span.start : edit.span.end]
        at = edit.span.end
        later: dict[int, tuple[int, ...]] = {}
        for place, chosen in ways.items():
            if not now.startswith(same, place):
                continue
            place += len(same)
            for text, more in ((edit.new, (nth,)), (old, ())):
                if now.startswith(text, place):
                    later.setdefault(place + len(text), (*chosen, *more))
        ways = dict(list(later.items())[:_WAYS])
    rest = before[at:]
    return next((chosen for place, chosen in ways.items() if now[place:] == rest), None)


def follow(file: AppliedFile, before: Document, after: Document, edits: Sequence[LineEdit]) -> AppliedFile:
    """The file after a change of its document by `edits`, one after the other.

    A text that is just what the edits lead to, as after a redo, has all of them whatever came between.
    """
    if 1 < len(edits) <= _STEPS and (file.at is None or len(file.patches) < len(file.edits)):
        # An editor may tell of our edit and of what was typed right after it at once.
        for edit in edits[:-1]:
            between = step(before, edit)
            file, before = follow(file, before, between, (edit,)), between
        edits = edits[-1:]
    if file.after is not None and len(file.after) == after.starts[-1] and after.text == file.after:
        return arrived(replace(file, at=None), after)
    if file.at is not None and file.came_from(before.text):
        # It was undone: what is typed from there on is no edit of ours.
        file = replace(file, patches=(), at=None)
    if (more := arrived(file, after)) is not file or file.at is None:
        return more
    if file.at is not before or not plain(before, after, edits):
        return replace(file, patches=(), at=None)
    if any(edit.last_line >= ALL for edit in edits) or len(edits) == 1:
        whole = edits[0] if len(edits) == 1 else LineEdit(0, 0, ALL, 0, after.text)
        changes = [Change.of(narrowed(whole, before, after))]
    else:
        changes = [Change.of(edit) for edit in edits]
    patches = []
    for patch in file.patches:
        track = patch.track
        for change in changes:
            track = track if track.lost else followed(track, change)
        patches.append(replace(patch, track=track))
    return replace(file, patches=tuple(patches), at=after)


def stands(file: AppliedFile) -> Iterator[Stand]:
    """The patches that are still there, whole or edited, in the version they were followed to."""
    now = file.at
    if now is None or file.came_from(now.text):
        return
    for patch in file.patches:
        span = Span(now.offset(patch.track.start), now.offset(patch.track.end))
        if not patch.track.lost:
            yield Stand(patch, span, now.text[span.start : span.end] == patch.edit.new)


def lines_of(file: AppliedFile, now: Document) -> tuple[tuple[int, int], ...]:
    """The lines that were changed, first and last of each piece, from 0 and in order."""
    file = _meeting(file, now)
    found = []
    for one in sorted(stands(file), key=lambda one: one.span):
        start, end = now.position(one.span.start), now.position(one.span.end)
        ended = end.line > start.line and end.column == 0  # it ends with its last line
        found.append((start.line, end.line - 1 if ended else end.line))
    return tuple(found)


def _meeting(file: AppliedFile, now: Document) -> AppliedFile:
    """The file in a text that it was not followed to, unless it was."""
    return file if file.at and file.at.lines == now.lines else arrived(replace(file, at=None), now)


def covers(file: AppliedFile, span: Span) -> bool:
    """Whether a place lies in lines that were changed."""
    now = file.at
    if now is None:
        return False
    first, last = now.position(span.start).line, now.position(span.end).line
    return any(first <= end and last >= start for start, end in lines_of(file, now))


def inverse(files: Iterable[AppliedFile], now: dict[str, Document]) -> ChangeSet:
    """What takes the change set back, by the texts as they are now (absent: there is no such file).

    What was edited since is dropped as `edited-since`, and a file that is there again as `exists`.
    """
    changes: list[FileChange] = []
    dropped: list[Dropped] = []
    for file in files:
        found = _inverse(file, now.get(file.path), dropped)
        if found is not None:
            changes.append(found)
    return ChangeSet(tuple(changes), tuple(dropped))


def _inverse(file: AppliedFile, now: Document | None, dropped: list[Dropped]) -> FileChange | None:
    if file.after is None:
        if now is not None:
            dropped.append(Dropped("exists", file.path))
            return None
        return FileChange(file.path, None, (Edit(Span(0, 0), file.before or ""),), reasons=("Bring it back",))
    if now is None:
        if file.before is not None:
            dropped.append(Dropped("absent", file.path))
        return None
    if file.before is None:
        if now.text != file.after:
            dropped.append(Dropped("edited-since", f"{file.path} was made by the edit and has changed since"))
            return None
        return FileChange(file.path, now.text, (), now.version, deleted=True)
    return _taken_back(file, now, dropped)


def _taken_back(file: AppliedFile, now: Document, dropped: list[Dropped]) -> FileChange | None:
    file = _meeting(file, now)
    if now.text == file.before and not file.was:
        return None
    edits = []
    whole = {id(one.patch): one for one in stands(file) if one.whole}
    for patch in file.patches:
        stand = whole.get(id(patch))
        if stand is not None:
            edits.append(Edit(stand.span, patch.old))
        elif now.text != file.before:
            line = patch.track.start.line + 1
            dropped.append(Dropped("edited-since", f"{file.path}:{line} has changed since"))
    if file.at is None and now.text != file.before:
        dropped.append(Dropped("edited-since", f"{file.path} has changed since"))
    if not edits and not file.was:
        return None
    told = ("Take the edit back",) * len(edits)
    return FileChange(file.path, now.text, tuple(edits), now.version, told, moved_to=file.was)
