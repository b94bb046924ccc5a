"""With one vendor's key, each task works end to end, and it is said who stands in for whom. With none,
completions come from this machine, and everything else says what to do."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

from counterpoint.models import load_catalogue
from counterpoint.tasks import TASKS
from tests.e2e.cli.running import NO_MODEL, run
from tests.e2e.lsp.product import FULL, Editor, editor, edits, findings, place, verdicts
from tests.modelserver import ModelServer

SHOP = "def total(items):\n    return sum(items)\n\n\ndef half(total, count):\n    return total / count\n"
PRINTED = """Traceback (most recent call last):
  File "shop.py", line 6, in half
    return total / count
ZeroDivisionError: division by zero
"""
WRONG = {"quote": "total / count", "line": 6, "title": "Division by zero"}
DEEP, FAST = "Opus 4.7", "GPT-5.5"
OF = {"openai": FAST, "anthropic": DEEP, "google": "Gemini 3.1 Pro"}
EVERYBODY = '["openai", "anthropic", "google", "embedded"]'
STUB, ANSWER = "def mean(items):\n    return ", "sum(items) / len(items)"
OWN = "---\ntitle: Sort\nscope: file\nanswer: edits\n---\nSort the functions by name.\n"


def key_of(vendor: str, models: ModelServer) -> dict[str, str]:
    """The environment of somebody who has this vendor's key and no other."""
    found = {
        "openai": {"OPENAI_API_KEY": models.openai_key, "OPENAI_BASE_URL": models.openai_url},
        "anthropic": {"ANTHROPIC_API_KEY": models.anthropic_key, "ANTHROPIC_BASE_URL": models.anthropic_url},
        "google": {"GEMINI_API_KEY": models.google_key, "GEMINI_BASE_URL": models.google_url},
    }[vendor]
    return {**found, **NO_MODEL, "COUNTERPOINT__PROVIDERS__ALLOW": EVERYBODY}


def scripted(models: ModelServer) -> None:
    """What the played models say, by what they are asked for."""
    doubled = edits({"old": "return sum(items)", "new": "return 2 * sum(items)", "line": 2})
    broken = edits({"old": "return sum(items)", "new": "return sum(items", "line": 2})
    mended = edits({"old": "return sum(items", "new": "return sum(items) * 3", "line": 2})
    tests = edits({"path": "test_shop.py", "old": "", "new": "def test_total():\n    assert 1\n", "line": 1})
    refuted = verdicts("refuted", quote="return total / count")
    for says, text in (
        ("You complete code", ANSWER),
        ("Request: Break it", broken),
        ("You repair a change", mended),
        ("You write tests", tests),
        ("You explain the selected code", "It adds up, shop.py:2."),
        ("You answer a question about a code base", "In shop.py:2."),
        ("You write the message of a commit", "Totals are counted"),
        ("You review code", findings(WRONG)),
        ("You draft a review", findings(WRONG)),
        ("You take a second look", refuted),
        ("You have reviewed code", verdicts("confirmed", quote="total / count")),
        ("You find out why a program failed", findings(WRONG)),
        ("You refactor code", doubled),
        ("You are a programmer's pair", doubled),
    ):
        models.answer(text, says, repeat=True)


def shop(root: Path) -> Path:
    """A repository with something staged, and a task of its own."""
    path = root / "shop.py"
    path.write_text(SHOP)
    path.with_name("mean.py").write_text(STUB)
    own = root / ".counterpoint" / "tasks" / "sort.md"
    own.parent.mkdir(parents=True)
    own.write_text(OWN)
    for command in (["init", "-q"], ["add", "shop.py"]):
        subprocess.run(["git", *command], cwd=root, check=True, timeout=60)
    return path


def asked() -> list[tuple[str, str, str, float]]:
    """(task, model, outcome, USD) of every call in the ledger of this test's home."""
    (file,) = Path(os.environ["COUNTERPOINT_HOME"]).rglob("ledger.sqlite3")
    rows = sqlite3.connect(file)
    found = rows.execute(
        "SELECT task, model, outcome, cost_nano FROM calls JOIN settlements ON call_id = calls.id"
    ).fetchall()
    rows.close()
    return [(str(task), str(model), str(outcome), int(nano) / 1e9) for task, model, outcome, nano in found]


async def changed(client: Editor, command: str, argument: dict[str, Any]) -> None:
    result = await client.command(command, argument)
    assert result["applied"], (command, argument, result)


async def every_task(client: Editor, path: Path) -> None:
    uri = await client.open(path)
    line = {"uri": uri, "range": {"start": place(1, 0), "end": place(1, 21)}}
    (item, *_) = await client.inline(await client.open(path.with_name("mean.py")), 1, 11, trigger=1)
    assert item["insertText"] == ANSWER
    await changed(client, "counterpoint.edit", {**line, "instruction": "Twice"})
    await changed(client, "counterpoint.edit", {**line, "instruction": "Break it"})  # mended by a repair
    for task in ("implement", "tests", "document", "simplify", "sort"):
        await changed(client, "counterpoint.task", {**line, "task": task})
    problem = {"message": "Wrong type", "source": "Pyright"}
    await changed(client, "counterpoint.task", {**line, "task": "fix", "problems": [problem]})
    await changed(client, "counterpoint.refactor", {**line, "instruction": "Twice"})
    pair = await client.command("counterpoint.pair", {"uri": uri, "message": "Twice"})
    assert pair["applied"], pair
    told = await client.command("counterpoint.task", {**line, "task": "explain"})
    assert told["markdown"]
    told = await client.command("counterpoint.ask", {"uri": uri, "question": "Where is the total?"})
    assert told["markdown"]
    message = await client.command("counterpoint.task", {"task": "commit"})
    assert message["text"] == "Totals are counted"
    review = await client.command("counterpoint.review", {"uri": uri, "scope": "file"})
    assert review["complete"] and review["findings"] == 1, review
    causes = await client.command("counterpoint.investigate", {"uri": uri, "text": PRINTED})
    assert causes["causes"], causes


@pytest.mark.asyncio
@pytest.mark.parametrize("vendor", OF)
async def test_with_one_key_each_task_works_and_the_status_says_who_stands_in(
    vendor: str, tmp_path: Path
) -> None:
    path = shop(tmp_path)
    with ModelServer() as models:
        scripted(models)
        async with editor(tmp_path, None, FULL, env=key_of(vendor, models)) as client:
            await every_task(client, path)
            says = {one["reason"] for one in client.notices("counterpoint/status")}
        drafted = run(
            "review", "shop.py", "--yes", cwd=tmp_path,
            env={**key_of(vendor, models), "COUNTERPOINT__REVIEW__STRATEGY": "draft-verify"},
        )  # fmt: skip
        assert drafted.code in (0, 1), drafted.err
        refusals = [(one.path, one.rule) for one in models.log if one.rule]
        assert refusals == []
        assert {one.key for one in models.log} == {"good"}
        bill = models.bill
    calls = asked()
    assert {task for task, _, _, _ in calls} >= set(TASKS)
    labels = {load_catalogue().model(model).label for _, model, _, _ in calls}
    assert labels == {OF[vendor]}
    assert {outcome for _, _, outcome, _ in calls} <= {"ok", "cut"}
    assert sum(cost for _, _, _, cost in calls) == pytest.approx(bill, rel=0.01)
    for wanted in {DEEP, FAST} - {OF[vendor]}:
        assert any(f"{OF[vendor]} stands in for {wanted}: there is no " in one for one in says), says


@pytest.mark.asyncio
async def test_without_a_key_every_task_says_what_to_do(tmp_path: Path) -> None:
    path = shop(tmp_path)
    async with editor(tmp_path, None, FULL) as client:
        uri = await client.open(path)
        line = {"uri": uri, "range": {"start": place(1, 0), "end": place(1, 21)}}
        asks: list[tuple[str, dict[str, Any]]] = [
            ("counterpoint.edit", {**line, "instruction": "Twice"}),
            *(("counterpoint.task", {**line, "task": task}) for task in _MENU),
            ("counterpoint.refactor", {**line, "instruction": "Twice"}),
            ("counterpoint.ask", {"uri": uri, "question": "Where?"}),
            ("counterpoint.task", {"task": "commit"}),
            ("counterpoint.investigate", {"uri": uri, "text": PRINTED}),
        ]
        for command, argument in asks:
            error = await client.error(
                "workspace/executeCommand", {"command": command, "arguments": [argument]}
            )
            assert "No key for the role" in error["message"], (command, error)
            assert "counterpoint keys set" in json.dumps(error["data"]), (command, error)
        assert await client.inline(uri, 1, 11) == []
        says = client.notices("counterpoint/status")
        assert any("counterpoint keys set" in one["reason"] for one in says), says


_MENU = ("implement", "tests", "document", "simplify", "fix", "explain", "sort")


def test_a_key_that_lies_about_sends_nothing_unasked(tmp_path: Path) -> None:
    shop(tmp_path)
    with ModelServer() as models:
        environ = {**key_of("google", models), "COUNTERPOINT__PROVIDERS__ALLOW": '["openai", "anthropic"]'}
        done = run("edit", "shop.py:1-2", "Twice", "--yes", cwd=tmp_path, env=environ)
        assert done.code == 2
        assert 'or add "google", whose key is set, to providers.allow' in done.err
        rows = {
            one["name"]: one
            for one in run("models", "--format", "json", cwd=tmp_path, env=environ).json("models")["models"]
        }
        assert not rows["gemini-3.1-pro"]["usable"]
        assert models.log == ()
