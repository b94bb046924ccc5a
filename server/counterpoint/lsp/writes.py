"""What is written down of edits in their workspace, in order, also while that is being opened anew."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

from counterpoint.errors import ConfigError
from counterpoint.flows.endings import Endings

if TYPE_CHECKING:
    from counterpoint.lsp.session import Session

logger = logging.getLogger(__name__)

Write: TypeAlias = Callable[[Endings], None]


class Writes:
    """Touched by the event loop only. By the folder of a workspace."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Write]] = {}
        self._last: dict[str, Endings] = {}
        """Where was written last: a workspace that is opened anew writes after the one before it."""

    def add(self, session: Session, root: str, write: Write) -> None:
        """Write down something, at once if the workspace is open, else once it is."""
        workspace = next((one for one in session.all_opened() if session.holds(root, one)), None)
        if root in self._waiting:
            self._waiting[root].append(write)
        elif workspace is not None and self._last.get(root, workspace.endings) is workspace.endings:
            self._last[root] = workspace.endings
            write(workspace.endings)
        else:
            self._waiting[root] = [write]
            session.spawn(self._once_open(session, root))

    async def _once_open(self, session: Session, root: str) -> None:
        try:
            if root in self._last:
                await self._last[root].written()
            workspace = await session.workspace_at(root)
            while not session.holds(root, workspace):
                workspace = await session.workspace_at(root)
            self._last[root] = workspace.endings
            for write in self._waiting[root]:
                write(workspace.endings)
        except ConfigError as error:
            logger.warning("What was done with an edit was not written down: %s", error)
        finally:
            del self._waiting[root]
