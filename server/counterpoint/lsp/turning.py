"""Whose turn it is with a vendor, for all workspaces of a connection; and what a job waits for, told where
the user looks: in its progress, and in the status."""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from counterpoint.lsp import status
from counterpoint.lsp.session import Session

if TYPE_CHECKING:
    from counterpoint.ports import Later
    from counterpoint.workspace import Workspace


def attach(session: Session, root: str, workspace: Workspace) -> None:
    """Let a workspace share the turns of the others: the vendor's account is the same. Where its address or
    the way there has changed, what was known of its health is forgotten. A session has one budget, too,
    whatever folders it has open and however often settings change."""
    there = (workspace.settings.endpoints, workspace.settings.network)
    session.jobs.here = workspace.ledger.here = session.jobs.here or workspace.ledger.here
    ports = workspace.engine.ports
    if session.jobs.turns is None:
        session.jobs.turns = ports.turns
    elif session.jobs.there != there:
        session.jobs.turns.anew()
    session.jobs.there = there
    session.jobs.turns.on_wait = partial(_waits, session, workspace)
    later = partial(_later, session, root, workspace)
    workspace.engine.ports = replace(ports, turns=session.jobs.turns, later=later)


def _later(session: Session, root: str, workspace: Workspace) -> Awaitable[Later] | None:
    """What holds in a folder whose workspace is another by now, or is being opened anew. What is under way
    in a folder that was closed ends as it began."""
    if session.holds(root, workspace) or root not in session.workspace_roots:
        return None
    return _read_anew(session, root)


async def _read_anew(session: Session, root: str) -> Later:
    from counterpoint.ports import Later as Made

    now = await session.workspace_at(root)
    while root in session.workspace_roots and not session.holds(root, now):
        now = await session.workspace_at(root)
    return Made(now.settings, now.engine.ports)


def _waits(session: Session, workspace: Workspace, job: str, said: str) -> None:
    """A job waits, or goes on."""
    if said:
        session.jobs.waits[job] = said
    else:
        session.jobs.waits.pop(job, None)
    if (report := session.jobs.reports.get(job)) is not None:
        report(said)
    session.spawn(status.report(session, workspace))
