"""Fixes of findings as quick fixes: located in the text as it is now, each alone or all of one pass."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from lsprotocol import types

from counterpoint.answers import ChangeSet, FileChange, Finding, Fix, QuoteEdit
from counterpoint.edits import change_set
from counterpoint.lsp import applied, diagnostics, from_lsp, to_lsp, writing
from counterpoint.lsp.asking import Ask, command_of
from counterpoint.lsp.edits_to_lsp import Prepared, Target, prepare
from counterpoint.lsp.kinds import FIX_ALL
from counterpoint.lsp.session import Session
from counterpoint.text import Document, Files, NoFiles

_MANY = 50
"""Fixes of one pass that are tried together."""


def quick_fixes(ask: Ask) -> Iterator[types.CodeAction]:
    """Fixes that travel in our diagnostics, offered only if they are proven and can be located in the text
    as it is."""
    if not ask.wants("quickfix"):
        return
    for item in ask.given:
        data = item.data if item.source == from_lsp.OURS else None
        fix = to_lsp.fix_from(data)
        if fix is None or not isinstance(data, Mapping) or not _locatable(ask.document, fix.edits):
            continue
        payload = {"uri": ask.uri, "id": data.get("id"), "fix": data["fix"]}
        action = types.CodeAction(
            title=told(fix),
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[item],
            is_preferred=True,
            data=payload,
        )
        if not ask.session.client.resolves_edits:
            found = located(ask.session, ask.uri, change_set(fix.edits, ask.document, NoFiles()))
            action.edit = found.edit if found is not None else None
        if action.edit is None and not ask.session.client.resolves_edits:  # other files are to be read first
            action.command = command_of("counterpoint.applyFix", fix.title, payload)
        elif ask.session.client.action_kinds != "commands" and not ask.session.client.resolves_commands:
            # Where it can be told with the edit, it is: whoever gets no edit has not fixed anything.
            action.command = _fixed(fix.title, [data.get("id")])
        yield action


def told(fix: Fix) -> str:
    """The title of a fix with what proves it."""
    return f"{fix.title} ({', '.join(fix.proof)})" if fix.proof else fix.title


def _fixed(title: str, ids: Sequence[Any]) -> types.Command:
    """Tells us that the edit was applied: editors run an action's command behind its edit."""
    return command_of("counterpoint.outcome", title, {"findings": [*ids], "choice": "fixed"})


def fix_all(ask: Ask) -> Iterator[types.CodeAction]:
    """All fixes of one pass in the document: where source actions are asked for, and at a finding whose pass
    has more than one."""
    here = {_lens_of(item) for item in ask.given if item.source == from_lsp.OURS}
    found = Counter(item.lens for item in proven(ask.session, ask.uri, ask.document))
    client = ask.session.client
    for lens, count in found.items():
        kind = f"{FIX_ALL}.{lens}"
        in_menu = not ask.only or ask.wants("quickfix")
        if ask.wants(kind) or (in_menu and lens in here and count > 1):
            fixes = f"{count} fixes" if count > 1 else "the fix"
            data = {"uri": ask.uri, "fixAll": lens}
            action = types.CodeAction(
                title=f"Apply {fixes} of pass {lens} in this file",
                kind=kind if ask.wants(kind) else types.CodeActionKind.QuickFix,
                data=data,
            )
            if not client.resolves_edits or client.action_kinds == "commands":
                action.command = command_of("counterpoint.applyFix", action.title, data)
            yield action


def _lens_of(item: types.Diagnostic) -> str:
    return str(item.data.get("pass", "")) if isinstance(item.data, Mapping) else ""


def proven(session: Session, uri: str, document: Document) -> list[Finding]:
    """Findings on show in a document whose fixes may be offered."""
    placed = diagnostics.on_show(session, uri, document)
    return [one.finding for one in placed if to_lsp.offered(one.finding) is not None]


def _locatable(document: Document, edits: Sequence[QuoteEdit]) -> bool:
    """True if all edits of this document can be placed; other files are looked at when the fix is taken."""
    mine = [edit for edit in edits if edit.path == document.path]
    return not mine or not change_set(mine, document, NoFiles()).dropped


def located(session: Session, uri: str, changes: ChangeSet) -> Prepared | None:
    """The changes as an edit of the texts as they are now; None if any of them has no place."""
    root = session.root_of(uri)

    def find(change: FileChange) -> Target:
        now = session.now(root, change.path)
        if now is None and change.before is not None:
            now = Document.of(change.path, change.before, "plaintext")
        return Target(change, session.uri_for(root, change.path), now)

    prepared = prepare(changes.files, find, session.client)
    return None if changes.dropped or prepared.dropped or not prepared.paths else prepared


async def resolve(session: Session, action: types.CodeAction) -> types.CodeAction:
    """Locate a quick fix anew in the text as it is now. Anything else comes back as it is."""
    data = action.data
    uri = data.get("uri") if isinstance(data, Mapping) else None
    if action.edit is not None or not isinstance(uri, str) or not isinstance(data, Mapping):
        return action
    edit, ids = await fix_edit(session, uri, data)
    if edit is not None:
        action.edit = edit
        action.command = action.command or _fixed(action.title, ids)
    else:  # nothing is fixed: whoever runs the command all the same is told so, and why
        action.command = command_of("counterpoint.applyFix", action.title, dict(data))
    return action


async def fix_edit(session: Session, uri: str, data: Any) -> tuple[types.WorkspaceEdit | None, list[Any]]:
    """The edit of a fix or of all fixes of a pass, and the findings it is for. The workspace's other files
    are read in a thread; no edit if there is no place left for one."""
    document = session.documents.get(uri)
    if document is None or not isinstance(data, Mapping):
        return None, []
    fix, lens = to_lsp.fix_from(data), data.get("fixAll")
    if fix is None and not isinstance(lens, str):
        return None, []
    workspace = await session.workspace(uri)
    files = session.overlay(workspace, session.root_of(uri))
    if fix is not None:
        changes = await asyncio.to_thread(change_set, fix.edits, document, files)
        ids = [data.get("id")]
    else:
        wanted = [item for item in proven(session, uri, document) if item.lens == lens]
        changes, ids = await asyncio.to_thread(together, wanted, document, files)
    if session.documents.get(uri) is not document:
        return None, []
    found = located(session, uri, changes)
    if found is None:
        return None, ids
    writing.fixing(session, workspace, changes, ids)
    applied.fixing(session, workspace, uri, found.changes, ids)
    return found.edit, ids


def together(wanted: Sequence[Finding], document: Document, files: Files) -> tuple[ChangeSet, list[Any]]:
    """As many fixes as fit beside one another, and the ids of their findings. Reads files."""
    kept: list[QuoteEdit] = []
    ids: list[Any] = []
    changes = ChangeSet(())
    for item in wanted[:_MANY]:
        edits = [*kept, *(item.fix.edits if item.fix else ())]
        tried = change_set(edits, document, files)
        if not tried.dropped:
            kept, changes = edits, tried
            ids.append(item.id)
    return changes, ids
