"""What is to be read, what was read, and what waits to be written: the work between a sweep and the store."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Collection, Iterable, Sequence

from counterpoint.index.catalogue import Catalogue
from counterpoint.index.reading import Entry, Stamp, absolute, examine, settled
from counterpoint.index.scan import Source
from counterpoint.index.workers import Done, Job, Pool
from counterpoint.index.writing import LeftOut, Writer
from counterpoint.project import Project

_BURST, _BURST_BYTES = 24, 250_000
"""More changed files than that, or more text in them, go to worker processes."""
_TOGETHER, _LATEST = 32, 0.25
"""So many files are written in one go; fewer after so many seconds."""
_MOST_WORKERS = 4


class Backlog:
    """Files to read, by worker processes if they are many, and the results on their way into the store."""

    def __init__(self, project: Project, jobs: int | None, wake: Callable[[], None]) -> None:
        """`jobs` as in `Indexer`; None leaves a processor to others."""
        self._root = absolute(project.root)
        self._limit = project.max_file_bytes
        self._wake = wake
        self._jobs = max(2, min(_MOST_WORKERS + 1, os.cpu_count() or 1)) - 1 if jobs is None else jobs
        self._here = jobs == 1
        self._pool: Pool | None = None
        self._wanted: dict[str, Source] = {}
        self._afresh: set[str] = set()
        """Files to be parsed whatever is known of their content."""
        self._flying: dict[str, tuple[Job, Source]] = {}
        self._removed: dict[str, None] = {}
        self._ready: dict[str, Entry] = {}
        self._left_out: dict[str, LeftOut] = {}
        self._written_at = 0.0
        self._spent = 0.0
        self.done = 0
        self.total = 0

    @property
    def busy(self) -> bool:
        """True while there is something to read or write."""
        return bool(self._flying) or self._has_work

    @property
    def _has_work(self) -> bool:
        return bool(self._wanted or self._removed or self._ready or self._left_out)

    def due(self) -> float | None:
        """Seconds until there may be something to do though no worker told of it; None if all is done."""
        if not self.busy:
            return None
        return _LATEST if self._has_work else 1.0

    @property
    def cpu_seconds(self) -> float:
        """CPU time of worker processes."""
        return self._spent + (self._pool.cpu_seconds if self._pool is not None else 0.0)

    @property
    def pids(self) -> tuple[int, ...]:
        return self._pool.pids if self._pool is not None else ()

    def want(self, sources: Iterable[Source]) -> None:
        """Files to read, which are there. What was known of their reading no longer counts, unless it was
        begun with the very file that is there now: a second look during a build must not begin it anew."""
        for source in sources:
            if self._under_way(source):
                continue
            self._forget(source.path)
            self._wanted[source.path] = source
            self.total += 1

    def _under_way(self, source: Source) -> bool:
        flown = self._flying.get(source.path)
        begun = self._wanted.get(source.path) or (flown[1] if flown is not None else None)
        if begun is not None:
            return begun == source and settled(source.stamp.mtime_ns) == source.stamp.mtime_ns
        ready = self._ready.get(source.path)
        return ready is not None and (ready.language, ready.stamp) == (source.language, source.stamp)

    def remove(self, paths: Iterable[str]) -> None:
        """Files that are not there."""
        for path in paths:
            self._forget(path)
            self._removed[path] = None

    def has(self, path: str) -> bool:
        """True for a file that is to be read, or was and waits to be written."""
        return any(path in held for held in self._begun)

    def below(self, folder: str) -> list[str]:
        """Such files in a folder; "" for all."""
        start = f"{folder}/" if folder else ""
        return [path for held in self._begun for path in held if path.startswith(start)]

    def folders(self) -> set[str]:
        """The folders of such files, with those that hold them."""
        found: set[str] = set()
        for held in self._begun:
            for path in held:
                folder = path.rpartition("/")[0]
                while folder and folder not in found:
                    found.add(folder)
                    folder = folder.rpartition("/")[0]
        return found

    @property
    def _begun(self) -> tuple[Collection[str], ...]:
        return (self._wanted, self._flying, self._ready, self._left_out)

    def clear(self) -> None:
        """Give everything up."""
        self.close()
        for held in (self._wanted, self._flying, self._removed, self._ready, self._left_out, self._afresh):
            held.clear()
        self.done = self.total = 0

    def rest(self) -> None:
        """Nothing is to be done for now: the workers end."""
        self.close()
        self.done = self.total = 0

    def close(self) -> None:
        """End the workers."""
        if self._pool is not None:
            self._spent += self._pool.cpu_seconds
            self._pool.close()
            self._pool = None

    def advance(self, writer: Writer, catalogue: Catalogue, seconds: float, wait: float) -> bool:
        """Read or write for about so many seconds. False if all there is to do is to wait for workers, which
        it did for up to `wait` seconds. Raises sqlite3.Error with nothing lost."""
        if self._removed:
            self._write(writer)  # first, since what moved is known by its content
        if not self._here and (self._pool is not None or self._is_burst):
            self._hand_out(writer, catalogue)
        if self._wanted:
            self._read_here(writer, catalogue, seconds)
        moved = self._collect(seconds, 0.0 if self._wanted else min(wait, _LATEST))
        read = bool(self._wanted)
        old = time.monotonic() - self._written_at > _LATEST
        waiting = len(self._ready) + len(self._left_out)
        if waiting and (waiting >= _TOGETHER or old or not self.reading):
            self._write(writer)
            return True
        return moved or read

    @property
    def _is_burst(self) -> bool:
        wanted = self._wanted.values()
        return len(wanted) > _BURST or sum(source.stamp.size for source in wanted) > _BURST_BYTES

    @property
    def reading(self) -> bool:
        """True while files are to be read."""
        return bool(self._wanted or self._flying)

    def _forget(self, path: str) -> None:
        """What is under way for a path comes to nothing."""
        for held in (self._wanted, self._flying, self._ready):
            if path in held:
                self.done += path in self._wanted or path in self._flying
                del held[path]
        self._left_out.pop(path, None)
        self._removed.pop(path, None)

    def _hand_out(self, writer: Writer, catalogue: Catalogue) -> None:
        if self._pool is None:
            known = catalogue.gone
            self._pool = Pool(self._root, self._limit, self._jobs, known, wake=self._wake)
        jobs = []
        for path, source in list(self._wanted.items()):
            if path in self._afresh:
                continue
            job = Job(path, source.language, source.stamp.size, _digest(catalogue, source))
            self._flying[path] = (job, source)
            del self._wanted[path]
            jobs.append(job)
        if jobs:
            self._pool.give(jobs)

    def _read_here(self, writer: Writer, catalogue: Catalogue, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._wanted:
            path, source = next(iter(self._wanted.items()))
            del self._wanted[path]
            digest = _digest(catalogue, source)
            afresh = path in self._afresh
            self._afresh.discard(path)

            def known(found: bytes, language: str, digest: bytes = digest, afresh: bool = afresh) -> bool:
                return not afresh and (found == digest or writer.knows(found, language))

            self._take(source, examine(self._root, path, source.language, self._limit, known))
            if time.monotonic() > until:
                return

    def _collect(self, seconds: float, wait: float) -> bool:
        pool = self._pool
        if pool is None or not self._flying:
            return False
        until = time.monotonic() + seconds
        found = pool.collect(wait)
        moved = bool(found)
        while found:
            self._taken(found)
            found = pool.collect() if time.monotonic() < until else []
        if pool.hopeless:
            pool.take_back()
            self._wanted.update({path: source for path, (_, source) in self._flying.items()})
            self._flying.clear()
            self._here = True
            self.close()
            return True
        return moved

    def _taken(self, found: Sequence[Done]) -> None:
        for job, entry in found:
            flown = self._flying.get(job.path)
            if flown is not None and flown[0] is job:
                del self._flying[job.path]
                self._take(flown[1], entry)

    def _take(self, source: Source, found: Entry | str) -> None:
        self.done += 1
        if isinstance(found, Entry):
            self._ready[source.path] = found
        else:
            stamp = Stamp(source.stamp.size, settled(source.stamp.mtime_ns))
            self._left_out[source.path] = (source.path, stamp, found)

    def _write(self, writer: Writer) -> None:
        ready = dict(self._ready)
        again = writer.commit(list(ready.values()), list(self._removed), list(self._left_out.values()))
        self._ready.clear()
        self._removed.clear()
        self._left_out.clear()
        for path in again:
            entry = ready[path]
            self._afresh.add(path)
            self._wanted[path] = Source(path, entry.language, entry.stamp)
        self._written_at = time.monotonic()


def _digest(catalogue: Catalogue, source: Source) -> bytes:
    known = catalogue.files.get(source.path)
    return known.digest if known is not None and known.language == source.language else b""
