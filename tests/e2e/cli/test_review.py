"""Reviews as a build runs them: verified findings count, nothing is bought twice, Ctrl-C keeps the rest."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.e2e.cli.running import FINDING, NO_MODEL, WRONG, command, environment, git, keys, run
from tests.modelserver import ModelServer

FINDS, LOOKS = "Work through the code in this order", "You take a second look at claims"
CONFIRMED = {
    "verdicts": [
        {
            "claim": 1,
            "quotes": [{"path": "shape.py", "line": 2, "quote": "return w + h"}],
            "why": "It adds.",
            "holds": "confirmed",
        }
    ]
}


def scripted(models: ModelServer, *findings: dict[str, object]) -> None:
    """The model that finds and the one that looks once more."""
    models.answer(json.dumps(CONFIRMED), LOOKS, repeat=True)
    models.answer(json.dumps({"findings": list(findings)}), repeat=True)


def test_a_cache_gives_the_same_exit_code_for_nothing_elsewhere_and_without_a_key(
    work: Path, models: ModelServer, tmp_path: Path
) -> None:
    scripted(models, FINDING)
    first = run("review", ".", "--cache", "../c", "--format", "json", cwd=work, env=keys(models))
    found = first.json("review")
    assert [item["status"] for item in found["findings"]] == ["verified"]
    assert first.code == 1 and found["cost_usd"] == pytest.approx(models.bill)
    asked = len(models.log)

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(work, elsewhere)
    shutil.copytree(tmp_path / "c", tmp_path / "d")
    fresh = {**NO_MODEL, "COUNTERPOINT_HOME": str(tmp_path / "home")}
    again = run("review", ".", "--cache", "../d", "--format", "json", cwd=elsewhere, env=fresh)
    value = again.json("review")
    assert (value["findings"], value["complete"]) == (found["findings"], True)
    assert {row["how"] for row in value["units"]} == {"known"}
    assert (again.code, value["calls"], value["notice"]) == (1, [], "")
    assert "keys set" not in again.err

    priced = run("review", ".", "--cache", "../d", "--estimate", "--format", "json", cwd=elsewhere, env=fresh)
    estimate = priced.json("estimate")
    assert estimate["known"] == estimate["units"] > 0
    assert estimate["cost_usd"] == {"low": 0, "high": 0} and estimate["requests"] == 0
    told = run("review", ".", "--cache", "../d", "--estimate", cwd=elsewhere, env=fresh)
    words = r"\d+ parts? \(\d+ known already\): no model would be asked, which costs nothing\."
    assert re.match(words, told.out), told.out

    free = run(
        "review", ".", "--cache", "../d", "--max-cost", "0", cwd=elsewhere, env={**fresh, **keys(models)}
    )
    assert free.code == 1 and "It adds." in free.out
    assert len(models.log) == asked


def test_only_what_changed_is_bought_anew(work: Path, models: ModelServer) -> None:
    scripted(models)
    (work / "other.py").write_text("def other(a):\n    return a\n")
    run("review", ".", cwd=work, env=keys(models))
    asked = len(models.log)
    (work / "shape.py").write_text("# A remark.\n\n" + WRONG.replace("    ", "        "))
    done = run("review", ".", "--format", "json", cwd=work, env=keys(models))
    assert done.json("review")["calls"] == []
    (work / "other.py").write_text("def other(a):\n    return a + 1\n")
    done = run("review", ".", "--format", "json", cwd=work, env=keys(models))
    rows = done.json("review")["units"]
    assert {row["path"] for row in rows if row["how"] == "asked"} == {"other.py"}
    assert len(models.log) == asked + 1


@pytest.mark.parametrize(("options", "status", "code"), [
    (("--verify", "none"), "unverified", 0),
    (("--strategy", "direct"), "unverified", 0),
    (("--strategy", "direct", "--count", "unverified"), "unverified", 1),
    (("--fail-on", "P0"), "verified", 0),
])  # fmt: skip
def test_what_counts_is_said_by_options(
    work: Path, models: ModelServer, options: tuple[str, ...], status: str, code: int
) -> None:
    scripted(models, FINDING)
    arguments = ("review", ".", "--effort", "low", "--format", "json")
    done = run(*arguments, *options, cwd=work, env=keys(models))
    assert [item["status"] for item in done.json("review")["findings"]] == [status]
    assert done.code == code


def test_a_pass_of_the_repository_is_taken_and_an_unknown_one_is_answered_with_all(
    work: Path, models: ModelServer
) -> None:
    scripted(models, FINDING)
    folder = work / ".counterpoint" / "passes"
    folder.mkdir(parents=True)
    (folder / "money.md").write_text("Amounts are whole cents. Find floats.\n")
    done = run("review", "shape.py", "--pass", "money", "--format", "json", cwd=work, env=keys(models))
    assert [item["pass"] for item in done.json("review")["findings"]] == ["money"]
    wrong = run("review", "shape.py", "--pass", "monney", cwd=work, env=keys(models))
    assert wrong.code == 2 and "correctness" in wrong.err and "money" in wrong.err


def test_without_a_key_the_static_rules_run_and_the_summary_says_so(shop: Path) -> None:
    done = run("review", "orders/payments.py", cwd=shop, env=NO_MODEL)
    assert done.code == 1
    assert done.out.rstrip().endswith("(static rules only)")
    assert "counterpoint keys set anthropic" in done.err
    github = run("review", "orders/payments.py", "--format", "github", cwd=shop, env=NO_MODEL)
    assert "::notice title=Counterpoint::Only the static rules are run." in github.out
    sarif = json.loads(run("review", "orders/payments.py", "--format", "sarif", cwd=shop, env=NO_MODEL).out)
    told = sarif["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    assert any("Only the static rules" in one["message"]["text"] for one in told)


def test_static_asks_nobody_although_there_is_a_key(shop: Path, models: ModelServer) -> None:
    done = run("review", "orders/payments.py", "--static", cwd=shop, env=keys(models))
    assert done.code == 1 and models.log == ()


@pytest.mark.skipif(sys.platform == "win32", reason="sends a POSIX signal")
def test_an_interrupted_review_prints_what_it_found(work: Path, models: ModelServer) -> None:
    (work / "other.py").write_text("def other(a):\n    return a\n")
    rest = "word " * 4000
    slow = json.dumps({"findings": [FINDING, {**FINDING, "body": rest}]})
    models.answer(slow, "File: shape.py", first_token=0.0, between=0.02)
    models.answer(json.dumps({"findings": []}), "File: other.py", first_token=30.0)
    process = subprocess.Popen(
        command("review", ".", "--format", "json"),
        cwd=work, env=environment(keys(models)), text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    watchdog = threading.Timer(80, process.kill)
    watchdog.start()
    try:
        assert process.stderr is not None and process.stdout is not None
        told = ""
        for line in process.stderr:
            told += line
            if "shape.py: 1 found" in line:
                os.kill(process.pid, signal.SIGINT)
                break
        out, _ = process.communicate(timeout=120)
    finally:
        watchdog.cancel()
        process.kill()
        process.wait(30)
    assert process.returncode == 130, told
    value = json.loads(out)
    assert [item["title"] for item in value["findings"]] == ["Area adds"]
    assert value["complete"] is False and value["errors"][0]["code"] == "interrupted"
    models.wait_idle(60)
    assert value["cost_usd"] == pytest.approx(models.bill, rel=0.5) and value["cost_usd"] > 0


def test_every_scope_has_its_option(shop: Path) -> None:
    (shop / "orders" / "new.py").write_text("def load(x):\n    return eval(input(x))\n")
    git(shop, "add", "-A")
    places = {}
    for options in (("--staged",), ("--diff", "HEAD"), ("--base", "HEAD"), ()):
        value = run("review", *options, "--static", "--format", "json", cwd=shop, env=NO_MODEL).json("review")
        places[options] = [item["path"] for item in value["findings"]]
    assert set(map(tuple, places.values())) == {("orders/new.py",)}
    git(shop, "commit", "-qm", "two")
    commit = run("review", "--commit", "HEAD", "--static", "--format", "json", cwd=shop).json("review")
    assert [item["path"] for item in commit["findings"]] == ["orders/new.py"]
    whole = run("review", "--workspace", "--static", "--format", "json", cwd=shop).json("review")
    assert len({item["path"] for item in whole["findings"]}) > 1
    machine = run("review", "--machine", cwd=shop)
    assert machine.code == 0 and "Nothing to review in what models wrote here." in machine.err


def test_what_a_model_wrote_is_reviewed_and_nothing_else(work: Path, models: ModelServer) -> None:
    (work / "mine.py").write_text("def mine(a):\n    return a\n")
    edit = {"path": "shape.py", "line": 2, "old": "w + h", "new": "w * h - 0 * w", "reason": "product"}
    models.answer(json.dumps({"assumptions": [], "edits": [edit]}), "multiply")
    scripted(models)
    assert run("edit", "shape.py", "multiply", "--apply", cwd=work, env=keys(models)).code == 0
    done = run("review", "--machine", "--format", "json", cwd=work, env=keys(models))
    (row,) = done.json("review")["units"]
    assert (row["path"], row["name"], row["how"]) == ("shape.py", "area", "asked")
    assert "GPT-5.5" in row["why"]
    again = run("review", "--machine", "--format", "json", cwd=work, env=keys(models)).json("review")
    assert [one["how"] for one in again["units"]] == ["known"] and again["cost_usd"] == 0
