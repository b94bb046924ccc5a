"""Diffs of long files: what both sides begin and end with is not compared, and what comes out is the same."""

from __future__ import annotations

import difflib
import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from counterpoint.diffs import unified

LINES = [f"line {n}" for n in range(1, 201)]


def text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def with_lines(at: int, gone: int, *new: str) -> str:
    return text([*LINES[:at], *new, *LINES[at + gone :]])


def plain(before: str, after: str) -> str:
    """What the comparison of all lines says."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", one) for one in (before, after))
    return "".join(difflib.unified_diff(old, new, "a/x.py", "b/x.py"))


def made(before: str, patch: str) -> str:
    """The text after a patch, as git makes it."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "x.py")
        file.write_bytes(before.encode())
        command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", "-"]
        subprocess.run(command, cwd=folder, input=patch.encode(), check=True, timeout=30)
        return file.read_bytes().decode()


@pytest.mark.parametrize(
    "after",
    [
        with_lines(100, 1, "other"),
        with_lines(100, 0, "one", "two"),
        with_lines(100, 2),
        with_lines(0, 0, "first"),
        with_lines(0, 1),
        with_lines(1, 1, "other"),
        with_lines(198, 1, "other"),
        with_lines(200, 0, "last"),
        with_lines(199, 1),
        text([*LINES[:20], "x", *LINES[21:150], "y", *LINES[150:]]),
        text([*LINES[:40], *LINES[36:]]),
    ],
)
def test_a_change_of_a_long_file_reads_as_ever(after: str) -> None:
    before = text(LINES)
    assert unified("x.py", before, after) == plain(before, after)
    assert unified("x.py", after, before) == plain(after, before)


def test_line_numbers_are_those_of_the_whole_file() -> None:
    diff = unified("x.py", text(LINES), with_lines(100, 0, "one", "two"))
    assert "@@ -98,6 +98,8 @@\n line 98\n" in diff


def test_only_what_differs_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[int] = []
    whole = difflib.unified_diff

    def counted(old: list[str], new: list[str], first: str, second: str) -> Iterator[str]:
        seen.append(len(old))
        return whole(old, new, first, second)

    monkeypatch.setattr(difflib, "unified_diff", counted)
    before = "".join(f"{n}\n" for n in range(50_000))
    unified("x.py", before, before.replace("25000\n", "other\n"))
    assert len(seen) == 1 and seen[0] < 100


FEW = st.lists(st.sampled_from(["", "}", "x", "y", "\tz"]), max_size=30)
SAME = st.one_of(FEW, st.just(["}", ""] * 30), st.just(LINES[:40]))


@settings(max_examples=150, deadline=None)
@given(SAME, FEW, FEW, SAME, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_git_makes_the_new_text_of_every_diff(
    head: list[str], old: list[str], new: list[str], tail: list[str], end: str, open_end: bool
) -> None:
    before, after = (end.join([*head, *some, *tail, ""]) for some in (old, new))
    if open_end:
        after = after.removesuffix(end)
    patch = unified("x.py", before, after)
    assert patch or before == after
    if patch and before and after:
        assert made(before, patch) == after
