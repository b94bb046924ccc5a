"""From a reply to a change set: every operation finds its place, or the reply changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from counterpoint.answers import ChangeSet, Dropped, FileChange, QuoteEdit
from counterpoint.changes.choosing import chosen, labelled
from counterpoint.changes.composing import copied, created, edited, removed
from counterpoint.changes.paths import unsafe
from counterpoint.changes.reading import parse
from counterpoint.changes.schema import swap_of
from counterpoint.changes.snippets import is_bare_file
from counterpoint.changes.values import Move, Operation, Patch, Refused, Remove, Swap, Whole, head_of
from counterpoint.text import Document, Files

Read = Callable[[str], Document | None]


def read_reply(raw: str, document: Document, files: Files) -> ChangeSet:
    """What a reply in any form does to files. `document` is what the question was about; its text counts, not
    what `files` has under its path.

    The reply is applied as a whole or not at all: with anything in `dropped` but `no-change`, `files` is
    empty. The reasons are those of `Refused`; `none` means that there is no edit in it, and a reply that says
    in our own form that nothing is to be changed has no reason.
    """
    read = _reader(document, files)
    parsed = parse(raw, document.path, lambda path: read(path) is not None)
    if parsed.refused:
        return ChangeSet((), parsed.refused)
    operations: Sequence[Operation] = [
        one
        for one in parsed.operations
        if not (isinstance(one, Remove | Move) and one.told and read(one.path) is None)
    ]
    try:
        if parsed.fences:
            fences = labelled(parsed.fences, document.path, read)
            operations = [*operations, *chosen(fences, operations, document.path, read)]
    except Refused as error:
        return ChangeSet((), (error.dropped,))
    if not operations and not parsed.fences and is_bare_file(document, raw):
        operations = [Whole(document.path, raw)]
    if not operations and not parsed.empty and not parsed.question:
        return ChangeSet((), (Dropped("none", "no edit in the answer"),))
    made = _made(operations, document.path, read, files)
    # Where a question comes first, what is said beside it is no answer to what the user will say.
    return ChangeSet(() if parsed.question else made.files, made.dropped, parsed.assumptions, parsed.question)


def change_set(quotes: Iterable[QuoteEdit], document: Document, files: Files) -> ChangeSet:
    """Locate edits that are known by their quotes, as `read_reply` does: all of them or none."""
    operations = [swap_of(quote) for quote in quotes]
    return _made(operations, document.path, _reader(document, files), files)


def _reader(document: Document, files: Files) -> Read:
    return lambda path: document if path == document.path else files.read(path) if path else None


def _made(operations: Iterable[Operation], own: str, read: Read, files: Files) -> ChangeSet:
    by_path: dict[str, list[Operation]] = {}
    dropped: list[Dropped] = []
    for operation in _placed(operations, own, read):
        by_path.setdefault(_owner(operation), []).append(operation)
    made: list[FileChange] = []
    for path, group in by_path.items():
        try:
            made += _changes(path, group, read, files, dropped)
        except Refused as error:
            dropped.append(error.dropped)
    dropped += _clashes(made, read)
    if any(one.reason != "no-change" for one in dropped):
        return ChangeSet((), tuple(dropped))
    return ChangeSet(tuple(made), tuple(dropped))


def _owner(operation: Operation) -> str:
    """The path as it is before the reply."""
    if isinstance(operation, Patch) and operation.kind == "rename":
        return operation.source
    return operation.path


def _placed(operations: Iterable[Operation], own: str, read: Read) -> list[Operation]:
    """Edits that are said of a file's new name belong to its old one, and those of the last part of the path
    that was asked about to that one: nothing is created by an edit."""
    operations = list(operations)
    moved = {one.to: one.path for one in operations if isinstance(one, Move)}
    found: list[Operation] = []
    for one in operations:
        edits = one.old.strip() if isinstance(one, Swap) else isinstance(one, Patch) and one.kind == "edit"
        if (edits or isinstance(one, Whole)) and read(one.path) is None:
            if one.path in moved:
                one = replace(one, path=moved[one.path])
            elif edits and own.endswith(f"/{one.path}"):
                one = replace(one, path=own)
        found.append(one)
    return found


def _changes(
    path: str, group: Sequence[Operation], read: Read, files: Files, dropped: list[Dropped]
) -> Iterable[FileChange]:
    document = read(path)
    if unsafe(path):
        raise Refused("outside", f"{path}: {_said(group[0])}")
    kinds = {_kind(one) for one in group}
    if "copy" in kinds:
        if len(group) > 1:
            raise Refused("mixed", f"{path}: a copy, and more")
        return [copied(path, group[0], read, files)]
    if "remove" in kinds or "move" in kinds:
        return [_gone(path, document, group, read, files, dropped)]
    if document is None:
        return [created(path, group, files)]
    if "create" in kinds and document.text:
        raise Refused("exists", f"{path}: {_said(group[0])}")
    if "whole" in kinds and len(group) > 1:
        raise Refused("mixed", f"{path}: the whole file, and more")
    change = edited(document, group, "", dropped)
    return [change] if change.edits else []


def _gone(
    path: str,
    document: Document | None,
    group: Sequence[Operation],
    read: Read,
    files: Files,
    dropped: list[Dropped],
) -> FileChange:
    """A file that leaves its place. Raises Refused as `edited` and `removed` do, and `absent`."""
    if document is None:
        raise Refused("absent", f"{path}: no such file")
    if all(_kind(one) == "remove" for one in group):
        return removed(document, group[0])
    kinds = [_kind(one) for one in group]
    if "remove" in kinds or "create" in kinds or ("whole" in kinds and sorted(kinds) != ["move", "whole"]):
        raise Refused("mixed", f"{path}: moved or deleted, and more")
    return edited(document, group, _target(path, group, read, files), dropped)


def _kind(operation: Operation) -> str:
    if isinstance(operation, Patch):
        kinds = {"delete": "remove", "rename": "move", "copy": "copy", "create": "create", "edit": "edit"}
        return kinds[operation.kind]
    names = {Whole: "whole", Swap: "edit", Remove: "remove", Move: "move"}
    return names[type(operation)]


def _said(operation: Operation) -> str:
    return head_of(operation.old) if isinstance(operation, Swap) else "(nothing quoted)"


def _target(path: str, group: Sequence[Operation], read: Read, files: Files) -> str:
    """Where a file goes. Raises Refused: `outside`, `exists`, `mixed`."""
    targets = {
        one.to if isinstance(one, Move) else one.path
        for one in group
        if isinstance(one, Move) or (isinstance(one, Patch) and one.kind == "rename")
    }
    if len(targets) != 1 or path in targets:
        raise Refused("mixed", f"{path}: moved to {', '.join(sorted(targets))}")
    target = targets.pop()
    if unsafe(target):
        raise Refused("outside", f"{target}: moved from {path}")
    if read(target) is not None or any(
        one == target or one.startswith(f"{target}/") for one in files.paths()
    ):
        raise Refused("exists", f"{target}: moved from {path}")
    return target


def _clashes(made: Sequence[FileChange], read: Read) -> list[Dropped]:
    """Two changes that leave a file in one place."""
    seen: dict[str, str] = {}
    found = []
    for change in made:
        left = "" if change.deleted else change.moved_to or (change.path if change.before is None else "")
        if left and left in seen:
            found.append(Dropped("exists", f"{left}: twice"))
        seen[left] = change.path
    return found
