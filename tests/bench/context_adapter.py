"""The product's own selection, asked over its protocol as a real process."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 120.0


class Answered(NamedTuple):
    """A reply, and the milliseconds from the request written to the reply read."""

    reply: dict[str, Any]
    milliseconds: float

    @property
    def items(self) -> list[dict[str, Any]]:
        """Raises AssertionError if the question was not answered."""
        assert "items" in self.reply, self.reply.get("error")
        found: list[dict[str, Any]] = self.reply["items"]
        return found


class Adapter:
    """`counterpoint context --adapter` at the other end of two pipes."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._rows: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._number = 0
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for row in self._process.stdout:
            self._rows.put(row)
        self._rows.put("")

    def ask(self, **message: Any) -> Answered:
        """Raises AssertionError when the process has gone, queue.Empty when it stays silent."""
        self._number += 1
        started = time.perf_counter()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": self._number, **message}) + "\n")
        self._process.stdin.flush()
        row = self._rows.get(timeout=PATIENCE)
        took = (time.perf_counter() - started) * 1000
        assert row, "the adapter has gone"
        reply = json.loads(row)
        assert reply["id"] == self._number
        return Answered(reply, took)

    def open(self, repository: Path, language: str) -> Answered:
        """Raises AssertionError if the repository cannot be opened."""
        answered = self.ask(op="open", repo=str(repository), langs=[language])
        assert answered.reply.get("ok"), answered.reply.get("error")
        return answered


@contextmanager
def adapter(home: Path, *options: str) -> Iterator[Adapter]:
    """A running adapter that keeps its index below `home`."""
    process = subprocess.Popen(
        [sys.executable, "-m", "counterpoint", "context", "--adapter", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        encoding="utf-8",
        env={
            **os.environ,
            "COUNTERPOINT_HOME": str(home),
            "PYTHONPATH": os.pathsep.join((str(ROOT / "server"), os.environ.get("PYTHONPATH", ""))),
        },
    )
    try:
        yield Adapter(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        assert process.stdout is not None
        process.stdout.close()
