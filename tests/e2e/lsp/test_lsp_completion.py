"""Completions over the wire, in each encoding, and what becomes of those nobody waits for."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, PLAIN, Editor, editor, place
from tests.modelserver import Fault, ModelServer

pytestmark = pytest.mark.asyncio

LINE = 'a = "漢😀\t"; total = '
UNITS = {"utf-8": len(LINE.encode()), "utf-16": len(LINE.encode("utf-16-le")) // 2, "utf-32": len(LINE)}


def _with_encoding(name: str) -> dict[str, Any]:
    return {**FULL, "general": {"positionEncodings": [name]}}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize("eol", ["\n", "\r\n"])
async def test_ghost_text_stands_at_the_cursor(tmp_path: Path, encoding: str, eol: str) -> None:
    (tmp_path / "shop.py").write_bytes(f"\ufeffx = 1{eol}{LINE}{eol}".encode())
    with ModelServer() as models:
        models.answer("sum([1, 2])\n")
        async with editor(tmp_path, models, _with_encoding(encoding)) as client:
            uri = await client.open(tmp_path / "shop.py")
            (item,) = await client.inline(uri, 1, UNITS[encoding])
        at = place(1, UNITS[encoding])
        assert item["insertText"] == "sum([1, 2])"
        assert item["range"] == {"start": at, "end": at}
        prompt = str(models.log[0].body)
        assert "total = " in prompt and "漢😀" in prompt


async def _typing(client: Editor, uri: str, text: str, version: int) -> None:
    await client.change(uri, version, text)


async def test_typing_along_a_suggestion_asks_nobody(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.answer("sum(rows)\n")
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            await client.inline(uri, 0, 8)
            await _typing(client, uri, "total = su\n", 2)
            (item,) = await client.inline(uri, 0, 10)
            assert item["insertText"] == "m(rows)"
            assert item["range"] == {"start": place(0, 10), "end": place(0, 10)}
        assert len(models.log) == 1


async def test_the_newest_request_wins_and_the_older_socket_is_closed(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \nother = \n")
    with ModelServer() as models:
        models.answer("older\n", first_token=20)
        models.answer("newer\n")
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            position = {"textDocument": {"uri": uri}, "position": place(0, 8), "context": {"triggerKind": 1}}
            older = await client.start("textDocument/inlineCompletion", position)
            await asyncio.to_thread(models.wait_arrived, 1, 60)
            assert [item["insertText"] for item in await client.inline(uri, 1, 8)] == ["newer"]
            assert (await client.reply(older))["result"] == {"items": []}
            await asyncio.to_thread(models.wait_idle, 60)
        assert models.log[0].closed_early


@pytest.mark.alone
async def test_cancelling_closes_the_socket(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.answer("never\n", first_token=20)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            position = {"textDocument": {"uri": uri}, "position": place(0, 8), "context": {"triggerKind": 1}}
            request = await client.start("textDocument/inlineCompletion", position)
            await asyncio.to_thread(models.wait_arrived, 1, 60)
            start = time.perf_counter()
            await client.notify("$/cancelRequest", {"id": request})
            assert (await client.reply(request))["error"]["code"] == -32800
            await asyncio.to_thread(models.wait_idle, 60)
            assert time.perf_counter() - start < 10
        assert models.log[0].closed_early


async def test_debounce_saves_calls_while_typing(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.answer("x\n", repeat=True)
        env = {"COUNTERPOINT__COMPLETION__DEBOUNCE_MS": "500"}
        async with editor(tmp_path, models, FULL, env=env) as client:
            uri = await client.open(tmp_path / "shop.py")
            position = {"textDocument": {"uri": uri}, "position": place(0, 8), "context": {"triggerKind": 2}}
            ids = [await client.start("textDocument/inlineCompletion", position) for _ in range(5)]
            for request in ids:
                await client.reply(request)
        assert len(models.log) == 1


async def test_the_entry_selected_in_the_list_is_extended(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("import os\nos.pa\n")
    with ModelServer() as models:
        models.answer(".join(a, b)\n")
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            chosen = {"range": {"start": place(1, 3), "end": place(1, 5)}, "text": "path"}
            params = {
                "textDocument": {"uri": uri},
                "position": place(1, 5),
                "context": {"triggerKind": 2, "selectedCompletionInfo": chosen},
            }
            (item,) = (await client.request("textDocument/inlineCompletion", params))["items"]
        assert item["insertText"] == "path.join(a, b)"
        assert item["range"] == chosen["range"]
        assert "os.path" in str(models.log[0].body)


async def _menu(client: Editor, uri: str, line: int, character: int) -> Any:
    params = {"textDocument": {"uri": uri}, "position": place(line, character)}
    return (await client.request("textDocument/completion", params))["items"]


async def test_the_menu_has_it_until_ghost_text_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = su\n")
    with ModelServer() as models:
        models.answer("m(rows)\n", repeat=True)
        async with editor(tmp_path, models, PLAIN) as client:
            uri = await client.open(tmp_path / "shop.py")
            (item,) = await _menu(client, uri, 0, 10)
            assert item["textEdit"]["newText"] == item["filterText"] == "sum(rows)"
            assert item["textEdit"]["range"] == {"start": place(0, 8), "end": place(0, 10)}
            assert item["detail"] == "GPT-5.5"
            assert len(await client.inline(uri, 0, 10)) == 1
            assert await _menu(client, uri, 0, 10) == []


@pytest.mark.alone
async def test_a_client_of_ghost_text_is_given_a_few_keys_to_ask_for_it(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = su\n")
    able = {"textDocument": {**PLAIN["textDocument"], "inlineCompletion": {}}}
    with ModelServer() as models:
        models.answer("m(rows)\n", repeat=True)
        async with editor(tmp_path, models, {**PLAIN, **able}) as client:
            uri = await client.open(tmp_path / "shop.py")
            begun = time.monotonic()
            shown = [len(await _menu(client, uri, 0, 10)) for _ in range(6)]
            assert shown[:5] == [0] * 5
            while not await _menu(client, uri, 0, 10):
                await asyncio.sleep(0.2)
            assert 2.9 < time.monotonic() - begun < 30


@pytest.mark.parametrize(
    ("surface", "inline", "menu"),
    [("inline", 1, 0), ("menu", 0, 1), ("both", 1, 1)],
)
async def test_the_surface_can_be_chosen(tmp_path: Path, surface: str, inline: int, menu: int) -> None:
    (tmp_path / "shop.py").write_text("total = su\n")
    with ModelServer() as models:
        models.answer("m(rows)\n", repeat=True)
        options = {"completion": {"surface": surface}}
        async with editor(tmp_path, models, FULL, options=options) as client:
            uri = await client.open(tmp_path / "shop.py")
            assert len(await client.inline(uri, 0, 10)) == inline
            assert len(await _menu(client, uri, 0, 10)) == menu


async def test_a_failed_completion_is_a_state_and_no_message(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.fault(Fault.UNAUTHORIZED)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            assert await client.inline(uri, 0, 8) == []
            said = await client.until(lambda m: m.get("params", {}).get("state") == "error")
            assert said["method"] == "counterpoint/status"
            assert said["params"]["reason"]
            assert client.notices("window/showMessage") == []


async def test_pause_stops_completions(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.answer("x\n", repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            assert await client.command("counterpoint.pause", {"minutes": 10}) == {"paused": True}
            assert await client.inline(uri, 0, 8) == []
            assert await client.command("counterpoint.pause", {"minutes": None}) == {"paused": False}
            assert len(await client.inline(uri, 0, 8)) == 1
            (item,) = await client.inline(uri, 0, 8)
            argument = item["command"]["arguments"][0]
            assert await client.command("counterpoint.accepted", argument) == {"job": argument["item"]}
            await client.inline(uri, 0, 8)
        assert len(models.log) == 2, "an accepted suggestion is not offered again"


async def test_secret_files_are_never_sent(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TOKEN=\n")
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / ".env", "shellscript")
            assert await client.inline(uri, 0, 6) == []
            assert await client.inline("file:///nowhere", 0, 0) == []
        assert models.log == ()


@pytest.mark.alone
async def test_an_answer_is_rebased_on_what_was_typed_meanwhile(tmp_path: Path) -> None:
    rest = "\n" * 40 + "early = \n"
    (tmp_path / "shop.py").write_text("total = \n" + rest)
    with ModelServer() as models:
        first, second = threading.Event(), threading.Event()
        models.answer("1\n")  # by then the SDK is loaded: a call that has waited for that is begun anew
        models.answer("sum(rows)\n", until=first)
        models.answer("sum(rows)\n", until=second)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            position = {"textDocument": {"uri": uri}, "position": place(0, 8), "context": {"triggerKind": 1}}
            assert len(await client.inline(uri, 41, 8)) == 1
            request = await client.start("textDocument/inlineCompletion", position)
            await asyncio.to_thread(models.wait_arrived, 2, 60)
            await client.change(uri, 2, "total = su\n" + rest)
            await client.heard()
            first.set()
            (item,) = (await client.reply(request))["result"]["items"]
            assert (item["insertText"], item["range"]["start"]) == ("m(rows)", place(0, 10))
            await client.change(uri, 3, "other = \n" + rest)
            request = await client.start("textDocument/inlineCompletion", position)
            await asyncio.to_thread(models.wait_arrived, 3, 60)
            await client.change(uri, 4, "other = x\n" + rest)
            await client.heard()
            second.set()
            assert (await client.reply(request))["result"]["items"] == []


async def test_a_document_opened_anew_gets_no_answer_made_for_the_old_one(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        reopened = threading.Event()
        models.answer("sum(rows)\n", until=reopened)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            position = {"textDocument": {"uri": uri}, "position": place(0, 8), "context": {"triggerKind": 1}}
            request = await client.start("textDocument/inlineCompletion", position)
            await asyncio.to_thread(models.wait_arrived, 1, 60)
            item = {"uri": uri, "languageId": "python", "version": 1, "text": "import total\n"}
            await client.notify("textDocument/didOpen", {"textDocument": item})
            await client.heard()
            reopened.set()
            assert (await client.reply(request))["result"]["items"] == []
