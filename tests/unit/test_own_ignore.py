"""`.counterpoint/ignore` holds wherever the workspace is opened: as a part of a repository, and round one."""

from __future__ import annotations

from pathlib import Path

import pytest

from counterpoint.project import Project


@pytest.mark.parametrize("opened", ["", "work", "work/proj", "work/proj/shop"])
def test_a_folders_own_ignore_file_holds_for_all_below_it(tmp_path: Path, opened: str) -> None:
    shop = tmp_path / "work" / "proj" / "shop"
    shop.mkdir(parents=True)
    (tmp_path / "work" / "proj" / ".git").mkdir()
    own = tmp_path / "work" / "proj" / ".counterpoint"
    own.mkdir()
    (own / "ignore").write_text("hidden.py\n")
    (shop / ".gitignore").write_text("!hidden.py\n")
    for name in ("hidden.py", "seen.py"):
        (shop / name).write_text("x = 1\n")
    project = Project(tmp_path / opened)
    assert project.read(str(shop / "hidden.py")) is None
    assert project.why_not(str(shop / "hidden.py")) == "ignored by .counterpoint/ignore"
    assert project.read(str(shop / "seen.py")) is not None
    assert {Path(path).name for path in project.paths()} == {"seen.py"}
