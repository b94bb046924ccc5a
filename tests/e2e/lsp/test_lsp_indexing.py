"""The workspace index in the real server: started after `initialized`, told of everything, ended with it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, Editor, editor, place
from tests.modelserver import ModelServer

pytestmark = [
    pytest.mark.asyncio,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]
SERVICE = "counterpoint.index.service"
WATCHING: dict[str, Any] = {
    **FULL,
    "workspace": {**FULL["workspace"], "didChangeWatchedFiles": {"dynamicRegistration": True}},
}


def _told(file: str) -> bytes:
    """What the system tells of a process; nothing of one that has ended meanwhile, such as git."""
    try:
        return Path(file).read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def _services(pid: int) -> list[int]:
    children = _told(f"/proc/{pid}/task/{pid}/children").split()
    return [int(one) for one in children if SERVICE.encode() in _told(f"/proc/{int(one)}/cmdline")]


async def _service(client: Editor) -> int:
    async with asyncio.timeout(60):
        while not (found := _services(client.process.pid)):
            await asyncio.sleep(0.05)
    return found[0]


def _alive(pid: int) -> bool:
    stat = _told(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return stat[:1] not in ([], [b"Z"])


async def test_it_starts_with_the_first_folder_and_ends_with_the_server(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("def first():\n    return 1\n")
    async with editor(tmp_path, None, WATCHING) as client:
        client.answers["client/registerCapability"] = lambda params: None
        pid = await _service(client)
        uri = await client.open(tmp_path / "a.py")
        params = {
            "textDocument": {"uri": uri, "version": 2},
            "contentChanges": [
                {"range": {"start": place(0, 4), "end": place(0, 9)}, "text": "se😀"},
                {"text": "whole = 1\n"},
            ],
        }
        await client.notify("textDocument/didChange", params)
        await client.notify("textDocument/didSave", {"textDocument": {"uri": uri}})
        (tmp_path / "b.py").write_text("x = 1\n")
        changed = {"changes": [{"uri": (tmp_path / "b.py").as_uri(), "type": 1}]}
        await client.notify("workspace/didChangeWatchedFiles", changed)
        await client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
        await client.pull(uri)
        assert _services(client.process.pid) == [pid]
        assert await client.leave() == 0
    async with asyncio.timeout(60):
        while _alive(pid):
            await asyncio.sleep(0.05)


async def test_what_surrounds_a_place_is_said_with_its_source(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("class Order:\n    def total(self):\n        return '1'\n")
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "a.py")
            argument = {"uri": uri, "position": place(2, 17)}
            first = await client.command("counterpoint.showContext", argument)
            scopes = ["class Order", "method total"]
            assert first["place"]["scopes"] == scopes and first["place"]["inside"] == "string"
            assert first["place"]["source"] in ("slice", "tree")
            async with asyncio.timeout(60):
                while first["place"]["source"] != "tree":  # the service is at hand by then
                    first = await client.command("counterpoint.showContext", argument)
            assert first["place"] == {"scopes": scopes, "inside": "string", "source": "tree"}
            os.kill(await _service(client), signal.SIGSTOP)
            try:
                stuck = await client.command("counterpoint.showContext", argument)
            finally:
                os.kill(await _service(client), signal.SIGCONT)
            assert stuck["place"] == {"scopes": scopes, "inside": "string", "source": "slice"}


async def test_a_client_that_watches_is_asked_to_and_one_that_does_not_is_not(tmp_path: Path) -> None:
    for capabilities, expected in ((WATCHING, 1), (FULL, 0)):
        async with editor(tmp_path, None, capabilities) as client:
            client.answers["client/registerCapability"] = lambda params: None
            await _service(client)
            await client.until(lambda message: message.get("method") == "counterpoint/status")
            asked = [
                one
                for params in client.notices("client/registerCapability")
                for one in params["registrations"]
                if one["method"] == "workspace/didChangeWatchedFiles"
            ]
            assert len(asked) == expected
            if asked:
                patterns = {one["globPattern"] for one in asked[0]["registerOptions"]["watchers"]}
                assert any("py" in pattern and "tsx" in pattern for pattern in patterns)


async def test_a_first_build_of_many_files_shows_its_progress(tmp_path: Path) -> None:
    body = "".join(f"def f{n}(a, b):\n    return a + b * {n}\n" for n in range(400))
    for number in range(700):
        (tmp_path / f"m{number}.py").write_text(body)
    async with editor(tmp_path, None, FULL) as client:

        def ours(message: dict[str, Any], kind: str) -> bool:
            params = message.get("params") or {}
            token = str(params.get("token", "")) if isinstance(params, dict) else ""
            return token.startswith("counterpoint-index") and params.get("value", {}).get("kind") == kind

        begun = await client.until(lambda message: ours(message, "begin"), 100)
        assert begun["params"]["value"]["title"] == "Counterpoint reads the workspace"
        said = await client.until(lambda message: ours(message, "report"), 100)
        assert said["params"]["value"]["message"].endswith(" files")
        await client.until(lambda message: ours(message, "end"), 200)


async def test_the_folder_of_a_stray_file_is_not_indexed(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.py").write_text("x = 1\n")
    async with editor(inside, None, FULL) as client:
        pid = await _service(client)
        uri = await client.open(outside / "a.py")
        await client.pull(uri)
        await client.inline(uri, 0, 1)
        assert _services(client.process.pid) == [pid]


async def test_settings_that_cannot_be_used_leave_no_service_behind(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    async with editor(tmp_path, None, FULL, env={"OPENAI_BASE_URL": "ftp://example.org"}) as client:
        uri = await client.open(tmp_path / "a.py")
        argument = {"uri": uri, "position": place(0, 1)}
        for _ in range(4):
            asked = {"command": "counterpoint.showContext", "arguments": [argument]}
            await client.error("workspace/executeCommand", asked)
        await asyncio.sleep(0.5)
        assert len(_services(client.process.pid)) <= 1


async def test_a_folder_that_is_closed_is_no_longer_indexed_and_one_that_is_added_is(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    for folder in (one, two):
        folder.mkdir()
        (folder / "a.py").write_text("x = 1\n")
    async with editor(one, None, FULL) as client:
        first = await _service(client)
        uri = await client.open(two / "a.py")
        await client.pull(uri)  # its folder is a workspace by then, which nobody chose
        added = {"added": [{"uri": two.as_uri(), "name": "two"}], "removed": []}
        await client.notify("workspace/didChangeWorkspaceFolders", {"event": added})
        async with asyncio.timeout(60):
            while len(_services(client.process.pid)) < 2:
                await asyncio.sleep(0.05)
        gone = {"added": [], "removed": [{"uri": one.as_uri(), "name": "one"}]}
        await client.notify("workspace/didChangeWorkspaceFolders", {"event": gone})
        async with asyncio.timeout(60):
            while _alive(first):
                await asyncio.sleep(0.05)
        assert len(_services(client.process.pid)) == 1
