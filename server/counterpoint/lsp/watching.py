"""A look, every other second, at the few files that tell of something done outside of the editor: a staging,
a commit, a finding dismissed by the command line or by another editor."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoint import baseline
from counterpoint.lsp import diagnostics, quiet, remembering
from counterpoint.lsp.session import Session
from counterpoint.lsp.trees import marks_of, written

if TYPE_CHECKING:
    from counterpoint.workspace import Workspace

EVERY = 2.0


async def watch(session: Session, root: str, workspace: Workspace) -> None:
    """Look until the workspace is closed or another has taken its place."""
    tree, silence = await asyncio.to_thread(_marks, root, workspace)
    while session.holds(root, workspace):
        await asyncio.sleep(EVERY)
        now, quiet_now = await asyncio.to_thread(_marks, root, workspace)
        if now != tree:
            tree = now
            session.reviews.trees.look(root)
        if quiet_now != silence:
            silence = quiet_now
            await quiet.read(session, root, workspace)
            await remembering.restore(session, root, workspace)
            diagnostics.show_all(session, root)


def _marks(root: str, workspace: Workspace) -> tuple[tuple[int, ...], tuple[int, ...]]:
    found = workspace.shelf.file
    files = (workspace.root / baseline.FILE, found, Path(f"{found}-wal"))
    return marks_of(root), tuple(map(written, files))
