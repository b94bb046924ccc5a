"""A change set on its way into the editor: one edit of the texts as they are now, remembered while it may be
kept, taken back or refined."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from counterpoint.answers import ChangeSet, FileChange
from counterpoint.errors import UsageError
from counterpoint.flows.applied import Applied, AppliedFile
from counterpoint.lsp import applied, offering, preview, saying, writing
from counterpoint.lsp.edits_to_lsp import Prepared, Target, prepare
from counterpoint.lsp.session import Session
from counterpoint.lsp.work import dropped_row
from counterpoint.tasks import Task
from counterpoint.text import Document, Situation

if TYPE_CHECKING:
    from counterpoint.engine import Reply
    from counterpoint.workspace import Workspace

_APPLY_SECONDS = 600.0


async def apply_changes(
    session: Session,
    workspace: Workspace,
    uri: str,
    reply: Reply[ChangeSet],
    *,
    label: str,
    task: Task[ChangeSet],
    asked: Situation,
    after: Iterable[AppliedFile] | None = None,
    instead: Applied | None = None,
) -> dict[str, Any]:
    """Have the client apply a reply as one edit that one undo takes back; returns what commands answer.

    What is in doubt is agreed to first. `asked` is the question, for a refinement or another model's version;
    `after` what is done to the files where that is not what the edit does, as it takes the place of another,
    `instead`. Raises UsageError where the client does not apply it.
    """
    answer = await preview.agreed(session, reply.answer)
    prepared = await prepared_for(session, workspace, uri, answer.files)
    model = reply.written_by(task.name)
    if prepared.paths:
        files = _done(prepared.changes, after)
        held = Applied(reply.job, task, model, asked, files, answer.assumptions, instead)
        session.applied.add(session.root_of(uri), held)
        if model:
            shown = workspace.catalogue.model(model).label
            writing.applying(workspace, prepared.changes, reply.job, shown, task.name)
        try:
            await apply_edit(session, prepared.edit, label)
        except UsageError:
            session.applied.drop(reply.job)
            raise
        applied.note(session, uri, held, "applied")
        offering.after_edit(session, workspace, uri)
    saying.left_out(session, prepared.dropped)
    if not (prepared.paths or prepared.dropped or answer.dropped or answer.question):
        saying.tell(session, "Nothing needed to change.")
    return {
        "job": reply.job,
        "applied": bool(prepared.paths),
        "files": list(prepared.paths),
        "dropped": [dropped_row(item) for item in (*answer.dropped, *prepared.dropped)],
        "assumptions": list(answer.assumptions),
        "question": answer.question,
        "notice": reply.notice,
        "costUsd": reply.cost_usd,
    }


def _done(changes: Iterable[FileChange], after: Iterable[AppliedFile] | None) -> tuple[AppliedFile, ...]:
    """What changes do to their files; where that is told by `after`, it is put over what stands there."""
    files = tuple(map(AppliedFile.of, changes))
    if after is None:
        return files
    over = {one.path: one for one in files}
    return tuple(replace(one, over=over.get(one.path)) for one in after)


async def prepared_for(
    session: Session, workspace: Workspace, uri: str, changes: Iterable[FileChange]
) -> Prepared:
    """Changes of a document's workspace as an edit of the texts as they are now, in the editor or on disk."""
    root = session.root_of(uri)
    wanted = tuple(changes)
    closed = [one.path for one in wanted if session.now(root, one.path) is None]
    on_disk = await asyncio.to_thread(_read, workspace, closed)

    def find(change: FileChange) -> Target:
        now = session.now(root, change.path) or on_disk.get(change.path)
        goes = session.uri_for(root, change.moved_to) if change.moved_to else ""
        uri = session.uri_for(root, change.path)
        return Target(change, uri, now, goes, session.documents.since(uri, change.version))

    return prepare(wanted, find, session.client)


async def texts_of(session: Session, workspace: Workspace, uri: str, held: Applied) -> dict[str, Document]:
    """The files of a change set as they are now, in the editor or on disk; those that are not there are left
    out."""
    root = session.root_of(uri)
    closed = [one.path for one in held.files if session.now(root, one.path) is None]
    on_disk = await asyncio.to_thread(_read, workspace, closed)
    opened = ((one.path, session.now(root, one.path)) for one in held.files)
    return {**on_disk, **{path: now for path, now in opened if now is not None}}


def _read(workspace: Workspace, paths: Iterable[str]) -> Mapping[str, Document]:
    """What files nobody has open say now."""
    found = ((path, workspace.project.read_local(path)) for path in paths)
    return {path: document for path, document in found if document is not None}


async def apply_edit(session: Session, edit: types.WorkspaceEdit, label: str) -> None:
    """Have the client apply an edit. Raises UsageError with its reason if it does not; never tries again."""
    params = types.ApplyWorkspaceEditParams(edit=edit, label=label)
    try:
        result = await session.server.protocol.ask(types.WORKSPACE_APPLY_EDIT, params, _APPLY_SECONDS)
    except (JsonRpcException, TimeoutError):
        raise UsageError(
            "The editor did not answer whether it applied the edit.", fix="Look at the file."
        ) from None
    if not result.applied:
        reason = f" ({result.failure_reason})" if result.failure_reason else ""
        raise UsageError(
            f"The editor did not apply the edit{reason}.", fix="Ask again on the text as it is now."
        )
