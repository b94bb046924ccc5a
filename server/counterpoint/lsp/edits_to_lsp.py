"""Change sets to workspace edits: the only place that knows versions, annotations and resource operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from lsprotocol import types

from counterpoint.answers import Dropped, FileChange
from counterpoint.lsp.client import Client
from counterpoint.lsp.documents import carried
from counterpoint.lsp.to_lsp import range_of
from counterpoint.text import Document


@dataclass(frozen=True, slots=True)
class Target:
    """A file to change: its URI in the client's spelling, and its text now (None for a new file)."""

    change: FileChange
    uri: str
    now: Document | None


@dataclass(frozen=True, slots=True)
class Prepared:
    """A workspace edit, and what had to be left out of it."""

    edit: types.WorkspaceEdit
    paths: tuple[str, ...]
    dropped: tuple[Dropped, ...]


def prepare(changes: Iterable[FileChange], find: Callable[[FileChange], Target], client: Client) -> Prepared:
    """Bring every change up to the text as it is now and write it as this client can take it.

    A file whose text changed where an edit stands is left out with the reason `moved-on`; a new file is
    left out as `unsupported` where the client cannot create files.
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
    return Prepared(edit, tuple(target.change.path for target in ready), tuple(dropped))


def _current(target: Target, client: Client) -> Target | Dropped:
    change = target.change
    if change.before is None:
        if target.now is None and client.creates_files:
            return target
        reason = "unsupported" if target.now is None else "exists"
        return Dropped(reason, change.path)
    if target.now is None:
        return Dropped("absent", change.path)
    located = Document.of(change.path, change.before, target.now.language, change.version)
    edits = carried(change.edits, located, target.now)
    if edits is None:
        return Dropped("moved-on", f"{change.path} was edited in the meantime")
    moved = replace(change, before=target.now.text, edits=edits, version=target.now.version)
    return Target(moved, target.uri, target.now)


def _plain(targets: Iterable[Target], client: Client) -> types.WorkspaceEdit:
    return types.WorkspaceEdit(changes={target.uri: _edits(target, client) for target in targets})


def _edits(target: Target, client: Client) -> list[types.TextEdit]:
    document = target.now or Document.of(target.change.path, "", "plaintext")
    return [
        types.TextEdit(range_of(document, edit.span, client.encoding), edit.new)
        for edit in target.change.edits
    ]


def _versioned(targets: Iterable[Target], client: Client) -> types.WorkspaceEdit:
    changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    annotations: dict[str, types.ChangeAnnotation] = {}
    for number, target in enumerate(targets):
        if target.now is None:
            changes.append(types.CreateFile(target.uri, options=types.CreateFileOptions(overwrite=False)))
        edits: list[types.TextEdit | types.AnnotatedTextEdit | types.SnippetTextEdit] = []
        for place, edit in enumerate(_edits(target, client)):
            edits.append(
                _annotated(edit, target, (number, place), annotations) if client.annotations else edit
            )
        version = target.now.version if target.now else None
        identifier = types.OptionalVersionedTextDocumentIdentifier(uri=target.uri, version=version)
        changes.append(types.TextDocumentEdit(identifier, edits))
    return types.WorkspaceEdit(document_changes=changes, change_annotations=annotations or None)


def _annotated(
    edit: types.TextEdit, target: Target, at: tuple[int, int], annotations: dict[str, types.ChangeAnnotation]
) -> types.AnnotatedTextEdit:
    """Edits given the same reason share an annotation, so that a preview lists them together."""
    reasons = target.change.reasons
    label = (reasons[at[1]] if at[1] < len(reasons) else "") or "Counterpoint's edit"
    key = next(
        (name for name, known in annotations.items() if _same(known, label, target)), f"a{at[0]}.{at[1]}"
    )
    annotations.setdefault(
        key,
        types.ChangeAnnotation(
            label, needs_confirmation=target.change.needs_confirmation, description=target.change.path
        ),
    )
    return types.AnnotatedTextEdit(annotation_id=key, range=edit.range, new_text=edit.new_text)


def _same(known: types.ChangeAnnotation, label: str, target: Target) -> bool:
    return known.label == label and known.description == target.change.path
