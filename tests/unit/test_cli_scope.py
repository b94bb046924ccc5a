"""What a review is about: places, folders, and what real git says has changed, with nothing else run."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from counterpoint.errors import UsageError
from counterpoint.flows.mined import cases_from_git
from counterpoint.git import Git
from counterpoint.history import read_history
from counterpoint.places import Place
from counterpoint.project import Project
from counterpoint.scope import Scope, Wanted, reader, scope_of
from counterpoint.text import Document, Span


def git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True, timeout=30
    )
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "a.py").write_text("".join(f"a{n}\n" for n in range(1, 21)))
    (tmp_path / "b.py").write_text("b\n")
    (tmp_path / "notes.bin").write_bytes(b"\0\1")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "one")
    return tmp_path


def names(scope: Scope) -> dict[str, tuple[int, int]]:
    """Each unit's path with its first and last line, 1-based."""
    found = {}
    for unit in scope.units:
        document = unit.document
        last = document.position(max(unit.span.start, unit.span.end - 1))
        found[document.path] = (document.position(unit.span.start).line + 1, last.line + 1)
    return found


def replace_line(file: Path, number: int, text: str) -> None:
    lines = file.read_text().splitlines(keepends=True)
    lines[number - 1] = text
    file.write_text("".join(lines))


def test_uncommitted_changes_are_the_default_with_the_lines_that_changed(root: Path) -> None:
    replace_line(root / "a.py", 5, "five\n")
    replace_line(root / "a.py", 9, "nine\nmore\n")
    (root / "new file ü.py").write_text("n\n")
    (root / "new.png").write_bytes(b"\0")
    scope = scope_of(Wanted(), Project(root))
    assert names(scope) == {"a.py": (5, 10), "new file ü.py": (1, 1)}
    assert scope.title == "the uncommitted changes"


def test_a_clean_branch_is_compared_with_its_base(root: Path) -> None:
    assert not scope_of(Wanted(), Project(root)).units
    git(root, "checkout", "-qb", "work")
    replace_line(root / "b.py", 1, "B\n")
    git(root, "commit", "-qam", "two")
    scope = scope_of(Wanted(), Project(root))
    assert names(scope) == {"b.py": (1, 1)}
    assert "main" in scope.title
    assert names(scope_of(Wanted(base="main"), Project(root))) == {"b.py": (1, 1)}
    assert names(scope_of(Wanted(diff="main"), Project(root))) == {"b.py": (1, 1)}


def test_what_is_staged_is_read_from_the_index(root: Path) -> None:
    replace_line(root / "b.py", 1, "staged\n")
    git(root, "add", "b.py")
    (root / "b.py").write_text("not staged\n")
    scope = scope_of(Wanted(staged=True), Project(root))
    assert scope.units[0].document.text == "staged\n"
    assert reader(scope.units, Project(root))("b.py") is scope.units[0].document
    other = reader(scope.units, Project(root))("a.py")
    assert other is not None
    assert other.text.startswith("a1\n")


def test_a_commit_is_read_as_it_was(root: Path) -> None:
    first = git(root, "rev-parse", "HEAD")
    (root / "b.py").write_text("later\n")
    git(root, "commit", "-qam", "two")
    assert scope_of(Wanted(commit=first), Project(root)).units[-1].document.text == "b\n"
    assert names(scope_of(Wanted(commit="HEAD"), Project(root))) == {"b.py": (1, 1)}


def test_deleted_files_are_gone_and_renamed_ones_only_where_they_changed(root: Path) -> None:
    git(root, "rm", "-q", "b.py")
    git(root, "mv", "a.py", "c.py")
    replace_line(root / "c.py", 7, "seven\n")
    git(root, "add", "-A")
    assert names(scope_of(Wanted(staged=True), Project(root))) == {"c.py": (7, 7)}


@pytest.mark.parametrize(
    "wanted", [Wanted(diff="nope"), Wanted(base="nope"), Wanted(commit="--output=x"), Wanted(diff="-h")]
)
def test_a_reference_that_is_none_is_an_error(root: Path, wanted: Wanted) -> None:
    with pytest.raises(UsageError, match="names no commit"):
        scope_of(wanted, Project(root))


def test_outside_of_git_the_fix_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(UsageError, match=r"no git work tree.* Name the files to review"):
        scope_of(Wanted(), Project(tmp_path))
    with pytest.raises(
        UsageError, match=r"no git work tree.* Run it in a git repository, or name files to ask"
    ):
        cases_from_git(Project(tmp_path), "edit", 1)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(UsageError, match="git is not installed"):
        scope_of(Wanted(staged=True), Project(tmp_path))


def test_one_scope_at_a_time() -> None:
    with pytest.raises(UsageError, match="exclude one another"):
        Wanted(staged=True, diff="HEAD")


def test_places_and_folders(root: Path) -> None:
    (root / "pkg").mkdir()
    (root / "pkg" / "d.py").write_text("d\n")
    project = Project(root)
    places = (
        Place(root / "pkg"),
        Place(root / "a.py", (2, 3)),
        Place(root / "pkg" / "d.py"),
        Place(root / "a.py"),
    )
    scope = scope_of(Wanted(places), project)
    assert [unit.document.path for unit in scope.units] == ["pkg/d.py", "a.py", "a.py"]
    assert scope.units[1].span != scope.units[2].span
    assert {"a.py", "b.py", "pkg/d.py"} == {
        unit.document.path for unit in scope_of(Wanted((Place(root),)), project).units
    }
    assert len(scope_of(Wanted(workspace=True), project).units) == 3
    assert scope_of(Wanted((Place(root / "notes.bin"),)), project).skipped == [("notes.bin", "binary")]
    with pytest.raises(UsageError, match="20 lines"):
        scope_of(Wanted((Place(root / "a.py", (21, 22)),)), project)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_what_lies_outside_is_skipped(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("other")
    (other / "x.py").write_text("x\n")
    (root / "link").symlink_to(other)
    scope = scope_of(Wanted((Place(root / "link"), Place(other / "x.py"))), Project(root))
    assert not scope.units
    assert [reason for _, reason in scope.skipped] == ["outside the workspace"] * 2


def test_a_huge_or_private_blob_is_skipped_with_a_reason(root: Path) -> None:
    (root / "big.py").write_text("x" * 5000)
    (root / "id_rsa.py").write_text("x\n")
    git(root, "add", "-A")
    skipped = dict(scope_of(Wanted(staged=True), Project(root, max_file_bytes=1000)).skipped)
    assert skipped["big.py"] == "larger than 1,000 bytes"


@pytest.mark.skipif(sys.platform == "win32", reason="uses a shell script")
def test_a_repository_cannot_run_commands_through_us(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Everything in a repository's configuration by which plain git would start a program here."""
    folder = tmp_path_factory.mktemp("trap")
    witness = folder / "it-ran"
    script = folder / "evil"
    script.write_text(f"#!/bin/sh\ntouch '{witness}'\ncat\n")
    script.chmod(0o755)
    for name in (
        *("core.fsmonitor", "core.pager", "pager.diff", "diff.external", "core.alternateRefsCommand"),
        *("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "core.sshCommand", "core.editor"),
        *("diff.evil.command", "diff.evil.textconv"),
    ):
        git(root, "config", name, str(script))
    git(root, "config", "filter.evil.required", "true")
    (root / ".git" / "hooks").mkdir(exist_ok=True)
    for hook in ("post-index-change", "reference-transaction", "fsmonitor-watchman"):
        (root / ".git" / "hooks" / hook).write_text(script.read_text())
        (root / ".git" / "hooks" / hook).chmod(0o755)
    (root / ".gitattributes").write_text("*.py filter=evil diff=evil\n")
    replace_line(root / "a.py", 3, "three\n")
    os.utime(root / "b.py", (1, 1))
    witness.unlink(missing_ok=True)
    subprocess.run(["git", "diff"], cwd=root, capture_output=True, timeout=30)
    assert witness.exists(), "the trap does not work, so the rest would show nothing"
    witness.unlink()
    for wanted in (
        Wanted(),
        Wanted(staged=True),
        Wanted(diff="HEAD"),
        Wanted(commit="HEAD"),
        Wanted(base="main"),
    ):
        scope_of(wanted, Project(root))
    assert not witness.exists()
    assert names(scope_of(Wanted(), Project(root)))["a.py"] == (3, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="uses a shell script")
@pytest.mark.parametrize("where", ["a name with a sign in it", "the work tree's own configuration", "bare"])
def test_a_filter_is_not_run_wherever_a_repository_names_it(
    root: Path, tmp_path_factory: pytest.TempPathFactory, where: str
) -> None:
    """`bare` is a folder of committed files that passes for a repository of its own."""
    witness = tmp_path_factory.mktemp("trap") / "it-ran"
    filtered, place, here = "evil", "--local", root
    if where == "a name with a sign in it":
        filtered = "e=vil"
    else:
        if where == "bare":
            here = root / "inner"
            git(root, "clone", "-q", "--bare", str(root), "inner")
            git(here, "config", "core.bare", "false")
            git(here, "config", "core.worktree", str(here))
            git(here, "checkout", "-q", "-f", "HEAD")
        git(here, "config", "extensions.worktreeConfig", "true")
        place = "--worktree"
    git(here, "config", place, f"filter.{filtered}.clean", f"touch '{witness}'; cat")
    (here / ".gitattributes").write_text(f"*.py filter={filtered}\n")
    (here / "a.py").write_text("x = 1\n")
    subprocess.run(["git", "diff"], cwd=here, capture_output=True, timeout=30)
    assert witness.exists(), "the trap does not work, so the rest would show nothing"
    witness.unlink()
    for wanted in (Wanted(), Wanted(diff="HEAD"), Wanted(commit="HEAD")):
        with suppress(UsageError):
            scope_of(wanted, Project(here))
    read_history(here)
    assert not witness.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="such names are not allowed there")
def test_odd_names_come_through(root: Path) -> None:
    for name in ('quo"te.py', "tab\there.py", "back\\slash.py", "umläut.py", "dash -.py"):
        (root / name).write_text("x\n")
    git(root, "add", "-A")
    found = {change.path for change in Git(root).changed("--cached")}
    assert found == {'quo"te.py', "tab\there.py", "back\\slash.py", "umläut.py", "dash -.py"}


def test_a_unit_of_a_change_carries_its_hunks_and_its_diff(root: Path) -> None:
    replace_line(root / "a.py", 4, "other()\n")
    replace_line(root / "a.py", 18, "")
    (unit,) = scope_of(Wanted(), Project(root)).units
    assert unit.hunks == ((3, 3), (16, 16))
    assert "+other()" in unit.diff and "-a18" in unit.diff and "b.py" not in unit.diff


def test_the_other_side_of_a_change_is_read_under_the_name_it_had(root: Path) -> None:
    before = (root / "a.py").read_text()
    first = git(root, "rev-parse", "HEAD")
    git(root, "mv", "a.py", "moved.py")
    replace_line(root / "moved.py", 7, "seven\n")
    git(root, "rm", "-q", "b.py")
    (root / "new.py").write_text("n\n")
    git(root, "add", "-A")
    for wanted in (Wanted(staged=True), Wanted(diff="HEAD"), Wanted(base="HEAD"), Wanted()):
        scope = scope_of(wanted, Project(root))
        assert scope.before("moved.py") == before
        assert scope.before("new.py") is None
        assert scope.before("nowhere.py") is None
        assert scope.before("b.py") == "b\n"
        assert scope.gone() == ("b.py",)
    git(root, "commit", "-qm", "two")
    (root / "moved.py").write_text("later\n")
    scope = scope_of(Wanted(commit="HEAD"), Project(root))
    assert scope.before("moved.py") == before
    assert scope.gone() == ("b.py",)
    old = scope_of(Wanted(commit=first), Project(root))
    assert old.before("a.py") is None
    assert old.gone() == ()
    assert scope_of(Wanted((Place(root / "moved.py"),)), Project(root)).before("moved.py") is None
    assert {change.path: change.old_path for change in Git(root).changed(first)} == {
        "moved.py": "",  # all of its text has changed in the work tree, so it is no longer a rename
        "new.py": "",
    }


def test_a_text_that_may_not_be_read_has_no_other_side(root: Path) -> None:
    (root / "big.py").write_text("x\n" * 800)
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    (root / "big.py").write_text("x\n")
    scope = scope_of(Wanted(), Project(root, max_file_bytes=1000))
    assert names(scope) == {"big.py": (1, 1)}
    assert scope.before("big.py") is None


def test_before_the_first_commit_everything_is_new(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "a.py").write_text("a\n")
    for wanted in (Wanted(), Wanted(staged=True)):
        git(tmp_path, "add", "a.py")
        scope = scope_of(wanted, Project(tmp_path))
        assert names(scope) == {"a.py": (1, 1)}
        assert scope.before("a.py") is None


def test_a_workspace_below_the_repository_sees_its_own_names(root: Path) -> None:
    (root / "pkg").mkdir()
    (root / "pkg" / "d.py").write_text("".join(f"d{n}\n" for n in range(20)))
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    git(root, "mv", "pkg/d.py", "pkg/e.py")
    replace_line(root / "pkg" / "e.py", 1, "e\n")
    replace_line(root / "b.py", 1, "e\n")
    git(root, "add", "-A")
    scope = scope_of(Wanted(staged=True), Project(root / "pkg"))
    assert names(scope) == {"e.py": (1, 1)}
    assert (scope.before("e.py") or "").startswith("d0\n")


def test_the_author_is_the_one_git_knows(root: Path) -> None:
    git(root, "config", "user.name", "Ada")
    git(root, "config", "user.email", "ada@example.org")
    assert Git(root).author() == "Ada <ada@example.org>"


def test_what_models_wrote_is_a_scope_of_its_own(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    document = Document.of("a.py", (root / "a.py").read_text(), "python")
    found = ((document, (Span(9, 12), Span(0, 3))), (Document.of("b.py", "b\n", "python"), ()))
    scope = scope_of(Wanted(machine=True), Project(root), lambda: found)
    (unit,) = scope.units
    assert unit.ranges == (Span(0, 3), Span(9, 12))
    assert unit.span == Span(0, 12)
    assert scope.before("a.py") == document.text
    plain = Project(tmp_path_factory.mktemp("plain"))
    assert scope_of(Wanted(machine=True), plain).units == []
    assert scope_of(Wanted(machine=True), plain, lambda: found).before("a.py") is None
    with pytest.raises(UsageError, match="--machine"):
        Wanted(machine=True, staged=True)
