"""Small git repositories with a history, told commit by commit."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

WHO = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false")


def git(root: Path, *arguments: str, at: int = 0) -> str:
    """Run git, by default at a fixed time, so that the same history has the same ids."""
    when = f"{1_700_000_000 + 3_600 * at} +0000"
    done = subprocess.run(
        ["git", *WHO, *arguments],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
        timeout=30,
        env={**os.environ, "GIT_AUTHOR_DATE": when, "GIT_COMMITTER_DATE": when},
    )
    return done.stdout.strip()


def repository(root: Path) -> Path:
    """An empty one."""
    root.mkdir(parents=True, exist_ok=True)
    git(root, "init", "-q", "-b", "main")
    return root


def commit(root: Path, message: str, files: Mapping[str, str | None]) -> str:
    """Write files, None for one that goes, and commit them; the commit's id."""
    for path, text in files.items():
        if text is None:
            (root / path).unlink()
            continue
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    git(root, "add", "-A")
    count = int(git(root, "rev-list", "--count", "--all") or 0)
    git(root, "commit", "-q", "-m", message, at=count)
    return git(root, "rev-parse", "HEAD")


PRICES = """\
class Prices:
    def __init__(self):
        self.rows = {}

    def add(self, name, price):
        self.rows[name] = price

    def total(self, names):
        found = 0
        for name in names:
            found += self.rows[name]
        return found
"""
PRICES_TESTS = """\
from prices import Prices


def test_total():
    prices = Prices()
    prices.add("tea", 3)
    assert prices.total(["tea"]) == 3
"""
PRICES_FIXED = PRICES.replace(
    "            found += self.rows[name]\n", "            found += self.rows.get(name, 0)\n"
)
PRICES_FIXED_TESTS = (
    PRICES_TESTS
    + """

def test_total_of_unknown_names():
    assert Prices().total(["tea"]) == 0
"""
)
FIX = (
    "Fix KeyError when the total is asked for names without a price\n\n"
    "Unknown names cost nothing. Fixes #12\n"
)


def shop(root: Path) -> str:
    """A repository whose second commit mends a fault together with its test; the id of that commit."""
    repository(root)
    commit(
        root, "Add prices", {"prices.py": PRICES, "tests/test_prices.py": PRICES_TESTS, "README.md": "Shop\n"}
    )
    return commit(root, FIX, {"prices.py": PRICES_FIXED, "tests/test_prices.py": PRICES_FIXED_TESTS})
