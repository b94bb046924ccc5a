"""Vendors that fail, as an editor sees it: one state, at most one message, and completions that come back."""

from __future__ import annotations

import asyncio
import re
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, Editor, editor, edits, place
from tests.integration.test_drills import ROWS
from tests.modelserver import Fault, ModelServer

pytestmark = pytest.mark.asyncio

LINES = 8
TEXT = "".join(f"total_{number} = \n" for number in range(LINES))
EAGER = {"COUNTERPOINT__COMPLETION__EVERYWHERE": "true", "COUNTERPOINT__COMPLETION__PATTERNS": "false"}
EDIT = {"range": {"start": place(0, 0), "end": place(0, 10)}, "version": 1, "instruction": "Make it one"}
PLAYED = (
    "unauthorized", "payment", "quota", "forbidden", "not_found", "rate_limited", "rate_limited_bare",
    "overloaded", "unavailable", "server_error", "bad_gateway", "html_ok", "drop_before_headers", "redirect",
)  # fmt: skip
OPTIONS: dict[str, dict[str, Any]] = {"rate_limited": {"retry_after": 900}}


def states(client: Editor, state: str) -> list[str]:
    """The reasons of all states of a kind, in order; once where only what was spent has changed."""
    told = ((one["state"], one["reason"]) for one in client.notices("counterpoint/status"))
    return [reason for (kind, reason), _ in groupby(told) if kind == state]


def of_openai(models: ModelServer) -> int:
    return sum(record.model == "gpt-5.5" for record in models.log)


async def keys_typed(client: Editor, uri: str, lines: range) -> list[int]:
    """How many suggestions there are at the end of each line."""
    found = []
    for line in lines:
        found.append(len(await client.inline(uri, line, len("total_0 = "), trigger=2)))
        await asyncio.sleep(0.05)
    return found


@pytest.mark.parametrize("fault", PLAYED)
async def test_each_is_said_once_and_completions_pause_and_come_back(fault: str, tmp_path: Path) -> None:
    completion, *_, told = ROWS[fault]
    pauses_at_once = completion.endswith(" 1")
    state = "waiting" if completion.startswith(("rate-limited", "overloaded")) else "error"
    (tmp_path / "shop.py").write_text(TEXT)
    with ModelServer() as models:
        for model in ("gpt-5.5", "claude-opus-4-7"):
            models.fault(Fault(fault), model=model, repeat=True, **OPTIONS.get(fault, {}))
        async with editor(tmp_path, models, FULL, env=EAGER) as client:
            uri = await client.open(tmp_path / "shop.py")
            assert await keys_typed(client, uri, range(6)) == [0] * 6
            await client.until(lambda m: m.get("params", {}).get("state") == state)
            reasons = states(client, state)
            # Of faults that may be chance the first two are told as such, and then the pause.
            assert len(reasons) <= (1 if pauses_at_once else 2)
            assert told in reasons[-1] and reasons[-1].endswith(".")
            if pauses_at_once:
                assert re.search(r"GPT-5.5 is left alone for \d+ (s|min)\. ", reasons[0])
            assert of_openai(models) <= (1 if pauses_at_once else 3)
            assert client.notices("window/showMessage") == []

            failed = await client.error(
                "workspace/executeCommand",
                {"command": "counterpoint.edit", "arguments": [{"uri": uri, **EDIT}]},
            )
            assert failed["message"] and failed["data"]["fix"]
            assert client.notices("window/showMessage") == []  # the editor shows the error itself: once

            models.reset()
            models.answer("1\n", repeat=True)
            await client.request("counterpoint/keys", {"keys": {}})
            assert await keys_typed(client, uri, range(6, 8)) == [1, 1]
            await client.until(
                lambda m: client.notices("counterpoint/status")[-1]["state"] in ("ready", "slow")
            )


async def test_completions_come_back_by_themselves_when_the_told_pause_is_over(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(TEXT)
    with ModelServer() as models:
        models.fault(Fault.RATE_LIMITED, retry_after=8)  # the keys come before that also where all is slow
        models.answer("1\n", repeat=True)
        async with editor(tmp_path, models, FULL, env=EAGER) as client:
            uri = await client.open(tmp_path / "shop.py")
            assert await keys_typed(client, uri, range(3)) == [0] * 3
            assert of_openai(models) == 1
            ready = len(states(client, "ready"))
            await client.until(lambda m: len(states(client, "ready")) > ready)  # the status says so by itself
            assert await keys_typed(client, uri, range(3, 5)) == [1, 1]


async def test_what_an_edit_waits_for_is_told_in_its_progress_and_in_the_status(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(TEXT)
    only = {"ANTHROPIC_API_KEY": "", "COUNTERPOINT__COMPLETION__ENABLED": "false"}
    with ModelServer() as models:
        models.limit("openai", span=9.0, requests=2)
        models.answer(edits({"old": "total_0 = ", "new": "total_0 = 1", "line": 1}), repeat=True)
        async with editor(tmp_path, models, FULL, env=only) as client:
            uri = await client.open(tmp_path / "shop.py")
            for _ in range(3):
                await client.command("counterpoint.edit", {"uri": uri, **EDIT})
            said = [one["value"].get("message") or "" for one in client.notices("$/progress")]
            assert [one for one in said if re.fullmatch(r"OpenAI lets us go on in [1-5] s\.", one)]
            assert [one for one in states(client, "working") if one.startswith("OpenAI lets us go on in")]
        assert [record.status for record in models.log] == [200] * 3
