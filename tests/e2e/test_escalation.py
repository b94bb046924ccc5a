"""An answer that cannot be used, and an edit refined twice, go to the deep role once, on the command line and
in editors: said, priced, one job, within what may be spent."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.running import WRONG, Ran, keys, run
from tests.e2e.lsp.product import FULL, editor, edits, findings
from tests.e2e.lsp.test_lsp_afterwards import ASKING, PLUS, chosen, menu, playing
from tests.modelserver import ModelServer

RIGHT = {"path": "shape.py", "line": 2, "old": "w + h", "new": "w * h"}
NOWHERE = {"path": "shape.py", "line": 2, "old": "a + b", "new": "a * b"}
SAID = "GPT-5.5's answer could not be used (a quote stands nowhere): Opus 4.7 was asked."


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "shape.py").write_text(WRONG)
    return tmp_path


def scripted(models: ModelServer) -> None:
    models.answer(edits(NOWHERE), model="gpt-5.5", repeat=True)
    models.answer(edits(RIGHT), model="claude-opus-4-7", repeat=True)


def edit(work: Path, models: ModelServer, *options: str, **environ: str) -> Ran:
    return run("edit", "shape.py", "Multiply", "--yes", *options, cwd=work, env={**keys(models), **environ})


def test_the_command_line_says_who_was_asked_and_what_both_cost(work: Path) -> None:
    with ModelServer() as models:
        scripted(models)
        done = edit(work, models, "--format", "json")
        assert done.code == 0, done.err
        found = done.json("edit")
        assert "+    return w * h" in found["files"][0]["diff"]
        assert [call["model"] for call in found["calls"]] == ["gpt-5.5", "claude-opus-4-7"]
        assert len({call["job"] for call in found["calls"]}) == 1
        assert sum(call["cost_usd"] for call in found["calls"]) == pytest.approx(models.bill, abs=1e-6)
        assert SAID in done.err
        assert "- absent: shape.py: a + b" in str(models.log[1].body)


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"COUNTERPOINT__ROUTING__ESCALATE": "false"}, "dropped (absent)"),
        ({"COUNTERPOINT__PROVIDERS__ALLOW": '["openai"]'}, "dropped (absent)"),
        ({"COUNTERPOINT__PROVIDERS__PATHS": '{"*.py" = ["openai"]}'}, "dropped (not-asked-again)"),
        ({"COUNTERPOINT__BUDGET__ROLES": "{deep = 0.001}"}, "dropped (not-asked-again)"),
    ],
    ids=["off", "vendor", "path", "budget"],
)
def test_what_is_not_allowed_is_not_asked(work: Path, environ: dict[str, str], says: str) -> None:
    with ModelServer() as models:
        scripted(models)
        done = edit(work, models, **environ)
        assert done.code == 0, done.err
        assert says in done.err and SAID not in done.err
        assert {record.model for record in models.log} == {"gpt-5.5"}


def test_who_names_a_role_gets_that_one(work: Path) -> None:
    with ModelServer() as models:
        scripted(models)
        done = edit(work, models, "--role", "fast")
        assert "dropped (absent)" in done.err and SAID not in done.err
        assert [record.model for record in models.log] == ["gpt-5.5"]


def test_both_together_cost_no_more_than_the_user_named(work: Path) -> None:
    dear = json.dumps({**json.loads(edits(NOWHERE)), "assumptions": ["numbers " * 2_000]})
    with ModelServer() as models:
        models.answer(dear, model="gpt-5.5")
        scripted(models)
        done = edit(work, models, "--max-cost", "0.19")
        assert "To ask Opus 4.7 as well could cost up to $" in done.err and SAID not in done.err
        assert [record.model for record in models.log] == ["gpt-5.5"]


def test_it_is_never_asked_a_third_time(work: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(NOWHERE), repeat=True)
        done = edit(work, models)
        assert [record.model for record in models.log] == ["gpt-5.5", "claude-opus-4-7"]
        assert SAID in done.err and "dropped (absent)" in done.err and done.out == ""


@pytest.mark.asyncio
async def test_an_editor_is_told_and_gets_the_second_answer(work: Path) -> None:
    with ModelServer() as models:
        scripted(models)
        async with editor(work, models, FULL) as client:
            uri = await client.open(work / "shape.py")
            result = await client.command("counterpoint.edit", {"uri": uri, "instruction": "Multiply"})
            assert result["applied"] and result["notice"] == SAID
            assert result["costUsd"] == pytest.approx(models.bill, abs=1e-6)
            told = [one["message"] for one in client.notices("window/showMessage")]
            assert SAID in told


@pytest.mark.asyncio
async def test_an_edit_refined_for_the_second_time_is_a_hard_case(tmp_path: Path) -> None:
    steps = [("a + b", "b + a"), ("b + a", "sum((b, a))"), ("sum((b, a))", "sum([b, a])")]

    def made(old: str, new: str) -> dict[str, Any]:
        return {"path": "shop.py", "line": 2, "old": f"return {old}", "new": f"return {new}"}

    with ModelServer() as models:
        models.answer(edits(PLUS))
        for old, new in steps:
            models.answer(edits(made(old, new)))
        async with playing(tmp_path, models, ASKING) as (client, buffers, uri):
            await client.command("counterpoint.edit", {"uri": uri, "instruction": "Add them"})
            for at, model in enumerate(("GPT-5.5", "Opus 4.7", "Opus 4.7")):
                entry = (await menu(client, uri))["Refine..."]
                assert entry["title"].startswith(f"Refine... ({model}, "), (at, entry["title"])
                result = await chosen(client, entry, instruction=f"Again {at}")
                assert result["applied"], result
            assert "sum([b, a])" in buffers.texts[uri]
            told = [one["message"] for one in client.notices("window/showMessage")]
            assert [one for one in told if "was asked" in one] == [
                "Opus 4.7 was asked: this edit is refined for the second time."
            ]
        asked = [record.model for record in models.log]
        assert asked == ["gpt-5.5", "gpt-5.5", "claude-opus-4-7", "claude-opus-4-7"]


@pytest.mark.asyncio
async def test_in_an_editor_the_first_model_reads_what_the_other_one_wrote(tmp_path: Path) -> None:
    """The menu names who will, and offers no second version by the model that stands there already."""
    with ModelServer() as models:
        models.answer(edits(NOWHERE), model="gpt-5.5")
        models.answer(edits(PLUS), model="claude-opus-4-7")
        models.answer(findings(), model="gpt-5.5")
        async with playing(tmp_path, models, ASKING) as (client, _, uri):
            await client.command("counterpoint.edit", {"uri": uri, "instruction": "Add them"})
            found = await menu(client, uri)
            assert found["Review this"]["title"].startswith("Review this (GPT-5.5, ")
            other = found["The other voice's version"]["title"]
            assert other.startswith("The other voice's version (GPT-5.5, ")
            titles = [one["title"] for one in await client.actions(uri, (4, 0), (4, 0))]
            written = [one for one in titles if one.startswith("Review what Opus 4.7 wrote")]
            assert written and ", GPT-5.5, $" in written[0], titles
            result = await chosen(client, found["Review this"])
            assert result["complete"] and result["notice"] == "", result
        assert [record.model for record in models.log] == ["gpt-5.5", "claude-opus-4-7", "gpt-5.5"]


@pytest.mark.parametrize(
    ("allow", "reader", "says"),
    [
        ('["openai", "anthropic"]', "gpt-5.5", ""),
        ('["anthropic"]', "claude-opus-4-7", "Opus 4.7 wrote itself what it was asked about"),
    ],
    ids=["both", "one vendor"],
)
def test_on_the_command_line_too(work: Path, allow: str, reader: str, says: str) -> None:
    with ModelServer() as models:
        scripted(models)
        assert edit(work, models, "--apply").code == 0
        models.reset()
        models.answer(findings(), repeat=True)
        environ = {**keys(models), "COUNTERPOINT__PROVIDERS__ALLOW": allow}
        done = run("review", "--machine", "--yes", "--format", "json", cwd=work, env=environ)
        assert done.code == 0, done.err
        assert [call["model"] for call in done.json("review")["calls"]] == [reader]
        assert (says in done.err) and bool(says) == ("wrote itself" in done.err), done.err
