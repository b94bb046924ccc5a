"""What ships for hooks and CI: it can be read, and its commands do what they say in a real repository."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.e2e.cli.running import NO_MODEL, command, environment, git, run

ROOT = Path(__file__).resolve().parents[3]
BAD = "def load(x):\n    return eval(input(x))\n"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="runs POSIX shell commands")


def hooks() -> dict[str, Any]:
    """The rows of `.pre-commit-hooks.yaml` by id."""
    return {row["id"]: row for row in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))}


def shell(words: str) -> str:
    """A command line in which `counterpoint` is the one under test."""
    first, *rest = shlex.split(words)
    assert first == "counterpoint"
    return shlex.join(command(*rest))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository whose hook is the static one that ships, as pre-commit would run it."""
    git(tmp_path, "init", "-q")
    hook = tmp_path / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nexec {shell(hooks()['counterpoint']['entry'])}\n")
    hook.chmod(0o755)
    return tmp_path


def commit(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    return subprocess.run(
        ["git", *who, "commit", "-qm", "x", *options],
        cwd=root, env=environment(NO_MODEL), capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip


def test_the_hook_stops_a_commit_and_lets_a_clean_one_pass(repository: Path) -> None:
    (repository / "a.py").write_text(BAD)
    git(repository, "add", "-A")
    refused = commit(repository)
    assert refused.returncode == 1 and "py-eval-of-input" in refused.stderr, "also for the very first commit"
    (repository / "a.py").write_text("def load(x):\n    return x\n")
    git(repository, "add", "-A")
    (repository / "a.py").write_text(BAD)  # not staged, so not of this commit
    assert commit(repository).returncode == 0
    assert commit(repository, "--all").returncode == 1, "git stages it in an index of its own"


def test_each_hook_has_what_pre_commit_asks_for() -> None:
    found = hooks()
    assert set(found) == {"counterpoint", "counterpoint-review"}
    for row in found.values():
        assert row["language"] == "python" and row["name"] and row["description"]
        assert row["pass_filenames"] is False, "what is staged is read from git"
        words = shlex.split(row["entry"])
        assert words[:3] == ["counterpoint", "review", "--staged"]
    assert "--static" in found["counterpoint"]["entry"]


def test_the_hook_of_models_runs_the_static_rules_without_a_key(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text(BAD)
    git(tmp_path, "add", "-A")
    words = shlex.split(hooks()["counterpoint-review"]["entry"])[1:]
    done = run(*words, cwd=tmp_path, env=NO_MODEL)
    assert done.code == 1 and "(static rules only)" in done.out


def printed(what: str, cwd: Path) -> Any:
    done = run("setup", what, cwd=cwd)
    assert done.code == 0 and "Put this into" in done.err
    return yaml.safe_load(done.out)


def test_the_pre_commit_configuration_runs_what_ships(tmp_path: Path) -> None:
    (local,) = printed("pre-commit", tmp_path)["repos"]
    (hook,) = local["hooks"]
    assert hook["entry"] == hooks()["counterpoint"]["entry"]


@pytest.mark.parametrize("indent", ["", "  "])
@pytest.mark.parametrize("end", ["\n", ""])
def test_appended_to_hooks_that_are_there_it_leaves_them_in_force(
    tmp_path: Path, indent: str, end: str
) -> None:
    file = tmp_path / ".pre-commit-config.yaml"
    theirs = f"{indent}- repo: local\n{indent}  hooks:\n{indent}    - id: theirs"
    file.write_text(f"fail_fast: true\nrepos:\n# what we had\n{theirs}{end}")
    done = run("setup", "pre-commit", cwd=tmp_path)
    assert done.code == 0 and "at the end of `repos:`" in done.err and ">>" not in done.err
    file.write_text(file.read_text() + done.out)
    whole = yaml.safe_load(file.read_text())
    assert whole["fail_fast"] is True
    assert [one["hooks"][0]["id"] for one in whole["repos"]] == ["theirs", "counterpoint"]


def test_where_other_keys_follow_the_hooks_it_says_that_appending_is_wrong(tmp_path: Path) -> None:
    (tmp_path / ".pre-commit-config.yaml").write_text("repos:\n  - repo: meta\nexclude: x\n")
    done = run("setup", "pre-commit", cwd=tmp_path)
    assert yaml.safe_load(done.out)[0]["hooks"][0]["id"] == "counterpoint"
    assert "do not append with >>" in done.err


def test_the_workflow_reviews_a_branch_of_a_fork_as_it_says(tmp_path: Path) -> None:
    job = printed("github", tmp_path)
    assert job["permissions"] == {"contents": "read"}
    steps = job["jobs"]["review"]["steps"]
    (step,) = [one for one in steps if "counterpoint review" in one.get("run", "")]
    for one in steps:  # what others choose, such as the name of a branch, must not become a command
        assert "${{" not in one.get("run", "")
    saves = next(one for one in steps if one.get("uses", "").startswith("actions/cache/save"))
    assert saves["if"] == "always()", "a review that fails the build was paid for too"

    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.py").write_text("x = 1\n")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    git(tmp_path, "update-ref", "refs/remotes/origin/main", "HEAD")
    git(tmp_path, "checkout", "-qb", "feature")
    (tmp_path / "b.py").write_text(BAD)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "two")
    bin_ = tmp_path.parent / "bin"
    bin_.mkdir()
    (bin_ / "counterpoint").write_text(f'#!/bin/sh\nexec {shlex.join(command())} "$@"\n')
    (bin_ / "counterpoint").chmod(0o755)
    env = {
        **environment(NO_MODEL),
        **{name: str(value) for name, value in job["env"].items()},
        **dict.fromkeys(("ANTHROPIC_API_KEY", "OPENAI_API_KEY"), ""),
        "BASE": "origin/main",
        "PATH": f"{bin_}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["bash", "-e", "-c", step["run"]],
        cwd=tmp_path, env=env, capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "::notice title=Counterpoint::Only the static rules are run." in done.stdout
    assert "::error file=b.py,line=2," in done.stdout and "a.py" not in done.stdout
