"""A session that opens its workspaces anew while a job runs."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from lsprotocol import types

from counterpoint.index.client import Index
from counterpoint.lsp import lifecycle, syncing
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


class Told(Index):
    """An index without a service, which notes the documents it is told of."""

    def __init__(self, root: str) -> None:
        super().__init__(Path(root))
        self.told: list[str] = []

    def opened(self, path: str, language: str, text: str, version: int | None) -> None:
        self.told.append(f"opened {path}")

    def closed(self, path: str) -> None:
        self.told.append(f"closed {path}")


def folders(added: tuple[str, ...] = (), removed: tuple[str, ...] = ()) -> Any:
    def of(roots: tuple[str, ...]) -> list[types.WorkspaceFolder]:
        return [types.WorkspaceFolder(f"file://{root}", root) for root in roots]

    return types.DidChangeWorkspaceFoldersParams(types.WorkspaceFoldersChangeEvent(of(added), of(removed)))


@pytest.mark.asyncio
async def test_documents_move_with_the_folders_they_belong_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counterpoint.lsp.diagnostics.opened", lambda session, uri: None)
    session = Opening(cast("Any", None))
    session.set_roots(["/w"])
    session.indexes["/w"] = whole = Told("/w")
    for path in ("/w/sub/a.py", "/w/b.py", "/stray/c.py"):
        item = types.TextDocumentItem(f"file://{path}", "python", 1, "x = 1\n")
        syncing.did_open(session, types.DidOpenTextDocumentParams(item))
    stray = cast("Opened", await session.workspace_at("/stray"))
    lifecycle.folders_changed(session, folders(("/w/sub/", "/stray/"), ()))
    assert whole.told == ["opened sub/a.py", "opened b.py", "closed sub/a.py"]
    assert session.path_of("file:///w/sub/a.py") == "a.py"
    assert session.now("/w/sub", "a.py") is not None
    async with asyncio.timeout(5):
        while not is_closed(stray):
            await asyncio.sleep(0)
    lifecycle.folders_changed(session, folders((), ("/w/sub/",)))
    assert session.roots == ("/stray", "/w")
    assert session.now("/w", "sub/a.py") is not None
    assert whole.told[-1] == "opened sub/a.py"
    await session.close()


@pytest.mark.asyncio
async def test_a_workspace_that_opens_late_takes_no_place_of_a_newer_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERPOINT_HOME", str(tmp_path / "home"))
    session = Session(cast("Any", None))
    root = tmp_path.as_posix()
    first = asyncio.create_task(session.workspace_at(root))
    await asyncio.sleep(0)
    await session.reopen()
    async with asyncio.timeout(30):
        old, new = await first, await session.workspace_at(root)
    assert old is not new
    assert session.indexes == {root: new.index}
    await session.close()
