"""Change sets to workspace edits: the only place that knows versions, annotations and resource operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from lsprotocol import types

from counterpoint.answers import Dropped, FileChange, joined
from counterpoint.index.edits import LineEdit
from counterpoint.lsp.carrying import brought
from counterpoint.lsp.client import Client
from counterpoint.lsp.to_lsp import range_of
from counterpoint.text import Document

_OURS = "Counterpoint's edit"


@dataclass(frozen=True, slots=True)
class Target:
    """A file to change: its URI in the client's spelling, its text now (None for a new file), and the URI it
    moves to, "" where it stays."""

    change: FileChange
    uri: str
    now: Document | None
    new_uri: str = ""
    since: tuple[LineEdit, ...] | None = None
    """What the client told since the version the change was located in, where that is known."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A workspace edit, and what had to be left out of it. `changes` is what it does, each change located in
    the text as it is now."""

    edit: types.WorkspaceEdit
    paths: tuple[str, ...]
    dropped: tuple[Dropped, ...]
    changes: tuple[FileChange, ...] = ()


def prepare(changes: Iterable[FileChange], find: Callable[[FileChange], Target], client: Client) -> Prepared:
    """Bring every change up to the text as it is now and write it as this client can take it.

    A file whose text changed where an edit stands is left out with the reason `moved-on`; one to be made,
    moved or deleted is left out as `unsupported` where the client cannot do that.
    """
    ready: list[Target] = []
    dropped: list[Dropped] = []
    for change in changes:
        found = _current(find(change), client)
        if isinstance(found, Dropped):
            dropped.append(found)
        else:
            ready.append(found)
    edit = _versioned(ready, client) if client.document_changes else _plain(ready, client)
    done = tuple(target.change for target in ready)
    return Prepared(edit, tuple(change.path for change in done), tuple(dropped), done)


def _current(target: Target, client: Client) -> Target | Dropped:
    change = target.change
    if change.before is None:
        if target.now is None and client.creates_files:
            return target
        reason = "unsupported" if target.now is None else "exists"
        return Dropped(reason, change.path)
    if (change.deleted and not client.deletes_files) or (change.moved_to and not client.moves_files):
        return Dropped("unsupported", change.path)
    if target.now is None:
        return Dropped("absent", change.path)
    located = Document.of(change.path, change.before, target.now.language, change.version)
    # To delete a file is an edit of all of it.
    edits = change.edits if change.deleted else brought(change.edits, located, target.now, target.since)
    if edits is None or (change.deleted and located.lines != target.now.lines):
        return Dropped("moved-on", f"{change.path} was edited in the meantime")
    moved = replace(change, before=target.now.text, edits=edits, version=target.now.version)
    return replace(target, change=moved)


def _plain(targets: Iterable[Target], client: Client) -> types.WorkspaceEdit:
    return types.WorkspaceEdit(changes={target.uri: _edits(target, client) for target in targets})


def _edits(target: Target, client: Client) -> list[types.TextEdit]:
    document = target.now or Document.of(target.change.path, "", "plaintext")
    return [
        types.TextEdit(range_of(document, edit.span, client.encoding), edit.new)
        for edit in target.change.edits
    ]


class _Notes:
    """The annotations of a workspace edit. Edits given the same reason share one: previews list by it."""

    def __init__(self) -> None:
        self.known: dict[str, types.ChangeAnnotation] = {}

    def name(self, target: Target, label: str, doubt: str) -> str:
        """The name of the annotation with this label and doubt."""
        where = target.change.moved_to or target.change.path
        described = f"{where}: {doubt}" if doubt else where
        made = types.ChangeAnnotation(label, needs_confirmation=bool(doubt), description=described)
        found = next((name for name, one in self.known.items() if one == made), f"a{len(self.known)}")
        self.known.setdefault(found, made)
        return found


def _versioned(targets: Iterable[Target], client: Client) -> types.WorkspaceEdit:
    changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    notes = _Notes()
    for target in targets:
        change = target.change
        noted = notes.name(target, _OURS, change.doubt) if client.annotations else None
        if target.now is None:
            made = types.CreateFileOptions(overwrite=False)
            changes.append(types.CreateFile(target.uri, options=made, annotation_id=noted))
        if change.deleted:
            changes.append(types.DeleteFile(target.uri, annotation_id=noted))
            continue
        if change.edits:
            version = target.now.version if target.now else None
            identifier = types.OptionalVersionedTextDocumentIdentifier(uri=target.uri, version=version)
            changes.append(types.TextDocumentEdit(identifier, [*_annotated(target, notes, client)]))
        if target.new_uri:
            kept = types.RenameFileOptions(overwrite=False)
            changes.append(types.RenameFile(target.uri, target.new_uri, options=kept, annotation_id=noted))
    used = _used(changes)
    known = {name: note for name, note in notes.known.items() if name in used}
    return types.WorkspaceEdit(document_changes=changes, change_annotations=known or None)


def _annotated(
    target: Target, notes: _Notes, client: Client
) -> Iterator[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit]:
    change = target.change
    for at, edit in enumerate(_edits(target, client)):
        if not client.annotations:
            yield edit
            continue
        label = (change.reasons[at] if at < len(change.reasons) else "") or _OURS
        doubt = joined(change.doubts[at] if at < len(change.doubts) else "", change.doubt)
        name = notes.name(target, label, doubt)
        yield types.AnnotatedTextEdit(annotation_id=name, range=edit.range, new_text=edit.new_text)


def _used(changes: Iterable[Any]) -> set[str]:
    """The names of the annotations that some edit has."""
    found = set()
    for one in changes:
        for edit in getattr(one, "edits", (one,)):
            found.add(getattr(edit, "annotation_id", None) or "")
    return found
