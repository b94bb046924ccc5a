"""`Pool`: worker processes that read and parse many files, and what becomes of one that crashes."""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from counterpoint.index.reading import Entry
from counterpoint.index.worker import entry_of, receive, send

COMMAND = (sys.executable, "-P", "-m", "counterpoint.index.worker")
_PASSED = frozenset(
    {"PATH", "SYSTEMROOT", "WINDIR", "TEMP", "TMP", "TMPDIR", "HOME", "USERPROFILE", "LANG", "VIRTUAL_ENV",
     "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"}
)  # fmt: skip
_PASSED_STARTS = ("LC_", "PYTHON", "COVERAGE_", "COV_CORE_")
_CHUNK, _CHUNK_BYTES = 32, 250_000
_AHEAD = 2
"""Chunks a worker has at a time, so that it never waits for the next."""
_GOODBYE = 2.0
_TRIES = 4


class Job(NamedTuple):
    """A file to read. `digest` is that of its content as it is known, b"" for a new file."""

    path: str
    language: str
    size: int
    digest: bytes


class Done(NamedTuple):
    """What became of a file: its entry, or why it is left out."""

    job: Job
    found: Entry | str


@dataclass(eq=False)
class _Worker:
    """A process, and the chunks it has not answered yet."""

    process: subprocess.Popen[bytes]
    chunks: deque[list[Job]] = field(default_factory=deque)
    since: float = field(default_factory=time.monotonic)
    alone: bool = False
    """True if it got its files one by one, since the worker before it crashed."""


class Pool:
    """Used by one thread. `wake` is called from others when there is something to `collect`."""

    def __init__(
        self, root: str, limit: int, count: int, known: Iterable[tuple[bytes, str]], *,
        wake: Callable[[], None] = lambda: None, command: Sequence[str] = COMMAND, patience: float = 60.0,
    ) -> None:  # fmt: skip
        """`patience` is how long, in seconds, a chunk may take before its worker is ended."""
        self._hello = (root, limit, list(known))
        self._count = max(1, count)
        self._wake = wake
        self._command = tuple(command)
        self._patience = patience
        self._waiting: deque[list[Job]] = deque()
        self._single: deque[list[Job]] = deque()
        self._workers: list[_Worker] = []
        self._answers: queue.SimpleQueue[tuple[_Worker, Any]] = queue.SimpleQueue()
        self._failures = 0
        self._works = False
        self.cpu_seconds = 0.0
        """CPU time the workers told of."""

    @property
    def pids(self) -> tuple[int, ...]:
        return tuple(worker.process.pid for worker in self._workers)

    @property
    def busy(self) -> bool:
        """True while files were given that did not come back."""
        return bool(self._waiting or self._single or any(worker.chunks for worker in self._workers))

    @property
    def hopeless(self) -> bool:
        """True if workers end again and again without an answer, as where they cannot be started."""
        return self._failures >= _TRIES

    def take_back(self) -> list[Job]:
        """The files that did not come back. They are no longer read."""
        chunks = [*self._waiting, *self._single, *(chunk for one in self._workers for chunk in one.chunks)]
        self.close()
        return [job for chunk in chunks for job in chunk]

    def give(self, jobs: Sequence[Job]) -> None:
        """Files to read. Large ones go first, so that none is left for the end."""
        chunk: list[Job] = []
        size = 0
        for job in sorted(jobs, key=lambda job: -job.size):
            chunk.append(job)
            size += job.size
            if len(chunk) == _CHUNK or size > _CHUNK_BYTES:
                self._waiting.append(chunk)
                chunk, size = [], 0
        if chunk:
            self._waiting.append(chunk)
        self._feed()

    def collect(self, wait: float = 0.0) -> list[Done]:
        """The files of a chunk that came back, after waiting for at most so many seconds."""
        try:
            worker, answer = self._answers.get(timeout=wait) if wait > 0 else self._answers.get_nowait()
        except queue.Empty:
            found = self._overdue()
            self._feed()
            return found
        found = self._lost(worker) if answer is None else self._answered(worker, answer)
        self._feed()
        return found

    def close(self) -> None:
        """End the workers; what they still had is not read."""
        workers, self._workers = self._workers, []
        self._waiting.clear()
        self._single.clear()
        for worker in workers:
            _close_stdin(worker.process)
        until = time.monotonic() + _GOODBYE
        for worker in workers:
            worker.chunks.clear()
            try:
                worker.process.wait(max(0.01, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                worker.process.kill()
                worker.process.wait()

    def _feed(self) -> None:
        while not self.hopeless and len(self._workers) < min(
            self._count, len(self._waiting) + len(self._single)
        ):
            try:
                self._workers.append(self._begun())
            except OSError:
                self._failures = _TRIES
        for worker in self._workers:
            while len(worker.chunks) < (1 if worker.alone else _AHEAD):
                if self._single and not worker.chunks:
                    worker.alone, chunk = True, self._single.popleft()
                elif self._waiting:
                    worker.alone, chunk = False, self._waiting.popleft()
                else:
                    break
                self._send(worker, chunk)

    def _send(self, worker: _Worker, chunk: list[Job]) -> None:
        if not worker.chunks:
            worker.since = time.monotonic()
        worker.chunks.append(chunk)
        assert worker.process.stdin is not None
        # The reader of its stdout tells of a worker that is gone.
        with contextlib.suppress(OSError, ValueError):
            send(worker.process.stdin, [(job.path, job.language, job.digest) for job in chunk])

    def _begun(self) -> _Worker:
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=environment(os.environ), creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )  # fmt: skip
        worker = _Worker(process)
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            send(process.stdin, self._hello)
        threading.Thread(target=self._listen, args=(worker,), daemon=True).start()
        return worker

    def _listen(self, worker: _Worker) -> None:
        assert worker.process.stdout is not None
        answer: Any = ()
        with worker.process.stdout as stream:
            while answer is not None:
                try:
                    answer = receive(stream)
                except (OSError, ValueError, EOFError, TypeError):
                    answer = None
                self._answers.put((worker, answer))
                self._wake()

    def _answered(self, worker: _Worker, answer: Any) -> list[Done]:
        if worker not in self._workers or not worker.chunks:
            return []
        seconds, rows = answer
        self.cpu_seconds += seconds
        self._failures, self._works = 0, True
        chunk = worker.chunks.popleft()
        worker.since = time.monotonic()
        return [Done(job, entry_of(row)) for job, (_, row) in zip(chunk, rows, strict=True)]

    def _overdue(self) -> list[Done]:
        now = time.monotonic()
        found: list[Done] = []
        for worker in list(self._workers):
            if worker.chunks and now - worker.since > self._patience:
                found += self._lost(worker)
        return found

    def _lost(self, worker: _Worker) -> list[Done]:
        """A worker is gone or hangs. Its first chunk did it: those files are tried again one by one."""
        if worker not in self._workers:
            return []
        self._workers.remove(worker)
        self._failures += 1
        worker.process.kill()
        worker.process.wait()
        _close_stdin(worker.process)
        if not worker.chunks:
            return []
        first, *others = worker.chunks
        self._waiting.extendleft(reversed(others))
        if len(first) == 1 and self._works:
            return [Done(first[0], "the parser crashed on it")]
        self._single.extend([job] for job in first)
        return []


def environment(environ: Mapping[str, str]) -> dict[str, str]:
    """What of the environment a worker gets: nothing that could be a secret."""
    passed = {name: value for name, value in environ.items() if name.upper() in _PASSED}
    return passed | {name: value for name, value in environ.items() if name.startswith(_PASSED_STARTS)}


def _close_stdin(process: subprocess.Popen[bytes]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(OSError):
            process.stdin.close()
