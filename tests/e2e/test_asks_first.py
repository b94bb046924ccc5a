"""A dear model on the command line and in an editor: the price first, then the question."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.cli.running import WRONG, keys, run
from tests.e2e.lsp.product import FULL, editor, edits
from tests.modelserver import ModelServer

RIGHT = {"path": "shape.py", "line": 2, "old": "w + h", "new": "w * h"}
PRO = {"COUNTERPOINT__ROLES": '{fast = ["gpt-5.5-pro", "gpt-5.5"]}'}
ASKED = "GPT-5.5 pro, whose price is asked first, for $"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "shape.py").write_text(WRONG)
    return tmp_path


@pytest.mark.parametrize(
    "verb", [("edit", "shape.py", "Multiply"), ("ask", "What is this?")], ids=lambda v: v[0]
)
def test_yes_is_a_yes_to_sending_and_a_max_cost_one_to_the_price(verb: tuple[str, ...], work: Path) -> None:
    with ModelServer() as models:
        models.answer(edits(RIGHT), repeat=True)
        environ = {**keys(models), **PRO}
        refused = run(*verb, "--yes", cwd=work, env=environ)
        assert refused.code == 4 and ASKED in refused.err and "--max-cost" in refused.err
        low = run(*verb, "--yes", "--max-cost", "0.01", cwd=work, env=environ)
        assert low.code == 4
        assert not any(models.log)
        agreed = run(*verb, "--yes", "--max-cost", "5", cwd=work, env=environ)
        assert agreed.code == 0, agreed.err
        assert [record.model for record in models.log] == ["gpt-5.5-pro"]


@pytest.mark.asyncio
@pytest.mark.parametrize("said", ["Send", "Cancel"])
async def test_an_editor_asks_with_the_price(said: str, work: Path) -> None:
    questions: list[str] = []

    def answered(params: dict[str, object]) -> dict[str, str]:
        questions.append(str(params["message"]))
        return {"title": said}

    with ModelServer() as models:
        models.answer(edits(RIGHT), repeat=True)
        async with editor(work, models, FULL, env=PRO) as client:
            client.answers["window/showMessageRequest"] = answered
            uri = await client.open(work / "shape.py")
            run_ = {"command": "counterpoint.edit", "arguments": [{"uri": uri, "instruction": "Multiply"}]}
            if said == "Send":
                assert (await client.request("workspace/executeCommand", run_))["applied"]
            else:
                assert "Agree when asked" in str(await client.error("workspace/executeCommand", run_))
            assert len(questions) == 1 and ASKED in questions[0]
            assert len(models.log) == (said == "Send")
            assert await client.inline(uri, 1, 11) is not None  # what is typed is completed by another
        assert {one.model for one in models.log if "You complete code" in str(one.body)} <= {"gpt-5.5"}
