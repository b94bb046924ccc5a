"""What models wrote is offered for review: after a completion, and in the next session."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.lsp.product import FULL, Editor, editor, findings
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

TEXT = "def total(rows):\n    return \n"
WHOLE = "def total(rows):\n    return sum(row.price for row in rows)\n"


async def offers(client: Editor, uri: str) -> list[str]:
    """Titles of the menu that offer a review of what a model wrote; waited for, as it is looked up."""
    async with asyncio.timeout(60):
        while True:
            actions = await client.actions(uri, (0, 0), (0, 0))
            found = [one["title"] for one in actions if one["title"].startswith("Review what ")]
            if found:
                return found
            await asyncio.sleep(0.05)


async def test_an_accepted_completion_is_offered_reviewed_and_offered_no_more(tmp_path: Path) -> None:
    (tmp_path / "shop.py").write_text(TEXT)
    with ModelServer() as models:
        models.answer("sum(row.price for row in rows)", model="gpt-5.5", repeat=True)
        models.answer(findings(), model="claude-opus-4-7", repeat=True)
        async with editor(tmp_path, models, FULL) as client:
            uri = await client.open(tmp_path / "shop.py")
            (item,) = await client.inline(uri, 1, 11)
            await client.change(uri, 2, WHOLE)
            await client.command("counterpoint.accepted", item["command"]["arguments"][0])
            (title,) = await offers(client, uri)
            assert title.startswith("Review what GPT-5.5 wrote (1 place, Opus 4.7, $")
        async with editor(tmp_path, models, FULL) as client:  # the editor was closed without saving
            (tmp_path / "shop.py").write_text("import os\n\n\n" + WHOLE)
            uri = await client.open(tmp_path / "shop.py")
            (title,) = await offers(client, uri)
            assert "GPT-5.5 wrote (1 place" in title
            await client.command("counterpoint.review", {"uri": uri, "scope": "machine"})
            asked = str(models.log[-1].body)
            assert "total" in asked
            actions = await client.actions(uri, (0, 0), (0, 0))
            assert not any(one["title"].startswith("Review what ") for one in actions)
