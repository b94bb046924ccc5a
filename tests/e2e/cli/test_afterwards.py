"""What became of what the command line wrote or printed, as the user's own git leaves it: `costs` tells."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

from tests.e2e.cli.running import NO_MODEL, WRONG, git, keys, run
from tests.e2e.lsp.product import edits
from tests.modelserver import ModelServer

RIGHT = {"path": "shape.py", "line": 2, "old": "w + h", "new": "w * h"}


def outcomes(work: Path) -> list[dict[str, Any]]:
    found = run("costs", "--format", "json", cwd=work, env=NO_MODEL).json("costs")["outcomes"]
    names = ("task", "model", "jobs", "kept", "undone")
    return [{name: one[name] for name in names} for one in found]


def edited(work: Path, *options: str) -> str:
    """`edit`, by a model that says the right thing; what it prints, both ways."""
    (work / "shape.py").write_text(WRONG)
    git(work, "init", "-q")
    with ModelServer() as models:
        models.answer(edits(RIGHT), repeat=True)
        done = run("edit", "shape.py", "Multiply", "--yes", *options, cwd=work, env=keys(models))
    assert done.code == 0, done.err
    return done.err if options else done.out


def test_the_undo_patch_applied_by_git_undoes_the_job(tmp_path: Path) -> None:
    said = re.search(r"To undo: (git .*) \(in (.*)\)", edited(tmp_path, "--apply").replace("\n", " "))
    assert said is not None
    one = {"task": "edit", "model": "gpt-5.5", "jobs": 1}
    assert outcomes(tmp_path) == [{**one, "kept": 1, "undone": 0}]
    subprocess.run(shlex.split(said[1]), cwd=said[2], check=True, timeout=30)
    assert (tmp_path / "shape.py").read_text() == WRONG
    assert outcomes(tmp_path) == [{**one, "kept": 0, "undone": 1}]


def test_a_printed_patch_counts_once_it_is_applied(tmp_path: Path) -> None:
    patch = edited(tmp_path)
    assert outcomes(tmp_path) == []
    subprocess.run(["git", "apply"], input=patch, text=True, cwd=tmp_path, check=True, timeout=30)
    assert outcomes(tmp_path) == [{"task": "edit", "model": "gpt-5.5", "jobs": 1, "kept": 1, "undone": 0}]
