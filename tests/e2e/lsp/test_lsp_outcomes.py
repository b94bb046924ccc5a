"""What became of completions: explained on demand, written into the ledger, and remembered where kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from counterpoint.ledger import Acceptance, Ledger
from counterpoint.paths import folders
from tests.e2e.lsp.product import FULL, Editor, editor, place
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio


def _sums() -> tuple[Acceptance, ...]:
    """From the ledger that the server under test writes."""
    ledger = Ledger(folders().state / "ledger.sqlite3")
    try:
        return ledger.acceptance(date(2020, 1, 1))
    finally:
        ledger.close()


async def _until(ready: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not ready():
            await asyncio.sleep(0.02)


async def _offered(client: Editor, folder: Path) -> tuple[str, dict[str, Any]]:
    uri = await client.open(folder / "shop.py")
    (item,) = await client.inline(uri, 0, 8)
    return uri, item


async def test_a_completion_is_explained_with_its_model_time_and_cost(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.answer("```python\nsum(rows)\n```")
        async with editor(tmp_path, models, FULL) as client:
            uri, _ = await _offered(client, tmp_path)
            told = (await client.command("counterpoint.why", {"uri": uri, "position": place(0, 8)}))[
                "markdown"
            ]
            for part in ("`shop.py`, line 1", "GPT-5.5", "time:", "asked because: invoked", "fence"):
                assert part in told, told
            assert "rows" not in told


async def test_nothing_shown_has_a_reason(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.answer("\n\n")
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            assert await client.inline(uri, 0, 8) == []
            told = (await client.command("counterpoint.why", {"uri": uri, "position": place(0, 8)}))[
                "markdown"
            ]
            assert "nothing was shown: empty" in told


async def test_where_nothing_was_asked_for_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            params = {"command": "counterpoint.why", "arguments": [{"uri": uri, "position": place(0, 0)}]}
            error = await client.error("workspace/executeCommand", params)
            assert "no completion was asked for" in error["message"]


async def test_an_accepted_completion_is_a_row_of_the_ledger(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.answer("sum(rows)\n", repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            uri, item = await _offered(client, tmp_path)
            await client.change(uri, 2, "total = sum(rows)\n")
            await client.command("counterpoint.accepted", item["command"]["arguments"][0])
            await _until(lambda: bool(_sums()))
            (row,) = _sums()
    assert (row.task, row.source, row.shown, row.accepted) == ("complete", "model", 1, 1)


async def test_what_a_key_of_the_user_s_turns_down_is_not_offered_again(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.answer("sum(rows)\n", repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            uri, item = await _offered(client, tmp_path)
            job = item["command"]["arguments"][0]["item"]
            told = await client.command("counterpoint.outcome", {"job": job, "choice": "rejected"})
            assert told == {"job": job, "choice": "rejected"}
            assert await client.inline(uri, 0, 8) == []
            await _until(lambda: bool(_sums()))
            (row,) = _sums()
    assert (row.shown, row.rejected) == (1, 1)


async def test_what_is_typed_instead_is_a_rejection(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text("total = \n")
    with ModelServer() as models:
        models.answer("sum(rows)\n", repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            uri, _ = await _offered(client, tmp_path)
            await client.change(uri, 2, "total = x\n")
            await _until(lambda: bool(_sums()))
            (row,) = _sums()
    assert (row.shown, row.rejected) == (1, 1)
