"""Whose turn it is with a vendor, for all workspaces of a connection; and what a job waits for, told where
the user looks: in its progress, and in the status."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from counterpoint.lsp import status
from counterpoint.lsp.session import Session

if TYPE_CHECKING:
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
    workspace.engine.ports = replace(ports, turns=session.jobs.turns)


def _waits(session: Session, workspace: Workspace, job: str, said: str) -> None:
    """A job waits, or goes on."""
    if said:
        session.jobs.waits[job] = said
    else:
        session.jobs.waits.pop(job, None)
    if (report := session.jobs.reports.get(job)) is not None:
        report(said)
    session.spawn(status.report(session, workspace))
