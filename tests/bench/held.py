"""The server with a clock on its event loop: `python -m tests.bench.held` is `counterpoint serve`.

Each callback the loop runs is written to the file HELD_LOG as three doubles: when it began (seconds of
`time.monotonic`), how long it held the loop, and how much CPU time its thread took.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import struct
import sys
import time
from pathlib import Path
from typing import Any

from counterpoint.lsp.serve import main

_ROW = struct.Struct("ddd")


def clocked(path: str) -> None:
    """Wrap the running of callbacks."""
    log = Path(path).open("wb", buffering=1 << 16)  # noqa: SIM115 written until the process ends
    run = asyncio.Handle._run
    monotonic, thread_time = time.monotonic, time.thread_time

    def timed(self: Any) -> None:
        began, cpu = monotonic(), thread_time()
        try:
            run(self)
        finally:
            log.write(_ROW.pack(began, monotonic() - began, thread_time() - cpu))

    asyncio.Handle._run = timed  # type: ignore[method-assign]
    atexit.register(log.flush)


def read(data: bytes) -> list[tuple[float, float, float]]:
    """The rows of a log."""
    return list(_ROW.iter_unpack(data[: len(data) // _ROW.size * _ROW.size]))


if __name__ == "__main__":
    clocked(os.environ["HELD_LOG"])
    sys.exit(main(["--log-level", "error"]))
