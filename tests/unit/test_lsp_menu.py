"""Which reviews fit a place, what has changed in a document, and what git says, without a wire."""

from __future__ import annotations

import asyncio
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoint import passes
from counterpoint.lsp import menu
from counterpoint.lsp.menu import AtHand, Place, entries, more
from counterpoint.lsp.review_scope import hunks_between
from counterpoint.lsp.trees import NOTHING, Tree, Trees, committed, marks_of, read_tree
from counterpoint.reviewing.machine import Offered
from counterpoint.text import Document, Span

USUAL = ("correctness", "security")
WROTE = Offered(("GPT-5.5",), 3, 400, ("shop.py",))


def _place(path: str = "shop.py", text: str = "def a():\n    return 1\n", *, selected: bool = False) -> Place:
    document = Document.of(path, text, "python")
    argument = {"uri": f"file:///{path}", "range": {}}
    return Place(document, Span(0, 8 if selected else 0), selected, argument)


def _note(characters: int, asks: int, effort: str) -> str:
    return f"Opus 4.7, ${asks * (1 if effort == menu.QUICK else 2):.2f}"


def _at_hand(**changed: Any) -> AtHand:
    return AtHand(**{"passes": passes.known(), "usual": USUAL, **changed})


def _names(found: Any) -> list[str]:
    return [one.name for one in found]


def test_the_likeliest_come_first() -> None:
    tree = Tree(True, "c0", {"shop.py": 3})
    known = _at_hand(tree=tree, machine=WROTE)
    assert _names(entries(_place(selected=True), known, _note))[:4] == [
        "selection", "machine", "changes", "file",
    ]  # fmt: skip
    assert _names(entries(_place(), _at_hand(), _note))[0] == "file"
    elsewhere = _at_hand(tree=Tree(True, "c0", {"other.py": 3}))
    assert "changes" not in _names(entries(_place(), elsewhere, _note))


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [
        ("tests/test_shop.py", "def test_a():\n    assert 1\n", "tests"),
        ("shop.py", "import threading\n\nlock = threading.Lock()\n", "concurrency"),
    ],
)
def test_a_pass_that_fits_the_file_is_offered(path: str, text: str, name: str) -> None:
    assert name in _names(entries(_place(path, text), _at_hand(), _note))[: menu.LISTED]


def test_titles_end_with_model_price_and_time() -> None:
    found = {one.name: one for one in entries(_place(), _at_hand(machine=WROTE), _note)}
    assert found["machine"].title == "Review what GPT-5.5 wrote (3 places, Opus 4.7, $2.00)"
    assert found["file"].title == "Review file: correctness, security (Opus 4.7, $2.00)"
    silent = next(iter(entries(_place(), _at_hand(), lambda *given: "")))
    assert silent.title == "Review file: correctness, security"


def test_more_lists_quick_and_deep_apart_and_every_scope() -> None:
    tree = Tree(True, "c0", {"shop.py": 3, "b.py": 1}, {"b.py": 1}, "origin/main")
    found = {one.name: one for one in more(_place(), _at_hand(tree=tree, symbol="a"), _note)}
    assert found["quick"].argument["effort"] == menu.QUICK and "$1.00" in found["quick"].title
    assert found["deep"].argument["effort"] == menu.DEEP and "$2.00" in found["deep"].title
    assert found["symbol"].title.startswith("Review a: ")
    assert {"changes", "staged", "branch", "commit", "workspace", *passes.SHIPPED} - {"prose"} <= found.keys()
    assert found["branch"].argument["ref"] == "origin/main"
    assert all(found[name].argument["confirm"] for name in ("branch", "commit", "workspace"))
    assert "2 files" in found["changes"].title
    assert "staged" not in _names(more(_place(), _at_hand(), _note))


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n"]), max_size=12)


@given(LINES, LINES)
def test_hunks_are_the_lines_that_differ(before: list[str], now: list[str]) -> None:
    found = hunks_between(before, now)
    assert bool(found) == (before != now)
    touched = {line for first, last in found for line in range(first, last + 1)}
    kept = [line for number, line in enumerate(now) if number not in touched]
    rest = iter(before)
    assert all(line in rest for line in kept), "what no hunk names stood there, in this order"
    assert all(0 <= first <= last < max(1, len(now)) for first, last in found)


def test_what_is_too_much_to_compare_is_one_hunk() -> None:
    before = [f"{number}\n" for number in range(3_000)]
    now = [f"{number + 1}x\n" for number in range(3_000)]
    assert hunks_between(before, now) == ((0, 2_999),)


def _git(root: Path, *arguments: str) -> None:
    who = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    subprocess.run(["git", *who, *arguments], cwd=root, check=True, timeout=60, capture_output=True)


def test_git_is_read_into_a_tree(tmp_path: Path) -> None:
    root = tmp_path.as_posix()
    assert read_tree(root).git is False
    assert marks_of(root) == (0, 0, 0) and not committed(root)
    (tmp_path / "a.py").write_text("a = 1\n")
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "One"]):
        _git(tmp_path, *command)
    assert committed(root)
    marks = marks_of(root)
    assert all(marks)
    _git(tmp_path, "checkout", "-q", "-b", "feature")
    assert marks_of(root) != marks and not committed(root)
    (tmp_path / "a.py").write_text("a = 1\nb = 2\n")
    (tmp_path / "new.py").write_text("c = 3\n")
    found = read_tree(root)
    assert (found.changed, found.staged, found.base) == ({"a.py": 1, "new.py": 1}, {}, "")
    _git(tmp_path, "add", "-A")
    assert read_tree(root).staged == {"a.py": 1, "new.py": 1}
    _git(tmp_path, "commit", "-q", "-m", "Two")
    assert read_tree(root).base == "main"
    linked = tmp_path / "linked"
    _git(tmp_path, "worktree", "add", "-q", linked.as_posix())
    assert all(marks_of(linked.as_posix())[:2])


def test_unsaved_files_count_as_changed_where_there_is_git() -> None:
    assert Tree(True, "c", {"a.py": 2}).with_unsaved(["a.py", "b.py"]).changed.keys() == {"a.py", "b.py"}
    assert NOTHING.with_unsaved(["a.py"]).changed == {}


@pytest.mark.asyncio
async def test_many_wishes_are_one_look_and_a_change_is_told() -> None:
    looks: list[str] = []

    def read(root: str) -> Tree:
        looks.append(root)
        return Tree(True, f"c{len(looks)}", at=time.monotonic() - 60)

    told: list[tuple[str, str]] = []
    trees = Trees(read)
    trees.on_change = lambda root, before, now: told.append((before.head, now.head))
    for _ in range(5):
        trees.look("/w")
    async with asyncio.timeout(20):
        assert (await trees.settled("/w")).head == "c1"
        assert told == [], "the first look tells nothing new"
        trees.look("/w")
        assert (await trees.settled("/w")).head == "c2"
    assert looks == ["/w", "/w"] and told == [("c1", "c2")]
    trees.close()
