"""A repository that tries each protected setting through every file it can carry, on the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from counterpoint.settings import leaves, protected_paths
from tests.e2e.cli.running import NO_MODEL, WRONG, Ran, environment, git, keys
from tests.hostile import NAMED, bad, complete, files, plant, programs
from tests.modelserver import ModelServer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="its programs are shell scripts")
SERVER = Path(__file__).parents[3] / "server"
SECRET = "sk-proj-" + "Zx81Kq" * 8
FINDING = {
    "path": "shape.py", "line": 2, "quote": "w + h", "severity": "P1", "confidence": 0.9, "category": "logic",
    "title": "Area adds", "body": "It should multiply.", "evidence": [],
    "fix": {"title": "Multiply", "edits": [
        {"path": "shape.py", "line": 2, "old": "w + h", "new": "w * h", "reason": "It is an area."}
    ]},
}  # fmt: skip
EDIT = {"assumptions": [], "edits": FINDING["fix"]["edits"]}  # type: ignore[index]
HOLDS = {"claim": 1, "quotes": [{"path": "shape.py", "line": 2, "quote": "w + h"}], "why": "So.",
         "holds": "confirmed"}  # fmt: skip


@pytest.fixture
def canary(tmp_path: Path) -> Iterator[Path]:
    """A folder in which nothing may appear."""
    folder = tmp_path / "canary"
    folder.mkdir()
    yield folder
    assert [*folder.iterdir()] == []


@pytest.fixture
def values(models: ModelServer, canary: Path) -> dict[str, Any]:
    """Bad values; their address is one where nobody listens, so that what goes there fails."""
    found = bad("http://127.0.0.1:9", canary)
    assert complete(found)
    return found


@pytest.fixture
def repository(tmp_path: Path, canary: Path) -> Path:
    root = tmp_path / "repository"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    planted = programs(canary)
    plant(root, {name: text for name, text in planted.items() if not name.startswith(".git/")})
    (root / "shape.py").write_text("def area(w, h):\n    return 0\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    plant(root, {name: text for name, text in planted.items() if name.startswith(".git/")})
    (root / "shape.py").write_text(f'{WRONG}\n\nKEY = "{SECRET}"\n')
    return root


def run(root: Path, *arguments: str, models: ModelServer | None = None) -> Ran:
    """As a console script runs it: the folder it is run in is no place to import from."""
    given = {**(keys(models) if models else NO_MODEL), "PYTHONPATH": str(SERVER)}
    done = subprocess.run(
        [sys.executable, "-P", "-m", "counterpoint", *arguments],
        cwd=root,
        env=environment(given),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=200,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def shown(root: Path) -> tuple[dict[str, Any], dict[str, set[str]]]:
    """`config show`: values in force, and refused paths by the file that named them."""
    found = run(root, "config", "show", "--format", "json").json("config")
    refused: dict[str, set[str]] = {}
    for one in found["problems"]:
        if one["kind"] == "refused":
            refused.setdefault(one["source"], set()).add(one["path"])
    return {row["path"]: row["value"] for row in found["settings"]}, refused


def defaults() -> dict[str, Any]:
    """What is in force where nobody says anything, as JSON has it; but for what the test's run sets."""
    plain = {path: leaf.default for path, leaf in leaves().items() if leaf.protected}
    return {**json.loads(json.dumps(plain, default=dict)), "keys.keyring": False}


def in_force(found: dict[str, Any]) -> dict[str, Any]:
    return {path: found[path] for path in protected_paths()}


def test_no_file_sets_what_is_protected_and_each_that_tries_is_named(
    repository: Path, values: dict[str, Any]
) -> None:
    plant(repository, files(values))
    found, refused = shown(repository)
    assert in_force(found) == defaults()
    assert refused == {name: set(protected_paths()) for name in NAMED}


def test_all_files_at_once_change_no_answer_and_run_nothing(
    repository: Path, values: dict[str, Any], models: ModelServer
) -> None:
    plant(repository, files(values))
    (repository / ".counterpoint" / "ignore").unlink()  # it may narrow what is sent
    models.answer(json.dumps({"findings": [FINDING]}), match="You review code", repeat=True)
    models.answer(json.dumps({"verdicts": [HOLDS]}), match="second look", repeat=True)
    models.answer(json.dumps(EDIT), match="Multiply", repeat=True)
    models.answer("It adds (shape.py:2).", match="Question:", repeat=True)
    ran = run(repository, "review", "--yes", "--format", "json", models=models)
    assert ran.code == 1, ran.err
    assert [one["status"] for one in ran.json("review")["findings"]] == ["verified"]
    for source in NAMED:
        assert all(f"settings: {source}: {path} was refused" in ran.err for path in protected_paths()), source
    assert run(repository, "edit", "shape.py:1-2", "Multiply", "--yes", models=models).code == 0
    assert run(repository, "refactor", "shape.py:1-2", "Multiply", "--yes", models=models).code == 0
    assert run(repository, "ask", "What does area do?", "--yes", models=models).code == 0
    assert run(repository, "route", "edit", models=models).code == 0
    assert run(repository, "index", models=models).code == 0
    for cases in (("--cases",), ("--git", "1"), ("shape.py:1-2", "--instruction", "Multiply")):
        compared = run(repository, "compare", "edit", *cases, "--runs", "1", "--yes", models=models)
        assert compared.code in (0, 2), compared.err
    assert compared.code == 0 and "gpt-5.5" in compared.out.lower()
    checked = run(repository, "doctor", models=models)
    assert checked.code == 3 and "passes/evil.md: its front matter" in checked.out
    assert f"endpoint openai: {models.openai_url}, by OPENAI_BASE_URL" in checked.out
    asked = [record for record in models.log if record.method == "POST"]
    assert {record.model for record in asked} == {"gpt-5.5", "claude-opus-4-7"}
    assert all(record.key == "good" and "x-copy-to" not in record.headers for record in asked)
    assert SECRET not in str([record.body for record in asked])


def test_agreement_is_not_given_by_a_repository(
    repository: Path, values: dict[str, Any], models: ModelServer
) -> None:
    """Nor is the vendor's address: to send code to where it would really go, the user is asked."""
    plant(repository, files(values))
    (repository / ".counterpoint" / "ignore").unlink()
    done = subprocess.run(
        [sys.executable, "-P", "-m", "counterpoint", "edit", "shape.py:1-2", "Multiply"],
        cwd=repository,
        env=environment(
            {
                "PYTHONPATH": str(SERVER),
                "OPENAI_API_KEY": "sk-none",
                "OPENAI_BASE_URL": "https://192.0.2.1/v1",
            }
        ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 2
    assert "has not been allowed to go to" in done.stderr
