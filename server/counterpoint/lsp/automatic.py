"""Reviews that `review.on` asks for: on save, when something is staged, after a commit. One at a time.

They never ask the user anything: without consent, a key or money left in their share of the budget nothing
is done. Actions on save are another matter, and never cost anything.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from pygls.exceptions import JsonRpcException

from counterpoint.errors import CounterpointError, NoUsableRole
from counterpoint.ledger_rows import AUTOMATIC
from counterpoint.lsp.review_run import Wish, run_review
from counterpoint.lsp.review_scope import Asked, Found, scope_for
from counterpoint.lsp.session import Session
from counterpoint.lsp.trees import Tree, committed
from counterpoint.lsp.work import new_job, run
from counterpoint.tasks import REVIEW

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

logger = logging.getLogger(__name__)

Key: TypeAlias = tuple[str, str]
"""When it was asked for, and the document that was saved, "" for none."""


@dataclass(frozen=True, slots=True)
class Due:
    """A review that is due. A newer one of the same key takes its place while it waits."""

    asked: Asked
    passes: tuple[str, ...]


class Automatic:
    """What is due, by workspace. Touched by the event loop only."""

    def __init__(self) -> None:
        self._due: dict[str, dict[Key, Due]] = {}
        self._working: set[str] = set()

    def add(self, session: Session, root: str, key: Key, due: Due) -> None:
        """Have a review made as soon as those before it are."""
        self._due.setdefault(root, {})[key] = due
        if root not in self._working:
            self._working.add(root)
            session.spawn(self._work(session, root))

    async def _work(self, session: Session, root: str) -> None:
        try:
            while waiting := self._due.get(root):
                key = next(iter(waiting))
                await _made(session, root, waiting.pop(key))
        finally:
            self._working.discard(root)


def passes_on(workspace: Workspace, when: str) -> tuple[str, ...]:
    """The passes that are to run then."""
    wanted: Mapping[str, str] = workspace.settings.review.on
    return tuple(name for name, moment in wanted.items() if moment == when)


def saved(session: Session, uri: str) -> None:
    """A document was saved: what has changed in it is reviewed."""
    workspace = session.opened(uri)
    if workspace is not None and (passes := passes_on(workspace, "save")):
        due = Due(Asked("changes", uri), passes)
        session.reviews.automatic.add(session, session.root_of(uri), ("save", uri), due)


def tree_changed(session: Session, root: str, before: Tree, now: Tree) -> None:
    """Git tells something new of a workspace: something was staged, or committed."""
    session.spawn(_tree_changed(session, root, before, now))


async def _tree_changed(session: Session, root: str, before: Tree, now: Tree) -> None:
    workspace = await session.workspace_at(root)
    if not before.git or not now.git:
        return
    if now.staged and now.staged != before.staged and (passes := passes_on(workspace, "stage")):
        session.reviews.automatic.add(session, root, ("stage", ""), Due(Asked("staged", ""), passes))
    passes = passes_on(workspace, "commit")
    moved = bool(passes) and now.head != before.head
    if moved and await asyncio.to_thread(committed, root):
        due = Due(Asked("commit", "", ref=now.head), passes)
        session.reviews.automatic.add(session, root, ("commit", now.head), due)


async def _made(session: Session, root: str, due: Due) -> None:
    """Make a review that is due, if it may be made. What it fails of goes to the log and the status."""
    workspace = await session.workspace_at(root)
    if session.paused or not await _may(workspace):
        return
    try:
        found = await scope_for(session, workspace, due.asked)
        if due.asked.uri:
            found = _only(found, session.path_of(due.asked.uri))
        if not found.scope.units:
            return
        job = f"{AUTOMATIC}{new_job()}"
        work = run_review(session, workspace, root, found, Wish(due.passes, automatic=True), job)
        result = await run(session, workspace, ("automatic", root), work, job)
    except CounterpointError as error:
        logger.info("A review on %s was not made: %s", due.asked.scope, error)
        return
    except JsonRpcException:
        return  # the user stopped it
    for problem in result.errors:
        logger.info("A review on %s: %s", due.asked.scope, problem.message)


def _only(found: Found, path: str) -> Found:
    """Of a scope what is in one file."""
    units = [unit for unit in found.scope.units if unit.document.path == path]
    return Found(replace(found.scope, title=path, units=units))


async def _may(workspace: Workspace) -> bool:
    """Whether models can be asked, and the user has agreed to it."""
    try:
        route = await workspace.engine.route(REVIEW)
    except NoUsableRole:
        return False
    providers = sorted({one.model.provider for one in route.candidates} - {"embedded"})
    return not await workspace.receivers_to_agree(providers)
