"""What git says of each workspace, kept at hand: menus and triggers ask here, never git itself.

It is read in a thread after files were opened, saved or changed on disk, and when a look at the two files
that a commit and a staging write shows that they were written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from counterpoint.errors import UsageError

_LEAST_SECONDS = 2.0
"""Time between two readings of one workspace: saving all files is one change, not twenty."""
_FEW = 10
"""Lines taken for changed in a file that was not saved yet."""
_MARKS = ("HEAD", "index", "logs/HEAD")


@dataclass(frozen=True, slots=True)
class Tree:
    """A work tree at one moment. Lines changed by path, against the last commit and in the index; `base` is
    the branch this one left, "" if there is none or nothing was committed since. `git` is False where there
    is no work tree."""

    git: bool = False
    head: str = ""
    changed: Mapping[str, int] = field(default_factory=dict)
    staged: Mapping[str, int] = field(default_factory=dict)
    base: str = ""
    at: float = 0.0

    def lines(self, path: str) -> int:
        """Changed lines of a file, 0 for one that is as committed."""
        return self.changed.get(path, 0)

    def with_unsaved(self, paths: Iterable[str]) -> Tree:
        """The same with files that were changed in the editor alone; how much, nobody has counted."""
        new = {path: _FEW for path in paths if path not in self.changed}
        return replace(self, changed={**self.changed, **new}) if self.git and new else self


NOTHING = Tree()


class Trees:
    """One for a session; touched by the event loop only. `read` does the work, in a thread."""

    def __init__(self, read: Callable[[str], Tree] | None = None) -> None:
        self._read = read or read_tree
        self.on_change: Callable[[str, Tree, Tree], None] = lambda root, before, now: None
        """Called with what was known of a workspace and what is known now, where the two differ."""
        self._known: dict[str, Tree] = {}
        self._reading: dict[str, asyncio.Task[None]] = {}
        self._wanted: set[str] = set()

    def at_hand(self, root: str) -> Tree:
        """What is known, which may be nothing yet."""
        return self._known.get(root, NOTHING)

    def look(self, root: str) -> None:
        """Read a workspace anew soon; calls that come meanwhile are one."""
        self._wanted.add(root)
        if root not in self._reading:
            task = asyncio.ensure_future(self._soon(root))
            self._reading[root] = task
            task.add_done_callback(lambda _: self._reading.pop(root, None))

    async def settled(self, root: str) -> Tree:
        """What is known once the reading under way has ended."""
        if root in self._reading:
            await asyncio.wait([self._reading[root]])
        return self.at_hand(root)

    def close(self) -> None:
        for task in self._reading.values():
            task.cancel()

    async def _soon(self, root: str) -> None:
        while root in self._wanted:
            before = self.at_hand(root)
            wait = before.at + _LEAST_SECONDS - time.monotonic() if before.at else 0.0
            if wait > 0:
                await asyncio.sleep(wait)
            self._wanted.discard(root)
            now = await asyncio.to_thread(self._read, root)
            self._known[root] = now
            if before.at and replace(before, at=now.at) != now:
                self.on_change(root, before, now)


def read_tree(root: str) -> Tree:
    """Ask git. Runs it: call it in a thread. A folder that git cannot tell about is no work tree."""
    from counterpoint.git import Git

    git = Git(Path(root))
    try:
        git.check()
        head = git.head()
        changed = {one.path: _lines(one.hunks) for one in git.changed(head)}
        changed.update(dict.fromkeys(git.untracked(), 1))
        staged = {one.path: _lines(one.hunks) for one in git.changed("--cached")}
        branch = git.base_branch()
        base = branch if branch and git.merge_base(branch) != head else ""
    except UsageError:
        return Tree(at=time.monotonic())
    return Tree(True, head, changed, staged, base or "", time.monotonic())


def _lines(hunks: tuple[tuple[int, int], ...]) -> int:
    return max(1, sum(last - first + 1 for first, last in hunks))


def marks_of(root: str) -> tuple[int, ...]:
    """When the files were written that a commit and a staging write; all 0 where there is no work tree.

    Looks at the disk: call it in a thread.
    """
    folder = _git_folder(Path(root))
    return tuple(written(folder / name) if folder else 0 for name in _MARKS)


def committed(root: str) -> bool:
    """Whether the last thing that moved the branch was a commit. Reads the disk: call it in a thread."""
    folder = _git_folder(Path(root))
    if folder is None:
        return False
    try:
        lines = (folder / "logs" / "HEAD").read_bytes()[-4096:].decode("utf-8", "replace").strip().split("\n")
    except OSError:
        return False
    return lines[-1].rpartition("\t")[2].startswith("commit")


def _git_folder(root: Path) -> Path | None:
    """The folder with the index of the work tree that holds `root`. A linked work tree has a file that names
    it."""
    for above in (root, *root.parents):
        found = above / ".git"
        if found.is_dir():
            return found
        try:
            text = found.read_text("utf-8")
        except (OSError, UnicodeDecodeError):
            continue
        named = text.removeprefix("gitdir:").strip()
        return Path(above, named) if text.startswith("gitdir:") and named else None
    return None


def written(file: Path) -> int:
    """When a file was last written, in nanoseconds since 1970; 0 if it is not there."""
    try:
        return file.stat().st_mtime_ns
    except OSError:
        return 0
