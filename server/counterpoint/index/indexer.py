"""`Indexer`: keeps the index of one workspace folder up to date, one small step at a time.

One thread calls it. A burst of changed files is read by worker processes, a few are read here. Nothing is
awaited: `wake` is called when there is something to do again.
"""

from __future__ import annotations

import gc
import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from counterpoint import paths
from counterpoint.errors import ConfigError
from counterpoint.ignores import Ignores
from counterpoint.index.backlog import Backlog
from counterpoint.index.catalogue import Known
from counterpoint.index.lookout import Lookout
from counterpoint.index.progress import Progress
from counterpoint.index.schema import Opened, in_memory, index_file, is_busy, open_index, size_of
from counterpoint.index.state import State
from counterpoint.index.store import Store
from counterpoint.index.watch import Watcher
from counterpoint.index.writing import Writer
from counterpoint.project import Project

_STEP = 0.006
"""Seconds a step takes, about; a single large file may take more."""
_AGAIN = 0.2
_BREAKS = 2
"""How often a file may turn out to be damaged before the index moves into memory."""


class Indexer:
    """The index of a workspace folder: `open` it, ask for a `sweep` or `watch`, and call `step`."""

    symbols: Store
    """From `open` on, and the same object until `close`."""

    def __init__(
        self,
        project: Project,
        *,
        environ: Mapping[str, str] = os.environ,
        jobs: int | None = None,
        wake: Callable[[], None] = lambda: None,
    ) -> None:
        """`jobs` is the number of worker processes for a burst of changes; 1 reads everything here.

        `wake` is called from other threads.
        """
        self._project = project
        self._environ = environ
        self._lookout = Lookout(project, environ)
        self._backlog = Backlog(project, jobs, wake)
        self._wake = wake
        self._watcher: Watcher | None = None
        self._tidying: Iterator[None] | None = None
        self._untidy = False
        self._file: Path | None = None
        self._notices: list[str] = []
        self._said: set[str] = set()
        self._breaks = 0
        self._retry_at = 0.0

    # -- life

    def open(self) -> None:
        """Open the index, or begin one. Raises nothing: where no file can be kept it lives in memory."""
        try:
            self._file = index_file(self._project.root, paths.folders(self._environ).cache)
            opened = open_index(self._file, self._project.root)
        except ConfigError as error:
            opened = in_memory(self._project.root, f"The workspace index cannot be kept on disk ({error}).")
        self._take(opened)
        self.symbols = Store(self._state, self._project)

    def close(self) -> None:
        """End workers and watching, and close the file."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self._backlog.close()
        self._state.close()

    def rebuild(self) -> None:
        """Forget everything and read all files again."""
        self._backlog.clear()
        self._tidying = None
        try:
            self._writer.forget()
        except sqlite3.Error as error:
            self._failed(error)
        self._lookout.restart()

    def _take(self, opened: Opened) -> None:
        self._state = State(opened, self._project.root)
        self._writer = Writer(self._state)
        self._tidying, self._untidy = None, True
        if opened.notice:
            self._say(opened.notice)

    # -- what may have changed

    def sweep(self) -> None:
        """Ask for a look at every file: at the start, and at focus and save if nobody watches."""
        self._lookout.hints.everything(at_once=True)

    def touched(self, names: Iterable[str]) -> None:
        """Files or folders that may have changed, absolute or relative; outside ones are left out."""
        relative = (self._project.relative(name) for name in names)
        found = [name for name in relative if name is not None]
        if found:
            self._lookout.hints.add(found)

    def watch(self) -> bool:
        """Watch the folders from now on. Where that turns out not to be possible, a notice says so and
        `watching` becomes false: then `sweep` at focus and save."""

        def more(names: list[str]) -> None:
            self.touched(names)
            self._wake()

        def lost() -> None:
            self._lookout.hints.everything()
            self._wake()

        ignores = Ignores(self._project.root, self._environ)
        self._watcher = Watcher(self._project, ignores, more, lost)
        self._watcher.start()
        return True

    @property
    def watching(self) -> bool:
        """False if nobody tells of changes, unless the caller does."""
        return self._watcher is not None and self._watcher.running

    # -- work

    def step(self, wait: float = 0.0) -> bool:
        """Do a small piece of work. True if there is more to do at once.

        `wait` is how many seconds it may wait for workers where nothing else is to be done.
        """
        if self._state.broken:
            self._mend()
        if time.monotonic() < self._retry_at:
            return False
        try:
            return self._next(wait)
        except sqlite3.Error as error:
            self._failed(error)
            return time.monotonic() >= self._retry_at

    def _next(self, wait: float) -> bool:
        catalogue = self._state.catalogue
        if self._lookout.advance(catalogue, self._backlog, _STEP):
            self._untidy = True
            return True
        if self._backlog.busy:
            return self._backlog.advance(self._writer, catalogue, _STEP, wait)
        if self._untidy:
            self._tidying = self._tidying or self._writer.tidy()
            if next(self._tidying, self) is not self:
                return True
            self._tidying, self._untidy = None, False
        self._backlog.rest()
        return False

    def run(
        self,
        on_progress: Callable[[Progress], None] = lambda progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Work until the index is up to date, or cancelled."""
        collecting = gc.isenabled()
        gc.disable()  # facts hold no cycles; looking for some costs a tenth of the time
        try:
            while not cancelled():
                more = self.step(wait=0.1)
                on_progress(self.progress)
                if more:
                    continue
                seconds = self.due()
                if seconds is None:
                    return
                if not self._backlog.busy:
                    time.sleep(seconds)
        finally:
            if collecting:
                gc.enable()

    # -- what is told

    @property
    def progress(self) -> Progress:
        """How far it is."""
        if self._lookout.looking:
            return Progress(self._backlog.done, self._backlog.total, "looking")
        if self._backlog.busy:
            return Progress(self._backlog.done, self._backlog.total, "reading")
        return Progress(stage="tidying" if self._untidy else "idle")

    def due(self) -> float | None:
        """Seconds until `step` has something to do again, after it returned False; None: when woken."""
        if self._retry_at > time.monotonic():
            return self._retry_at - time.monotonic()
        times = [at for at in (self._lookout.hints.due(), self._backlog.due()) if at is not None]
        return min(times, default=None)

    def notices(self) -> list[str]:
        """What the user should be told, each once."""
        for trouble in (self._lookout.trouble, self._watcher.trouble if self._watcher is not None else ""):
            if trouble:
                self._say(trouble)
        found, self._notices = self._notices, []
        return found

    def left_out(self) -> Mapping[str, int]:
        """How many files and folders are left out, by reason, as of the last whole sweep."""
        opened = Counter(reason for _, reason in self._state.catalogue.left_out.values())
        return self._lookout.skipped + opened

    def files(self) -> Mapping[str, Known]:
        """What is known of each indexed file, by path."""
        return self._state.catalogue.files

    @property
    def bytes_on_disk(self) -> int:
        """Size of the index file; 0 for one in memory."""
        return size_of(self._file) if self._file is not None and self._state.kept else 0

    @property
    def worker_cpu_seconds(self) -> float:
        """CPU time of worker processes."""
        return self._backlog.cpu_seconds

    @property
    def worker_pids(self) -> tuple[int, ...]:
        """Process ids of the workers there are now."""
        return self._backlog.pids

    def _say(self, notice: str) -> None:
        if notice not in self._said:
            self._said.add(notice)
            self._notices.append(notice)

    # -- trouble

    def _failed(self, error: sqlite3.Error) -> None:
        """A file that is busy is tried again; one that is full or read-only is replaced by memory. A damaged
        one is marked as such already."""
        if is_busy(error):
            self._retry_at = time.monotonic() + _AGAIN
        elif not self._state.broken:
            self._replace(in_memory(self._project.root, f"The workspace index cannot be written ({error})."))

    def _mend(self) -> None:
        self._breaks += 1
        self._state.close()
        if self._breaks > _BREAKS or self._file is None:
            self._replace(in_memory(self._project.root, "The workspace index is damaged again and again."))
        else:
            self._replace(open_index(self._file, self._project.root, damaged=self._state.damaged))

    def _replace(self, opened: Opened) -> None:
        self._backlog.clear()
        self._state.close()
        self._take(opened)
        self.symbols.reopen(self._state)
        self._lookout.restart()
