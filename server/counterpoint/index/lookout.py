"""`Lookout`: finds out which files changed, from hints and from walks, in small pieces."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping

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
        self._folders: list[str] = []
        self.hints = Hints(project.root)
        self.skipped: Counter[str] = Counter()
        """Files and folders left out by the last whole walk, by reason."""
        self.trouble = ""

    @property
    def looking(self) -> bool:
        """True while a walk is under way."""
        return self._sweep is not None or bool(self._folders)

    def restart(self) -> None:
        """Give up what is under way, and look at everything."""
        self._sweep, self._folders = None, []
        self.hints.everything(at_once=True)

    def advance(self, catalogue: Catalogue, backlog: Backlog, seconds: float) -> bool:
        """Look for about so many seconds. False if there is nothing to look at now."""
        if not self.looking:
            if self.hints.due() != 0:
                return False
            if not self._project.root.is_dir():
                self.hints.take()  # a drive that is not there just now is no reason to forget everything
                return True
            self._hinted(self.hints.take(), catalogue, backlog)
            return True
        if self._sweep is None:
            self._sweep = Sweep(Scan(self._project, self._ignores), self._folders.pop())
        if self._sweep.advance(catalogue, seconds):
            self._swept(self._sweep, catalogue, backlog)
            self._sweep = None
        return True

    def _hinted(self, names: list[str] | None, catalogue: Catalogue, backlog: Backlog) -> None:
        if names is None or any(decides(name) for name in names):
            self._folders = [""]
            return
        scan = Scan(self._project, self._ignores)
        folders: list[str] = []
        for name in names:
            found = scan.look(name)
            below = (*catalogue.below(name), *_below(catalogue.left_out, name))
            if found == "folder":
                folders.append(name)
                below = ()
            backlog.remove(path for path in (name, *below) if catalogue.has(path))
            if isinstance(found, Source):
                backlog.want([found])
        # A folder that lies in another of them is walked with it.
        self._folders = [one for one in folders if not any(one.startswith(f"{other}/") for other in folders)]

    def _swept(self, sweep: Sweep, catalogue: Catalogue, backlog: Backlog) -> None:
        backlog.want(sweep.wanted)
        backlog.remove(sweep.removed(catalogue))
        if sweep.is_whole:
            self.skipped = sweep.scan.left_out
        if sweep.scan.full:
            self.trouble = f"Only the first {sweep.scan.limit:,} files of the workspace are indexed."


def _below(left_out: Iterable[str], folder: str) -> list[str]:
    start = f"{folder}/"
    return [path for path in left_out if path.startswith(start)]
