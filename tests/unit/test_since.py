"""What became of the files of an earlier commit: real git repositories with renames of every kind."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest

from counterpoint.flows.since import Followed, Since
from tests.histories import PRICES, commit, git, repository

OTHER = "\n".join(f"row_{number} = {number}" for number in range(30)) + "\n"


def begun(root: Path, files: Mapping[str, str | None] | None = None) -> str:
    repository(root)
    return commit(root, "Begin", files or {"prices.py": PRICES, "rows.py": OTHER})


def moved(root: Path, old: str, new: str, message: str = "Move") -> None:
    (root / new).parent.mkdir(parents=True, exist_ok=True)
    shutil.move(root / old, root / new)
    commit(root, message, {})


def names(root: Path, first: str, path: str = "prices.py") -> frozenset[str]:
    found = Followed(root).since(first).names(path)
    assert found[0] == path and len(found) == len({*found})
    return frozenset(found)


def test_a_file_has_all_names_it_had_up_to_now(tmp_path: Path) -> None:
    first = begun(tmp_path)
    moved(tmp_path, "prices.py", "vault/prices.py")
    moved(tmp_path, "vault/prices.py", "shop/money.py")
    assert names(tmp_path, first) == {"prices.py", "vault/prices.py", "shop/money.py"}
    assert names(tmp_path, first, "rows.py") == {"rows.py"}
    assert names(tmp_path, git(tmp_path, "rev-parse", "HEAD^"), "vault/prices.py") == {
        "vault/prices.py",
        "shop/money.py",
    }


def test_what_was_there_before_the_commit_is_not_followed(tmp_path: Path) -> None:
    begun(tmp_path)
    moved(tmp_path, "prices.py", "vault/prices.py")
    again = commit(tmp_path, "Another file of the old name", {"prices.py": OTHER[::-1]})
    assert names(tmp_path, again) == {"prices.py"}


def test_a_move_that_also_changes_the_file_is_followed(tmp_path: Path) -> None:
    first = begun(tmp_path)
    (tmp_path / "prices.py").write_text(PRICES + "\n    def more(self):\n        return self.rows\n")
    moved(tmp_path, "prices.py", "vault/prices.py")
    assert "vault/prices.py" in names(tmp_path, first)


def test_what_is_cut_out_of_a_file_was_in_it(tmp_path: Path) -> None:
    first = begun(tmp_path)
    commit(tmp_path, "Cut out", {"prices.py": "from vault.prices import *\n", "vault/prices.py": PRICES})
    assert "vault/prices.py" in names(tmp_path, first)


def test_a_move_in_two_steps_a_merge_and_a_move_that_is_only_staged_are_found(tmp_path: Path) -> None:
    first = begun(tmp_path / "steps")
    commit(tmp_path / "steps", "Put it there", {"vault/prices.py": PRICES})
    commit(tmp_path / "steps", "Take it away", {"prices.py": None})
    assert "vault/prices.py" in names(tmp_path / "steps", first)

    root = tmp_path / "merged"
    first = begun(root)
    git(root, "checkout", "-q", "-b", "side")
    commit(root, "Note", {"NOTE.md": "x\n"})
    git(root, "checkout", "-q", "main")
    commit(root, "Other note", {"OTHER.md": "y\n"})
    git(root, "merge", "-q", "--no-commit", "--no-ff", "side")
    moved(root, "prices.py", "vault/prices.py", "Merge side")
    moved(root, "vault/prices.py", "shop/prices.py")
    assert names(root, first) == {"prices.py", "vault/prices.py", "shop/prices.py"}

    root = tmp_path / "staged"
    first = begun(root)
    (root / "vault").mkdir()
    git(root, "mv", "prices.py", "vault/prices.py")
    assert "vault/prices.py" in names(root, first)


def test_a_workspace_below_the_top_knows_what_left_it_and_came_back(tmp_path: Path) -> None:
    first = begun(tmp_path, {"app/prices.py": PRICES, "app/rows.py": OTHER, "NOTE.md": "x\n"})
    moved(tmp_path, "app/prices.py", "lib/prices.py")
    moved(tmp_path, "lib/prices.py", "app/vault/prices.py")
    assert names(tmp_path / "app", first) == {"prices.py", "/lib/prices.py", "vault/prices.py"}


def test_the_strictest_of_all_names_decides_and_is_told(tmp_path: Path) -> None:
    since = Since(moves={"a.py": frozenset({"b.py"}), "b.py": frozenset({"c.py"})})
    guard = since.guard(lambda path, text: f"{text} is private" if path == "b.py" else None)
    assert guard("a.py", "x") == "it became b.py: x is private"
    assert guard("b.py", "x") == "x is private"
    assert guard("c.py", "x") is None
    assert since.barred(lambda path, who: who if path == "c.py" else None)("a.py", "openai") is not None


@pytest.mark.parametrize(
    ("message", "kept"),
    [
        ("Remove the leaked API key from the settings", True),
        ("Mend the start\n\nThe password was committed by mistake, so rotate it.", True),
        ("Scrub credentials", True),
        ("fix: hard-coded secret", True),
        ("Remove the total of unknown prices", False),
        ("Remove a token from the grammar", False),
        ("Ask for a password before the vault opens", False),
    ],
)
def test_a_file_of_which_a_later_commit_took_a_secret_is_kept_back(
    tmp_path: Path, message: str, kept: bool
) -> None:
    first = begun(tmp_path)
    moved(tmp_path, "prices.py", "shop/prices.py")
    last = commit(tmp_path, message, {"shop/prices.py": PRICES.replace("found = 0", "found = 1")})
    guard = Followed(tmp_path).since(first).guard(lambda path, text: None)
    assert (guard("prices.py", "") is not None) is kept
    assert guard("rows.py", "") is None
    assert Followed(tmp_path).since(last).guard(lambda path, text: None)("shop/prices.py", "") is None


def test_where_git_cannot_tell_everything_is_kept_back(tmp_path: Path) -> None:
    begun(tmp_path)
    since = Followed(tmp_path).since("0" * 40)
    assert "git cannot tell" in (since.guard(lambda path, text: None)("prices.py", "") or "")


def test_each_commit_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = begun(tmp_path)
    moved(tmp_path, "prices.py", "a.py")
    second = git(tmp_path, "rev-parse", "HEAD")
    moved(tmp_path, "a.py", "b.py")
    followed = Followed(tmp_path)
    read: list[str] = []
    renamed = followed._git.renamed

    def counted(some: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
        read.extend(some)
        return renamed(some)

    monkeypatch.setattr(followed._git, "renamed", counted)
    for revision in (second, first, second, first):
        assert followed.since(revision, ["rows.py"]).names("a.py") == ("a.py", "b.py")
    assert sorted(read) == sorted({*read}) and len(read) == 2
