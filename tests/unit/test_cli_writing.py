"""Changes written to disk and taken back: byte for byte, with rights, moves and deletions, or not at all."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from counterpoint.answers import FileChange
from counterpoint.cli import writing
from counterpoint.diffs import diffs_of
from counterpoint.errors import UsageError
from counterpoint.project import Project
from counterpoint.text import Edit, Span

RAW: dict[str, bytes] = {
    "plain.py": b"one\ntwo\nthree\n",
    "windows.py": b"\xef\xbb\xbfone\r\ntwo\r\n",
    "open.py": b"one\ntwo",
    "mac.py": b"one\rtwo\r",
    "latin.py": "# caf\xe9\ntwo\n".encode("latin-1"),
    "wide.py": b"\xff\xfe" + "one\ntwo\n".encode("utf-16-le"),
    'odd name "q" é.py': b"one\ntwo\n",
    "tool.py": b"#!/usr/bin/env python\ntwo\n",
    "empty.py": b"",
}


def tree(root: Path) -> dict[str, tuple[bytes, bool]]:
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), bool(path.stat().st_mode & 0o100))
        for path in root.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def place(root: Path) -> Path:
    root.mkdir(parents=True)
    for name, raw in RAW.items():
        (root / name).write_bytes(raw)
    (root / "tool.py").chmod(0o755)
    return root


def edited(project: Project, path: str, **more: object) -> FileChange:
    """The second line in capitals."""
    found = project.load(path)
    assert not isinstance(found, str)
    at = found.text.index("two")
    return FileChange(path, found.text, (Edit(Span(at, at + 3), "TWO"),), **more)  # type: ignore[arg-type]


def whole(project: Project) -> list[FileChange]:
    """An edit of every file, some of them moved, with one more made and one deleted."""
    return [
        *(edited(project, name) for name in RAW if name not in ("tool.py", "empty.py", "latin.py")),
        edited(project, "latin.py", moved_to="pkg/deep/latin.py"),
        edited(project, "tool.py", moved_to="bin/tool.py"),
        FileChange("empty.py", "", (), deleted=True),
        FileChange("pkg/new.py", None, (Edit(Span(0, 0), "new\n"),)),
        FileChange("pkg/empty.py", None, ()),
    ]


def applied(folder: Path, patch: Path) -> None:
    command = ["git", "-c", "core.autocrlf=false", "apply", "--whitespace=nowarn", str(patch)]
    subprocess.run(command, cwd=folder, check=True, timeout=30)


@pytest.mark.skipif(sys.platform == "win32", reason="names and rights are POSIX")
@pytest.mark.parametrize("where", ["none", "top", "below"])
def test_what_was_written_can_be_taken_back_byte_for_byte(where: str, tmp_path: Path) -> None:
    top = tmp_path / "r"
    root = place(top / "inner" if where == "below" else top)
    if where != "none":
        subprocess.run(["git", "init", "-q"], cwd=top, check=True, timeout=30)
    before = tree(root)
    project = Project(root)
    undo = writing.write(project, whole(project), "job")
    after = tree(root)
    assert after["windows.py"] == (b"\xef\xbb\xbfone\r\nTWO\r\n", False)
    assert after["wide.py"] == (b"\xff\xfe" + "one\nTWO\n".encode("utf-16-le"), False)
    assert after["pkg/deep/latin.py"] == ("# caf\xe9\nTWO\n".encode("latin-1"), False)
    assert after["bin/tool.py"] == (b"#!/usr/bin/env python\nTWO\n", True)
    assert after["pkg/new.py"] == (b"new\n", False) and after["pkg/empty.py"] == (b"", False)
    assert not {"latin.py", "tool.py", "empty.py"} & set(after)
    assert str(undo.folder) in undo.command and str(undo.patch) in undo.command
    applied(undo.folder, undo.patch)
    assert tree(root) == before


@pytest.mark.skipif(sys.platform == "win32", reason="names and rights are POSIX")
def test_what_is_kept_as_a_patch_makes_the_same_change(tmp_path: Path) -> None:
    root, other = place(tmp_path / "a"), place(tmp_path / "b")
    kept = writing.keep(Project(root), whole(Project(root)), "job")
    assert tree(root) == tree(other), "nothing was written"
    writing.write(Project(other), whole(Project(other)), "other")
    applied(kept.folder, kept.patch)
    assert tree(root) == tree(other)


def shelled(undo: writing.Undo) -> None:
    """Run what is told to be run, where it says so."""
    command, _, where = undo.command.partition(" (in ")
    subprocess.run(shlex.split(command), cwd=where.removesuffix(")"), check=True, timeout=30)


@pytest.mark.skipif(sys.platform == "win32", reason="names and rights are POSIX")
@pytest.mark.parametrize("kind", ["undo", "kept"])
def test_the_command_as_printed_keeps_line_ends_where_git_is_set_to_change_them(
    kind: str, tmp_path: Path
) -> None:
    root, other = place(tmp_path / "a"), place(tmp_path / "b")
    for one in (root, other):
        subprocess.run(["git", "init", "-q"], cwd=one, check=True, timeout=30)
        subprocess.run(["git", "config", "core.autocrlf", "true"], cwd=one, check=True, timeout=30)
    project = Project(root)
    if kind == "undo":
        shelled(writing.write(project, whole(project), "job"))
    else:
        shelled(writing.keep(project, whole(project), "job"))
        writing.write(Project(other), whole(Project(other)), "other")
    assert tree(root) == tree(other)


@pytest.mark.skipif(sys.platform == "win32", reason="names and rights are POSIX")
def test_git_applies_what_is_printed(tmp_path: Path) -> None:
    """The printed diff is text: of files in UTF-8 without a mark it says all."""
    root, other = place(tmp_path / "a"), place(tmp_path / "b")
    text = [one for one in whole(Project(root)) if one.path not in ("windows.py", "wide.py", "latin.py")]
    patch = tmp_path / "printed.patch"
    patch.write_bytes("".join(one.diff for one in diffs_of(text)).encode())
    applied(root, patch)
    writing.write(Project(other), text, "other")
    assert tree(root) == tree(other)


@pytest.mark.skipif(sys.platform == "win32", reason="links are POSIX")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    root = place(tmp_path / "r")
    (root / "link.py").symlink_to("plain.py")
    project = Project(root)
    undo = writing.write(project, [edited(project, "link.py")], "job")
    assert (root / "link.py").is_symlink()
    assert (root / "plain.py").read_bytes() == b"one\nTWO\nthree\n"
    applied(undo.folder, undo.patch)
    assert (root / "plain.py").read_bytes() == RAW["plain.py"]


def text_change(path: str, before: str | None, after: str, moved_to: str = "") -> FileChange:
    edits = (Edit(Span(0, len(before or "")), after),)
    return FileChange(path, before, edits, moved_to=moved_to)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([text_change("plain.py", "old\n", "x\n")], "has changed meanwhile"),
        ([text_change("plain.py", None, "x\n")], "exists by now"),
        ([text_change("open.py", "one\ntwo", "x\n", "plain.py")], "exists by now"),
        ([text_change("../b.py", None, "x\n")], "outside the workspace"),
        ([text_change("open.py", "one\ntwo", "x\n", "../b.py")], "outside the workspace"),
    ],
)
def test_nothing_is_written_if_anything_has_moved_on(
    changes: Sequence[FileChange], said: str, tmp_path: Path
) -> None:
    root = place(tmp_path / "root")
    before = tree(root)
    project = Project(root)
    with pytest.raises(UsageError, match=said):
        writing.write(project, [edited(project, "wide.py"), *changes], "job")
    assert tree(root) == before
    assert not (tmp_path / "b.py").exists()


def test_what_cannot_be_written_whole_is_put_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = place(tmp_path / "root")
    before = tree(root)
    project = Project(root)
    (root / "blocked").write_bytes(b"a file where a folder is to be")
    changes = [*whole(project), FileChange("blocked/new.py", None, (Edit(Span(0, 0), "x"),))]
    with pytest.raises(UsageError, match="blocked"):
        writing.write(project, changes, "job")
    found = tree(root)
    del found["blocked"]
    assert found == before
