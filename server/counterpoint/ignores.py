"""Which paths a workspace ignores, with git's semantics. Reads ignore files, so callers use threads.

Sources, weakest first: the user's own `git/ignore`, `.git/info/exclude`, and each folder's `.gitignore`
from the top of the repository down, also where the workspace is only a folder of it. Apart from these, and
undone by none of them, the `.counterpoint/ignore` of each folder: of the workspace, of what it is part of,
and of a repository within it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from counterpoint.globs import Globs

_MAX_BYTES = 1_000_000
OWN_FILE = ".counterpoint/ignore"


@dataclass(frozen=True, slots=True)
class Level:
    """Patterns of one ignore file; `above` is the part of a path, from the top, that they do not see. Those
    of a `final` one are undone by nobody."""

    above: str
    globs: Globs
    final: bool = False


def compiled(lines: Iterable[str]) -> Globs:
    """Patterns for this system. Windows and macOS do not tell case apart in file names, and git follows."""
    return Globs(lines, ignore_case=sys.platform in ("win32", "darwin"))


class Ignores:
    """Decides for one workspace. Ignore files are read again when they have changed."""

    def __init__(self, root: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._root = root
        self._top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
        inner = root.relative_to(self._top).as_posix()
        self._prefix = "" if inner == "." else f"{inner}/"
        self._shared = (_user_file(environ), _exclude_file(self._top / ".git"))
        self._read: dict[Path, tuple[tuple[int, int], Globs | None]] = {}

    def ignored(self, path: str) -> str | None:
        """Name of the ignore file that covers a workspace-relative path, or None."""
        own = self._globs(self._root / OWN_FILE)
        if own and own.covers(path):
            return OWN_FILE
        levels = self.outer()
        parts = f"{self._prefix}{path}".split("/")
        for count in range(1, len(parts) + 1):
            here, folder = "/".join(parts[:count]), count < len(parts)
            if _barred(levels, here, folder=folder):
                return OWN_FILE
            if _covered(levels, here, folder=folder):
                return ".gitignore"
            if folder:
                levels = self._entered(levels, f"{here}/")
        return None

    def outer(self) -> tuple[Level, ...]:
        """Levels in force at the top of the repository."""
        found = tuple(Level("", globs) for file in self._shared if file and (globs := self._globs(file)))
        return self._entered(found, "")

    def levels_at_root(self) -> tuple[Level, ...] | None:
        """Levels in force in the workspace's root folder; None if it is itself ignored."""
        levels = self.outer()
        parts = self._prefix.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            here = "/".join(parts[:count])
            if _covered(levels, here, folder=True):
                return None
            levels = self._entered(levels, f"{here}/")
        return levels

    def covered(self, levels: tuple[Level, ...], path: str, *, folder: bool) -> bool:
        """True if the levels, or `.counterpoint/ignore`, cover a workspace-relative path.

        Its folders must be known not to be ignored.
        """
        return self.covered_with(self.own(), levels, path, folder=folder)

    def own(self) -> Globs | None:
        """Patterns of `.counterpoint/ignore`."""
        return self._globs(self._root / OWN_FILE)

    def covered_with(self, own: Globs | None, levels: tuple[Level, ...], path: str, *, folder: bool) -> bool:
        """As `covered`, for walks, which need not look for `.counterpoint/ignore` at each of their files."""
        if own and own.verdict(path, folder=folder):
            return True
        return _covered(levels, f"{self._prefix}{path}", folder=folder)

    def entered(self, levels: tuple[Level, ...], folder: str) -> tuple[Level, ...]:
        """Levels inside a workspace-relative folder, which ends in `/`."""
        return self._entered(levels, f"{self._prefix}{folder}")

    def _entered(self, levels: tuple[Level, ...], folder: str) -> tuple[Level, ...]:
        here = self._top / folder
        if own := self._globs(here / OWN_FILE):
            levels = (*levels, Level(folder, own, final=True))
        globs = self._globs(here / ".gitignore")
        return (*levels, Level(folder, globs)) if globs else levels

    def _globs(self, file: Path) -> Globs | None:
        try:
            status = file.stat()
            stamp = (status.st_mtime_ns, status.st_size)
        except (OSError, ValueError):
            self._read.pop(file, None)
            return None
        kept = self._read.get(file)
        if kept is None or kept[0] != stamp:
            kept = (stamp, _read_globs(file))
            self._read[file] = kept
        return kept[1]


def _barred(levels: Sequence[Level], path: str, *, folder: bool) -> bool:
    """Whether a file that nobody undoes covers a path."""
    return any(one.final and one.globs.verdict(path[len(one.above) :], folder=folder) for one in levels)


def _covered(levels: Sequence[Level], path: str, *, folder: bool) -> bool:
    """The deepest file with a matching pattern decides; in it, the last such pattern."""
    if _barred(levels, path, folder=folder):
        return True
    for level in reversed(levels):
        if level.final:
            continue
        verdict = level.globs.verdict(path[len(level.above) :], folder=folder)
        if verdict is not None:
            return verdict
    return False


def _read_globs(file: Path) -> Globs | None:
    try:
        if not file.is_file():
            return None
        with file.open("rb") as stream:
            text = stream.read(_MAX_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return None
    return compiled(text.split("\n"))


def _user_file(environ: Mapping[str, str]) -> Path | None:
    if base := environ.get("XDG_CONFIG_HOME"):
        return Path(base, "git", "ignore")
    try:
        return Path.home() / ".config" / "git" / "ignore"
    except RuntimeError:
        return None


def _exclude_file(git: Path) -> Path | None:
    """`info/exclude` of the repository; in a linked worktree `.git` is a file that names the folder."""
    try:
        if git.is_dir():
            return git / "info" / "exclude"
        named = git.read_text("utf-8").removeprefix("gitdir:").strip()
        folder = (git.parent / named).resolve()
        common = folder / "commondir"
        shared = (folder / common.read_text("utf-8").strip()).resolve() if common.is_file() else folder
        return shared / "info" / "exclude"
    except (OSError, ValueError):
        return None
