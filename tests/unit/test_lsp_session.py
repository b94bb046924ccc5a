"""A session that opens its workspaces anew while a job runs."""

from __future__ import annotations

import asyncio
from typing import Any, cast

import pytest

from counterpoint.lsp.session import Session


class Opened:
    """A workspace that only knows whether it was closed."""

    closed = False

    async def close(self) -> None:
        self.closed = True


def is_closed(opened: Opened) -> bool:
    return opened.closed


class Opening(Session):
    """Opens such workspaces."""

    async def _open(self, root: str) -> Any:
        return Opened()


@pytest.mark.asyncio
async def test_a_running_job_keeps_its_workspace_when_settings_change() -> None:
    session = Opening(cast("Any", None))
    old = cast("Opened", await session.workspace_at("/w"))
    done = asyncio.Event()
    job = asyncio.create_task(session.jobs.newest("review", done.wait(), "job"))
    await asyncio.sleep(0)
    await session.reopen()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not is_closed(old)
    assert cast("Opened", await session.workspace_at("/w")) is not old
    done.set()
    async with asyncio.timeout(5):
        await job
        while not is_closed(old):
            await asyncio.sleep(0)
    await session.close()


@pytest.mark.asyncio
async def test_closing_ends_the_job_and_both_workspaces() -> None:
    session = Opening(cast("Any", None))
    old = cast("Opened", await session.workspace_at("/w"))
    job = asyncio.create_task(session.jobs.newest("review", asyncio.Event().wait(), "job"))
    await asyncio.sleep(0)
    await session.reopen()
    new = cast("Opened", await session.workspace_at("/w"))
    await session.close()
    assert (old.closed, new.closed) == (True, True)
    await asyncio.gather(job, return_exceptions=True)
