"""Reads what has changed from git. A repository's own configuration must not get to run commands through us.

Arguments are fixed, no shell is used, and what git could start on behalf of the repository is switched off:
file system monitors, hooks, external diffs, text conversions, filters, transports, lazy fetches.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from counterpoint.errors import UsageError
from counterpoint.paths import program

_SAFE = (
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.pager=cat"),
    *("-c", "core.quotePath=false"),
    *("-c", "protocol.allow=never"),
    *("-c", "submodule.recurse=false"),
    # A folder of plain files may pass for a repository, with a configuration that somebody has committed.
    *("-c", "safe.bareRepository=explicit"),
)
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
_DIFF = (
    "diff",
    "--no-ext-diff",
    "--no-textconv",
    "--no-color",
    "--unified=0",
    "--find-renames",
    "--no-prefix",
)
_HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Changed:
    """A file that differs, and its 1-based changed lines first..last in the new version; None: all of it.

    `hunks` are the changed lines one by one, `diff` git's own text about the file, without context.
    `old_path` is what the file was called on the other side, "" for a file that was not there.
    """

    path: str
    lines: tuple[int, int] | None
    hunks: tuple[tuple[int, int], ...] = ()
    diff: str = ""
    old_path: str = ""


class Git:
    """git in one work tree. All methods raise UsageError where git cannot answer."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._overrides: Mapping[str, str] | None = None

    def check(self, fix: str = "Name the files to review, or use --workspace.") -> None:
        """Make sure there is a work tree; `fix` says what to do where there is none."""
        if self._process("rev-parse", "--is-inside-work-tree").stdout.strip() != b"true":
            raise UsageError(f"{self.root} is no git work tree, so nothing tells what has changed.", fix=fix)

    def changed(self, *arguments: str) -> tuple[Changed, ...]:
        """Files that `git diff ARGUMENTS` names, without deleted ones, relative to the root."""
        text = self._run(*_DIFF, "--diff-filter=d", "--relative", *arguments, "--")
        return tuple(_parsed(text))

    def names(self, *arguments: str) -> tuple[tuple[str, str, str], ...]:
        """What `git diff ARGUMENTS` names: a letter for what became of it, its path, and the one before where
        that is another."""
        command = ("diff", "--no-ext-diff", "--no-textconv", "--name-status", "-z", "--find-renames")
        words = iter(self._run(*command, "--relative", *arguments, "--").split("\0"))
        rows = []
        for word in filter(None, words):
            old = next(words) if word[0] in "RC" else ""
            rows.append((word[0], next(words), old))
        return tuple(rows)

    def log(self, count: int, form: str, since: str = "HEAD") -> str:
        """The last commits below the root as `git log --raw -z` prints them, merges included and renames as a
        file that goes and one that comes; "" before the first commit. No file is read."""
        names = ("log", f"-{count}", "--no-show-signature", "--no-notes", "--no-color", "--no-decorate")
        raw = ("--no-ext-diff", "--no-textconv", "--no-renames", "--no-abbrev", "--raw", "-z", "--relative")
        run = self._process(*names, *raw, f"--format={form}", "--end-of-options", since, "--", ".")
        return run.stdout.decode("utf-8", "surrogateescape") if run.returncode == 0 else ""

    def deleted(self, *arguments: str) -> tuple[str, ...]:
        """Files that are gone, as `git diff ARGUMENTS` tells; a renamed one is not."""
        names = ("diff", "--no-ext-diff", "--name-only", "-z", "--find-renames", "--diff-filter=D")
        found = self._run(*names, "--relative", *arguments, "--")
        return tuple(path for path in found.split("\0") if path)

    def untracked(self) -> tuple[str, ...]:
        """Files that git does not know and does not ignore."""
        found = self._run("ls-files", "--others", "--exclude-standard", "-z")
        return tuple(path for path in found.split("\0") if path)

    def read(self, revision: str, path: str) -> bytes | None:
        """A file in a commit, or in the index for an empty revision; None if it is not there."""
        run = self._process("cat-file", "blob", f"{revision}:./{path}")
        return run.stdout if run.returncode == 0 else None

    def commit(self, reference: str) -> str:
        """The id of the commit a reference names."""
        run = self._process("rev-parse", "--verify", "--quiet", "--end-of-options", f"{reference}^{{commit}}")
        name = run.stdout.decode().strip()
        if run.returncode != 0 or not name:
            raise UsageError(f"{reference} names no commit.", fix="Give a branch, a tag or a commit id.")
        return name

    def merge_base(self, reference: str) -> str:
        """Where the current branch left another."""
        run = self._process("merge-base", self.commit(reference), "HEAD")
        if run.returncode != 0:
            raise UsageError(f"This branch and {reference} have nothing in common.", fix="Use --diff REF.")
        return run.stdout.decode().strip()

    def parent(self, commit: str) -> str:
        """The first parent of a commit, the empty tree for a first commit."""
        run = self._process("rev-parse", "--verify", "--quiet", f"{commit}^")
        return run.stdout.decode().strip() or self._empty()

    def head(self) -> str:
        """The commit that the work tree stands on, the empty tree before the first one."""
        run = self._process("rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return run.stdout.decode().strip() or self._empty()

    def branch(self) -> str:
        """The branch that is checked out; "" for none, as outside of a repository."""
        run = self._process("symbolic-ref", "--quiet", "--short", "HEAD")
        return run.stdout.decode("utf-8", "replace").strip() if run.returncode == 0 else ""

    def author(self) -> str:
        """Who commits here, as git is configured: "Name <address>", the name alone, or ""."""
        found = [self._process("config", f"user.{one}") for one in ("name", "email")]
        name, address = (run.stdout.decode("utf-8", "replace").strip() for run in found)
        return f"{name} <{address}>" if name and address else name or address

    def _empty(self) -> str:
        return self._run("hash-object", "-t", "tree", os.devnull).strip()

    def prefix(self) -> str:
        """The root as seen from the top of the work tree, with a `/` at the end; "" for the top itself."""
        return self._run("rev-parse", "--show-prefix").removesuffix("\n")

    def differing(self) -> tuple[str, ...]:
        """Files below the root that are not as in the commit the work tree stands on, gone ones too."""
        names = ("diff", "--no-ext-diff", "--no-textconv", "--name-only", "-z", "--no-renames", "--relative")
        found = self._run(*names, "HEAD", "--")
        return (*(path for path in found.split("\0") if path), *self.untracked())

    def add_worktree(self, folder: Path, revision: str = "HEAD") -> None:
        """Check a commit, by default the current one, out into a new folder. No hook and no filter is run."""
        self._run("worktree", "add", "--detach", "--quiet", str(folder), revision)

    def stand_on(self, revision: str) -> None:
        """Make this work tree what a commit says, whatever was in it: for copies, not the user's own."""
        self._run("checkout", "--detach", "--force", "--quiet", self.commit(revision), "--")
        self._run("clean", "-d", "--force", "--quiet")

    def remove_worktree(self, folder: Path) -> None:
        """Take such a folder away, whatever has been done in it, and forget it."""
        self._run("worktree", "remove", "--force", str(folder))

    def base_branch(self) -> str | None:
        """The branch this one most likely left: the remote's default, else main or master."""
        run = self._process("symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD")
        names = [run.stdout.decode().strip()] if run.returncode == 0 else []
        for name in (*names, "origin/main", "origin/master", "main", "master"):
            check = self._process("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
            if name and check.returncode == 0:
                return name
        return None

    def _run(self, *arguments: str) -> str:
        run = self._process(*arguments)
        if run.returncode != 0:
            said = run.stderr.decode("utf-8", "replace").strip().splitlines()
            raise UsageError(
                f"git could not tell what has changed: {said[-1] if said else 'no reason given'}.",
                fix="Run it inside a git work tree, or name the files to review.",
            )
        return run.stdout.decode("utf-8", "surrogateescape")

    def _process(self, *arguments: str) -> subprocess.CompletedProcess[bytes]:
        if self._overrides is None:
            self._overrides = self._without_filters()
        return self._start(*arguments, overrides=self._overrides)

    def _start(
        self, *arguments: str, overrides: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.CompletedProcess[bytes]:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("GIT_EXTERNAL", "GIT_PAGER")) and not name.upper().endswith("_API_KEY")
        }
        git = program("git")
        if git is None:
            raise UsageError("git is not installed.", fix="Install git, or name the files to review.")
        try:
            return subprocess.run(
                [git, *_SAFE, "--no-pager", *arguments],
                cwd=self.root,
                env={**environment, **_ENVIRONMENT, **_as_environment(overrides)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise UsageError(f"git took over {_SECONDS} s.", fix="Name the files to review.") from None

    def _without_filters(self) -> dict[str, str]:
        """Filters that the repository's own configuration defines are commands: none of them is run. It has a
        second file, `config.worktree`."""
        rows = self._start(
            *("config", "--show-scope", "--includes", "--name-only", "-z", "--get-regexp", r"^filter\.")
        )
        words = iter(rows.stdout.decode("utf-8", "surrogateescape").split("\0"))
        names = [name for scope, name in zip(words, words, strict=False) if scope in ("local", "worktree")]
        commands = {name: "" for name in names if name.endswith((".clean", ".smudge", ".process"))}
        return commands | {name: "false" for name in names if name.endswith(".required")}


def _as_environment(overrides: Mapping[str, str]) -> dict[str, str]:
    """Settings for git in its environment. As an argument, a name with a `=` in it would be cut there."""
    given = int(count) if (count := os.environ.get("GIT_CONFIG_COUNT", "")).isdecimal() else 0
    found = {"GIT_CONFIG_COUNT": str(given + len(overrides))} if overrides else {}
    for at, (name, value) in enumerate(overrides.items(), given):
        found |= {f"GIT_CONFIG_KEY_{at}": name, f"GIT_CONFIG_VALUE_{at}": value}
    return found


def _parsed(text: str) -> Iterator[Changed]:
    """Read a diff without context: the files, and the hull of the changed lines of each."""
    rows: list[str] = []
    for row in text.split("\n"):
        if row.startswith("diff --git ") and rows:
            yield from _file(rows)
            rows = []
        rows.append(row)
    yield from _file(rows)


def _file(rows: Sequence[str]) -> Iterator[Changed]:
    """One file's part of a diff. A file whose text is as it was, or none, has no name line and no place."""
    at = next((number for number, row in enumerate(rows) if row.startswith("+++ ")), 0)
    if not at:
        return
    old, path = (_unquoted(row[4:].rstrip("\t")) for row in rows[at - 1 : at + 1])
    lines = []
    for found in filter(None, map(_HUNK.match, rows[at + 1 :])):
        first, count = int(found[1]), int(found[2] or 1)
        lines.append((max(1, first), max(1, first + count - 1)))
    yield Changed(path, _hull(lines), tuple(lines), "\n".join(rows), "" if old == "/dev/null" else old)


def _hull(lines: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    return (min(first for first, _ in lines), max(last for _, last in lines)) if lines else None


def _unquoted(name: str) -> str:
    """git puts odd names in quotes with C escapes; their bytes are UTF-8."""
    if not (name.startswith('"') and name.endswith('"')):
        return name
    inner = name[1:-1].encode("utf-8", "surrogateescape").decode("latin-1")
    raw = re.sub(r"\\([0-7]{3}|.)", lambda found: _character(found[1]), inner)
    return raw.encode("latin-1", "replace").decode("utf-8", "surrogateescape")


def _character(escape: str) -> str:
    if len(escape) == 3:
        return chr(int(escape, 8))
    return {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}.get(escape, escape)
