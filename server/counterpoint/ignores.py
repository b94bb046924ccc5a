"""Which paths a workspace ignores, with git's semantics. Reads ignore files, so callers use threads.

Sources, weakest first: the user's own `git/ignore`, `.git/info/exclude`, and each folder's `.gitignore`
from the top of the repository down, also where the workspace is only a folder of it. Apart from these, and
never able to undo them, `.counterpoint/ignore` at the root of the workspace.
"""

from __future__ import annotations

import os
import re
import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

_MAX_BYTES = 1_000_000
OWN_FILE = ".counterpoint/ignore"


@dataclass(frozen=True, slots=True)
class Level:
    """Patterns of one ignore file; `above` is the part of a path, from the top, that they do not see."""

    above: str
    spec: GitIgnoreSpec


def compiled(lines: Sequence[str]) -> GitIgnoreSpec:
    """Patterns as git reads them; a line that is no pattern is left out, as git does."""
    from pathspec import GitIgnoreSpec

    with warnings.catch_warnings():  # `[[]` is a fine glob, but Python warns of it as a regular expression
        warnings.simplefilter("ignore", FutureWarning)
        try:
            return GitIgnoreSpec.from_lines(_fold(line) for line in lines)
        except (ValueError, re.error):
            return GitIgnoreSpec.from_lines(_fold(line) for line in lines if is_pattern(line))


def matches(spec: GitIgnoreSpec, path: str) -> bool:
    """True if patterns, seen from the root, cover the file or a folder above it. No negation from below."""
    parts = path.split("/")
    folders = ("/".join(parts[:count]) + "/" for count in range(1, len(parts)))
    return any(spec.check_file(_fold(part)).include for part in (*folders, path))


class Ignores:
    """Decides for one workspace. Ignore files are read again when they have changed."""

    def __init__(self, root: Path, environ: Mapping[str, str] = os.environ) -> None:
        self._root = root
        self._top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), root)
        inner = root.relative_to(self._top).as_posix()
        self._prefix = "" if inner == "." else f"{inner}/"
        self._shared = (_user_file(environ), _exclude_file(self._top / ".git"))
        self._read: dict[Path, tuple[tuple[int, int], GitIgnoreSpec | None]] = {}

    def ignored(self, path: str) -> str | None:
        """Name of the ignore file that covers a workspace-relative path, or None."""
        own = self._spec(self._root / OWN_FILE)
        if own and matches(own, path):
            return OWN_FILE
        levels = self.outer()
        parts = f"{self._prefix}{path}".split("/")
        for count in range(1, len(parts) + 1):
            here = "/".join(parts[:count]) + ("/" if count < len(parts) else "")
            if _covered(levels, here):
                return ".gitignore"
            if count < len(parts):
                levels = self._entered(levels, here)
        return None

    def outer(self) -> tuple[Level, ...]:
        """Levels in force at the top of the repository."""
        found = tuple(Level("", spec) for file in self._shared if file and (spec := self._spec(file)))
        return self._entered(found, "")

    def levels_at_root(self) -> tuple[Level, ...] | None:
        """Levels in force in the workspace's root folder; None if it is itself ignored."""
        levels = self.outer()
        parts = self._prefix.split("/")[:-1]
        for count in range(1, len(parts) + 1):
            here = "/".join(parts[:count]) + "/"
            if _covered(levels, here):
                return None
            levels = self._entered(levels, here)
        return levels

    def covered(self, levels: tuple[Level, ...], path: str) -> bool:
        """True if the levels, or `.counterpoint/ignore`, cover a path whose folders are not ignored.

        `path` is workspace-relative and ends in `/` for a folder.
        """
        own = self._spec(self._root / OWN_FILE)
        if own and own.check_file(_fold(path)).include:
            return True
        return _covered(levels, f"{self._prefix}{path}")

    def entered(self, levels: tuple[Level, ...], folder: str) -> tuple[Level, ...]:
        """Levels inside a workspace-relative folder, which ends in `/`."""
        return self._entered(levels, f"{self._prefix}{folder}")

    def _entered(self, levels: tuple[Level, ...], folder: str) -> tuple[Level, ...]:
        spec = self._spec(self._top / folder / ".gitignore")
        return (*levels, Level(folder, spec)) if spec else levels

    def _spec(self, file: Path) -> GitIgnoreSpec | None:
        try:
            status = file.stat()
            stamp = (status.st_mtime_ns, status.st_size)
        except (OSError, ValueError):
            self._read.pop(file, None)
            return None
        kept = self._read.get(file)
        if kept is None or kept[0] != stamp:
            kept = (stamp, _read_spec(file))
            self._read[file] = kept
        return kept[1]


def _covered(levels: Sequence[Level], path: str) -> bool:
    """The deepest file with a matching pattern decides; in it, the last such pattern."""
    for level in reversed(levels):
        verdict = level.spec.check_file(_fold(path[len(level.above) :])).include
        if verdict is not None:
            return verdict
    return False


def _read_spec(file: Path) -> GitIgnoreSpec | None:
    try:
        if not file.is_file():
            return None
        with file.open("rb") as stream:
            text = stream.read(_MAX_BYTES).decode("utf-8-sig", "replace")
    except OSError:
        return None
    return compiled(text.split("\n"))


def is_pattern(line: str) -> bool:
    """False for a line that no file could be matched against, such as `[z-a]`."""
    from pathspec import GitIgnoreSpec

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)
            GitIgnoreSpec.from_lines([_fold(line)])
    except (ValueError, re.error):
        return False
    return True


def _fold(text: str) -> str:
    """Windows and macOS do not tell case apart in file names, and git follows them."""
    text = text.rstrip("\r")
    return text.lower() if sys.platform in ("win32", "darwin") else text


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
