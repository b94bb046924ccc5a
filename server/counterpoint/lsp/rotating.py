"""The ledger at a start: opened before the first call; what the command line wrote is judged, and past months
are moved out of it where that is due."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from counterpoint.errors import ConfigError
from counterpoint.flows.afterwards import look
from counterpoint.lsp.session import Session

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

_AFTER = 60.0
"""Seconds after a workspace is opened: by then nobody waits for the editor to start."""


def attach(session: Session, root: str, workspace: Workspace) -> None:
    """A workspace was opened."""
    session.spawn(_rotate(session, workspace))


async def _rotate(session: Session, workspace: Workspace) -> None:
    try:
        await asyncio.to_thread(workspace.ledger.warm)
        await asyncio.to_thread(look, workspace.ledger)
        await asyncio.sleep(_AFTER)
        await asyncio.to_thread(workspace.ledger.rotate)
    except ConfigError as error:
        session.server.protocol.log_failure(error, "the ledger")
