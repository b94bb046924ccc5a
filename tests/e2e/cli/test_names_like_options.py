"""Files of a repository that are called like options of git, or of the user's test runner: they are files."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.e2e.cli.running import Ran, environment, git, keys, run
from tests.e2e.lsp.product import edits, findings
from tests.modelserver import ModelServer

PLANTED = ("--output=x", "--output=x.py", "-rf", "-rf.py", "--ext-diff.py", "-c.py", "--help.py", "@x.py")
TESTS = ("--collect-only_test.py", "-x_test.py")
CODE = "def area(w, h):\n    return w + h\n"
PROVES = "def test_nothing():\n    assert True\n"


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """All of them are committed, changed since, and one is staged."""
    root = tmp_path / "work"
    root.mkdir()
    git(root, "init", "-q", "-b", "main")
    for name in (*PLANTED, "shape.py"):
        (root / name).write_text(CODE)
    for name in TESTS:
        (root / name).write_text(PROVES)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    for name in PLANTED:
        (root / name).write_text(CODE.replace("area", "space"))
    git(root, "add", "--", "-rf.py")
    return root


def names(root: Path) -> set[str]:
    return {one.name for one in root.iterdir()}


def done(work: Path, models: ModelServer, *words: str) -> Ran:
    ran = run(*words, cwd=work, env=environment(keys(models)))
    assert ran.code in (0, 1), (words, ran.err)
    return ran


def test_they_are_reviewed_asked_about_and_changed_as_files(work: Path) -> None:
    before = names(work)
    with ModelServer() as models:
        models.answer(findings(), repeat=True)
        for scope in ((), ("--staged",), ("--commit", "HEAD"), ("--diff", "HEAD"), ("--workspace",)):
            found = done(work, models, "review", *scope, "--yes", "--format", "json").json("review")
            assert found["complete"], (scope, found["errors"])
        sent = "".join(str(record.body) for record in models.log)
        for name in ("-rf.py", "--output=x.py", "-c.py"):
            assert f"File: {name} " in sent, name
        models.reset()
        models.answer("It stands in `-rf.py:1`.", repeat=True)
        assert done(work, models, "ask", "Where is space?", "--yes").code == 0
        models.reset()
        change = {"path": "-rf.py", "line": 2, "old": "w + h", "new": "w * h"}
        models.answer(edits(change), repeat=True)
        test = f"{sys.executable} -m pytest -q -p no:cacheprovider"
        made = done(work, models, "edit", "--yes", "--apply", "--test", test, "--", "-rf.py", "Multiply")
        assert "w * h" in (work / "-rf.py").read_text(), made.err
    assert names(work) - {".counterpoint"} == before, "nothing was written by a name, and nothing deleted"
    assert not any((work.parent / name).exists() for name in ("x", "x.py"))
