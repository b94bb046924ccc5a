"""What looks at figures now and then, and what it leaves alone meanwhile."""

from __future__ import annotations

import asyncio
import gc
import weakref
from typing import Any, cast

import pytest

from counterpoint.flows import advising as flow
from counterpoint.lsp import advising
from counterpoint.lsp.session import Session


class Opened:
    """A workspace of which nothing but its engine is asked."""

    engine = None


@pytest.mark.asyncio
async def test_between_looks_no_closed_workspace_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    looked = asyncio.Event()

    async def news(engine: object) -> tuple[str, ...]:
        looked.set()
        return ()

    monkeypatch.setattr(flow, "news", news)
    monkeypatch.setattr(advising, "FIRST", 0.0)
    session = Session(cast(Any, None))
    monkeypatch.setattr(session, "holds", lambda root, workspace: True)
    opened = Opened()
    watching = asyncio.create_task(advising._watch(session, "/w", cast(Any, opened)))
    held = weakref.ref(opened)
    async with asyncio.timeout(10):
        await looked.wait()
    await asyncio.sleep(0)
    del opened
    gc.collect()
    assert held() is None
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
