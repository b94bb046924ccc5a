"""Edits by instruction, consent, settings and keys over the wire."""

from __future__ import annotations

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, PLAIN, Editor, editor, edits, place
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

TEXT = "def add(a, b):\n\treturn a - b  # 漢😀\n\n\nprint(add(1, 2))\n"
WHOLE = {"start": place(0, 0), "end": place(1, 15)}
MINUS = {"old": "return a - b", "new": "return a + b", "line": 2}


def _shop(root: Path, text: str = TEXT) -> Path:
    path = root / "shop.py"
    path.write_bytes(text.encode())
    return path


def _argument(uri: str, **more: Any) -> dict[str, Any]:
    return {"uri": uri, "range": WHOLE, "version": 1, "instruction": "Add them", **more}


def _applied(client: Editor) -> dict[str, Any]:
    (params,) = [m["params"] for m in client.seen if m.get("method") == "workspace/applyEdit"]
    edit: dict[str, Any] = params["edit"]
    return edit


@pytest.mark.parametrize("eol", ["\n", "\r\n"])
async def test_an_edit_is_versioned_and_annotated(tmp_path: Path, eol: str) -> None:
    path = _shop(tmp_path, "\ufeff" + TEXT.replace("\n", eol))
    answer = edits(
        MINUS, {"old": "print(add(1, 2))", "new": "print(add(1, 2))\n# 漢", "line": 5, "reason": "Note"}
    )
    with ModelServer() as models:
        models.answer(f"Here you are:\n```json\n{answer}\n```\n")
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            result = await client.command("counterpoint.edit", _argument(uri))
            assert result["applied"] and result["files"] == ["shop.py"] and result["dropped"] == []
            (change,) = _applied(client)["documentChanges"]
            assert change["textDocument"] == {"uri": uri, "version": 1}
            first, second = change["edits"]
            assert first["range"] == {"start": place(1, 1), "end": place(1, 13)}
            assert first["newText"] == "return a + b"
            assert second["newText"] == f"print(add(1, 2)){eol}# 漢"
            labels = {note["label"] for note in _applied(client)["changeAnnotations"].values()}
            assert labels == {"As asked", "Note"}
        assert "Add them" in str(models.log[0].body)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_plain_changes_count_in_the_clients_units(tmp_path: Path, encoding: str) -> None:
    path = _shop(tmp_path, "x = '漢😀'; y = 1\n")
    capabilities = {**PLAIN, "general": {"positionEncodings": [encoding]}}
    width = {"utf-8": 7, "utf-16": 3, "utf-32": 2}[encoding]
    with ModelServer() as models:
        models.answer(edits({"old": "y = 1", "new": "y = 2", "line": 1}))
        async with editor(tmp_path, models, capabilities) as client:
            uri = await client.open(path)
            await client.command("counterpoint.edit", {"uri": uri, "instruction": "Two"})
            (edit,) = _applied(client)["changes"][uri]
            assert edit["range"] == {"start": place(0, 8 + width), "end": place(0, 13 + width)}


ONCE = {"COUNTERPOINT__ROUTING__ESCALATE": "false"}


async def test_what_cannot_be_placed_is_dropped_with_a_reason(tmp_path: Path) -> None:
    path = _shop(tmp_path, "a = 1\nb = 2\na = 1\n")
    answer = edits(
        {"old": "a = 1", "new": "a = 9", "line": 40},
        {"old": "nowhere", "new": "x", "line": 1},
        {"path": "../evil.py", "old": "", "new": "x", "line": 0},
        {"old": "b = 2", "new": "b = 3", "line": 2},
    )
    sound = edits(
        {"old": "b = 2", "new": "b = 3", "line": 2},
        {"path": "new.py", "old": "", "new": "made = 1\n", "line": 0},
    )
    with ModelServer() as models:
        models.answer(answer)
        models.answer(sound)
        async with editor(tmp_path, models, FULL, env=ONCE) as client:
            uri = await client.open(path)
            result = await client.command("counterpoint.edit", {"uri": uri, "instruction": "Do"})
            assert {"absent", "ambiguous", "outside"} <= {item["reason"] for item in result["dropped"]}
            assert result["files"] == [] and not result["applied"], "all of a change or nothing"
            result = await client.command("counterpoint.edit", {"uri": uri, "instruction": "Do"})
            assert result["files"] == ["shop.py", "new.py"] and result["dropped"] == []
            created = _applied(client)["documentChanges"][1]
            assert created["kind"] == "create" and created["uri"] == (tmp_path / "new.py").as_uri()


async def test_an_edit_follows_what_was_typed_meanwhile(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        first, second = threading.Event(), threading.Event()
        models.answer(edits(MINUS), until=first)
        models.answer(edits(MINUS), until=second, repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            run = {"command": "counterpoint.edit", "arguments": [_argument(uri)]}
            request = await client.start("workspace/executeCommand", run)
            await asyncio.to_thread(models.wait_arrived, 1, 60)
            await client.change(uri, 2, "# typed\n" + TEXT)
            await client.heard()
            first.set()
            assert (await client.reply(request))["result"]["applied"]
            (change,) = _applied(client)["documentChanges"]
            assert change["textDocument"]["version"] == 2
            assert change["edits"][0]["range"]["start"] == place(2, 1)
            request = await client.start("workspace/executeCommand", run)
            await asyncio.to_thread(models.wait_arrived, 2, 60)
            await client.change(uri, 3, TEXT.replace("a - b", "a * b"))
            await client.heard()
            second.set()
            result = (await client.reply(request))["result"]
            assert not result["applied"]
            assert [item["reason"] for item in result["dropped"]] == ["moved-on"]
            said = [one["message"] for one in client.notices("window/showMessage")]
            assert "Left out: shop.py was edited in the meantime." in said


async def test_an_edit_the_editor_refuses_is_an_error(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer(edits(MINUS), repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            client.answers["workspace/applyEdit"] = lambda p: {"applied": False, "failureReason": "read-only"}
            uri = await client.open(path)
            run = {"command": "counterpoint.edit", "arguments": [_argument(uri)]}
            error = await client.error("workspace/executeCommand", run)
            assert "read-only" in error["message"] and error["data"]["fix"]
            cannot = {"command": "counterpoint.edit", "arguments": [_argument(uri, version=-7)]}
            assert (await client.error("workspace/executeCommand", cannot))["data"]["fix"]


async def test_an_instruction_may_be_a_comment(tmp_path: Path) -> None:
    path = _shop(tmp_path, "# Make it two.\nx = 1\n")
    with ModelServer() as models:
        models.answer(edits({"old": "x = 1", "new": "x = 2", "line": 2}))
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            range_ = {"start": place(0, 0), "end": place(1, 0)}
            result = await client.command("counterpoint.edit", {"uri": uri, "range": range_})
            assert result["applied"]
            bare = {"uri": uri, "range": {"start": place(1, 0), "end": place(1, 0)}}
            error = await client.error(
                "workspace/executeCommand", {"command": "counterpoint.edit", "arguments": [bare]}
            )
            assert error["data"]["fix"]


async def test_another_tools_problem_is_fixed_by_a_task(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    theirs = {
        "range": {"start": place(1, 1), "end": place(1, 13)},
        "message": "Unsupported operand",
        "source": "Pyright",
        "severity": 1,
    }
    with ModelServer() as models:
        models.answer(edits(MINUS))
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            await client.pull(uri)
            (action,) = await client.actions(uri, (1, 1), (1, 13), [theirs], only=["quickfix"])
            assert action["title"].startswith("Fix with a model: Unsupported operand (GPT-5.5, ")
            assert action["diagnostics"][0]["source"] == "Pyright"
            command = action["command"]
            assert (await client.command(command["command"], command["arguments"][0]))["applied"]
        assert "Unsupported operand" in str(models.log[0].body)


FAR = {"OPENAI_BASE_URL": "http://models.invalid/v1", "OPENAI_API_KEY": "sk-far"}


async def test_consent_is_asked_once_and_named(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    async with editor(tmp_path, None, FULL, env=FAR) as client:
        asked: list[Any] = []

        def refuse(params: Any) -> Any:
            asked.append(params)
            return {"title": "Not now"}

        client.answers["window/showMessageRequest"] = refuse
        uri = await client.open(path)
        assert await client.inline(uri, 0, 0) == []
        await client.until(lambda m: m.get("method") == "window/showMessageRequest")
        assert "openai at models.invalid" in asked[0]["message"]
        assert [action["title"] for action in asked[0]["actions"]] == ["Allow", "Not now"]
        await client.change(uri, 2, TEXT + "\n")
        assert await client.inline(uri, 0, 0) == []
        await client.request("textDocument/hover", {"textDocument": {"uri": uri}, "position": place(0, 0)})
        assert len(asked) == 1, "a key press asks once"
        run = {"command": "counterpoint.edit", "arguments": [{"uri": uri, "instruction": "Do"}]}
        error = await client.error("workspace/executeCommand", run)
        assert error["data"] == {"code": "consent-required", "fix": error["data"]["fix"]}
        assert len(asked) == 2, "a command asks again"
        client.answers["window/showMessageRequest"] = lambda params: {"title": "Allow"}
        error = await client.error("workspace/executeCommand", run)
        assert error["data"]["code"] == "connection", "agreed: it was tried, and there is no such host"


async def test_a_client_that_cannot_ask_gets_an_error_with_a_fix(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    async with editor(tmp_path, None, PLAIN, env=FAR) as client:
        uri = await client.open(path)
        run = {"command": "counterpoint.edit", "arguments": [{"uri": uri, "instruction": "Do"}]}
        error = await client.error("workspace/executeCommand", run)
        assert error["data"]["code"] == "consent-required" and "consent = true" in error["data"]["fix"]


async def test_keys_come_by_their_own_request(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        env = {"OPENAI_BASE_URL": models.openai_url}
        models.answer("1\n")
        async with editor(tmp_path, None, FULL, env=env) as client:
            uri = await client.open(path)
            reply = await client.request("counterpoint/keys", {"keys": {"openai": models.openai_key}})
            assert reply == {"inForce": {"openai": "editor", "anthropic": None, "google": None}}
            assert len(await client.inline(uri, 2, 0)) == 1
            reply = await client.request("counterpoint/keys", {"keys": {"openai": None}})
            assert reply["inForce"]["openai"] is None
            for wrong in (None, {}, {"keys": 1}, {"keys": {"openai": 1}}):
                assert (await client.error("counterpoint/keys", wrong))["code"] == -32602
            said = json.dumps(await client.error("counterpoint/keys", {"keys": {"openai": "sk secret"}}))
            assert "sk secret" not in said
        assert models.log[0].key == "good"


async def test_editor_settings_reach_only_what_is_plain(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    capabilities = {**FULL, "workspace": {**FULL["workspace"], "configuration": True}}
    hostile = {"completion": {"enabled": False}, "budget": {"day_usd": 900}}
    async with editor(tmp_path, None, capabilities, options={"user": {"budget": {"day_usd": 7}}}) as client:
        given: list[Any] = [hostile]
        client.answers["workspace/configuration"] = lambda params: given
        uri = await client.open(path)
        await client.inline(uri, 0, 0)
        costs = await client.command("counterpoint.costs", {})
        assert costs["budgetTodayUsd"] == 7 and costs["totals"] == []


async def test_settings_that_cannot_be_used_are_said_once(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    env = {"COUNTERPOINT__BUDGET__DAY_USD": "much"}
    async with editor(tmp_path, None, FULL, env=env) as client:
        uri = await client.open(path)
        said = await client.until(lambda m: m.get("method") == "window/showMessage")
        assert "BUDGET__DAY_USD" in said["params"]["message"]
        assert await client.inline(uri, 0, 0) == []
        assert (await client.pull(uri))["items"] == []
        run = {"command": "counterpoint.edit", "arguments": [{"uri": uri, "instruction": "Do"}]}
        assert (await client.error("workspace/executeCommand", run))["data"]["code"] == "config"
        assert len(client.notices("window/showMessage")) == 1
        assert await client.actions(uri, (0, 0), (0, 0))


async def test_changed_settings_are_taken_over(tmp_path: Path) -> None:
    path = _shop(tmp_path)
    with ModelServer() as models:
        models.answer("1\n", repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            assert len(await client.inline(uri, 2, 0)) == 1
            off = {"settings": {"counterpoint": {"completion": {"enabled": False}}}}
            await client.notify("workspace/didChangeConfiguration", off)
            await client.request("counterpoint/keys", {"keys": {}})
            async with asyncio.timeout(60):
                while await client.inline(uri, 2, 0):
                    await asyncio.sleep(0.05)


async def test_what_would_be_sent_can_be_seen_and_is_not_sent(tmp_path: Path) -> None:
    path = _shop(tmp_path, "key = 'sk-ant-api03-" + "A1b2C3d4E5" * 9 + "'\nx = \n")
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            shown = await client.command("counterpoint.showContext", {"uri": uri, "position": place(1, 4)})
            assert shown["model"] == "GPT-5.5" and shown["masked"] == 1
            assert "A1b2C3d4E5" not in "".join(shown["parts"])
        assert models.log == ()


async def test_files_outside_of_any_folder_have_their_own(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    path = _shop(outside, "x = \n")
    with ModelServer() as models:
        models.answer("1\n", repeat=True)
        async with editor(inside, models, FULL) as client:
            uri = await client.open(path)
            assert len(await client.inline(uri, 0, 4)) == 1
            item = {"uri": "untitled:Untitled-1", "languageId": "python", "version": 1, "text": "y = "}
            await client.notify("textDocument/didOpen", {"textDocument": item})
            assert len(await client.inline("untitled:Untitled-1", 0, 4)) == 1
            await client.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
            assert await client.inline(uri, 0, 4) == []
            folder = {"uri": outside.as_uri(), "name": "out"}
            await client.notify(
                "workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}}
            )
            uri = await client.open(path)
            assert len(await client.inline(uri, 0, 4)) == 1
            assert await client.leave() == 0


async def test_a_header_comment_is_no_instruction(tmp_path: Path) -> None:
    path = _shop(tmp_path, "# Copyright somebody\n" + TEXT)
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(path)
            with pytest.raises(Exception, match="instruction"):
                await client.command("counterpoint.edit", {"uri": uri})
        assert models.log == ()
