"""`counterpoint compare` with questions out of the history and saved ones, over real git and real sockets."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.cli.running import keys, run
from tests.histories import PRICES, commit, git, shop
from tests.modelserver import ModelServer, control

FAST, SLOW = "gpt-5.5", "claude-opus-4-7"
ALL = ("--models", f"{FAST},{SLOW}", "--runs", "1", "--format", "json", "--yes")
TEST = f"{sys.executable} -m pytest -q -p no:cacheprovider"


def says(old: str, new: str) -> str:
    edit = {"path": "prices.py", "old": old, "new": new, "near_line": 11, "reason": "r", "extra": False}
    return json.dumps({"assumptions": [], "question": "", "moves": [], "deletes": [], "edits": [edit]})


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    shop(root)
    commit(root, "Greet", {"greeting.py": "LATER = 'not to be seen yesterday'\n"})
    return root


def played(models: ModelServer) -> None:
    """One model mends the fault of the history, the other one does not."""
    old = "            found += self.rows[name]\n"
    for model, new in (
        (FAST, "            found += self.rows.get(name, 0)\n"),
        (SLOW, "            found += 1\n"),
    ):
        answer: dict[str, Any] = {
            "text": says(old, new),
            "match": "prices.py",
            "model": model,
            "repeat": True,
        }
        control.script(models.state, {"answers": [answer]})


def test_a_commit_is_asked_for_again_and_its_own_tests_judge(work: Path, models: ModelServer) -> None:
    played(models)
    (work / "prices.py").write_text("# amid something\n")
    before = git(work, "status", "--porcelain"), git(work, "worktree", "list")
    done = run("compare", "edit", "--git", "3", "--test", TEST, *ALL, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    value = done.json("compare")
    (case,) = value["cases"]
    assert case["name"] == f"edit-{git(work, 'rev-parse', 'HEAD^')[:10]}"
    assert {one["model"]: one["answered"]["tests_passed"] for one in value["runs"]} == {
        FAST: True,
        SLOW: False,
    }
    assert case["told"].startswith(git(work, "rev-parse", "HEAD^")[:10]) and " 20" in case["told"]
    assert "1 case out of 3 commits" in done.err
    sent = "".join(json.dumps(one.body) for one in models.log)
    assert "Unknown names cost nothing." in sent and "found += self.rows[name]" in sent
    assert "not to be seen yesterday" not in sent and "amid something" not in sent
    assert "rows.get" not in sent  # what was done; its test is shown
    assert "11|     assert Prices().total" in sent and "lines 10-11" in sent
    assert (git(work, "status", "--porcelain"), git(work, "worktree", "list")) == before


def test_a_case_is_saved_and_asked_as_it_was(work: Path, models: ModelServer) -> None:
    played(models)
    saving = ("compare", "edit", "prices.py:8-12", "--instruction", "Unknown names cost nothing.")
    done = run(*saving, "--save", "unknown", cwd=work)
    assert done.code == 0 and "Saved as .counterpoint/cases/unknown.md" in done.err
    assert not models.log
    commit(work, "Begin anew", {"prices.py": "pass\n"})
    done = run("compare", "edit", "--case", "unknown", *ALL, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    value = done.json("compare")
    assert [one["name"] for one in value["cases"]] == ["unknown"]
    assert all(one["answered"]["tests_passed"] is None for one in value["runs"])
    every = run("compare", "edit", "--cases", "--estimate", *ALL, cwd=work, env=keys(models))
    assert every.code == 0, every.err


def test_a_cloned_repository_s_cases_decide_nothing(work: Path, models: ModelServer) -> None:
    folder = work / ".counterpoint" / "cases"
    folder.mkdir(parents=True)
    head = "task: edit\nfile: prices.py\n"
    (folder / "dear.md").write_text(f"---\n{head}models: gpt-5.5-pro\nmax_cost: 900\n---\nDo it.\n")
    (folder / "runs.md").write_text(f"---\n{head}test_command: touch ran\n---\nDo it.\n")
    done = run("compare", "edit", "--cases", *ALL, cwd=work, env=keys(models))
    assert done.code == 2 and not models.log and not (work / "ran").exists()
    assert "unknown field 'models'" in done.err and "unknown field 'test_command'" in done.err
    done = run("compare", "edit", "--case", "dear", *ALL, cwd=work, env=keys(models))
    assert done.code == 2 and "dear.md" in done.err and not models.log


def test_a_secret_is_not_saved_and_nothing_in_history_says_what_to_do(work: Path) -> None:
    (work / ".env").write_text("A=1\n")
    done = run("compare", "review", ".env", "--save", "one", cwd=work)
    assert done.code == 2 and "secrets" in done.err and not (work / ".counterpoint").exists()
    (work / "prices.py").write_text(PRICES + f"KEY = 'ghp_{'a1B2c3D4' * 4}abcd'\n")
    done = run("compare", "review", "prices.py", "--save", "one", cwd=work)
    assert done.code == 2 and "looks like a secret" in done.err
    done = run("compare", "ask", "--git", "3", *ALL, cwd=work)
    assert done.code == 2 and "edit, fix, review, complete, tests" in done.err


def test_a_model_of_no_such_name_is_told_before_the_history_is_searched(work: Path) -> None:
    done = run("compare", "edit", "--git", "3", "--models", f"{FAST},nope", cwd=work)
    assert done.code == 2 and done.err.startswith("No model is called 'nope'."), done.err


def test_a_review_of_another_day_is_the_whole_one_and_sees_that_day_only(
    work: Path, models: ModelServer
) -> None:
    """One model finds the fault that a later commit mended; the other one's claim is refuted by itself."""
    row = {"path": "prices.py", "line": 11, "quote": "self.rows[name]", "severity": "P1", "confidence": 0.9,
           "category": "logic", "title": "KeyError", "body": "b", "evidence": [], "fix": None}  # fmt: skip
    other = {**row, "line": 1, "quote": "class Prices", "severity": "P2", "title": "No words"}
    for model, finding, holds in ((FAST, row, "confirmed"), (SLOW, other, "refuted")):
        line, text = (11, "found += self.rows[name]") if model == FAST else (2, "def __init__(self)")
        quote = {"path": "prices.py", "line": line, "quote": text}
        said = {"verdicts": [{"claim": 1, "quotes": [quote], "why": "w", "holds": holds}]}
        looks = {"text": said, "match": "You take a second look at claims", "model": model, "repeat": True}
        control.answer(models.state, looks)
        control.answer(models.state, {"text": {"findings": [finding]}, "model": model, "repeat": True})
    done = run("compare", "review", "--git", "1", *ALL, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    value = done.json("compare")
    told = {one["model"]: one["answered"] for one in value["runs"]}
    assert [one["title"] for one in told[FAST]["findings"]] == ["KeyError"] and not told[SLOW]["findings"]
    assert (told[FAST]["faults_found"], told[SLOW]["faults_found"]) == (1, 0)
    assert len(models.log) == 4 and not any("not to be seen" in str(one.body) for one in models.log)


OWN = {
    "guard-prices": "---\nanswer: edits\n---\nLet unknown names cost nothing. Keep the style.\n",
    "tell-prices": "---\nanswer: prose\nscope: file\n---\nTell how prices are added up.\n",
    "find-prices": "---\nanswer: findings\nrole: deep\nscope: file\n---\nFind sums that may fail.\n",
}


def own_tasks(work: Path) -> None:
    folder = work / ".counterpoint" / "tasks"
    folder.mkdir(parents=True)
    for name, text in OWN.items():
        (folder / f"{name}.md").write_text(text)


def test_a_task_of_the_user_s_own_is_compared_by_a_saved_case_and_by_its_tests(
    work: Path, models: ModelServer
) -> None:
    own_tasks(work)
    played(models)
    (work / "prices.py").write_text(PRICES)
    saved = run(
        "compare", "guard-prices", "prices.py:8-12", "--instruction", "In total.", "--save", "one", cwd=work
    )
    assert saved.code == 0 and "counterpoint compare guard-prices --case one" in saved.err, saved.err
    text = (work / ".counterpoint" / "cases" / "one.md").read_text()
    assert "task: guard-prices" in text and "Keep the style" not in text  # the task's words stay the task's
    every = run("compare", "guard-prices", "--cases", "--estimate", *ALL, cwd=work, env=keys(models))
    assert every.json("compare_estimate")["cases"] == 1 and not models.log
    done = run("compare", "guard-prices", "--case", "one", *ALL, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    value = done.json("compare")
    assert value["task"] == "guard-prices" and [one["name"] for one in value["cases"]] == ["one"]
    assert [one["values"]["done"] for one in value["models"]] == [1, 1]
    assert {one["answered"]["changed_lines"] for one in value["runs"]} == {2}
    bodies = [str(one.body) for one in models.log]
    assert all("Keep the style." in body and "In total." in body for body in bodies) and len(bodies) == 2
    done = run("compare", "guard-prices", "prices.py:8-12", "--test", TEST, *ALL, cwd=work, env=keys(models))
    assert {one["model"]: one["answered"]["tests_passed"] for one in done.json("compare")["runs"]} == {
        FAST: True,
        SLOW: False,
    }


def test_own_tasks_of_words_and_of_findings_are_measured_by_what_they_are(
    work: Path, models: ModelServer
) -> None:
    own_tasks(work)
    row = {"path": "prices.py", "line": 11, "quote": "self.rows[name]", "severity": "P2", "confidence": 0.9,
           "category": "logic", "title": "KeyError", "body": "b", "evidence": [], "fix": None}  # fmt: skip
    control.answer(models.state, {"text": "By total.", "match": "Tell how prices", "repeat": True})
    control.answer(models.state, {"text": {"findings": [row]}, "match": "Find sums", "repeat": True})
    done = run("compare", "tell-prices", "prices.py", *ALL, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    value = done.json("compare")
    measured = {one["name"] for one in value["metrics"]}
    assert {"seconds", "cost_usd", "output_tokens", "done"} <= measured and "found" not in measured
    assert all(one["answered"]["text"] == "By total." for one in value["runs"])
    done = run("compare", "find-prices", "prices.py", *ALL, cwd=work, env=keys(models))
    value = done.json("compare")
    (found,) = value["findings"]
    assert found["title"] == "KeyError" and found["share"] == {FAST: 1, SLOW: 1}
    assert len(models.log) == 4


def test_an_own_task_that_is_none_is_told_with_what_there_is(work: Path, models: ModelServer) -> None:
    own_tasks(work)
    (work / ".counterpoint" / "tasks" / "bad.md").write_text("---\nmodel: gpt-5.5-pro\n---\nDo it.\n")
    done = run("compare", "guard", "prices.py", *ALL, cwd=work, env=keys(models))
    assert done.code == 2 and "No task is called 'guard'" in done.err and "guard-prices" in done.err
    done = run("compare", "bad", "prices.py", *ALL, cwd=work, env=keys(models))
    assert done.code == 2 and "unknown field 'model'" in done.err
    done = run("compare", "guard-prices", "--git", "2", *ALL, cwd=work, env=keys(models))
    assert done.code == 2 and "History has no questions" in done.err
    assert not models.log


def test_a_saved_completion_is_held_against_what_was_written_since(work: Path, models: ModelServer) -> None:
    for model, text in ((FAST, "return w * h"), (SLOW, "return w + h")):
        control.answer(models.state, {"text": text, "match": "area.py", "model": model, "repeat": True})
    (work / "area.py").write_text("def area(w, h):\n    \n\n\nprint(area(2, 3))\n")
    assert run("compare", "complete", "area.py:2:5", "--save", "area", cwd=work).code == 0
    (work / "area.py").write_text("def area(w, h):\n    return w * h\n\n\nprint(area(2, 3))\n")
    done = run("compare", "complete", "--case", "area", *ALL, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    said = {one["model"]: one["answered"] for one in done.json("compare")["runs"]}
    assert (said[FAST]["exact"], said[FAST]["similarity"], said[SLOW]["exact"]) == (True, 1, False)
    assert 0.8 < said[SLOW]["similarity"] < 1 and said[SLOW]["line_prefix"] == pytest.approx(9 / 12)
    assert not any("w * h" in str(one.body) for one in models.log)  # nobody was shown the answer


@pytest.mark.parametrize("kept", ["tests/**", "prices.py"])
def test_tests_that_one_vendor_may_not_see_are_shown_to_no_model(
    work: Path, models: ModelServer, clean_environment: Path, kept: str
) -> None:
    played(models)
    (clean_environment / "config.toml").write_text(f'[providers.paths]\n"{kept}" = ["openai"]\n')
    done = run("compare", "edit", "--git", "3", *ALL, cwd=work, env=keys(models))
    assert done.code == 2 and not models.log
    assert "1 (a file that may not be sent)" in done.err, done.err
