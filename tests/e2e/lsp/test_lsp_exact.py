"""Edits and their reverts to the byte, whatever the text is made of; an edit that is stopped at any time."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, PLAIN, edits
from tests.e2e.lsp.test_lsp_afterwards import PLUS, TEXT, chosen, menu, playing
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

STRANGE = (
    "# 漢字😀👩\u200d👩\u200d👧 e\u0301\n"
    "def add(a, b):\n"
    "\tname = '😀'; return a - b  # 漢\n\n"
    "\x0c\n"
    "print('é\u2028', add(1, 2))"
)
EDITS = (
    {"old": "return a - b  # 漢", "new": "return a + b  # 字😀", "line": 3},
    {"old": "print('é\u2028', add(1, 2))", "new": "print('😀', add(1, 2))\nprint('漢')", "line": 6},
)


@pytest.mark.parametrize("eol", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
async def test_edited_and_reverted_to_the_byte(tmp_path: Path, encoding: str, eol: str) -> None:
    base = PLAIN if encoding == "utf-8" else FULL
    capabilities = {**base, "general": {"positionEncodings": [encoding]}}
    text = ("\ufeff" + STRANGE).replace("\n", eol)
    wanted = text.replace("a - b  # 漢", "a + b  # 字😀").replace(
        "print('é\u2028', add(1, 2))", f"print('😀', add(1, 2)){eol}print('漢')"
    )
    with ModelServer() as models:
        models.answer(edits(*EDITS))
        async with playing(tmp_path, models, capabilities, text, encoding) as (client, buffers, uri):
            result = await client.command("counterpoint.edit", {"uri": uri, "instruction": "Do"})
            assert result["dropped"] == []
            assert buffers.texts[uri].encode() == wanted.encode()
            assert len(buffers.undos) == 1
            await chosen(client, (await menu(client, uri, 2))["Revert"])
            assert buffers.texts[uri].encode() == text.encode()


@pytest.mark.parametrize("moment", ["first", "middle", "asked"])
async def test_stopped_at_any_moment_the_text_is_untouched(tmp_path: Path, moment: str) -> None:
    asking = {**FULL, "experimental": {"counterpoint": {"input": True}}}
    with ModelServer() as models:
        if moment == "asked":
            models.answer(json.dumps({"assumptions": [], "question": "Which?", "edits": []}))
        else:
            models.answer(edits(PLUS), first_token=60.0 if moment == "first" else 0.0, between=60.0)
        async with playing(tmp_path, models, asking) as (client, buffers, uri):
            asked = asyncio.Event()

            def hold(params: Any) -> Any:
                asked.set()
                return NotImplemented

            client.answers["counterpoint/input"] = hold
            run = {"command": "counterpoint.edit", "arguments": [{"uri": uri, "instruction": "Do"}]}
            request = await client.start("workspace/executeCommand", run)
            await asyncio.to_thread(models.wait_arrived, 1, 60)
            if moment == "asked":
                await asyncio.wait_for(asked.wait(), 60)
            await asyncio.sleep(0.8 if moment == "middle" else 0.0)
            await client.notify("$/cancelRequest", {"id": request})
            assert (await client.reply(request))["error"]["code"] == -32800
            # What the server still does it has done by the time it has answered this.
            await client.actions(uri, (0, 0), (0, 0))
            await asyncio.sleep(0.5)
            assert buffers.undos == [] and buffers.texts[uri] == TEXT
            assert client.notices("workspace/applyEdit") == []
            assert (await client.command("counterpoint.cancel", {}))["cancelled"] == 0


async def test_stopped_by_its_progress_too(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS), first_token=30.0)
        async with playing(tmp_path, models) as (client, buffers, uri):
            run = {"command": "counterpoint.edit", "arguments": [{"uri": uri, "instruction": "Do"}]}
            request = await client.start("workspace/executeCommand", run)
            await asyncio.to_thread(models.wait_arrived, 1, 60)
            begun = await client.until(lambda m: m.get("method") == "$/progress")
            token = begun["params"]["token"]
            await client.notify("window/workDoneProgress/cancel", {"token": token})
            assert (await client.reply(request))["error"]["code"] == -32802
            assert buffers.undos == [] and buffers.texts[uri] == TEXT
