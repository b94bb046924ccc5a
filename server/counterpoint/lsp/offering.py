"""The offer to review what models wrote: once for each edit of ours, and when some of it is about to be
committed. A message with a button where the client has said that it shows those without getting in the way,
else a line of text; the menu has the same entry all the time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from lsprotocol import types

from counterpoint.errors import ConfigError, CounterpointError
from counterpoint.lsp import agreeing, at_hand
from counterpoint.lsp.session import Session
from counterpoint.lsp.trees import Tree
from counterpoint.text import Document

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

REVIEW, LATER, NEVER = "Review", "Not now", "Do not offer"
_ARRIVES = 1.5
"""Seconds within which the text of an edit that was applied has come back from the editor."""


def after_edit(session: Session, workspace: Workspace, uri: str) -> None:
    """An edit of ours was applied."""
    if _wanted(session, workspace):
        session.spawn(_after_edit(session, workspace, uri))


async def _after_edit(session: Session, workspace: Workspace, uri: str) -> None:
    await asyncio.sleep(_ARRIVES)
    document = session.documents.get(uri)
    if document is not None:
        await _offer(session, workspace, uri, [document], "")


def tree_changed(session: Session, root: str, before: Tree, now: Tree) -> None:
    """Something may have been staged: a commit is near."""
    if before.git and now.staged and now.staged != before.staged:
        session.spawn(_before_commit(session, root, now))


async def _before_commit(session: Session, root: str, now: Tree) -> None:
    workspace = await session.workspace_at(root)
    if not _wanted(session, workspace):
        return
    files = session.overlay(workspace, root)
    try:
        paths = [path for path in await workspace.machine.paths() if path in now.staged]
    except ConfigError:
        return
    documents = [one for path in paths if (one := await asyncio.to_thread(files.read, path)) is not None]
    if documents:
        uri = session.uri_for(root, documents[0].path)
        await _offer(session, workspace, uri, documents, "Before you commit: ")


def _wanted(session: Session, workspace: Workspace) -> bool:
    return workspace.settings.review.offer and not session.reviews.offers_off and not session.paused


async def _offer(
    session: Session, workspace: Workspace, uri: str, documents: Iterable[Document], lead: str
) -> None:
    """Say what there is to review, unless all the jobs it came from were spoken of already."""
    from counterpoint.reviewing.machine.units import offered

    spans = await workspace.machine.written_in([*documents])
    new = {path: [one for one in found if not one.reviewed] for path, found in spans.items()}
    jobs = {one.job for found in new.values() for one in found} - session.reviews.offered_jobs
    found = offered([(one, spans[one.path]) for one in documents if new.get(one.path)])
    note = ""
    if found is not None:
        told = at_hand.note(session, uri, found.writer)
        note = told(found.characters, max(1, len(found.paths)), "")
    if found is None or not jobs or not note:
        return
    session.reviews.offered_jobs |= jobs
    title = f"{lead}{found.title(note)}"
    if not session.client.offers:
        text = f"{title}: see the menu of code actions."
        session.server.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
        return
    chosen = await agreeing.choose(session, f"{title}?", (REVIEW, LATER, NEVER))
    if chosen == NEVER:
        session.reviews.offers_off = True
        text = "No such offers in this session; counterpoint.review.offer switches them off for good."
        session.server.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))
    elif chosen == REVIEW:
        await _review(session, {"uri": uri, "scope": "machine"})


async def _review(session: Session, argument: dict[str, Any]) -> None:
    from counterpoint.lsp.reviewing import review

    try:
        await review(session, argument)
    except CounterpointError as error:
        message = types.ShowMessageParams(types.MessageType.Error, f"Counterpoint: {error}")
        session.server.window_show_message(message)
