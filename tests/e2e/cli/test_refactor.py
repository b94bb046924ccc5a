"""`refactor` and `edit` on the orders module: its callers in the prompt, breaks repaired or flagged.

Tests run in a copy of a real repository.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests import refactoring as told
from tests.e2e.cli.running import Ran, git, keys, run
from tests.modelserver import ModelServer

PARTS = ("orders/service.py", "orders/inventory.py", "orders/status.py")
PYTEST = shlex.join([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"])

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX")


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    """The orders module as a git repository."""
    root = told.project(tmp_path / "orders")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    return root


def refactor(root: Path, models: ModelServer, *options: str, parts: tuple[str, ...] = PARTS) -> Ran:
    return run("refactor", *parts, told.ASKED, "--yes", *options, cwd=root, env=keys(models))


def prompt_of(models: ModelServer, number: int) -> str:
    body = models.log[number].body
    assert isinstance(body, dict)
    return "".join(part["text"] for message in body["messages"] for part in message["content"])


def clean(root: Path) -> bool:
    return git(root, "status", "--porcelain") == ""


def sites(found: Any) -> dict[str, str]:
    rows = (*found["audit"]["sites"], *found["audit"]["shared"])
    return {f"{row['path']}:{row['line']}": row["state"] for row in rows}


def test_all_call_sites_are_in_the_prompt_and_what_breaks_is_repaired(
    orders: Path, models: ModelServer
) -> None:
    models.answer(told.the_careless_change())
    models.answer(told.the_repair())
    ran = refactor(orders, models, "--format", "json")
    assert ran.code == 0, ran.err
    found = ran.json("edit")
    prompt = prompt_of(models, 0)
    for line in told.CALLS:
        assert line in prompt, line
    assert "- create_order (orders/service.py:8)\n    certain: orders/api.py: 9, 14\n" in prompt
    assert "orders/api.py:9 relies on create_order" in prompt_of(models, 1)
    assert found["said"].endswith("callers and 8 uses intact, no tests run")
    assert found["audit"]["broken"] == found["audit"]["possible"] == 0
    assert [one for file in found["files"] for one in file["doubts"]] == []
    assert {call["task"] for call in found["calls"]} == {"refactor", "repair"}
    assert len({call["job"] for call in found["calls"]}) == 1, "one price for one action"
    changed = ("orders/service.py", "orders/status.py", "orders/api.py", "orders/reports.py")
    assert {file["path"] for file in found["files"]} == {*changed, "tests/test_orders.py"}


def test_what_nobody_repairs_is_flagged_and_not_written(orders: Path, models: ModelServer) -> None:
    models.answer(told.the_careless_change())
    models.answer(told.half_the_repair())
    models.answer(told.nothing())
    models.answer("never asked for")
    ran = refactor(orders, models, "--apply", "--format", "json")
    assert ran.code == 1, ran.err
    assert clean(orders), "nothing is written"
    found = ran.json("edit")
    assert len(found["calls"]) == 3, "at most two repairs"
    states = sites(found)
    assert states["orders/api.py:9"] == "intact", "which the default mended"
    assert states["orders/api.py:18"] == states["orders/api.py:23"] == "broken"
    doubts = {file["path"]: "; ".join(file["doubts"]) for file in found["files"]}
    assert "orders/api.py:18" in doubts["orders/inventory.py"]
    assert "orders/api.py:23" in "; ".join(doubts.values())
    assert "--include-doubtful" in ran.err and "broken: orders/api.py:18" in ran.err
    # What was paid for can still be had: the command that is named makes the change.
    patch = ran.err.partition(" apply --whitespace=nowarn ")[2].partition("'")[2].partition("'")[0]
    git(orders, "apply", "--whitespace=nowarn", patch)
    assert (orders / "orders/inventory.py").read_text() == told.careless("orders/inventory.py")


def test_doubtful_changes_are_written_where_they_are_asked_for_and_can_be_undone(
    orders: Path, models: ModelServer
) -> None:
    models.answer(told.the_careless_change())
    models.answer(told.nothing())
    ran = refactor(orders, models, "--apply", "--include-doubtful")
    assert ran.code == 0, ran.err
    assert (orders / "orders/status.py").read_text() == told.careless("orders/status.py")
    assert "broken" in ran.err and "no tests run" in ran.err
    undo = ran.err.partition("To undo: ")[2].partition("'")[2].partition("'")[0]
    git(orders, "apply", undo)
    assert clean(orders)


def test_the_tests_run_in_a_copy_and_the_title_says_so(orders: Path, models: ModelServer) -> None:
    models.answer(told.the_careless_change())
    models.answer(told.the_repair())
    (orders / "notes.txt").write_text("untracked")
    ran = refactor(orders, models, "--test", PYTEST)
    assert ran.code == 0, ran.err
    assert "callers and 8 uses intact, 7 of 7 tests" in ran.err, ran.err
    assert git(orders, "status", "--porcelain") == "?? notes.txt"
    assert len(git(orders, "worktree", "list").splitlines()) == 1


def test_of_many_tests_those_run_that_the_change_may_break(tmp_path: Path, models: ModelServer) -> None:
    root = tmp_path / "many"
    for folder in ("app", "tests"):
        (root / folder).mkdir(parents=True)
    (root / "pyproject.toml").write_text('[tool.pytest.ini_options]\npythonpath = ["."]\n')
    (root / "app" / "__init__.py").write_text("")
    for n in range(12):
        (root / "app" / f"part{n}.py").write_text(f"def work_{n}(a):\n    return a + {n}\n")
        rows = [f"def test_{n}_{k}():\n    assert work_{n}({k}) == {n + k}\n" for k in range(5)]
        text = "\n\n".join((f"from app.part{n} import work_{n}\n", *rows))
        (root / "tests" / f"test_part{n}.py").write_text(text)
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "x"]):
        git(root, *command)
    before = (root / "app" / "part3.py").read_text()
    models.answer(told.answer(*told.quotes("app/part3.py", before, before.replace("a + 3", "3 + a"))))
    ran = refactor(root, models, "--test", PYTEST, "--format", "json", parts=("app/part3.py",))
    found = ran.json("edit")
    assert (
        found["said"]
        == f"5 callers intact, {found['tests']['total']} of {found['tests']['total']} impacted tests"
    )
    assert 5 <= found["tests"]["total"] == found["tests"]["chosen"] <= 20 and found["tests"]["of"] == 60


def test_a_test_that_fails_is_told_apart_before_it_is_repaired(orders: Path, models: ModelServer) -> None:
    """The change forgets a line: no signature breaks. A test that failed before is nobody's to repair, nor is
    one that fails now and then."""
    tests = orders / "tests" / "test_more.py"
    tests.write_text(
        "import pathlib\n\n\ndef test_old():\n    assert 1 == 2\n\n\n"
        "def test_now_and_then(pytestconfig):\n"
        "    mark = pathlib.Path('mark')\n    seen = mark.exists()\n    mark.touch()\n    assert seen\n"
    )
    git(orders, "add", "-A")
    git(orders, "commit", "-qm", "y")
    before = told.was("orders/service.py")
    forgetful = before.replace("    for sku in items:\n        take(sku)\n", "")
    models.answer(told.answer(*told.quotes("orders/service.py", before, forgetful)))
    models.answer(
        told.answer(*told.quotes("orders/service.py", forgetful, before.replace("Make an", "Makes an")))
    )
    ran = refactor(orders, models, "--test", PYTEST, "--format", "json", parts=("orders/service.py",))
    assert ran.code == 0, ran.err
    found = ran.json("edit")
    categories = {one["test"].rpartition("::")[2]: one["category"] for one in found["tests"]["failures"]}
    assert categories["test_old"] == "failed before"
    assert categories.get("test_now_and_then") in ("flaky", "failed before")
    assert [one["test"] for one in found["tests"]["repaired"]] == [
        "tests/test_orders.py::test_an_order_takes_from_the_stock"
    ]
    asked = prompt_of(models, 1)
    assert "test_an_order_takes_from_the_stock fails" in asked and "test_old" not in asked
    assert len(models.log) == 2
    assert found["said"].endswith("failed before"), found["said"]


def test_tests_that_still_fail_put_the_change_in_doubt(orders: Path, models: ModelServer) -> None:
    before = told.was("orders/service.py")
    forgetful = before.replace("    for sku in items:\n        take(sku)\n", "")
    models.answer(told.answer(*told.quotes("orders/service.py", before, forgetful)))
    models.answer(told.nothing())
    options = ("--test", PYTEST, "--apply", "--format", "json")
    ran = refactor(orders, models, *options, parts=("orders/service.py:8-16",))
    assert ran.code == 1, ran.err
    found = ran.json("edit")
    assert found["said"].endswith("6 of 7 tests")
    assert "test_an_order_takes_from_the_stock fails" in found["files"][0]["doubts"][0]
    assert clean(orders)


def test_a_command_that_cannot_be_run_is_said(orders: Path, models: ModelServer) -> None:
    before = told.was("orders/status.py")
    models.answer(
        told.answer(
            *told.quotes("orders/status.py", before, before + "\n\nOPEN = (Status.PENDING, Status.PAID)\n")
        ),
        repeat=True,
    )
    ran = refactor(orders, models, "--test", "no-such-runner-at-all", parts=("orders/status.py",))
    assert ran.code == 0
    assert "tests not understood" in ran.err and "no-such-runner-at-all" in ran.err
    silent = refactor(orders, models, "--test", "true", parts=("orders/status.py",))
    assert "tests not understood" in silent.err, "a command that says nothing of tests is no receipt"


@pytest.mark.parametrize(
    ("extras", "said", "written"),
    [("flag", "left out", False), ("apply", "", True), ("never", "not-asked", False)],
)
def test_what_nobody_asked_for(
    extras: str, said: str, written: bool, orders: Path, models: ModelServer
) -> None:
    before = told.was("orders/store.py")
    asked = told.quotes("orders/store.py", before, before.replace("def by_status", "def with_status"))
    unasked = told.quotes("orders/store.py", before, before.replace("in memory", "held in memory"))
    models.answer(told.answer(*asked, *({**one, "extra": True} for one in unasked)))
    repaired = told.quotes(
        "orders/reports.py",
        told.was("orders/reports.py"),
        told.was("orders/reports.py").replace("by_s", "with_s"),
    )
    models.answer(told.answer(*repaired))
    ran = refactor(orders, models, "--apply", "--extras", extras, parts=("orders/store.py",))
    assert ran.code == 0, ran.err
    assert said in ran.err
    text = (orders / "orders/store.py").read_text()
    assert "with_status" in text and ("held in memory" in text) is written
    assert "with_status" in (orders / "orders/reports.py").read_text()


def test_what_may_cost_too_much_is_not_asked_for(orders: Path, models: ModelServer) -> None:
    over = refactor(orders, models, "--max-cost", "0.01")
    assert over.code == 4 and "--max-cost" in over.err and models.log == ()


def test_another_role_may_be_asked(orders: Path, models: ModelServer) -> None:
    before = told.was("orders/status.py")
    models.answer(told.answer(*told.quotes("orders/status.py", before, before.replace("Where", "How"))))
    ran = refactor(orders, models, "--role", "fast", "--format", "json", parts=("orders/status.py",))
    assert ran.json("edit")["calls"][0]["model"] == "gpt-5.5"


def test_a_question_back_is_told_and_nothing_changes(orders: Path, models: ModelServer) -> None:
    models.answer(told.answer(question="Which currency?"))
    ran = refactor(orders, models, "--apply", "--format", "json")
    assert ran.code == 0 and ran.json("edit")["question"] == "Which currency?"
    assert "Which currency?" in ran.err and clean(orders)


def test_an_edit_is_looked_at_afterwards_as_well(orders: Path, models: ModelServer) -> None:
    models.answer(told.the_careless_change())
    ran = run("edit", *PARTS, told.ASKED, "--yes", "--apply", "--test", PYTEST, cwd=orders, env=keys(models))
    assert ran.code == 1 and clean(orders)
    assert "broken: orders/api.py:9" in ran.err and "1 of 7 tests" in ran.err
    assert len(models.log) == 1, "nothing is asked again"


def test_a_file_that_moves_is_moved_and_moved_back(orders: Path, models: ModelServer) -> None:
    subprocess.run(["git", "rm", "-rq", "tests"], cwd=orders, check=True, timeout=30)
    git(orders, "commit", "-qm", "y")
    text = told.was("orders/subscriptions.py")
    models.answer(
        told.answer(
            {"path": "orders/again.py", "line": 1, "old": "", "new": text, "reason": "Moved", "extra": False},
            {
                "path": "orders/subscriptions.py",
                "line": 1,
                "old": text,
                "new": "",
                "reason": "Moved",
                "extra": False,
            },
        )
    )
    ran = refactor(orders, models, "--apply", "--include-doubtful", parts=("orders/subscriptions.py",))
    assert ran.code == 0, ran.err
    assert (orders / "orders/again.py").read_text() == text
    undo = ran.err.partition("To undo: ")[2].partition("'")[2].partition("'")[0]
    git(orders, "apply", undo)
    assert clean(orders)
