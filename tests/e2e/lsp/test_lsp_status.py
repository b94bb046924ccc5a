"""What the status tells of money over the wire: of the day, the month, the session, and the nearest cap."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.lsp.product import FULL, Editor, editor, edits
from tests.modelserver import ModelServer

pytestmark = pytest.mark.asyncio

SHORT = 6_000 * 30 / 1e6
"""What GPT-5.5 can write of a short edit, in USD."""


def _shop(root: Path) -> Path:
    path = root / "shop.py"
    path.write_text("x = 1\n")
    return path


def budget(**usd: float) -> dict[str, str]:
    return {f"COUNTERPOINT__BUDGET__{name.upper()}": str(value) for name, value in usd.items()}


async def told(client: Editor, **wanted: Any) -> dict[str, Any]:
    """The first status, past or to come, with these values."""
    message = await client.until(
        lambda m: (
            m.get("method") == "counterpoint/status" and wanted.items() <= dict(m["params"], job=0).items()
        )
    )
    return dict(message["params"])


async def edited(client: Editor, uri: str) -> Any:
    return await client.command("counterpoint.edit", {"uri": uri, "version": 1, "instruction": "Two"})


async def test_what_is_spent_is_told_of_the_day_the_month_and_the_session(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits({"old": "x = 1", "new": "x = 2"}), repeat=True)
        env = budget(month_usd=40, session_usd=2)
        async with editor(tmp_path, models, FULL, env=env) as client:
            uri = await client.open(_shop(tmp_path))
            before = await told(client, spentToday=0.0)
            assert (before["budgetToday"], before["budgetMonth"], before["budgetSession"]) == (5.0, 40.0, 2.0)
            await edited(client, uri)
            bill = round(models.bill, 6)
            after = await told(client, spentToday=bill, state="ready")
            assert after["spentMonth"] == after["spentSession"] == bill > 0
            assert after["notice"] == ""
            assert after["nearest"] == {"setting": "budget.session_usd", "spent": bill, "budget": 2.0}
        async with editor(tmp_path, models, FULL) as client:
            other = await told(client, spentToday=bill)
            assert (other["spentSession"], other["budgetSession"], other["budgetMonth"]) == (0.0, None, None)
            assert other["spentMonth"] == bill
            assert other["nearest"] == {"setting": "budget.day_usd", "spent": bill, "budget": 5.0}


async def test_each_step_that_the_budget_forces_is_told_until_the_next_answer(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits({"old": "x = 1", "new": "x = 2"}), repeat=True)
        async with editor(tmp_path, models, FULL, env=budget(day_usd=SHORT + 0.1)) as client:
            uri = await client.open(_shop(tmp_path))
            await edited(client, uri)
            step = "The budget leaves room for a short answer only."
            assert (await told(client, notice=step))["state"] in ("ready", "working")
            models.answer("y = 3\n", match="<here/>")
            await client.inline(uri, 1, 0)
            await asyncio.sleep(0.3)
            assert client.notices("counterpoint/status")[-1]["notice"] == step
    with ModelServer() as models:
        models.answer(edits({"old": "x = 1", "new": "x = 2"}), repeat=True)
        async with editor(tmp_path, models, FULL, env=budget(day_usd=SHORT - 0.03)) as client:
            uri = await client.open(_shop(tmp_path))
            await edited(client, uri)
            await told(client, notice="The budget leaves room for a cheaper model only.")
            assert models.log[-1].model == "claude-sonnet-4-6"


async def test_completions_that_the_budget_holds_are_said_to_pause_until_there_are_some_again(
    tmp_path: Path,
) -> None:
    path = tmp_path / "shop.py"
    path.write_text("x = 1\n" + "".join(f"total_{number} = \n" for number in range(4)))
    eager = {"COUNTERPOINT__COMPLETION__EVERYWHERE": "true", "COUNTERPOINT__COMPLETION__PATTERNS": "false"}
    with ModelServer() as models:
        models.answer(edits({"old": "x = 1", "new": "x = 2", "line": 1}), match="Request:", repeat=True)
        env = {**eager, **budget(completions_day_usd=0.0001)}
        async with editor(tmp_path, models, FULL, env=env) as client:
            uri = await client.open(path)
            assert await client.inline(uri, 1, len("total_0 = ")) == []
            held = await told(client, state="budget")
            assert held["reason"].startswith(
                "Completions pause, but for what is at hand. This could cost up to $"
            )
            assert "Raise budget.completions_day_usd" in held["reason"]

            await edited(client, uri)  # edits have what is left of the day
            after = await told(client, spentToday=round(models.bill, 6), state="budget")
            assert after["reason"] == held["reason"]
            assert all(record.model == "gpt-5.5" for record in models.log) and len(models.log) == 1


async def test_a_model_that_stands_in_is_told(tmp_path: Path) -> None:
    with ModelServer() as models:
        models.answer(edits({"old": "x = 1", "new": "x = 2"}))
        async with editor(tmp_path, models, FULL, env={"OPENAI_API_KEY": "sk-wrong"}) as client:
            uri = await client.open(_shop(tmp_path))
            result = await edited(client, uri)
            assert "Opus 4.7 stands in for GPT-5.5" in result["notice"]
            await told(client, notice=result["notice"], state="ready")
