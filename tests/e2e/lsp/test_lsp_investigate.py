"""Investigating what was printed, over the wire: from a log, a selection or a text to causes and one edit."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.bench.investigate import pages
from tests.e2e.cli.test_investigate import AWAITED, LOCKED, RESERVATIONS
from tests.e2e.lsp.product import FULL, PLAIN, Editor, editor, place
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

[RACE] = pages(["python-sample-race"])
ALONE = {"COUNTERPOINT__VERIFY__BY": "none"}
ASKS: dict[str, Any] = {**FULL, "window": {**FULL["window"], "showDocument": {"support": True}}}


def _shop(root: Path) -> Path:
    for path, text in RACE.files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    log = root / "failure.log"
    log.write_text(RACE.output)
    return log


def _applied(client: Editor) -> list[dict[str, Any]]:
    return [m["params"]["edit"] for m in client.seen if m.get("method") == "workspace/applyEdit"]


async def _until(told: Any) -> None:
    async with asyncio.timeout(60):
        while not told():
            await asyncio.sleep(0.02)


async def _entry(client: Editor, uri: str) -> dict[str, Any]:
    """The entry of the menu, once the server knows what it would cost."""
    async with asyncio.timeout(60):
        while True:
            titled = [
                one for one in await client.actions(uri, (0, 0), (0, 0)) if "Investigate" in _title(one)
            ]
            if titled and _title(titled[0]).startswith("Investigate this output (Opus 4.7, $"):
                return dict(titled[0])
            await asyncio.sleep(0.05)


def _answer(*findings: dict[str, Any]) -> str:
    return json.dumps({"findings": list(findings)})


async def _refused(client: Editor, name: str, argument: dict[str, Any]) -> str:
    """Why a command was refused."""
    return json.dumps(
        await client.error("workspace/executeCommand", {"command": name, "arguments": [argument]})
    )


def _title(action: dict[str, Any]) -> str:
    return str(action["title"])


async def test_a_log_that_is_open_becomes_causes_and_one_edit(tmp_path: Path) -> None:
    log = _shop(tmp_path)
    with ModelServer() as models:
        models.answer(_answer(LOCKED, AWAITED))
        async with editor(tmp_path, models, ASKS, env=ALONE) as client:
            client.answers["window/showMessageRequest"] = lambda params: {"title": "Apply"}
            client.answers["window/showDocument"] = lambda params: {"success": True}
            uri = await client.open(log, "plaintext")
            code = await client.open(tmp_path / RESERVATIONS)
            entry = await _entry(client, uri)
            command = entry["command"]
            result = await client.request(
                "workspace/executeCommand", {"command": command["command"], "arguments": command["arguments"]}
            )
            assert [one["title"] for one in result["causes"]] == [AWAITED["title"], LOCKED["title"]]
            assert result["files"] == [RESERVATIONS] and result["complete"] and result["shown"]
            pulled = await client.pull(code)
            messages = [item["message"] for item in pulled["items"]]
            assert any(one.startswith(LOCKED["title"]) for one in messages)
            assert {item["code"] for item in pulled["items"]} >= {"investigate/concurrency"}
            await _until(lambda: _applied(client))
            [edit] = _applied(client)
            [change] = edit["documentChanges"]
            assert change["textDocument"]["uri"] == code
            assert sorted(one["newText"].strip() for one in change["edits"])[0].startswith(
                "STOCK[line.sku] -="
            )
            assert len(change["edits"]) == 2
        assert len(models.log) == 1
        sent = json.dumps(models.log[0].body)
        assert "coroutine 'Reservation.release'" in sent and str(tmp_path) not in sent


async def test_a_selection_of_a_terminal_and_a_text_do_as_well(tmp_path: Path) -> None:
    log = _shop(tmp_path)
    log.write_text(f"all was well\n{RACE.output}and went on\n")
    with ModelServer() as models:
        models.answer(_answer(LOCKED))
        models.answer(_answer(LOCKED))
        async with editor(tmp_path, models, PLAIN, env=ALONE) as client:
            uri = await client.open(log, "plaintext")
            lines = RACE.output.count("\n") + 1
            range_ = {"start": place(1, 0), "end": place(lines, 0)}
            result = await client.command("counterpoint.investigate", {"uri": uri, "range": range_})
            assert len(result["causes"]) == 1 and result["shown"] is None
            result = await client.command(
                "counterpoint.investigate", {"text": RACE.output, "note": "at night"}
            )
            assert len(result["causes"]) == 1
            await _until(
                lambda: [m for m in client.seen if m.get("method") == "textDocument/publishDiagnostics"]
            )
            assert _applied(client) == []
        first, second = (json.dumps(one.body) for one in models.log)
        assert "all was well" not in first and "and went on" not in first
        assert "at night" in second


async def test_the_fixes_of_all_causes_are_one_entry_at_each_of_them(tmp_path: Path) -> None:
    _shop(tmp_path)
    with ModelServer() as models:
        models.answer(_answer(LOCKED, AWAITED))
        async with editor(tmp_path, models, PLAIN, env=ALONE) as client:
            code = await client.open(tmp_path / RESERVATIONS)
            await client.command("counterpoint.investigate", {"text": RACE.output})
            actions = await client.actions(code, (39, 10), (39, 10), only=["quickfix"])
            [entry] = [one for one in actions if _title(one) == "Apply the fixes of all 2 causes"]
            argument = entry["command"]["arguments"][0]
            # The text has moved since: what is asked for is located anew.
            text = RACE.files[RESERVATIONS]
            await client.change(code, 2, f"# one line more\n{text}")
            result = await client.command("counterpoint.applyCauses", argument)
            assert result["applied"] and result["files"] == [RESERVATIONS] and result["dropped"] == []
            [edit] = _applied(client)
            assert {one["range"]["start"]["line"] for one in edit["changes"][code]} <= {37, 38, 39, 45}
            gone = await _refused(client, "counterpoint.applyCauses", {"job": "nothing"})
            assert "Investigate anew" in gone


async def test_code_and_prose_offer_no_investigation(tmp_path: Path) -> None:
    _shop(tmp_path)
    (tmp_path / "notes.txt").write_text("Errors are to be avoided.\n" * 50)
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL, env=ALONE) as client:
            for name, language in (("notes.txt", "plaintext"), (RESERVATIONS, "python")):
                uri = await client.open(tmp_path / name, language)
                titles = [_title(one) for one in await client.actions(uri, (0, 0), (5, 0))]
                assert titles and not [one for one in titles if "Investigate" in one]
        assert models.log == ()


async def test_a_file_of_secrets_and_nothing_at_all_are_refused(tmp_path: Path) -> None:
    _shop(tmp_path)
    (tmp_path / ".env").write_text(RACE.output)
    with ModelServer() as models:
        async with editor(tmp_path, models, PLAIN, env=ALONE) as client:
            uri = await client.open(tmp_path / ".env", "plaintext")
            refused = await _refused(client, "counterpoint.investigate", {"uri": uri})
            assert "file of secrets" in refused
            refused = await _refused(client, "counterpoint.investigate", {})
            assert "nothing to investigate" in refused
        assert models.log == ()
