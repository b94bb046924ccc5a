"""What menus and triggers know of a workspace without asking: the repository's own passes and tasks, git's
word, machine-written text."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from counterpoint import passes
from counterpoint.lsp import quiet
from counterpoint.lsp.menu import AtHand, Note
from counterpoint.lsp.price import offer
from counterpoint.lsp.session import Session
from counterpoint.lsp.trees import Tree
from counterpoint.pairing import own
from counterpoint.tasks import REVIEW
from counterpoint.text import Document

if TYPE_CHECKING:
    from counterpoint.reviewing.machine import Offered
    from counterpoint.workspace import Workspace

logger = logging.getLogger(__name__)

_SHIPPED = passes.known()
_NO_TASKS = own.OwnTasks()


def attach(session: Session, root: str, workspace: Workspace) -> None:
    """Begin to know a workspace that was opened."""
    session.spawn(read_passes(session, root, workspace))
    session.spawn(read_tasks(session, root, workspace))
    session.spawn(_restore(session, root, workspace))
    session.reviews.trees.on_change = partial(_tree_changed, session)
    session.reviews.trees.look(root)
    if root in session.roots:
        session.spawn(_watch(session, root, workspace))


async def _restore(session: Session, root: str, workspace: Workspace) -> None:
    from counterpoint.lsp import remembering

    await quiet.read(session, root, workspace)
    await remembering.restore(session, root, workspace)


def _tree_changed(session: Session, root: str, before: Tree, now: Tree) -> None:
    from counterpoint.lsp import automatic, offering

    automatic.tree_changed(session, root, before, now)
    offering.tree_changed(session, root, before, now)


async def _watch(session: Session, root: str, workspace: Workspace) -> None:
    from counterpoint.lsp import watching

    await asyncio.sleep(0)  # until the workspace is the session's own
    await watching.watch(session, root, workspace)


def saved(session: Session, uri: str) -> None:
    """A document was saved: git may tell something new, and a pass may have another text."""
    from counterpoint.lsp import automatic

    root, workspace = session.root_of(uri), session.opened(uri)
    if workspace is None:
        return
    session.reviews.trees.look(root)
    if session.path_of(uri).startswith(f"{passes.FOLDER}/"):
        session.spawn(read_passes(session, root, workspace))
    if session.path_of(uri).startswith(f"{own.FOLDER}/"):
        session.spawn(read_tasks(session, root, workspace))
    automatic.saved(session, uri)


async def read_passes(session: Session, root: str, workspace: Workspace) -> None:
    """Read the repository's own passes; what is wrong with them goes to the log."""
    found = await asyncio.to_thread(passes.known, workspace.project)
    session.reviews.passes[root] = found
    for problem in (*found.problems, *found.notices):
        logger.warning("%s", problem)


async def read_tasks(session: Session, root: str, workspace: Workspace) -> None:
    """Read the repository's own tasks; what is wrong with them goes to the log."""
    found = await asyncio.to_thread(own.known, workspace.project)
    session.reviews.tasks[root] = found
    for problem in (*found.problems, *found.notices):
        logger.warning("%s", problem)


def tasks_of(session: Session, root: str) -> own.OwnTasks:
    """The repository's own tasks as last read."""
    return session.reviews.tasks.get(root, _NO_TASKS)


def passes_of(session: Session, root: str) -> passes.Known:
    """The passes of a workspace as last read."""
    return session.reviews.passes.get(root, _SHIPPED)


def known(session: Session, uri: str, document: Document, symbol: str = "") -> AtHand:
    """What is known about a document's workspace."""
    root, workspace = session.root_of(uri), session.opened(uri)
    usual = workspace.settings.review.passes if workspace else passes.SHIPPED[:2]
    machine = written(workspace, document) if workspace else None
    unsaved = [one.now.path for one in session.documents.unsaved() if session.root_of(one.uri) == root]
    tree = session.reviews.trees.at_hand(root).with_unsaved(unsaved)
    told = note(session, uri, machine.writer) if machine else None
    return AtHand(passes_of(session, root), usual, tree, machine, told, symbol)


def written(workspace: Workspace, document: Document) -> Offered | None:
    """What models wrote that nobody has reviewed yet, in the document or else in any that is open."""
    return workspace.machine.offered([document]) or workspace.machine.offered()


def note(session: Session, uri: str, writer: str = "", path: str = "") -> Note:
    """Model, price and time for titles, "" where no model can be asked. `writer` wrote what is reviewed;
    `path` is the file's where it is one."""
    workspace = session.opened(uri)
    usable = session.usable.get(workspace.root.as_posix(), frozenset()) if workspace else ()

    def told(characters: int, asks: int, effort: str) -> str:
        task = replace(REVIEW, written_by=writer)
        return offer(
            workspace, usable, task, characters, asks=asks, effort=effort, path=path if asks == 1 else ""
        ).note

    return told


def argument_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """An entry's argument as it is sent: plain objects only."""
    return {name: [*value] if isinstance(value, tuple) else value for name, value in given.items()}
