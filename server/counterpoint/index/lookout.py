"""`Lookout`: finds out which files changed, from hints and from walks, in small pieces."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from counterpoint.ignores import Ignores
from counterpoint.index.backlog import Backlog
from counterpoint.index.catalogue import Catalogue
from counterpoint.index.hints import Hints
from counterpoint.index.scan import Scan, Source, decides
from counterpoint.index.sweep import Sweep
from counterpoint.project import Project


class Lookout:
    """What is hinted at is looked at, and what turns out to be changed or gone goes into the backlog."""

    def __init__(self, project: Project, environ: Mapping[str, str] = os.environ) -> None:
        self._project = project
        self._ignores = Ignores(project.root, environ)
        self._sweep: Sweep | None = None
        self._names: list[str] = []
        self._folders: list[str] = []
        self.hints = Hints(project.root)
        self.skipped: Counter[str] = Counter()
        """Files and folders left out by the last whole walk, by reason."""
        self.trouble = ""

    @property
    def looking(self) -> bool:
        """True while a walk is under way."""
        return self._sweep is not None or bool(self._names or self._folders)

    def restart(self) -> None:
        """Give up what is under way, and look at everything."""
        self._sweep, self._names, self._folders = None, [], []
        self.hints.everything(at_once=True)

    def advance(self, catalogue: Catalogue, backlog: Backlog, seconds: float) -> bool:
        """Look for about so many seconds. False if there is nothing to look at now."""
        if not self.looking:
            if self.hints.due() != 0:
                return False
            names = self.hints.take()
            if not self._project.root.is_dir():
                return True  # a drive that is not there just now is no reason to forget everything
            if names is None or any(decides(name) for name in names):
                self._folders = [""]
            else:
                self._names = names[::-1]
            return True
        if self._names:
            self._hinted(catalogue, backlog, time.monotonic() + seconds)
            return True
        if self._sweep is None:
            self._sweep = Sweep(Scan(self._project, self._ignores), self._folders.pop())
        if self._sweep.advance(catalogue, seconds):
            self._swept(self._sweep, catalogue, backlog)
            self._sweep = None
        return True

    def _hinted(self, catalogue: Catalogue, backlog: Backlog, until: float) -> None:
        scan = Scan(self._project, self._ignores)
        known, begun = catalogue.folders(), backlog.folders()
        while self._names:
            name = self._names.pop()
            found = scan.look(name)
            below: list[str] = []
            if found == "folder":
                self._folders.append(name)
            else:
                if name in known:
                    below += (*catalogue.below(name), *_below(catalogue.left_out, name))
                if name in begun:
                    below += backlog.below(name)
            backlog.remove(path for path in (name, *below) if catalogue.has(path) or backlog.has(path))
            if isinstance(found, Source):
                backlog.want([found])
            if time.monotonic() > until:
                break
        if not self._names:
            self._folders = _outermost(self._folders)

    def _swept(self, sweep: Sweep, catalogue: Catalogue, backlog: Backlog) -> None:
        backlog.want(sweep.wanted)
        backlog.remove(sweep.removed(catalogue, backlog))
        if sweep.is_whole:
            self.skipped = sweep.scan.left_out
        if sweep.scan.full:
            self.trouble = f"Only the first {sweep.scan.limit:,} files of the workspace are indexed."


def _outermost(folders: Sequence[str]) -> list[str]:
    """Without those that lie in another of them: they are walked with it."""
    given = set(folders)
    found = []
    for one in folders:
        parts = one.split("/")
        if not any("/".join(parts[:count]) in given for count in range(1, len(parts))):
            found.append(one)
    return found


def _below(left_out: Iterable[str], folder: str) -> list[str]:
    start = f"{folder}/"
    return [path for path in left_out if path.startswith(start)]
