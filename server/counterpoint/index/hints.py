"""What is said to have changed, gathered until the burst is over."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

_QUIET, _QUIET_BURST, _LONGEST, _LONGEST_GIT = 0.1, 0.3, 2.0, 10.0
"""Seconds without news after which a change, and a burst, is looked at; and how long it may go on."""
_BURST, _MANY = 25, 4_000


class Hints:
    """Paths that may have changed. Hints are added by any thread, and taken by one.

    While git holds its lock, as during a switch of branches, it is waited for.
    """

    def __init__(self, root: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._locks = _git_locks(root)
        self._guard = threading.Lock()
        self._paths: dict[str, None] = {}
        self._all = self._at_once = False
        self._first = self._last = 0.0

    def add(self, paths: Iterable[str]) -> None:
        """Workspace-relative paths of files or folders that may have changed."""
        with self._guard:
            self._now()
            self._paths.update(dict.fromkeys(paths))
            if len(self._paths) > _MANY:
                self._all = True

    def everything(self, *, at_once: bool = False) -> None:
        """Anything may have changed: events were lost, or nobody watches."""
        with self._guard:
            self._now()
            self._all = True
            self._at_once = self._at_once or at_once

    def _now(self) -> None:
        self._last = self._clock()
        if not self._paths and not self._all:
            self._first = self._last

    def due(self) -> float | None:
        """Seconds until the hints should be taken, 0 at once; None if there are none."""
        with self._guard:
            if not self._paths and not self._all:
                return None
            if self._at_once:
                return 0.0
            quiet = _QUIET_BURST if len(self._paths) > _BURST else _QUIET
            first, last, now = self._first, self._last, self._clock()
        if now - first < _LONGEST_GIT and any(lock.exists() for lock in self._locks):
            return _QUIET
        return max(0.0, min(last + quiet, first + _LONGEST) - now)

    def take(self) -> list[str] | None:
        """The paths, or None for everything. Nothing is left."""
        with self._guard:
            found, everything = list(self._paths), self._all
            self._paths, self._all, self._at_once = {}, False, False
        return None if everything else found


def _git_locks(root: Path) -> tuple[Path, ...]:
    top = next((folder for folder in (root, *root.parents) if (folder / ".git").exists()), None)
    if top is None:
        return ()
    git = top / ".git"
    try:
        if git.is_file():
            git = (top / git.read_text("utf-8").removeprefix("gitdir:").strip()).resolve()
    except (OSError, ValueError):
        return ()
    return (git / "index.lock", git / "HEAD.lock")
