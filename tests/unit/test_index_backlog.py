"""A second look at the files while a build runs does not begin the build anew."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from counterpoint.index.indexer import Indexer
from counterpoint.project import Project

FILES = 60


def _workspace(folder: Path) -> Path:
    root = folder / "work"
    root.mkdir()
    for number in range(FILES):
        file = root / f"part{number}.py"
        file.write_text(f"def part{number}():\n    return {number}\n" * 50)
        os.utime(file, (1_000_000_000, 1_000_000_000.5))
    return root


def _step_until(indexer: Indexer, stage: str, until: float) -> list[int]:
    """Work until a stage is reached; the totals told on the way."""
    totals = []
    while (now := indexer.progress).stage != stage:
        totals.append(now.total)
        indexer.step(wait=0.05)
        assert time.monotonic() < until
    return totals


@pytest.mark.parametrize("jobs", [1, 2])
def test_files_under_way_are_read_once(tmp_path: Path, jobs: int) -> None:
    home = {"COUNTERPOINT_HOME": str(tmp_path / "home")}
    indexer = Indexer(Project(_workspace(tmp_path)), environ=home, jobs=jobs)
    indexer.open()
    try:
        indexer.sweep()
        until = time.monotonic() + 60
        _step_until(indexer, "reading", until)
        indexer.sweep()
        totals = _step_until(indexer, "idle", until)
        assert max(totals) == FILES
        assert len(indexer.symbols.paths()) == FILES
    finally:
        indexer.close()


def test_a_file_that_changed_meanwhile_is_read_again(tmp_path: Path) -> None:
    root = _workspace(tmp_path)
    home = {"COUNTERPOINT_HOME": str(tmp_path / "home")}
    indexer = Indexer(Project(root), environ=home, jobs=2)
    indexer.open()
    try:
        indexer.sweep()
        until = time.monotonic() + 60
        _step_until(indexer, "reading", until)
        (root / "part7.py").write_text("def changed_meanwhile():\n    return 7\n")
        indexer.sweep()
        indexer.run()
        assert [
            place.path for place in indexer.symbols.defined(["changed_meanwhile"])["changed_meanwhile"]
        ] == ["part7.py"]
    finally:
        indexer.close()


def test_a_burst_of_changes_is_looked_at_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = _workspace(tmp_path)
    (root / "folder").mkdir()
    (root / "folder" / "inner.py").write_text("x = 1\n")
    indexer = Indexer(Project(root), environ={"COUNTERPOINT_HOME": str(tmp_path / "home")}, jobs=1)
    indexer.open()
    try:
        indexer.sweep()
        indexer.run()
        for number in range(FILES):
            (root / f"part{number}.py").write_text("y = 2\n")
        (root / "folder" / "inner.py").unlink()
        (root / "folder").rmdir()
        monkeypatch.setattr("counterpoint.index.indexer._STEP", 0.0)
        indexer.touched([*(f"part{number}.py" for number in range(FILES)), "folder"])
        steps, until = 0, time.monotonic() + 60
        while indexer.progress.stage != "reading":
            indexer.step()
            steps += indexer.progress.stage == "looking"
            assert time.monotonic() < until
        assert steps >= FILES  # a question can be answered between two of them
        indexer.run()
        assert len(indexer.symbols.paths()) == FILES
    finally:
        indexer.close()
