"""`counterpoint.pair`: several turns by command, and as a document in which the user writes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.buffers import Buffers
from tests.e2e.lsp.product import FULL, Editor, edits, place
from tests.e2e.lsp.test_lsp_afterwards import PLUS, TEXT, playing
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

AGAIN = {"old": "    return a + b", "new": "    return b + a", "line": 2}
PAGES = {**FULL, "window": {**FULL["window"], "showDocument": {"support": True}}}


def assuming(*items: dict[str, Any]) -> str:
    return json.dumps(json.loads(edits(*items)) | {"assumptions": ["Numbers only"], "question": ""})


async def test_a_follow_up_refines_the_last_change_set(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(assuming(PLUS))
        models.answer(edits(AGAIN))
        models.answer(json.dumps({"assumptions": [], "question": "Which way?", "edits": []}))
        async with playing(tmp_path, models) as (client, buffers, uri):
            first = await client.command("counterpoint.pair", {"uri": uri, "message": "Add them"})
            assert first["applied"] and first["files"] == ["shop.py"]
            assert "+    return a + b" in first["markdown"] and "- Numbers only" in first["markdown"]
            # The user goes on by themselves between the turns.
            await buffers.type(uri, 0, 0, "# mine\n")
            argument = {"conversation": first["conversation"], "message": "The other way round"}
            second = await client.command("counterpoint.pair", argument)
            assert second["conversation"] == first["conversation"]
            assert buffers.texts[uri] == "# mine\n" + TEXT.replace("a - b", "b + a")
            body = str(models.log[1].body)
            for told in ("Request: Add them", "You assumed: Numbers only", "It is in the file", "# mine"):
                assert told in body
            assert "The selection is lines 3 to 3" in body, "it is about what was changed last"
            found = await client.actions(uri, (2, 4), (2, 4))
            revert = next(one["command"] for one in found if one["title"] == "Revert")
            await client.command(revert["command"], revert["arguments"][0])
            third = await client.command("counterpoint.pair", {**argument, "message": "Hm"})
            assert not third["applied"] and third["question"] == "Which way?" == third["markdown"]
            body = str(models.log[2].body)
            assert "The user took it back" in body


async def test_a_conversation_that_is_not_known_begins_anew(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        async with playing(tmp_path, models) as (client, _, uri):
            argument = {"conversation": "gone", "uri": uri, "message": "Add them"}
            found = await client.command("counterpoint.pair", argument)
            assert found["applied"] and found["conversation"] != "gone"
            run = {"command": "counterpoint.pair", "arguments": [{"conversation": "gone", "message": "x"}]}
            assert (await client.error("workspace/executeCommand", run))["code"] == -32602
            bare = {"command": "counterpoint.pair", "arguments": [{"uri": uri}]}
            assert (await client.error("workspace/executeCommand", bare))["data"]["fix"], "no documents here"


async def opened(client: Editor, buffers: Buffers, uri: str) -> str:
    """Begin a conversation by the menu; the URI of its document, which the client opens."""
    shown: list[str] = []

    def show(params: Any) -> Any:
        shown.append(params["uri"])
        return {"success": True}

    client.answers["window/showDocument"] = show
    found = await client.actions(uri, (1, 4), (1, 4))
    entry = next(one for one in found if one["title"] == "New pair conversation about this file")
    result = await client.command(entry["command"]["command"], entry["command"]["arguments"][0])
    assert result["shown"] == shown[0]
    return await buffers.open(buffers.path(shown[0]), "markdown")


async def send(client: Editor, uri: str) -> Any:
    (entry,) = await client.actions(uri, (0, 0), (0, 0))
    assert entry["title"].startswith("Send")
    return await client.command(entry["command"]["command"], entry["command"]["arguments"][0])


async def test_as_a_document_the_answer_stands_under_what_was_written(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(assuming(PLUS))
        models.answer(edits(AGAIN))
        async with playing(tmp_path, models, PAGES) as (client, buffers, uri):
            page = await opened(client, buffers, uri)
            text = buffers.texts[page]
            assert text.startswith("# Pair: shop.py\n") and text.endswith("## You\n\n")
            run = {"command": "counterpoint.send", "arguments": [{"uri": page}]}
            assert "nothing to send" in (await client.error("workspace/executeCommand", run))["message"]
            await buffers.type(page, len(text), len(text), "Add them\n```\n## no heading\n```\n")
            result = await send(client, page)
            assert result["applied"] and "a + b" in buffers.texts[uri]
            assert "Add them\\n```\\n## no heading" in json.dumps(models.log[0].body)
            text = buffers.texts[page]
            assert "\n```\n\n## GPT-5.5\n\n```diff\n" in text and "- Numbers only\n" in text
            assert text.endswith("## You\n\n")
            await buffers.type(page, len(text), len(text), "The other way round")
            await send(client, page)
            assert "b + a" in buffers.texts[uri] and buffers.texts[page].count("## GPT-5.5") == 2
            # It is nobody's code: no ghost text in it, and it goes with the session.
            assert await client.inline(page, 0, 0) == []
            assert (await client.leave()) == 0
        assert not buffers.path(page).exists()


async def test_without_a_box_to_type_in_a_refinement_is_a_conversation(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        models.answer(edits(AGAIN))
        async with playing(tmp_path, models, PAGES) as (client, buffers, uri):
            await client.command("counterpoint.edit", {"uri": uri, "instruction": "Add them"})
            client.answers["window/showDocument"] = lambda params: {"success": True}
            found = await client.actions(uri, (1, 4), (1, 4))
            command = next(one for one in found if one["title"].startswith("Refine..."))["command"]
            shown = (await client.command(command["command"], command["arguments"][0]))["shown"]
            page = await buffers.open(buffers.path(shown), "markdown")
            await buffers.type(page, len(buffers.texts[page]), len(buffers.texts[page]), "Round")
            assert (await send(client, page))["applied"]
            assert "Request: Add them" in str(models.log[1].body)


async def test_a_range_says_what_a_conversation_is_about(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(PLUS))
        async with playing(tmp_path, models) as (client, _, uri):
            range_ = {"start": place(1, 0), "end": place(1, 4)}
            argument = {"uri": uri, "range": range_, "message": "Add them"}
            assert (await client.command("counterpoint.pair", argument))["applied"]
            assert "The selection is lines 2 to 2" in str(models.log[0].body)
