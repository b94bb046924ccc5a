"""Refactorings over the wire: the menu, what is asked for, the receipt as the label, doubts, cancelling."""

from __future__ import annotations

import asyncio
import copy
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import refactoring as told
from tests.e2e.lsp.product import FULL, Editor, editor, place
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

INPUTS: dict[str, Any] = {**copy.deepcopy(FULL), "experimental": {"counterpoint": {"input": True}}}
PYTEST = shlex.join([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"])
WHO = ["-c", "user.name=t", "-c", "user.email=t@example.org"]


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    root = told.project(tmp_path / "orders")
    for command in (["init", "-q"], ["add", "-A"], [*WHO, "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=root, check=True, timeout=60)
    return root


def applied(client: Editor) -> dict[str, Any]:
    (params,) = [m["params"] for m in client.seen if m.get("method") == "workspace/applyEdit"]
    return dict(params)


def messages(client: Editor) -> list[str]:
    return [m["params"]["message"] for m in client.seen if m.get("method") == "window/showMessage"]


def uris(root: Path) -> list[str]:
    return [(root / path).as_uri() for path in ("orders/inventory.py", "orders/status.py")]


async def test_the_receipt_is_the_label_and_everything_is_one_edit(orders: Path) -> None:
    settings = {"COUNTERPOINT__REFACTOR__TEST_COMMAND": PYTEST}
    with ModelServer() as models:
        models.answer(told.the_careless_change())
        models.answer(told.the_repair())
        async with editor(orders, models, FULL, env=settings) as client:
            uri = await client.open(orders / "orders/service.py")
            argument = {"uri": uri, "uris": uris(orders), "version": 1, "instruction": told.ASKED}
            result = await client.command("counterpoint.refactor", argument)
            assert result["applied"], result
            assert result["said"].endswith("callers and 8 uses intact, 7 of 7 tests")
            params = applied(client)
            assert params["label"] == f"Counterpoint: {result['said']}"
            changes = params["edit"]["documentChanges"]
            assert {Path(one["textDocument"]["uri"]).name for one in changes} == {
                *("service.py", "status.py", "api.py", "reports.py", "test_orders.py")
            }
            notes = params["edit"]["changeAnnotations"].values()
            assert not any(note["needsConfirmation"] for note in notes)
            assert result["said"][1:] in messages(client)[0]
            reports = [
                m["params"]["value"].get("message", "")
                for m in client.seen
                if m.get("method") == "$/progress" and m["params"]["value"]["kind"] == "report"
            ]
            assert any("call sites" in text for text in reports)
            assert any("asking for a repair" in text for text in reports)
            assert any("pytest" in text for text in reports)
        assert "orders/importing.py" in str(models.log[0].body)


async def test_unsaved_text_counts_and_what_breaks_is_to_be_agreed_to(orders: Path) -> None:
    """The editor has a further caller that is not on disk yet; nothing repairs what breaks."""
    before = told.was("orders/inventory.py")
    text = told.was("orders/subscriptions.py") + "\n\ndef later(sku):\n    return check_inventory(sku)[1]\n"
    with ModelServer() as models:
        models.answer(
            told.answer(*told.quotes("orders/inventory.py", before, told.careless("orders/inventory.py")))
        )
        models.answer(told.nothing())
        async with editor(orders, models, FULL) as client:
            other = await client.open(orders / "orders/subscriptions.py")
            await client.change(other, 2, text)
            uri = await client.open(orders / "orders/inventory.py")
            at = {"start": place(5, 4), "end": place(5, 4)}
            argument = {"uri": uri, "range": at, "version": 1, "instruction": "Name what it gives back"}
            result = await client.command("counterpoint.refactor", argument)
            rows = {f"{row['path']}:{row['line']}": row["state"] for row in result["audit"]["sites"]}
            assert rows["orders/subscriptions.py:17"] == "broken", "the unsaved line"
            assert rows["orders/subscriptions.py:10"] == "broken"
            assert " broken (orders/api.py:18, " in result["said"]
            assert result["said"].endswith("no tests run")
            notes = applied(client)["edit"]["changeAnnotations"].values()
            assert all(note["needsConfirmation"] for note in notes)
            assert "orders/subscriptions.py:17" in messages(client)[0]
        asked = str(models.log[0].body)
        assert "def later(sku)" in asked
        assert "The request is about lines 6 to 9" in asked, "the definition at the cursor"


async def test_the_menu_lists_extract_and_asks_for_words_where_some_are_needed(orders: Path) -> None:
    before = told.was("orders/reports.py")
    after = before.replace("    low = {}\n", "    low = dict[str, object]()\n")
    with ModelServer() as models:
        models.answer(told.answer(*told.quotes("orders/reports.py", before, after)), repeat=True)
        async with editor(orders, models, INPUTS) as client:
            uri = await client.open(orders / "orders/reports.py")
            await client.command("counterpoint.costs", {})
            start, end = (16, 0), (20, 0)
            found = await client.actions(uri, start, end, only=["refactor.extract"])
            (extract,) = found
            assert extract["kind"] == "refactor.extract.counterpoint"
            assert extract["title"].startswith("Extract into a function (Opus 4.7, $")
            assert await client.actions(uri, (16, 0), (16, 0), only=["refactor.extract"]) == []
            titles = [one["title"] for one in await client.actions(uri, start, end, only=["refactor"])]
            assert sum(title.startswith("Refactor...") for title in titles) == 1
            assert "More refactorings..." in titles
            result = await client.command(extract["command"]["command"], *extract["command"]["arguments"])
            assert result["applied"]
            assert "Extract the selected lines into a function" in str(models.log[0].body)
            # Another one is chosen from the list, and its words are asked for.
            client.answers["window/showMessageRequest"] = lambda params: next(
                one for one in params["actions"] if one["title"].startswith("Move to another module")
            )
            asked: list[Any] = []

            def typed(params: Any) -> Any:
                asked.append(params)
                return {"text": "orders/stock.py"}

            client.answers["counterpoint/input"] = typed
            await client.command("counterpoint.refactor", {"uri": uri, "choose": True})
            assert asked[0]["placeholder"] == "Which module should it move to?"
            assert "orders/stock.py" in str(models.log[1].body)


async def test_cancelling_closes_the_socket_and_leaves_the_text(orders: Path) -> None:
    with ModelServer() as models:
        models.answer(told.the_careless_change(), first_token=0.05, between=0.2)
        async with editor(orders, models, FULL) as client:
            uri = await client.open(orders / "orders/service.py")
            run = {
                "command": "counterpoint.refactor",
                "arguments": [{"uri": uri, "instruction": told.ASKED, "version": 1}],
            }
            request = await client.start("workspace/executeCommand", run)
            await asyncio.to_thread(models.wait_arrived, 1, 60)
            await client.notify("$/cancelRequest", {"id": request})
            assert "error" in await client.reply(request)
            await asyncio.to_thread(models.wait_idle, 60)
            assert not [m for m in client.seen if m.get("method") == "workspace/applyEdit"]
        assert models.log[0].closed_early


async def test_what_cannot_be_done_says_what_to_do(orders: Path) -> None:
    with ModelServer() as models:
        async with editor(orders, models, FULL) as client:
            uri = await client.open(orders / "orders/service.py")
            for argument, fix in (
                ({"uri": uri}, "Say in a sentence"),
                ({"uri": uri, "operation": "dance"}, "Use one of: extract"),
                ({"uri": uri, "operation": "move"}, "instruction"),
            ):
                run = {"command": "counterpoint.refactor", "arguments": [argument]}
                error = await client.error("workspace/executeCommand", run)
                assert fix in error["data"]["fix"], error
        assert models.log == ()
