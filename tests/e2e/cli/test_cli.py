"""The command line as a user runs it: a process, real files, real git, the strict model server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.running import FINDING, NO_MODEL, WRONG, git, keys, run
from tests.modelserver import Fault, ModelServer

EXPECTED = Path(__file__).parents[2] / "cases" / "static" / "sample.json"
EDITS: dict[str, Any] = {
    "assumptions": ["none"],
    "edits": [
        {"path": "shape.py", "line": 2, "old": "w + h", "new": "w * h", "reason": "product"},
    ],
}
ABSENT = {"path": "shape.py", "line": 9, "old": "not there", "new": "x", "reason": ""}


def test_the_sample_reviewed_with_no_key(shop: Path) -> None:
    done = run("review", ".", "--format", "json", cwd=shop)
    value = done.json("review")
    found = sorted(f"{item['path']}:{item['start']['line']}" for item in value["findings"])
    rows = json.loads(EXPECTED.read_text("utf-8"))["findings"]
    wanted = sorted(f"{item['path']}:{item['line']}" for item in rows)
    assert found == wanted
    assert all(item["status"] == "static" for item in value["findings"])
    assert value["complete"] is True
    assert value["cost_usd"] == 0
    assert done.code == 1
    assert "counterpoint keys set" in done.err


def test_a_clean_file_is_0(shop: Path) -> None:
    done = run("review", "orders/pricing.py", cwd=shop)
    assert done.code == 0


def test_a_missing_path_is_2_in_one_line(work: Path) -> None:
    done = run("review", "nowhere.py", cwd=work)
    assert done.code == 2
    assert done.out == ""
    assert len(done.err.splitlines()) == 1
    assert "nowhere.py" in done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("nosuchverb",),
        ("review", "--nosuch"),
        ("complete", "shape.py"),
        ("route", "nosuch"),
        ("edit", "shape.py"),
    ],
)
def test_wrong_usage_is_2_in_one_line(work: Path, arguments: tuple[str, ...]) -> None:
    done = run(*arguments, cwd=work)
    assert done.code == 2
    assert len(done.err.splitlines()) == 1
    assert "Traceback" not in done.err


def test_binary_and_huge_files_are_skipped_with_a_reason(work: Path) -> None:
    (work / "blob.py").write_bytes(b"\0\1\2" * 100)
    with (work / "huge.py").open("wb") as file:
        file.truncate(50_000_000)
    done = run("review", "blob.py", "huge.py", "shape.py", "--format", "json", cwd=work)
    skipped = {item["path"]: item["reason"] for item in done.json("review")["skipped"]}
    assert "binary" in skipped["blob.py"]
    assert "larger" in skipped["huge.py"]
    assert "shape.py" not in skipped


def test_a_review_by_the_model(work: Path, models: ModelServer) -> None:
    answer = {"findings": [FINDING, {**FINDING, "quote": "nowhere", "title": "Gone"}]}
    models.answer(f"Here:\n```json\n{json.dumps(answer)}\n```\n")
    done = run("review", "shape.py", "--format", "json", cwd=work, env=keys(models))
    value = done.json("review")
    assert [item["title"] for item in value["findings"]] == ["Area adds"]
    assert value["findings"][0]["model"] == "Opus 4.7"
    assert [item["reason"] for item in value["dropped"]] == ["absent"]
    assert value["cost_usd"] == pytest.approx(models.bill)
    assert done.code == 0  # unverified findings do not fail a run
    assert "$" in done.err
    costs = run("costs", "--format", "json", cwd=work).json("costs")
    assert costs["cost_usd"] == pytest.approx(models.bill)
    seen = {(row["shown"], row["absent"]) for row in costs["findings"]}
    assert seen == {(1, 0), (0, 1)}
    assert "all together" in run("costs", cwd=work).out


@pytest.mark.parametrize("fault", [Fault.UNAUTHORIZED, Fault.QUOTA, Fault.EARLY_END, Fault.BROKEN_JSON])
def test_a_failed_provider_is_3_and_loses_nothing(shop: Path, models: ModelServer, fault: Fault) -> None:
    models.fault(fault, repeat=True)
    done = run("review", "orders/payments.py", "--format", "json", cwd=shop, env=keys(models))
    value = done.json("review")
    assert [item["status"] for item in value["findings"]] == ["static"]
    assert value["complete"] is False
    assert len(value["errors"]) == 1
    assert done.code == 1  # findings outrank the failure
    clean = run("review", "orders/pricing.py", cwd=shop, env=keys(models))
    assert clean.code == 3


def test_the_budget_refused_is_4_and_sends_nothing(work: Path, models: ModelServer) -> None:
    done = run("review", "shape.py", "--max-cost", "0.000001", cwd=work, env=keys(models))
    assert done.code == 4
    poor = {**keys(models), "COUNTERPOINT__BUDGET__DAY_USD": "0.0001"}
    assert run("edit", "shape.py", "multiply", cwd=work, env=poor).code == 4
    assert models.log == ()


def test_an_estimate_sends_nothing(work: Path, models: ModelServer) -> None:
    done = run("review", "shape.py", "--estimate", "--format", "json", cwd=work, env=keys(models))
    value = done.json("estimate")
    assert 0 < value["cost_usd"]["low"] < value["cost_usd"]["high"]
    assert models.log == ()
    assert done.code == 0


def test_the_log_of_each_call_says_why_its_model_was_asked(work: Path, models: ModelServer) -> None:
    models.answer(json.dumps({"findings": [FINDING]}), match="You review code", repeat=True)
    told = run("review", "shape.py", "--verbose", cwd=work, env=keys(models))
    logged = [row for row in told.err.splitlines() if row.startswith(("review: ", "verify: "))]
    assert len(logged) == len(models.log) == 2
    assert all("claude-opus-4-7 (Opus 4.7 fills the role deep) " in row for row in logged)
    quiet = run("review", "shape.py", cwd=work, env=keys(models))
    assert "fills the role" not in quiet.err


def test_json_and_the_ledger_say_why_a_model_was_asked(work: Path, models: ModelServer) -> None:
    models.answer(json.dumps({"findings": [FINDING]}), match="You review code", repeat=True)
    done = run("review", "shape.py", "--format", "json", cwd=work, env=keys(models))
    calls = done.json("review")["calls"]
    assert calls and {one["reason"] for one in calls} == {"Opus 4.7 fills the role deep"}
    costs = run("costs", "--format", "json", cwd=work, env=keys(models)).json("costs")
    assert sum(one["calls"] for one in costs["reasons"]) == len(calls)
    assert {one["reason"] for one in costs["reasons"]} == {"Opus 4.7 fills the role deep"}
    assert "budget.completions_day_usd" in [one["setting"] for one in costs["caps"]]


@pytest.mark.parametrize("words", [("edit", "shape.py", "multiply"), ("ask", "Why?"), ("review", "shape.py")])
def test_an_estimate_says_where_the_budget_has_no_room_and_what_to_do(
    words: tuple[str, ...], work: Path, models: ModelServer
) -> None:
    poor = {**keys(models), "COUNTERPOINT__BUDGET__DAY_USD": "0.0001"}
    done = run(*words, "--estimate", "--format", "json", cwd=work, env=poor)
    assert done.code == 0 and done.json("estimate")["requests"] == 1
    assert "of today's $0.0001 is spent or reserved. Raise budget.day_usd in your own config.toml" in done.err
    enough = run(*words, "--estimate", cwd=work, env=keys(models))
    assert enough.code == 0 and "budget" not in enough.err
    assert models.log == ()


@pytest.mark.parametrize(("vendor", "model"), [("anthropic", "Opus 4.7"), ("openai", "GPT-5.5")])
def test_an_estimate_names_whom_the_file_may_be_shown_to(
    vendor: str, model: str, work: Path, models: ModelServer
) -> None:
    """As the question itself goes: not refused for a vendor that would not be asked."""
    only = {"COUNTERPOINT__PROVIDERS__PATHS": f'{{ "*.py" = ["{vendor}"] }}'}
    for verb in ("edit", "refactor"):
        done = run(verb, "shape.py:1-2", "multiply", "--estimate", cwd=work, env={**keys(models), **only})
        assert done.code == 0, done.err
        assert done.out.startswith(f"{verb} to {model}: about ")
    assert models.log == ()


@pytest.mark.parametrize(
    ("words", "further"),
    [
        (("edit", "shape.py:1-2", "multiply", "--apply"), "with_repairs"),
        (("refactor", "shape.py", "multiply"), "with_repairs"),
        (("investigate", "trace.txt"), "with_second_looks"),
        (("ask", "What is the area?"), "alone"),
    ],
)
@pytest.mark.parametrize("keyed", [True, False])
def test_an_estimate_of_a_question_sends_and_writes_nothing(
    words: tuple[str, ...], further: str, keyed: bool, work: Path, models: ModelServer
) -> None:
    (work / "trace.txt").write_text('File "shape.py", line 2, in area\nValueError: wrong area\n')
    env = keys(models) if keyed else None
    done = run(*words, "--estimate", "--format", "json", cwd=work, env=env)
    assert done.code == 0, done.err
    value = done.json("estimate")
    usual = value["expected_usd"]
    assert value["task"] == words[0] and further in usual
    assert 0 < usual["alone"]["low"] <= usual[further]["low"]
    assert usual["alone"]["high"] <= usual[further]["high"] < value["cost_usd"]["high"]
    assert 0 < value["seconds"]["low"] < value["seconds"]["high"]
    told = run(*words, "--estimate", cwd=work, env=env)
    assert told.code == 0 and told.out.endswith("Nothing was sent.\n")
    assert told.out.startswith(f"{words[0]} to ") and "(at most $" in told.out
    assert ("without" in told.out) is (further != "alone")
    assert models.log == () and (work / "shape.py").read_text() == WRONG


def test_an_edit_is_printed_as_a_diff_and_applied_on_demand(work: Path, models: ModelServer) -> None:
    models.answer(json.dumps(EDITS), repeat=True)
    done = run("edit", "shape.py:1-2", "multiply", "--format", "json", cwd=work, env=keys(models))
    value = done.json("edit")
    assert "-    return w + h\n+    return w * h\n" in value["files"][0]["diff"]
    assert value["dropped"] == [] and value["said"].endswith("no tests run")
    assert (work / "shape.py").read_text() == WRONG
    applied = run("edit", "shape.py", "multiply", "--apply", cwd=work, env=keys(models))
    assert applied.code == 0
    assert (work / "shape.py").read_text() == WRONG.replace("+", "*")
    told = run("costs", "--format", "json", cwd=work, env=keys(models)).json("costs")
    assert [(one["task"], one["model"], one["kept"]) for one in told["outcomes"]] == [("edit", "gpt-5.5", 1)]


def test_an_edit_of_which_a_part_cannot_be_placed_changes_nothing(work: Path, models: ModelServer) -> None:
    models.answer(json.dumps({**EDITS, "edits": [*EDITS["edits"], ABSENT]}))
    done = run("edit", "shape.py", "multiply", "--apply", "--format", "json", cwd=work, env=keys(models))
    assert "absent" in {item["reason"] for item in done.json("edit")["dropped"]}
    assert done.code == 0 and "nothing changes" not in done.err
    assert (work / "shape.py").read_text() == WRONG


def test_a_small_amount_is_enough_for_a_small_edit(work: Path, models: ModelServer) -> None:
    models.answer(json.dumps(EDITS))
    done = run("edit", "shape.py", "multiply", "--max-cost", "0.25", "--apply", cwd=work, env=keys(models))
    assert done.code == 0, done.err
    assert (work / "shape.py").read_text() == WRONG.replace("+", "*")


def test_only_uncommitted_changes_are_reviewed_by_default(shop: Path) -> None:
    before = run("review", "--format", "json", cwd=shop, env=NO_MODEL)
    assert before.json("review")["findings"] == []
    path = shop / "orders" / "pricing.py"
    path.write_text(path.read_text() + "\n\ndef load(x):\n    return eval(input(x))\n")
    after = run("review", "--format", "json", cwd=shop)
    assert [item["path"] for item in after.json("review")["findings"]] == ["orders/pricing.py"]
    git(shop, "add", "-A")
    staged = run("review", "--staged", "--format", "json", cwd=shop)
    assert len(staged.json("review")["findings"]) == 1


def test_sarif_and_github_forms(shop: Path) -> None:
    sarif = json.loads(run("review", "orders/payments.py", "--format", "sarif", cwd=shop).out)
    assert sarif["version"] == "2.1.0"
    assert sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"]["region"]["startLine"] == 31
    github = run("review", "orders/payments.py", "--format", "github", cwd=shop).out
    assert github.startswith("::")
    assert "file=orders/payments.py" in github


def test_completion_goes_to_stdout(work: Path, models: ModelServer) -> None:
    models.answer(" * h\n\nprint(1)\n")
    done = run("complete", "shape.py:2:13", cwd=work, env=keys(models))
    assert done.code == 0
    assert done.out.strip() == "* h"


def test_no_usable_role_names_the_fix(work: Path) -> None:
    done = run("edit", "shape.py", "multiply", cwd=work, env=NO_MODEL)
    assert done.code == 2
    assert "counterpoint keys set openai" in done.err


def test_consent_is_needed_for_a_vendor(work: Path) -> None:
    env = {"OPENAI_API_KEY": "sk-nobody", "ANTHROPIC_API_KEY": "sk-nobody"}
    done = run("edit", "shape.py", "multiply", cwd=work, env=env)
    assert done.code == 2
    assert "--yes" in done.err


def test_context_shows_what_would_be_sent_and_masks(work: Path, models: ModelServer) -> None:
    secret = "sk-ant-" + "api03-" + "Zx9Qw3Er7Ty1Ui5Op2As6Df8Gh4Jk0Lm" * 2
    (work / "shape.py").write_text(f'KEY = "{secret}"\n{WRONG}')
    value = run(
        "context", "shape.py:3:5", "--task", "edit", "--format", "json", cwd=work, env=keys(models)
    ).json("context")
    assert value["masked"] == 1
    assert secret not in "".join(value["parts"])
    assert models.log == ()


def test_route_and_models_speak_the_contract(work: Path, models: ModelServer) -> None:
    value = run("route", "review", "--format", "json", cwd=work, env=keys(models)).json("route")
    assert [item["model"] for item in value["candidates"]] == ["claude-opus-4-7", "gpt-5.5"]
    rows = run("models", "--format", "json", cwd=work).json("models")["models"]
    assert {row["name"] for row in rows} >= {"gpt-5.5", "claude-opus-4-7"}
    assert run("doctor", "--format", "json", cwd=work).json("doctor")["checks"]


def test_a_hostile_repository_redirects_nothing(work: Path, models: ModelServer) -> None:
    (work / ".counterpoint").mkdir()
    (work / ".counterpoint" / "config.toml").write_text(
        '[endpoints.openai]\nbase_url = "http://evil.example/v1"\n[budget]\nday_usd = 100000\n'
    )
    done = run("config", "show", "--format", "json", cwd=work)
    text = done.out + done.err
    assert "endpoints.openai.base_url" in text
    rows = {row["path"]: row["value"] for row in json.loads(done.out)["settings"]}
    assert rows["budget.day_usd"] == 5.0
    assert rows["endpoints.openai.base_url"] == ""


@pytest.mark.parametrize("name", ["neovim", "helix", "emacs", "sublime", "kate"])
def test_setup_prints_a_configuration(work: Path, name: str) -> None:
    done = run("setup", name, cwd=work)
    assert done.code == 0
    assert "counterpoint" in done.out
    assert "Put this into" in done.err
