"""What is written down of edits in their workspace, in order, also while that is being opened anew."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from counterpoint.errors import ConfigError
from counterpoint.flows.endings import Endings

if TYPE_CHECKING:
    from counterpoint.lsp.session import Session

_SECONDS = 2.0
"""How long a session that ends waits for a workspace that is still being opened."""
logger = logging.getLogger(__name__)

Write: TypeAlias = Callable[[Endings], None]


class Writes:
    """Touched by the event loop only. By the folder of a workspace."""

    def __init__(self) -> None:
        self._waiting: dict[str, list[Write]] = {}
        self._last: dict[str, Endings] = {}
        """Where was written last: a workspace that is opened anew writes after the one before it."""
        self._idle = asyncio.Event()
        self._idle.set()

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
            self._idle.clear()
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
        except asyncio.CancelledError:
            lost = len(self._waiting[root])
            logger.warning(
                "%d of what was done with edits was not written down: the server ended before it was ready.",
                lost,
            )
            raise
        finally:
            del self._waiting[root]
            if not self._waiting:
                self._idle.set()

    async def ended(self, seconds: float = _SECONDS) -> None:
        """Wait, as a session ends, until what waits has been given to its workspace: at most so long. What
        waits then is lost, and told in the log once its task is cancelled."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._idle.wait(), seconds)
