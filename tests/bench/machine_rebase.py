"""A real `git rebase` of a branch with machine-written text onto a human's changes of the same file."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from tests.bench.machine_world import Text, together

_APART = 6
"""Lines between what both sides changed, so that git can tell them apart."""


def rebased(branch: Text, code: str, folder: Path, rng: random.Random) -> Text | None:
    """The branch's text with who wrote it after it was rebased; None where git found a conflict.

    Of the branch's commit the base lacks some lines of models and of humans; upstream adds lines of a human's
    elsewhere. What comes out is known line by line, and git's own result has to be the same text.
    """
    lines = branch.lines()
    if len(lines) < 3 * _APART:
        return None
    first = rng.randrange(len(lines))
    last = min(len(lines), first + rng.randint(1, 8))
    places = [at for at in range(len(lines) + 1) if at <= first - _APART or at >= last + _APART]
    if not places:
        return None
    above = rng.choice(places)
    new = Text.of(code)
    expected = together([*lines[:above], new, *lines[above:]])
    base = together([*lines[:first], *lines[last:]])
    moved = above if above <= first else above - (last - first)
    bare = base.lines()
    upstream = together([*bare[:moved], new, *bare[moved:]])
    found = _git_rebase(base.text, branch.text, upstream.text, folder / "repository")
    return expected if found == expected.text else None


def _git_rebase(base: str, branch: str, upstream: str, folder: Path) -> str | None:
    folder.mkdir()
    file = folder / "m.py"

    def git(*arguments: str) -> bool:
        run = subprocess.run(
            ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", *arguments],
            cwd=folder,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return run.returncode == 0

    git("init", "-q", "-b", "main")
    for name, text in (("base", base), ("branch", branch), ("upstream", upstream)):
        if name == "branch":
            git("checkout", "-q", "-b", "work")
        elif name == "upstream":
            git("checkout", "-q", "main")
        file.write_text(text, "utf-8", newline="")
        git("add", "m.py")
        git("commit", "-q", "--allow-empty", "-m", name)
    if not git("checkout", "-q", "work") or not git("rebase", "-q", "main"):
        return None
    with file.open(encoding="utf-8", newline="") as stream:
        return stream.read()
