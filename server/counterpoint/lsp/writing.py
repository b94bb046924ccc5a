"""What models write into open documents: each change of a document is told to the workspace's `Machine`."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.index.edits import LineEdit
from counterpoint.lsp.session import Session
from counterpoint.tasks import FIX
from counterpoint.text import Document

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace


def attach(session: Session, root: str, workspace: Workspace) -> None:
    """A workspace is there: what models wrote in the documents that are open already is looked up."""
    for opened in session.documents.all():
        if session.root_of(opened.uri) == root:
            workspace.machine.opened(opened.now)


def opened(session: Session, uri: str, document: Document) -> None:
    """A document was opened."""
    if (workspace := session.opened(uri)) is not None:
        workspace.machine.opened(document)


def changed(session: Session, uri: str, before: Document, after: Document, edits: Sequence[LineEdit]) -> None:
    """A document has changed. To be told ahead of whoever may find out that a suggestion was accepted."""
    if (workspace := session.opened(uri)) is not None:
        workspace.machine.changed(before, after, edits)


def saved(session: Session, uri: str) -> None:
    """A document was saved."""
    document, workspace = session.documents.get(uri), session.opened(uri)
    if document is not None and workspace is not None:
        workspace.machine.saved(document)


def closed(session: Session, uri: str, document: Document | None) -> None:
    """A document was closed."""
    if document is not None and (workspace := session.opened(uri)) is not None:
        workspace.machine.closed(document.path)


def applying(workspace: Workspace, changes: Iterable[FileChange], job: str, model: str, task: str) -> None:
    """The editor is about to be handed these changes, which a model wrote; it may leave them."""
    from counterpoint.reviewing.machine import Origin

    workspace.machine.applying(changes, Origin(job, model, task, time.time()))


def fixing(session: Session, workspace: Workspace, changes: ChangeSet, ids: Iterable[object]) -> None:
    """The editor is about to be handed fixes of findings. A rule's fix is nobody's writing."""
    found = (session.shown.find(one) for one in ids if isinstance(one, str))
    finding = next((one for one in found if one is not None and one.model and one.status != "static"), None)
    if finding is not None:
        row = workspace.catalogue.models.get(finding.model)
        applying(workspace, changes.files, finding.job, row.label if row else finding.model, FIX.name)
