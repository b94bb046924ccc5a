"""Which files changed together in git, as weights. Reads the log of names only, never a file's content.

A repository's own configuration must not get to run commands through us: arguments are fixed, no shell is
used, and what git could start on behalf of a repository while it lists commits is switched off: signature
checks, pagers, hooks, file system monitors, external diffs, transports and with them lazy fetches.
Where there is no git, no repository or no commit there is no history, which is not an error.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from counterpoint.errors import UsageError
from counterpoint.paths import program

COMMITS = 3000
SECONDS = 5.0

_SAFE = (
    *("-c", "core.fsmonitor=false"),
    *("-c", f"core.hooksPath={os.devnull}"),
    *("-c", "core.pager=cat"),
    *("-c", "protocol.allow=never"),
    *("-c", "submodule.recurse=false"),
    *("-c", "log.showSignature=false"),
    *("-c", f"gpg.program={os.devnull}"),
    *("-c", "diff.ignoreSubmodules=all"),
)
_KEPT = frozenset(
    {"GIT_CEILING_DIRECTORIES", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM"}
    | {"GIT_EXEC_PATH"}
)
"""What of the user's git environment still holds. The rest would point git elsewhere, or name commands."""
_ENVIRONMENT = {
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "LC_ALL": "C",
}
_LOG = (
    "log",
    *("--no-merges", "--no-show-signature", "--no-notes", "--no-color", "--no-decorate"),
    *("--no-ext-diff", "--no-textconv", "--no-renames", "--no-abbrev", "--relative"),
    *("--raw", "-z", "--format=tformat:%x01%ct"),
)
_REVISION = re.compile(r"[A-Za-z0-9_][\w./@{}^~-]*")
_WIDEST = 60
"""Commits of more files say nothing of any two of them: reformatting, renaming, licence headers."""
_HALF_LIFE = 1000
"""After so many commits what changed together counts half."""
_SPREAD = 0.75
_SECOND = 0.2
"""What a file that goes with a file that goes with this one weighs, against one that does itself."""
_BRIDGES = 8
RECENT = 0.005
"""What a file weighs for having changed just now, with whatever."""
_RECENT_SECONDS = 30 * 86_400
"""The age at which a file weighs half of that."""


class Commit(NamedTuple):
    """The files a commit changed, by the names they bear now, and how many it changed in all."""

    time: int
    size: int
    paths: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """The last commits of a repository, newest first. `complete` is false if the time ran out."""

    commits: tuple[Commit, ...] = ()
    complete: bool = True
    _touching: Mapping[str, Sequence[int]] = field(init=False, repr=False, compare=False)
    _recent: Mapping[str, float] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        touching: dict[str, list[int]] = defaultdict(list)
        for number, commit in enumerate(self.commits):
            for path in commit.paths:
                touching[path].append(number)
        newest = max((commit.time for commit in self.commits), default=0)
        recent: dict[str, float] = {}
        for commit in self.commits:
            if commit.size <= _WIDEST:
                weight = RECENT / (1.0 + max(0, newest - commit.time) / _RECENT_SECONDS)
                for path in commit.paths:
                    recent.setdefault(path, weight)
        object.__setattr__(self, "_touching", dict(touching))
        object.__setattr__(self, "_recent", recent)

    def with_path(self, path: str) -> Mapping[str, float]:
        """Weights in 0..1 of the files that changed together with one: 1 would be every time it changed.

        Small and recent commits weigh more. Files known only through a third have a small weight, and
        every other file that changed lately one of at most `RECENT`.
        """
        direct = self._direct(path)
        weights = {other: share for other, share in self._recent.items() if other != path}
        for other, weight in direct.items():
            weights[other] = weights.get(other, 0.0) + weight
        bridges = sorted(direct.items(), key=lambda item: -item[1])[:_BRIDGES]
        for bridge, weight in bridges:
            for other, second in self._direct(bridge).items():
                if other != path:
                    weights[other] = weights.get(other, 0.0) + _SECOND * weight * second
        return weights

    def commits_with(self, path: str) -> Mapping[str, int]:
        """In how many commits each other file changed together with one, those of very many left out."""
        commits = (self.commits[number] for number in self._touching.get(path, ()))
        return Counter(
            other for one in commits if one.size <= _WIDEST for other in one.paths if other != path
        )

    def _direct(self, path: str) -> dict[str, float]:
        numbers = self._touching.get(path, ())
        total = 0.0
        weights: dict[str, float] = defaultdict(float)
        for number in numbers:
            commit = self.commits[number]
            worth = 0.5 ** (number / _HALF_LIFE)
            total += worth
            if not 2 <= commit.size <= _WIDEST:
                continue
            for other in commit.paths:
                if other != path:
                    weights[other] += worth / (commit.size - 1) ** _SPREAD
        # The one more in the total keeps a file of one or two commits from being sure of its company.
        return {other: weight / (total + 1.0) for other, weight in weights.items()}


def co_changes(
    root: Path, path: str, *, rev: str = "HEAD", commits: int = COMMITS, seconds: float = SECONDS
) -> Mapping[str, float]:
    """Weights of the files that changed together with `path` in the last commits reachable from `rev`.

    `root` is a folder of a work tree or a git directory; paths are relative to it, with `/`.
    """
    return read_history(root, rev=rev, commits=commits, seconds=seconds).with_path(path)


def read_history(
    root: Path, *, rev: str = "HEAD", commits: int = COMMITS, seconds: float = SECONDS
) -> History:
    """The last commits reachable from a revision that changed something under `root`.

    Empty where git cannot answer. What was read when the time ran out is kept. Raises UsageError for a
    revision that could be taken for an option.
    """
    if not _REVISION.fullmatch(rev):
        raise UsageError(f"{rev!r} names no commit.", fix="Give a branch, a tag or a commit id.")
    prefix, in_time = _output(root, ("rev-parse", "--show-prefix"), seconds)
    if not in_time:
        return History(complete=False)
    below = (".",) if prefix.strip() else ()
    output, in_time = _output(root, (*_LOG, f"--max-count={commits}", rev, "--", *below), seconds)
    return History(tuple(_with_present_names(_commits(output))), in_time)


def head(root: Path, *, rev: str = "HEAD", seconds: float = SECONDS) -> str:
    """The id of the commit a revision names, by which a `History` can be kept; "" if there is none."""
    if not _REVISION.fullmatch(rev):
        return ""
    output, _ = _output(root, ("rev-parse", "--verify", "--quiet", f"{rev}^{{commit}}"), seconds)
    return output.decode("ascii", "replace").strip()


class _Change(NamedTuple):
    path: str
    blob_before: str
    blob_after: str
    status: str


def _commits(output: bytes) -> Iterator[tuple[int, list[_Change]]]:
    """Parse the log: a field `\\x01TIME` a commit, then for each file one of facts and one of its name."""
    fields = iter(output.decode("utf-8", "surrogateescape").split("\0"))
    time = 0
    changes: list[_Change] | None = None
    for part in fields:
        if part.startswith("\x01"):
            if changes is not None:
                yield time, changes
            time, changes = int(part[1:] or 0), []
        elif part.lstrip("\n").startswith(":") and changes is not None:
            path = next(fields, "")
            facts = part.split()
            if path and len(facts) == 5 and facts[1] != "160000":
                changes.append(_Change(path, facts[2], facts[3], facts[4][:1]))
    if changes is not None:
        yield time, changes


def _with_present_names(log: Iterator[tuple[int, list[_Change]]]) -> Iterator[Commit]:
    """Follow renames back in time: an older name stands for the file's newest."""
    present: dict[str, str] = {}
    for time, changes in log:
        moved = _renames(changes)
        for old, new in moved.items():
            present[old] = present.get(new, new)
        names = (present.get(change.path, change.path) for change in changes)
        paths = tuple(dict.fromkeys(names))
        yield Commit(time, len(paths), paths)


def _renames(changes: Sequence[_Change]) -> dict[str, str]:
    """Old name to new of files that moved in one commit: same content, or the same name elsewhere.

    Contents are not compared, as git does: that would read them all, and fetch them in a partial clone.
    """
    gone = [change for change in changes if change.status == "D"]
    if not gone:
        return {}
    come = [change for change in changes if change.status == "A"]
    by_blob = _unique((change.blob_after, change.path) for change in come)
    by_name = _unique((change.path.rpartition("/")[2], change.path) for change in come)
    gone_names = _unique((change.path.rpartition("/")[2], change.path) for change in gone)
    found: dict[str, str] = {}
    for change in gone:
        name = change.path.rpartition("/")[2]
        new = by_blob.get(change.blob_before) or (by_name.get(name) if name in gone_names else None)
        if new:
            found[change.path] = new
    return found


def _unique(pairs: Iterator[tuple[str, str]]) -> dict[str, str]:
    """The pairs whose key occurs once."""
    found: dict[str, str] = {}
    twice: set[str] = set()
    for key, value in pairs:
        if key in found:
            twice.add(key)
        found[key] = value
    return {key: value for key, value in found.items() if key not in twice}


def _output(root: Path, arguments: Sequence[str], seconds: float) -> tuple[bytes, bool]:
    """What git prints, and whether it came to an end in time. Nothing where git fails or is not there."""
    kept = {n: v for n, v in os.environ.items() if not n.startswith("GIT_") or n in _KEPT}
    secret = {name for name in kept if name.upper().endswith("_API_KEY")}
    environment = {name: value for name, value in kept.items() if name not in secret}
    if (git := program("git")) is None:
        return b"", True
    try:
        process = subprocess.Popen(
            [git, *_SAFE, "--no-pager", *arguments],
            cwd=root,
            env={**environment, **_ENVIRONMENT},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        return b"", True
    with process:
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            return output, False
        except BaseException:
            process.kill()
            raise
    return (output, True) if process.returncode == 0 else (b"", True)
