"""Places to run the command line in, and the models it talks to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from tests.e2e.cli.running import WRONG, git
from tests.modelserver import ModelServer


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of the bundled sample, as a git repository."""
    root = tmp_path / "shop"
    with as_file(files("counterpoint") / "sample") as sample:
        shutil.copytree(sample, root, ignore=shutil.ignore_patterns("__pycache__"))
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "x")
    return root


@pytest.fixture
def work(tmp_path: Path) -> Path:
    root = tmp_path / "work"
    root.mkdir()
    (root / "shape.py").write_text(WRONG)
    return root


@pytest.fixture
def models() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server
