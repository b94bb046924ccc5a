"""Clients that pull are asked to do so again, whatever became of the last time they were asked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from pygls.exceptions import JsonRpcInternalError

from counterpoint.lsp import diagnostics
from counterpoint.lsp.session import Session

URI = "file:///shop.py"


class Asked:
    """A client that answers refreshes as it is told to, in order."""

    def __init__(self, *answers: Exception | None) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.meanwhile: Callable[[], None] = lambda: None

    async def ask(self, method: str, params: Any) -> None:
        self.asked += 1
        self.meanwhile()
        await asyncio.sleep(0)
        if (answer := self.answers.pop(0)) is not None:
            raise answer


def session_of(client: Asked) -> Session:
    server = SimpleNamespace(protocol=client)
    known = SimpleNamespace(get=lambda uri: object())
    capable = SimpleNamespace(pulls=True)
    session = SimpleNamespace(
        server=server, documents=known, client=capable, refresh=None, refresh_wanted=False
    )
    return cast("Session", session)


@pytest.mark.asyncio
@pytest.mark.parametrize("trouble", [JsonRpcInternalError("busy"), TimeoutError()])
async def test_what_changed_while_a_refresh_failed_is_told_by_the_next(
    trouble: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnostics, "_REFRESH_SECONDS", 0.0)
    client = Asked(trouble, None)
    session = session_of(client)

    def changed() -> None:
        if client.asked == 1:
            diagnostics.show(session, URI)

    client.meanwhile = changed
    diagnostics.show(session, URI)
    async with asyncio.timeout(10):
        assert session.refresh is not None
        await session.refresh
    assert client.asked == 2
    assert not session.refresh_wanted


@pytest.mark.asyncio
async def test_several_changes_are_one_refresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnostics, "_REFRESH_SECONDS", 0.0)
    client = Asked(None)
    session = session_of(client)
    for _ in range(5):
        diagnostics.show(session, URI)
    async with asyncio.timeout(10):
        assert session.refresh is not None
        await session.refresh
    assert client.asked == 1
