"""A session that opens its workspaces anew while a job runs."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest
from lsprotocol import types

import counterpoint.workspace
from counterpoint.errors import ConfigError
from counterpoint.flows.applied import Applied
from counterpoint.index.client import Index
from counterpoint.lsp import applied, lifecycle, syncing
from counterpoint.lsp.session import Session
from counterpoint.lsp.uris import uri_of
from counterpoint.tasks import EDIT
from counterpoint.text import Document, Situation, Span
from counterpoint.workspace import Workspace, open_workspace


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


def choices(workspace: Workspace) -> list[str]:
    """What the ledger has of edits, in order; it is made with the first."""
    with closing(sqlite3.connect(workspace.ledger.file)) as rows:
        if not rows.execute("SELECT 1 FROM sqlite_master WHERE name = 'edit_outcomes'").fetchall():
            return []
        return [choice for (choice,) in rows.execute("SELECT choice FROM edit_outcomes ORDER BY id")]


@pytest.mark.asyncio
async def test_what_is_done_with_an_edit_while_workspaces_are_opened_anew_is_written_in_its_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERPOINT_HOME", str(tmp_path / "home"))
    session, root, may = Session(cast("Any", None)), tmp_path.as_posix(), asyncio.Event()
    session.set_roots([root])
    uri = uri_of(f"{root}/a.py")
    document = Document.of("a.py", "x = 1\n", "python")
    edit = Applied("j", EDIT, "gpt-5.5", Situation(document, Span(0, 0)), ())

    async def held_back(*args: Any, **options: Any) -> Workspace:
        await may.wait()
        opened = await open_workspace(*args, **options)
        opened.index.enabled = False  # nothing is looked up here
        return opened

    monkeypatch.setattr(counterpoint.workspace, "open_workspace", held_back)
    may.set()
    before = await session.workspace_at(root)
    applied.note(session, uri, edit, "applied")
    may.clear()
    await session.reopen()
    applied.note(session, uri, edit, "undone")
    async with asyncio.timeout(60):
        while root not in session.workspace_roots:
            await asyncio.sleep(0)
    await session.reopen()  # settings change once more before they are read
    applied.note(session, uri, edit, "applied")
    may.set()
    async with asyncio.timeout(60):
        assert await session.workspace_at(root) is not before
    applied.note(session, uri, edit, "undone")
    async with asyncio.timeout(60):
        while not before.ledger.file.exists() or len(choices(before)) < 4:
            await asyncio.sleep(0.01)
    assert choices(before) == ["applied", "undone", "applied", "undone"]
    await session.close()


@pytest.mark.asyncio
@pytest.mark.parametrize("opens", [True, False], ids=["in time", "too late"])
async def test_what_is_done_with_an_edit_as_the_server_ends_is_written_down_or_said_to_be_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, opens: bool
) -> None:
    """It was lost without a word where its workspace was still being opened."""
    monkeypatch.setenv("COUNTERPOINT_HOME", str(tmp_path / "home"))
    session, root, may = Session(cast("Any", None)), tmp_path.as_posix(), asyncio.Event()
    session.set_roots([root])
    document = Document.of("a.py", "x = 1\n", "python")
    edit = Applied("j", EDIT, "gpt-5.5", Situation(document, Span(0, 0)), ())
    made: list[Workspace] = []

    async def held_back(*args: Any, **options: Any) -> Workspace:
        if made:
            await may.wait()
        made.append(await open_workspace(*args, **options))
        made[-1].index.enabled = False
        return made[-1]

    monkeypatch.setattr(counterpoint.workspace, "open_workspace", held_back)
    await session.workspace_at(root)
    applied.note(session, uri_of(f"{root}/a.py"), edit, "applied")
    await session.reopen()
    applied.note(session, uri_of(f"{root}/a.py"), edit, "undone")
    applied.note(session, uri_of(f"{root}/a.py"), edit, "kept")
    patience = partial(session.applied.writes.ended, 60.0 if opens else 0.05)
    monkeypatch.setattr(session.applied.writes, "ended", patience)
    closing = asyncio.create_task(session.close())
    await asyncio.sleep(0)
    if opens:
        may.set()
    await asyncio.wait_for(closing, 60)
    assert choices(made[0]) == (["applied", "undone", "kept"] if opens else ["applied"])
    assert ("2 of what was done with edits was not written down" in caplog.text) == (not opens)


@pytest.mark.asyncio
async def test_settings_that_cannot_be_read_cost_a_choice_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def refused(*args: Any, **options: Any) -> Workspace:
        raise ConfigError("no settings", fix="Correct them.")

    monkeypatch.setenv("COUNTERPOINT_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(counterpoint.workspace, "open_workspace", refused)
    session = Session(cast("Any", None))
    session.set_roots([tmp_path.as_posix()])
    document = Document.of("a.py", "x = 1\n", "python")
    edit = Applied("j", EDIT, "gpt-5.5", Situation(document, Span(0, 0)), ())
    applied.note(session, uri_of(f"{tmp_path.as_posix()}/a.py"), edit, "kept")
    async with asyncio.timeout(60):
        while "was not written down" not in caplog.text:
            await asyncio.sleep(0.01)
    assert "What was done with an edit was not written down: no settings" in caplog.text
    await session.close()
