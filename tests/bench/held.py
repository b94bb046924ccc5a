"""The server with a clock on its event loop: `python -m tests.bench.held` is `counterpoint serve`.

Each callback a loop runs is written to the file HELD_LOG: when it began (seconds of `time.monotonic`), how
long it held the loop, how much CPU time its thread took, and what it was part of. Calls to models have a
loop of their own, whose callbacks are told apart.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import struct
import sys
import threading
import time
from pathlib import Path
from typing import Any, NamedTuple

from counterpoint.lsp.serve import main

CALLS_LOOP = "the calls' loop"
STAGES = (
    ("didChange", ("textDocument/didChange",)),
    ("inlineCompletion", ("textDocument/inlineCompletion", "Rpc.", "inline_completion")),
    ("context", ("Engine.plan", "Index.", "Child.", "Pipe", "pipe_data")),
    ("reply", ("Engine._stream > aclosing",)),
    ("call", ("Engine._stream", "_played", "Socket", "connect_tcp", "TaskHandle")),
    ("ledger, status", ("Engine._settle", "Engine._written", "report", "settle", "Session._reap")),
    ("ask", ("_ask",)),
    ("thread turns", ("_read_from_self", "_chain_future", "to_thread")),
)
"""What a callback belongs to: the first whose mark is in the names of what it runs, outermost first."""
OTHER = "other"
_ROW = struct.Struct("dddb")
_NAMES = (*(name for name, _ in STAGES), OTHER, CALLS_LOOP)


class Row(NamedTuple):
    """One callback. Seconds."""

    began: float
    wall: float
    cpu: float
    stage: str


def clocked(path: str) -> None:
    """Wrap the running of callbacks."""
    log = Path(path).open("wb", buffering=1 << 16)  # noqa: SIM115 written until the process ends
    run = asyncio.Handle._run
    monotonic, thread_time, editor = time.monotonic, time.thread_time, threading.get_ident()
    known: dict[str, int] = {}

    def timed(self: Any) -> None:
        ours = threading.get_ident() == editor
        name = _names(self) if ours else ""
        if name not in known:
            known[name] = _NAMES.index(_stage(name))
        began, cpu = monotonic(), thread_time()
        try:
            run(self)
        finally:
            row = began, monotonic() - began, thread_time() - cpu
            log.write(_ROW.pack(*row, known[name] if ours else len(_NAMES) - 1))

    asyncio.Handle._run = timed  # type: ignore[method-assign]
    atexit.register(log.flush)


def _names(handle: Any) -> str:
    """The coroutines that a callback goes on with, from the task's own inwards, or the function it calls."""
    task = getattr(handle._callback, "__self__", None)
    if not isinstance(task, asyncio.Task):
        name = getattr(handle._callback, "__qualname__", type(handle._callback).__name__)
        given = handle._args[0] if handle._args else None
        return f"{name} {given.get('method')}" if isinstance(given, dict) else str(name)
    names: list[str] = []
    inner: Any = task.get_coro()
    while (name := getattr(inner, "__qualname__", None)) is not None:
        names.append(name)
        inner = getattr(inner, "cr_await", None) or getattr(inner, "ag_await", None)
    return " > ".join(names)


def _stage(names: str) -> str:
    return next((stage for stage, marks in STAGES if any(mark in names for mark in marks)), OTHER)


def read(data: bytes) -> list[Row]:
    """The rows of a log."""
    whole = _ROW.iter_unpack(data[: len(data) // _ROW.size * _ROW.size])
    return [Row(began, wall, cpu, _NAMES[stage]) for began, wall, cpu, stage in whole]


if __name__ == "__main__":
    clocked(os.environ["HELD_LOG"])
    sys.exit(main(["--log-level", "error"]))
