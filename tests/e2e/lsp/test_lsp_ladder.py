"""Where the budget is nearly spent: each step down is in the result of the job and in the status, over the
wire."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, editor, edits, findings
from tests.e2e.lsp.test_lsp_status import budget, told
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

SHORT = "The budget leaves room for a short answer only."
LITTLE = "The budget leaves room for little context and a short answer only."
CHEAPER = "The budget leaves room for a cheaper model only."
FAST, DEEP = 30 / 1e6, 25 / 1e6
"""USD for a token that GPT-5.5 and Opus 4.7 write."""
TEXT = "def half(total, count):\n    return total / count\n"
EDIT = edits({"old": "total / count", "new": "total // count", "line": 2})
ANSWER = "It halves, shop.py:1."
REVIEW = findings({"quote": "total / count", "line": 2, "title": "Division by zero"})


@pytest.mark.parametrize(
    ("command", "arguments", "answer", "usd", "step"),
    [
        ("edit", {"version": 1, "instruction": "Floor"}, EDIT, 8_000 * FAST, SHORT),
        ("edit", {"version": 1, "instruction": "Floor"}, EDIT, 4_500 * FAST, CHEAPER),
        ("ask", {"question": "What does half do?"}, ANSWER, 6_000 * FAST, SHORT),
        ("ask", {"question": "What does half do?"}, ANSWER, 3_000 * FAST, CHEAPER),
        ("review", {"scope": "file"}, REVIEW, 22_000 * DEEP, LITTLE),
    ],
    ids=["edit-short", "edit-cheaper", "ask-short", "ask-cheaper", "review"],
)
async def test_each_step_down_is_in_the_result_and_in_the_status(
    command: str, arguments: dict[str, Any], answer: str, usd: float, step: str, tmp_path: Path
) -> None:
    path = tmp_path / "shop.py"
    path.write_text(TEXT)
    with ModelServer() as models:
        models.answer(answer)
        env = {**budget(day_usd=usd), "COUNTERPOINT__VERIFY__BY": "none"}
        async with editor(tmp_path, models, FULL, env=env) as client:
            uri = await client.open(path)
            result = await client.command(f"counterpoint.{command}", {"uri": uri, **arguments})
            assert step in result["notice"]
            status = await told(client, notice=result["notice"])
            assert status["state"] in ("ready", "working") and len(models.log) == 1


async def test_a_review_with_little_context_is_made_once_and_told_again(tmp_path: Path) -> None:
    path = tmp_path / "shop.py"
    path.write_text(TEXT)
    env = {**budget(day_usd=22_000 * DEEP), "COUNTERPOINT__VERIFY__BY": "none"}
    with ModelServer() as models:
        models.answer(REVIEW, repeat=True)
        async with editor(tmp_path, models, FULL, env=env) as client:
            uri = await client.open(path)
            for how in ("asked", "known"):
                result = await client.command("counterpoint.review", {"uri": uri, "scope": "file"})
                assert result["complete"] and result["findings"] == 1 and result["units"][how] > 0
                assert result["notice"] == LITTLE and len(models.log) == 1
