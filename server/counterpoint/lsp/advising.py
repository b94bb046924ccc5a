"""Trials of another model while an editor is open, and what the user's own figures come to say, told once."""

from __future__ import annotations

import asyncio
import weakref
from functools import partial
from typing import TYPE_CHECKING

from lsprotocol import types

from counterpoint.lsp import saying
from counterpoint.lsp.session import Session

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

WARNING = types.MessageType.Warning
FIRST, EVERY = 45.0, 3_600.0
"""Seconds after a workspace was opened until it is first looked at what its figures say, and between looks:
an editor that starts has better things to do."""


def attach(session: Session, root: str, workspace: Workspace) -> None:
    """Begin to try another model where the settings say so, and to look at what figures say."""
    compare = workspace.settings.compare
    if compare.shadow > 0:
        if compare.shadow_model and compare.shadow_model not in workspace.catalogue.models:
            saying.tell(
                session, f"compare.shadow_model: no model is called {compare.shadow_model!r}.", WARNING
            )
        workspace.shadow.busy = partial(_busy, session, workspace)
        workspace.shadow.told = partial(saying.tell, session)
    if root in session.roots:
        session.spawn(_watch(session, root, workspace))


def _busy(session: Session, workspace: Workspace) -> bool:
    """Whether the user waits for anything, or wants nothing asked."""
    return session.paused or session.jobs.busy() or workspace.completions.live > 0


async def _watch(session: Session, root: str, workspace: Workspace) -> None:
    """Look until the workspace is closed or another has taken its place, and keep none alive until then."""
    held = weakref.ref(workspace)
    del workspace
    await asyncio.sleep(FIRST)
    while (here := held()) is not None and session.holds(root, here):
        from counterpoint.flows.advising import news

        for text in await news(here.engine):
            saying.tell(session, text)
        del here
        await asyncio.sleep(EVERY)
